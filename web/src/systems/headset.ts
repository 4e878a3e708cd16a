/**
 * The way into VR: a button where the browser has a headset, or the reason why there is none.
 *
 * Babylon's WebXR is a chunk of its own that a desktop page never fetches. It is fetched when a
 * headset is found, not on the click, since a session must begin while the click is fresh. Each way
 * in which that may fail is told, and the button tries again.
 */

import { combineLatest, filter, fromEvent, map, type Observable, shareReplay, startWith, Subject, switchMap, take } from "rxjs";
import type { Context, System } from "../system.js";
import { add } from "../ui/dom.js";
import type { Ui } from "../ui/ui.js";
import type { createXrSession, XrSession } from "./xr_session.js";

/** The part of `navigator.xr` used here. */
interface XrSystem extends EventTarget {
  isSessionSupported(mode: "immersive-vr"): Promise<boolean>;
}

/** Words on the button, by what a click on it does. */
const WORDS = { enter: "Enter VR", leave: "Leave VR", prepare: "Try VR again", reload: "Load again for VR" };
type Act = keyof typeof WORDS;

/** Manage the button: shown when we are in the room and there is a headset. */
export const headset: System = (context) => {
  const { ui, wire } = context;
  const system = (navigator as { xr?: XrSystem }).xr;
  if (!system) {
    if (!window.isSecureContext) sayWhy(ui);
    return;
  }
  const button = add(ui.tools, "button", "enter-vr", WORDS.enter);
  button.hidden = button.disabled = true;
  const $supported = fromEvent(system, "devicechange").pipe(
    startWith(undefined),
    switchMap(() => system.isSessionSupported("immersive-vr").catch(() => false)),
  );
  const $entered = wire.$joined.pipe(
    take(1),
    map(() => true),
    startWith(false),
    shareReplay(1),
  );
  combineLatest([$supported, $entered]).subscribe(([supported, entered]) => {
    button.hidden = !(supported && entered);
  });
  const way = new Way(context, button, $entered);
  $supported.pipe(filter(Boolean), take(1)).subscribe(() => void way.prepare());
};

/** Browsers hide WebXR on plain http: a button that tells it to somebody who looks for VR. */
function sayWhy(ui: Ui): void {
  const button = add(ui.tools, "button", "enter-vr", "VR?");
  button.setAttribute("title", NEEDS_HTTPS);
  button.addEventListener("click", () => ui.toast({ text: NEEDS_HTTPS }));
}

const NEEDS_HTTPS =
  "VR needs https: open this room by an address that begins with https://. If there is none, its host can set one up: docs/https.md says how.";

/** From the button to a session and back. */
class Way {
  readonly #context: Context;
  readonly #button: HTMLButtonElement;
  readonly #$entered: Observable<boolean>;
  #session: XrSession | undefined;
  #act: Act = "enter";

  constructor(context: Context, button: HTMLButtonElement, $entered: Observable<boolean>) {
    this.#context = context;
    this.#button = button;
    this.#$entered = $entered;
    button.addEventListener("click", () => void this.#click());
    const { wire, shared } = context;
    wire.$connection.pipe(filter(({ state }) => state === "over")).subscribe(() => void this.#leave());
    // from the dialog: a session begins where the server has us, so it waits for that
    const $placed = wire.on("user_snapshot").pipe(take(1));
    shared.$vr_asked.pipe(switchMap(() => $placed)).subscribe(() => void this.#enter());
  }

  /** Fetch the chunk and make ready for a click. */
  async prepare(): Promise<void> {
    this.#button.disabled = true;
    try {
      const chunk = await import("./xr_session.js");
      try {
        await this.#start(chunk.createXrSession);
      } catch (error) {
        this.#fail("VR could not be started", error, "prepare");
      }
    } catch (error) {
      this.#fail("The files for VR did not come. Load the page again", error, "reload");
    }
  }

  async #start(create: typeof createXrSession): Promise<void> {
    const $inside = new Subject<boolean>();
    this.#session = await create(this.#context, $inside, () => void this.#leave());
    $inside.subscribe((inside) => this.#offer(inside ? "leave" : "enter"));
    this.#offer("enter");
  }

  async #click(): Promise<void> {
    if (this.#act === "enter") await this.#enter();
    else if (this.#act === "leave") await this.#leave();
    else if (this.#act === "prepare") await this.prepare();
    else location.reload(); // a browser does not fetch again what failed once
  }

  async #enter(): Promise<void> {
    try {
      await this.#session?.enter();
    } catch (error) {
      this.#fail("VR did not begin", error, "enter");
    }
  }

  async #leave(): Promise<void> {
    try {
      await this.#session?.leave();
    } catch (error) {
      this.#fail("VR did not end", error, "leave");
    }
  }

  /** Say what a click does from now on. */
  #offer(act: Act): void {
    this.#act = act;
    this.#button.textContent = WORDS[act];
    this.#button.disabled = false;
    this.#context.shared.$vr.next(act === "enter" ? "ready" : act === "leave" ? "inside" : "none");
  }

  #fail(text: string, error: unknown, act: Act): void {
    console.warn(error);
    this.#offer(act);
    const toast = { text: `${text}${because(error)}` };
    this.#$entered.pipe(filter(Boolean), take(1)).subscribe(() => this.#context.ui.toast(toast)); // not behind the dialog
  }
}

/** The causes that a visitor can do something about, by the names that browsers give them. */
const CAUSES: Readonly<Record<string, string>> = {
  NotAllowedError: "the browser did not allow it. Press the button once more, and allow it if asked",
  SecurityError: "the browser did not allow it. Press the button once more, and allow it if asked",
  InvalidStateError: "another page uses the headset. Close that one and try again",
  NotSupportedError: "the headset did not answer. Put it on, wake it up, and try again",
};

function because(error: unknown): string {
  const { name = "", message = String(error) } = error as Partial<Error>;
  if (name === "TypeError") return "."; // of no use to a visitor; the console has it
  return `: ${CAUSES[name] ?? message}.`;
}
