/**
 * A system: one thing that the page does, started once at boot.
 *
 * Systems do not know each other. They meet in `shared`, hear the server through `wire`, and add to
 * the places of `ui`. A rejoin speaks through the same observables, so that nothing starts twice.
 */

import type { Page } from "./page.js";
import type { Shared } from "./shared.js";
import type { Ui } from "./ui/ui.js";
import type { Wire } from "./wire.js";
import type { World } from "./world.js";

/** All that a system is given. */
export interface Context {
  readonly page: Page;
  readonly world: World;
  readonly shared: Shared;
  readonly wire: Wire;
  readonly ui: Ui;
}

export type System = (context: Context) => void;
