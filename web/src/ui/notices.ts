/** A sentence that stays while it is true. One is shown at a time, on the screen and in a headset. */

import {
  BehaviorSubject,
  combineLatest,
  distinctUntilChanged,
  map,
  type Observable,
  startWith,
  switchMap,
} from "rxjs";
import { add } from "./dom.js";

export interface Notices {
  /** Add a source of sentences; "" while it has nothing to say. The first added goes first. */
  readonly add: ($text: Observable<string>) => void;
  /** The sentence to show now, or "". */
  readonly $shown: Observable<string>;
}

/** Make the place inside `root`. */
export function createNotices(root: HTMLElement): Notices {
  const $sources = new BehaviorSubject<readonly Observable<string>[]>([]);
  const $shown = $sources.pipe(
    switchMap((sources) => combineLatest(sources.map(($text) => $text.pipe(startWith(""))))),
    map((texts) => texts.find((text) => text !== "") ?? ""),
    distinctUntilChanged(),
  );
  const banner = add(root, "p", "banner");
  banner.setAttribute("role", "status");
  banner.hidden = true;
  $shown.subscribe((text) => {
    banner.textContent = text;
    banner.hidden = text === "";
  });
  return { $shown, add: ($text) => $sources.next([...$sources.value, $text]) };
}
