/** The look around the furniture, by the kind of room that the spawn point names. */

import { map, merge } from "rxjs";
import type { Vec3 } from "../wire.gen.js";
import type { System } from "../system.js";

export const scenery: System = ({ world, shared, wire }) => {
  const $seen = shared.$look.pipe(map(({ snapshot }) => snapshot));
  merge($seen, wire.on("snapshot")).subscribe((entities) => {
    const spawn = Object.values(entities).find((components) => components["spawn_point"]);
    world.scenery.dress(spawn?.["room_kind"], (spawn?.["position"] ?? [0, 0, 0]) as Vec3);
  });
};
