/** Parts of the page that are fetched when they are first asked for. */

import type { Ui } from "./ui.js";

/** Go on with a module when it is there; say so if it cannot be fetched, as after an update of the server. */
export function loadLater<Module>(ui: Pick<Ui, "toast">, loading: Promise<Module>, use: (module: Module) => void): void {
  loading.then(use, (error: unknown) => {
    console.warn(error);
    ui.toast({ text: "This part of the page could not be loaded. Load the page again, and it will work." });
  });
}
