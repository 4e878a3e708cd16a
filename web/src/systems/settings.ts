/** The way to the visitor's choices: a button and a key that open the sheet, which is loaded then. */

import { reintroduce } from "../introduction.js";
import type { System } from "../system.js";
import { addIconButton } from "../ui/dom.js";
import { onKey } from "../ui/keys.js";
import { loadLater } from "../ui/load_later.js";

export const settings: System = (context) => {
  const { page, shared, ui } = context;
  const open = (): void => {
    loadLater(ui, import("../ui/settings_sheet.js"), ({ fillSettings }) => {
      const profile = shared.$people.value.get(page.userId);
      fillSettings(
        ui.openModal("Settings"), shared.preferences,
        profile && { profile: { name: profile.name, color: profile.color, avatar: profile.avatar }, tell: (changes) => reintroduce(context, changes) },
      );
    });
  };
  addIconButton(ui.tools, "tool settings", "Settings").addEventListener("click", open);
  onKey("KeyO", open);
};
