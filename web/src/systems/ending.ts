/** The end of a visit: a dialog that says why it is over, and the ways on. */

import { filter, switchMap, take } from "rxjs";
import type { System } from "../system.js";
import { add } from "../ui/dom.js";
import { addWaysOn } from "../ui/ways_on.js";
import { noticeText } from "./connection_notice.js";

/** For those who were inside; the Enter dialog tells all others. */
export const ending: System = ({ wire, ui }) => {
  const $over = wire.$joined.pipe(
    take(1),
    switchMap(() => wire.$connection),
    filter(({ state }) => state === "over"),
    take(1),
  );
  $over.subscribe((connection) => {
    const { element } = ui.openDoorway("Your visit is over");
    add(element, "h2", "title", "Your visit is over");
    add(element, "p", "refusal", noticeText(connection)).setAttribute("role", "alert");
    addWaysOn(element);
    element.focus();
  });
};
