/** The way to bring others: a button that opens the links of the room, which are loaded then. */

import { take } from "rxjs";
import { linkTo } from "../motion/linked_place.js";
import type { System } from "../system.js";
import { add } from "../ui/dom.js";
import { loadLater } from "../ui/load_later.js";
import type { Pose } from "../wire.gen.js";

export const sharing: System = ({ page, shared, wire, ui }) => {
  let own: Pose | undefined;
  shared.$camera_moved.subscribe((pose) => (own = pose));
  const button = add(ui.topBar, "button", "icon share");
  button.setAttribute("aria-label", "Bring others");
  button.setAttribute("title", "Bring others");
  button.hidden = true;
  wire.$joined.pipe(take(1)).subscribe(() => {
    button.hidden = false;
  });
  button.addEventListener("click", () => {
    const room = location.origin + location.pathname;
    loadLater(ui, import("../ui/sharing_sheet.js"), ({ fillSharing }) => {
      fillSharing(ui.openModal("Bring others"), { name: page.roomName, room, place: own && room + linkTo(own) });
    });
  });
};
