/**
 * The ways to bring others: a button that opens the links of the room, which are loaded then; and a
 * row of them for somebody who comes into an empty room.
 */

import { filter, take } from "rxjs";
import { linkTo } from "../motion/linked_place.js";
import type { Context, System } from "../system.js";
import { copyText } from "../ui/clipboard.js";
import { add } from "../ui/dom.js";
import { loadLater } from "../ui/load_later.js";
import { addClose } from "../ui/modal.js";
import type { Pose } from "../wire.gen.js";

export const sharing: System = (context) => {
  const { page, shared, wire, ui } = context;
  let own: Pose | undefined;
  shared.$camera_moved.subscribe((pose) => (own = pose));
  const button = add(ui.topBar, "button", "icon share");
  button.setAttribute("aria-label", "Bring others");
  button.setAttribute("title", "Bring others");
  button.hidden = true;
  wire.$joined.pipe(take(1)).subscribe(() => {
    button.hidden = false;
  });
  const open = (): void => {
    const room = roomLink();
    loadLater(ui, import("../ui/sharing_sheet.js"), ({ fillSharing }) => {
      fillSharing(ui.openModal("Bring others"), { name: page.roomName, room, place: own && room + linkTo(own) });
    });
  };
  button.addEventListener("click", open);
  const $alone = wire.on("user_snapshot").pipe(take(1), filter((users) => Object.keys(users).length === 1));
  $alone.subscribe(() => offer(context, open));
};

function roomLink(): string {
  return location.origin + location.pathname;
}

/** The row; it goes when it was used or closed, and when somebody comes. */
function offer({ shared, ui }: Context, open: () => void): void {
  const row = add(ui.offers, "div", "offer");
  row.setAttribute("role", "group");
  row.setAttribute("aria-label", "Bring others");
  add(row, "span", "words", "Nobody else is here yet.");
  const go = (): void => row.remove();
  const addButton = (words: string, act: () => void): void => {
    const button = add(row, "button", "quiet", words);
    button.type = "button";
    button.addEventListener("click", () => {
      go();
      ui.canvas.focus();
      act();
    });
  };
  addButton("Copy link", () => {
    void copyText(roomLink()).then((copied) => (copied ? ui.toast({ text: "Link copied" }) : open()));
  });
  addButton("QR code", open);
  addClose(row, () => {
    go();
    ui.canvas.focus();
  });
  shared.$people.pipe(filter((people) => people.size > 1), take(1)).subscribe(go);
}
