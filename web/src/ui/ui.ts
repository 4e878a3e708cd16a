/**
 * The places on the page that systems add to. Everything lies over the canvas.
 *
 * Notices are also seen in a headset, where the page is not: systems/xr_session.ts shows them.
 */

import { add } from "./dom.js";
import { type Doorway, openDoorway, openModal } from "./modal.js";
import { createNotices, type Notices } from "./notices.js";
import { createPanels, type Panel, type PanelOptions } from "./panels.js";
import { Stick } from "./stick.js";
import { createToasts, type Toast } from "./toasts.js";
import { createWrist, type Wrist } from "./wrist.js";
import { ownPath } from "../base.js";

export interface Ui {
  readonly canvas: HTMLCanvasElement;
  /** At the top, behind the room's name. */
  readonly topBar: HTMLElement;
  /** Show another name of the room. */
  readonly showName: (name: string) => void;
  /** Below the top bar: rows that offer something, and go. */
  readonly offers: HTMLElement;
  /** Add a panel at the right, with a button among the tools. */
  readonly addPanel: (options: PanelOptions) => Panel;
  /** Buttons, at the bottom right. */
  readonly tools: HTMLElement;
  /** At the bottom left, for fingers. */
  readonly stick: Stick;
  readonly notices: Notices;
  readonly toast: (toast: Toast) => void;
  /** In the Enter dialog, below the name: for the microphone. */
  readonly entrance: HTMLElement;
  /** Open a dialog before the page, which its system closes. */
  readonly openDoorway: (label: string) => Doorway;
  /** Open a dialog that takes the keyboard; Escape and its button close it. */
  readonly openModal: (title: string) => HTMLDialogElement;
  /** The menu in a headset: lists, also those of the panels. */
  readonly wrist: Wrist;
  /** The line at the bottom that says which keys do what. */
  readonly help: HTMLElement;
}

/** Build the page inside `root`. */
export function createUi(root: HTMLElement, roomName: string): Ui {
  const canvas = add(root, "canvas", "scene");
  canvas.tabIndex = 0;
  const topBar = add(root, "header", "top");
  add(topBar, "a", "home", "Rooms").href = ownPath("/");
  const heading = add(topBar, "h1", "name");
  heading.dir = "auto";
  const showName = (name: string): void => {
    heading.textContent = name;
    canvas.setAttribute("aria-label", `3D view of ${name}`);
  };
  showName(roomName);
  const offers = add(root, "div", "offers");
  const notices = createNotices(root);
  const toast = createToasts(root);
  const tools = add(root, "div", "tools");
  const stick = new Stick(root);
  const help = add(root, "p", "help");
  const wrist = createWrist();
  const side = add(root, "aside", "side");
  return {
    canvas,
    topBar,
    showName,
    offers,
    addPanel: createPanels({ side, tools, canvas, wrist }),
    tools,
    stick,
    notices,
    toast,
    entrance: add(root, "div", "entrance"),
    openDoorway: (label) => openDoorway(root, label),
    openModal: (title) => openModal(root, title),
    wrist,
    help,
  };
}
