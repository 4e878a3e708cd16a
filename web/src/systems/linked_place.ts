/** A guest who comes by a link to a place stands there, once: later they come back to where they were. */

import { filter, fromEvent, map, take } from "rxjs";
import { freeNear, linkedPlace } from "../motion/linked_place.js";
import { Walls } from "../motion/walls.js";
import type { System } from "../system.js";
import type { Vec3 } from "../wire.gen.js";
import { placeCamera } from "./movement.js";

/** After the movement system, which has placed the camera where the server has us. */
export const linkedPlaces: System = ({ page, world, shared, wire, ui }) => {
  const walls = new Walls();
  wire.on("snapshot").subscribe((things) => walls.replace(things));
  const go = (others: readonly Vec3[]): void => {
    const asked = linkedPlace(location.hash);
    if (!asked) return;
    history.replaceState(null, "", location.pathname + location.search);
    const free = freeNear(walls, asked, others);
    if (free) placeCamera(world.camera, free);
    else ui.toast({ text: "The place of this link is not free." });
  };
  wire
    .on("user_snapshot")
    .pipe(
      take(1),
      map((users) => Object.entries(users).filter(([userId]) => userId !== page.userId)),
    )
    .subscribe((others) => go(others.map(([, { position }]) => position)));
  fromEvent(window, "hashchange")
    .pipe(filter(() => wire.$connection.value.state === "joined"))
    .subscribe(() => go(Array.from(shared.users.values(), ({ shown }) => shown.position)));
};
