/** The sheet with the links of a room: to copy, for the phone's own sharing, and as a QR code. */

import { encode } from "uqr";
import { copyText } from "./clipboard.js";
import { add } from "./dom.js";
import { addInviteForm, type Inviting } from "./invite_form.js";

export interface Links {
  /** The room's name. */
  readonly name: string;
  readonly room: string;
  /** A link to where we stand. */
  readonly place: string | undefined;
  /** For those who may invite. */
  readonly inviting: Inviting | undefined;
}

/** Hosts that lead each machine to itself. */
const OWN_MACHINE = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;
/** Squares around a QR code that stay pale, as its standard wants. */
const QUIET = 4;

/** Fill an open dialog. */
export function fillSharing(dialog: HTMLDialogElement, { name, room, place, inviting }: Links): void {
  addLink(dialog, "Link to the room", room, "Copy link").focus();
  if (place !== undefined) addLink(dialog, "Link to this place in it", place, "Copy link to this place");
  if (inviting) {
    const made = add(dialog, "div", "invites");
    addInviteForm(dialog, inviting, (url) => {
      made.replaceChildren();
      addLink(made, "Link of the invite", url, "Copy invite link").focus();
    });
    dialog.append(made);
  }
  if ("share" in navigator) {
    const button = add(add(dialog, "p", "buttons"), "button", "quiet", "Share…");
    button.type = "button";
    // who closes the browser's own dialog has changed their mind: nothing to say
    button.addEventListener("click", () => void navigator.share({ title: name, url: room }).catch(() => {}));
  }
  if (OWN_MACHINE.test(new URL(room).hostname)) {
    add(dialog, "p", "hint", "This address works on this computer only. To bring others, the server needs one that they can reach.");
  } else {
    addCode(add(dialog, "figure", "code"), room);
  }
}

function addLink(dialog: HTMLElement, label: string, url: string, copyLabel: string): HTMLButtonElement {
  const row = add(dialog, "div", "row link");
  const field = add(add(row, "label", "address", label), "input", "url");
  field.readOnly = true;
  field.value = url;
  field.addEventListener("focus", () => field.select());
  const button = add(row, "button", "copy", "Copy");
  button.type = "button";
  button.setAttribute("aria-label", copyLabel);
  const done = add(row, "span", "done");
  done.setAttribute("role", "status");
  button.addEventListener("click", async () => {
    const copied = await copyText(url);
    done.textContent = copied ? "Link copied" : "This browser does not let us copy. The address is selected: copy it yourself.";
    if (!copied) field.focus();
  });
  return button;
}

/** The link as a picture for the camera of a phone. */
function addCode(figure: HTMLElement, url: string): void {
  const { data, size } = encode(url, { ecc: "M", border: QUIET });
  const picture = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  picture.setAttribute("viewBox", `0 0 ${size} ${size}`);
  picture.setAttribute("role", "img");
  picture.setAttribute("aria-label", "QR code of the link to the room");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  const squares = data.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x} ${y}h1v1h-1z`] : [])));
  path.setAttribute("d", squares.join(""));
  picture.append(path);
  figure.append(picture);
  add(figure, "figcaption", "hint", "For the camera of a phone");
}
