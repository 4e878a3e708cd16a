/** The others: an avatar for each user who is present, moved smoothly towards what came last. */

import type { Scene } from "@babylonjs/core/scene.js";
import type { Shared } from "../config.js";
import type { Pose } from "../wire.js";
import { type Avatar, AvatarParts } from "./avatar_body.js";
import { Track } from "./interpolation.js";

/** Where a user is drawn, and where they are going. */
export interface ShownUser {
  readonly shown: Pose;
  readonly target: Pose;
}

interface Other {
  readonly avatar: Avatar;
  readonly track: Track;
  shown: Pose;
}

/** Start drawing the others. Returns a look at them, for the test surface. */
export function startAvatars(
  scene: Scene,
  shared: Shared,
  now: () => number = () => performance.now(),
): () => Record<string, ShownUser> {
  const parts = new AvatarParts(scene);
  const others = new Map<string, Other>();

  const come = (userId: string, pose: Pose): void => {
    const known = others.get(userId);
    if (known) {
      known.track.push(pose, now());
      return;
    }
    const avatar = parts.create(userId);
    avatar.show(pose);
    others.set(userId, { avatar, track: new Track(pose, now()), shown: pose });
  };
  const go = (userId: string): void => {
    others.get(userId)?.avatar.dispose();
    others.delete(userId);
  };

  shared.$user_snapshot.subscribe((present) => {
    for (const userId of others.keys()) if (!present.has(userId)) go(userId);
    for (const [userId, pose] of present) come(userId, pose);
  });
  shared.$room_stream.subscribe((message) => {
    if (message.event === "user_joined") come(message.userId, message.pose);
    else if (message.event === "user_left") go(message.userId);
    else others.get(message.userId)?.track.push(message.pose, now());
  });
  scene.onBeforeRenderObservable.add(() => {
    const time = now();
    for (const other of others.values()) {
      const pose = other.track.at(time);
      if (pose === other.shown) continue; // stands still
      other.shown = pose;
      other.avatar.show(pose);
    }
  });
  return () =>
    Object.fromEntries(
      Array.from(others, ([id, { shown, track }]) => [id, { shown, target: track.target }]),
    );
}
