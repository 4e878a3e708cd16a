/**
 * The menu at the left wrist of somebody in VR, where the page is not seen: lists that systems give.
 *
 * A system that has a panel on the page gives the same things as a list: `ui.addPanel({…, $items})`.
 * A list alone, without a panel, is `ui.wrist.add({title, $items})`. vr/menu.ts draws them.
 */

import { BehaviorSubject, type Observable } from "rxjs";
import type { State } from "../shared.js";

/** A line of the menu. */
export interface Item {
  readonly label: string;
  /** Written at its end, such as "On". */
  readonly state?: string;
  /** Called when it is pressed; without this and a page it is only read. */
  readonly act?: () => void;
  /** Opened when it is pressed. */
  readonly page?: WristPage;
}

export interface WristPage {
  readonly title: string;
  /** The lines, anew whenever they change. Heard only while the page is open. */
  readonly $items: Observable<readonly Item[]>;
}

export interface Wrist {
  readonly add: (page: WristPage) => void;
  readonly $pages: State<readonly WristPage[]>;
}

export function createWrist(): Wrist {
  const $pages = new BehaviorSubject<readonly WristPage[]>([]);
  return { $pages, add: (page) => $pages.next([...$pages.value, page]) };
}
