/** The panel of voices: which microphone, how loud it is, and how loud each of the others is. */

import type { BehaviorSubject } from "rxjs";
import type { People } from "../shared.js";
import { add } from "../ui/dom.js";

/** Decibels at the left end of the meter. */
const FLOOR = -60;

/** The actions of the panel. */
export interface PanelActions {
  readonly setVolume: (userId: string, volume: number) => void;
  readonly ignore: (userId: string, ignored: boolean) => void;
}

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
  const row = add(parent, "label", "row choice");
  add(row, "span", "label", "Use");
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

/** Rows for the others: volume, and a switch to hear nothing of somebody. Returns what shows people. */
export function addOthers(parent: HTMLElement, ownId: string, actions: PanelActions): (people: People) => void {
  const list = add(parent, "ul", "voices");
  const rows = new Map<string, { readonly row: HTMLElement; readonly name: HTMLElement }>();
  return (people) => {
    for (const [userId, { row }] of rows) {
      if (people.has(userId)) continue;
      row.remove();
      rows.delete(userId);
    }
    for (const [userId, person] of people) {
      if (userId === ownId) continue;
      const known = rows.get(userId) ?? addOther(list, userId, actions);
      rows.set(userId, known);
      known.name.textContent = person.name;
    }
  };
}

function addOther(list: HTMLElement, userId: string, actions: PanelActions): { row: HTMLElement; name: HTMLElement } {
  const row = add(list, "li", "voice");
  const name = add(row, "span", "name");
  name.setAttribute("dir", "auto");
  const slider = add(row, "input", "control");
  Object.assign(slider, { type: "range", min: "0", max: "2", step: "0.1", value: "1" });
  slider.setAttribute("aria-label", "Volume");
  slider.addEventListener("input", () => actions.setVolume(userId, slider.valueAsNumber));
  const label = add(row, "label", "ignore");
  const box = add(label, "input", "control");
  box.type = "checkbox";
  label.append("Ignore");
  box.addEventListener("change", () => actions.ignore(userId, box.checked));
  return { row, name };
}
