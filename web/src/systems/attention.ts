/**
 * Tells the others when we are away: the page is hidden, or the headset lies aside. While a headset
 * draws, its page may be hidden as it likes.
 *
 * The room keeps one word for each user. So of two windows of one visitor the one that is looked at
 * contradicts the other.
 */

import { combineLatest, debounceTime, distinctUntilChanged, fromEvent, map, merge, of, startWith, switchMap } from "rxjs";
import type { System } from "../system.js";
import { Refusal } from "../wire.js";

/** Milliseconds: a glance elsewhere is nothing to tell of. */
const GLANCE = 1500;

export const attention: System = ({ page, shared, wire }) => {
  const $hidden = fromEvent(document, "visibilitychange").pipe(
    startWith(undefined),
    map(() => document.hidden),
  );
  const $away = combineLatest([$hidden, shared.$vr, shared.$vr_hidden]).pipe(
    map(([hidden, vr, aside]) => (vr === "inside" ? aside : hidden)),
    distinctUntilChanged(),
  );
  const $known = shared.$people.pipe(
    map((people) => people.get(page.userId)?.away),
    distinctUntilChanged(),
  );
  const $wrong = $away.pipe(
    switchMap((away) => {
      // a hidden page says it once for each join, a page that is seen whenever it is not so
      const $news = away ? merge(of(undefined), wire.$joined) : merge(of(undefined), wire.$joined, $known);
      return $news.pipe(map(() => away), debounceTime(GLANCE));
    }),
  );
  $wrong.subscribe((away) => {
    if ((shared.$people.value.get(page.userId)?.away ?? away) === away) return;
    wire.push("i_am_away", { away }).catch((error: unknown) => {
      if (!(error instanceof Refusal)) throw error; // a connection that is gone joins again, and it is told then
    });
  });
};
