/** The look around the furniture, by the kind of room that the spawn point names. */

import { spawnEntity, spawnPoint } from "../motion/arrival.js";
import { seenThings } from "../seen.js";
import type { System } from "../system.js";

export const scenery: System = (context) => {
  seenThings(context).subscribe((entities) => {
    context.world.scenery.dress(spawnEntity(entities)["room_kind"], spawnPoint(entities));
  });
};
