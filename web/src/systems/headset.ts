/**
 * The way into VR: a button where the browser has a headset.
 *
 * Babylon's WebXR is a chunk of its own that a desktop page never fetches. It is fetched when a
 * headset is found, not on the click, since a session must begin while the click is fresh.
 */

import { combineLatest, filter, fromEvent, map, startWith, Subject, switchMap, take } from "rxjs";
import type { Context, System } from "../system.js";
import { add } from "../ui/dom.js";

/** The part of `navigator.xr` used here. */
interface XrSystem extends EventTarget {
  isSessionSupported(mode: "immersive-vr"): Promise<boolean>;
}

/** Manage the button: shown when we are in the room and there is a headset. */
export const headset: System = (context) => {
  const system = (navigator as { xr?: XrSystem }).xr;
  if (!system) return; // no WebXR at all, as on plain http
  const button = add(context.ui.tools, "button", "enter-vr", "Enter VR");
  button.hidden = button.disabled = true;
  const $supported = fromEvent(system, "devicechange").pipe(
    startWith(undefined),
    switchMap(() => system.isSessionSupported("immersive-vr").catch(() => false)),
  );
  const $entered = context.wire.$joined.pipe(
    take(1),
    map(() => true),
    startWith(false),
  );
  combineLatest([$supported, $entered]).subscribe(([supported, entered]) => {
    button.hidden = !(supported && entered);
  });
  $supported.pipe(filter(Boolean), take(1)).subscribe(() => void prepare(context, button));
};

async function prepare(context: Context, button: HTMLButtonElement): Promise<void> {
  const { createXrSession } = await import("./xr_session.js");
  const { world, shared, wire, ui } = context;
  const $inside = new Subject<boolean>();
  const session = await createXrSession(world, shared.$hands, $inside, ui.notices.$shown);
  $inside.subscribe((inside) => {
    button.textContent = inside ? "Leave VR" : "Enter VR";
  });
  wire.$connection
    .pipe(filter(({ state }) => state === "over"))
    .subscribe(() => void session.leave());
  button.addEventListener("click", () => void session.toggle());
  button.disabled = false;
}
