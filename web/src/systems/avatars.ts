/** The others: an avatar for each user who is present, moved smoothly towards what came last. */

import { filter } from "rxjs";
import type { Pose } from "../wire.gen.js";
import { floorUnder } from "../motion/arrival.js";
import { Walls } from "../motion/walls.js";
import type { ShownUser } from "../shared.js";
import type { Context } from "../system.js";
import { type Avatar, AvatarParts } from "./avatar_body.js";
import { Track } from "./interpolation.js";

/** Somebody else who is present. */
class Other implements ShownUser {
  readonly #avatar: Avatar;
  readonly #track: Track;
  #shown: Pose;

  readonly #walls: Walls;
  #floor: number;

  constructor(avatar: Avatar, walls: Walls, pose: Pose, time: number) {
    this.#avatar = avatar;
    this.#walls = walls;
    this.#floor = floorUnder(walls, pose.position);
    this.#track = new Track(pose, time);
    this.#shown = pose;
    avatar.show(pose, this.#floor, time);
  }

  get shown(): Pose {
    return this.#shown;
  }

  get target(): Pose {
    return this.#track.target;
  }

  moveTo(pose: Pose, time: number): void {
    this.#track.push(pose, time);
  }

  draw(time: number): void {
    const pose = this.#track.at(time);
    if (pose !== this.#shown) this.#floor = floorUnder(this.#walls, pose.position);
    this.#shown = pose;
    this.#avatar.show(pose, this.#floor, time); // who stands still breathes
  }

  dispose(): void {
    this.#avatar.dispose();
  }
}

/** Draw the others. `now` gives milliseconds. */
export function avatars(
  { page, world, shared, wire }: Context,
  now: () => number = () => performance.now(),
): void {
  const parts = new AvatarParts(world.scene);
  const walls = new Walls();
  wire.on("snapshot").subscribe((things) => walls.replace(things));
  const others = new Map<string, Other>();

  const come = (userId: string, pose: Pose): void => {
    if (userId === page.userId) return;
    const known = others.get(userId);
    if (known) {
      known.moveTo(pose, now());
      return;
    }
    const other = new Other(parts.create(userId), walls, pose, now());
    others.set(userId, other);
    shared.users.set(userId, other);
  };
  const go = (userId: string): void => {
    others.get(userId)?.dispose();
    others.delete(userId);
    shared.users.delete(userId);
  };

  wire.on("user_snapshot").subscribe((present) => {
    for (const userId of others.keys()) if (!(userId in present)) go(userId);
    for (const [userId, pose] of Object.entries(present)) come(userId, pose);
  });
  wire.on("user_joined").subscribe((user) => come(user.user_id, user));
  wire.on("user_moved").subscribe((user) => others.get(user.user_id)?.moveTo(user, now()));
  wire.on("user_left").subscribe(({ user_id }) => go(user_id));
  wire.$connection.pipe(filter(({ state }) => state === "over")).subscribe(() => {
    for (const userId of others.keys()) go(userId); // a crowd that stands still would be a lie
  });
  world.scene.onBeforeRenderObservable.add(() => {
    const time = now();
    for (const other of others.values()) other.draw(time);
  });
}
