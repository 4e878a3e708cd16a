/** The panel of the own voice: which microphone, and how loud it is. */

import type { BehaviorSubject } from "rxjs";
import { add } from "../ui/dom.js";

/** Decibels at the left end of the meter. */
const FLOOR = -60;

/** A meter of the loudness. */
export function addMeter(parent: HTMLElement, $level: BehaviorSubject<number>): void {
  const meter = add(parent, "meter", "level");
  meter.setAttribute("aria-label", "Loudness of your microphone");
  $level.subscribe((level) => {
    meter.value = level > 0 ? Math.max(0, 1 - (20 * Math.log10(level)) / FLOOR) : 0;
  });
}

/** A list of microphones; it knows their names once one was allowed. Returns what reads it anew. */
export function addDevices(parent: HTMLElement, use: (deviceId: string) => void): () => Promise<void> {
  const row = add(add(parent, "div", "devices"), "label", "row choice");
  add(row, "span", "label", "Microphone");
  const select = add(row, "select", "control");
  add(select, "option", "", "The browser's choice").value = "";
  select.addEventListener("change", () => use(select.value));
  return async () => {
    const devices = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
    const chosen = select.value;
    while (select.children.length > 1) select.lastElementChild?.remove();
    for (const { kind, deviceId, label } of devices) {
      if (kind === "audioinput" && label) add(select, "option", "", label).value = deviceId;
    }
    select.value = chosen;
  };
}
