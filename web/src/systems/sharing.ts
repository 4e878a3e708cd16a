/**
 * The ways to bring others: a button that opens the links of the room, which are loaded then; and a
 * row of them for somebody who comes into an empty room.
 */

import { filter, take } from "rxjs";
import { ownPath } from "../base.js";
import { linkTo } from "../motion/linked_place.js";
import { refusedText } from "../refused.js";
import type { Person } from "../shared.js";
import type { Context, System } from "../system.js";
import { copyText } from "../ui/clipboard.js";
import { add, addIconButton } from "../ui/dom.js";
import { loadLater } from "../ui/load_later.js";
import type { Inviting } from "../ui/invite_form.js";
import { addClose } from "../ui/modal.js";
import { Refusal } from "../wire.js";
import type { Pose } from "../wire.gen.js";

/** Role → the roles with which it may invite (xr/features/doors.py). */
const INVITES: Readonly<Record<Person["role"], Inviting["roles"]>> = {
  guest: [],
  member: [],
  moderator: ["guest", "member"],
  owner: ["guest", "member", "moderator", "owner"],
};

export const sharing: System = (context) => {
  const { shared, wire, ui } = context;
  let own: Pose | undefined;
  shared.$camera_moved.subscribe((pose) => (own = pose));
  const button = addIconButton(ui.topBar, "icon share", "Bring others");
  button.hidden = true;
  wire.$joined.pipe(take(1)).subscribe(() => {
    button.hidden = false;
  });
  const open = (): void => {
    const room = roomLink();
    loadLater(ui, import("../ui/sharing_sheet.js"), ({ fillSharing }) => {
      const inviting = invitingOf(context);
      fillSharing(ui.openModal("Bring others"), { name: document.title, room, place: own && room + linkTo(own), inviting });
    });
  };
  button.addEventListener("click", open);
  const $alone = wire.on("user_snapshot").pipe(take(1), filter((users) => Object.keys(users).length === 1));
  $alone.subscribe(() => offer(context, open));
};

/** The invites that we may make; nothing for guests and members. */
function invitingOf({ page, shared, wire }: Context): Inviting | undefined {
  const roles = INVITES[shared.$people.value.get(page.userId)?.role ?? "guest"];
  if (roles.length === 0) return undefined;
  return {
    roles,
    make: async (invite) => {
      try {
        return location.origin + ownPath((await wire.push("invite", invite)).url);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        throw new Error(refusedText(error), { cause: error });
      }
    },
  };
}

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
