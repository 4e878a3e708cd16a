/** The way to bring others: the room's link, to the clipboard or into the phone's own sharing. */

import { take } from "rxjs";
import type { System } from "../system.js";
import { add } from "../ui/dom.js";

export const sharing: System = ({ page, wire, ui }) => {
  const touch = window.matchMedia("(hover: none)").matches && "share" in navigator;
  const button = add(ui.topBar, "button", "icon share");
  button.setAttribute("aria-label", touch ? "Share link" : "Copy link");
  button.setAttribute("title", touch ? "Share link" : "Copy link");
  button.hidden = true;
  wire.$joined.pipe(take(1)).subscribe(() => {
    button.hidden = false;
  });
  button.addEventListener("click", () => {
    const url = location.origin + location.pathname;
    if (touch) {
      // whoever closes the phone's own dialog has changed their mind: nothing to say
      navigator.share({ title: page.roomName, url }).catch(() => {});
      return;
    }
    void copy(url).then((copied) => ui.toast({ text: copied ? "Link copied" : `The link is ${url}` }));
    ui.canvas.focus();
  });
};

/** Whether the text is in the clipboard now: browsers refuse it on plain http. */
async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
