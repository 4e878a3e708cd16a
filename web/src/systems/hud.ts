/** What lies over the picture: the Enter dialog, who comes and goes, how the connection is. */

import { combineLatest, distinctUntilChanged, map } from "rxjs";
import type { Shared } from "../config.js";
import { noticeText } from "../notice.js";
import { userColor } from "./avatar_body.js";

/** Milliseconds that a message is shown. */
const SHOWN_FOR = 5000;
/** Messages on the screen at once. When full the oldest goes. */
const MESSAGES = 4;
const HELP = "Walk: W A S D or arrows · Look: drag · Run: Shift";
const HELP_FOR_FINGERS = "Walk and turn: hold and drag · Look: two fingers";

export interface Hud {
  readonly canvas: HTMLCanvasElement;
  readonly xrButton: HTMLButtonElement;
  /** The click that browsers want before a page may give sound or enter VR. */
  readonly onEnter: (callback: () => void) => void;
  /** Say instead that there is nothing to enter with, and why. */
  readonly refuse: (why: string) => void;
}

/** Build the page inside `root` and keep it current. */
export function startHud(root: HTMLElement, roomName: string, shared: Shared): Hud {
  const canvas = add(root, "canvas", "scene");
  canvas.tabIndex = 0;
  canvas.setAttribute("aria-label", `3D view of ${roomName}`);
  const top = add(root, "header", "top");
  add(top, "a", "home", "Rooms").href = "/";
  add(top, "h1", "name", roomName);
  const present = add(top, "span", "present");
  const banner = add(root, "p", "banner");
  banner.setAttribute("role", "status");
  const messages = add(root, "ol", "messages");
  messages.setAttribute("aria-live", "polite");
  const xrButton = add(root, "button", "enter-vr", "Enter VR");
  xrButton.hidden = xrButton.disabled = true;
  const touch = window.matchMedia("(hover: none)").matches;
  add(root, "p", "help", touch ? HELP_FOR_FINGERS : HELP);

  combineLatest([shared.$present, shared.$own_windows]).subscribe((counts) => {
    present.textContent = presentText(...counts);
  });
  shared.$connection.subscribe(({ state }) => {
    present.hidden = state !== "joined"; // nobody tells us of the others
  });
  shared.$connection.pipe(map(noticeText), distinctUntilChanged()).subscribe((text) => {
    banner.textContent = text;
    banner.hidden = text === "";
  });
  shared.$room_stream.subscribe(({ event, userId }) => {
    if (event === "user_moved") return;
    show(messages, userId, event === "user_joined" ? "joined" : "left");
  });
  return { canvas, xrButton, ...askToEnter(root, canvas, roomName, shared) };
}

/** Who tries a room in two windows of one browser sees nobody, and is told why. */
function presentText(count: number, ownWindows: number): string {
  if (count === 0) return "";
  if (count > 1) return `${count} here`;
  return ownWindows > 1 ? `only you here, in ${ownWindows} windows` : "only you here";
}

function askToEnter(
  root: HTMLElement,
  canvas: HTMLCanvasElement,
  roomName: string,
  shared: Shared,
): Pick<Hud, "onEnter" | "refuse"> {
  const dialog = add(root, "div", "enter");
  dialog.setAttribute("role", "dialog");
  dialog.setAttribute("aria-label", "Enter the room");
  add(dialog, "h2", "title", roomName);
  const hint = add(dialog, "p", "hint", "Others in this room will see where you are and where you look.");
  const button = add(dialog, "button", "go", "Enter");
  button.focus();
  shared.$channel_joined.subscribe(() => dialog.remove());
  shared.$connection.subscribe(({ state }) => {
    button.disabled = state !== "outside";
    if (state === "joining") button.textContent = "Entering…";
    if (state === "over") dialog.remove();
  });
  const onEnter: Hud["onEnter"] = (callback) => {
    button.addEventListener("click", () => {
      callback();
      canvas.focus();
    });
  };
  const refuse: Hud["refuse"] = (why) => {
    hint.textContent = why;
    button.remove();
  };
  return { onEnter, refuse };
}

/** "Visitor 3f2a joined", with a dot in the colour of their avatar. */
function show(messages: HTMLElement, userId: string, what: string): void {
  const item = add(messages, "li", "message");
  add(item, "span", "dot").style.setProperty("background", userColor(userId).toHexString());
  item.append(`Visitor ${userId.slice(0, 4)} ${what}`);
  while (messages.children.length > MESSAGES) messages.firstElementChild?.remove();
  setTimeout(() => item.remove(), SHOWN_FOR);
}

function add<Tag extends keyof HTMLElementTagNameMap>(
  parent: HTMLElement,
  tag: Tag,
  className: string,
  text = "",
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  parent.append(element);
  return element;
}
