/** The others: an avatar for each user who is present, moved smoothly towards what came last. */

import type { Scene } from "@babylonjs/core/scene.js";
import { combineLatest, filter } from "rxjs";
import type { Pose } from "../wire.gen.js";
import { floorUnder } from "../motion/arrival.js";
import { Track } from "../motion/playback.js";
import { Timeline } from "../motion/timeline.js";
import { Walls } from "../motion/walls.js";
import { seenThings, seenUsers } from "../seen.js";
import type { Person, ShownFingers, ShownUser } from "../shared.js";
import type { Context } from "../system.js";
import { Avatar, AvatarParts, type Look, LOOKS } from "./avatar_body.js";

/** How much is left to see of somebody of whom nothing comes. */
const SILENT = 0.3;

/** Somebody else who is present. */
class Other implements ShownUser {
  readonly #avatar: Avatar;
  readonly #track: Track;
  readonly #walls: Walls;
  #floor: number;

  /** `time` is of the timeline. */
  constructor(avatar: Avatar, walls: Walls, pose: Pose, time: number) {
    this.#avatar = avatar;
    this.#walls = walls;
    this.#floor = floorUnder(walls, pose.position);
    this.#track = new Track(pose, time);
  }

  get shown(): Pose {
    return this.#track.shown;
  }

  get target(): Pose {
    return this.#track.target;
  }

  get look(): Look {
    return this.#avatar.look;
  }

  /** From now on they look different. */
  wear(look: Look): void {
    this.#avatar.wear(look);
  }

  moveTo(pose: Pose, time: number): void {
    this.#track.push(pose, time);
  }

  /** `time` is of the timeline, `now` of the clock. */
  draw(figures: Figures, time: number, now: number, fingers?: ShownFingers): void {
    const { shown } = this.#track;
    if (this.#track.play(time)) this.#floor = floorUnder(this.#walls, shown.position);
    this.#avatar.draw(figures.partsFor(this.look), shown, this.#floor, now, fingers); // who stands still breathes
  }

  leave(time: number): void {
    this.#avatar.leave(time);
  }

  isGone(time: number): boolean {
    return this.#avatar.isGone(time);
  }
}

/** The figures as they are, and those that have faded: these are made when there is one. */
class Figures {
  readonly #scene: Scene;
  readonly #whole: AvatarParts;
  #faded: AvatarParts | undefined;

  constructor(scene: Scene) {
    this.#scene = scene;
    this.#whole = new AvatarParts(scene);
  }

  /** The parts of a figure that looks so. */
  partsFor({ silent }: Look): AvatarParts {
    return silent ? (this.#faded ??= new AvatarParts(this.#scene, SILENT)) : this.#whole;
  }

  /** Begin a frame, without any figures. */
  begin(): void {
    this.#whole.begin();
    this.#faded?.begin();
  }

  /** End a frame. */
  end(): void {
    this.#whole.end();
    this.#faded?.end();
  }
}

/** Our own body as we see it in VR when we look down, and whole in an overview. Returns the function that draws it in a frame. */
function ownBody({ page, shared }: Context, walls: Walls): (figures: Figures, now: number) => void {
  let avatar: Avatar | undefined;
  let pose: Pose | undefined;
  shared.$camera_moved.subscribe((moved) => (pose = moved));
  combineLatest([shared.$people, shared.$vr, shared.$step_back]).subscribe(([people, vr, back]) => {
    const person = people.get(page.userId);
    if ((vr !== "inside" && back === 0) || !person) avatar = undefined;
    else if (avatar?.look.avatar !== person.avatar || avatar.look.color !== person.color) avatar = new Avatar(page.userId, person);
  });
  return (figures, now) => {
    if (!avatar || !pose) return;
    const parts = figures.partsFor(avatar.look);
    const floor = floorUnder(walls, pose.position);
    if (shared.$vr.value === "inside") avatar.drawOwn(parts, pose, floor, now);
    else avatar.draw(parts, pose, floor, now);
  };
}

/** Draw the others, and ourselves in VR. `now` gives milliseconds. */
export function avatars(context: Context, now: () => number = () => performance.now()): void {
  const { page, world, shared, wire } = context;
  const figures = new Figures(world.scene);
  const walls = new Walls();
  seenThings(context).subscribe((things) => walls.replace(things));
  const others = new Map<string, Other>();
  const leaving = new Set<Other>(); // who left a moment ago and is still seen

  const timeline = new Timeline();

  const create = (userId: string): Avatar => new Avatar(userId, shared.$people.value.get(userId) as Person);
  const come = (userId: string, pose: Pose): void => {
    if (userId === page.userId) return;
    const time = timeline.place(now());
    const known = others.get(userId);
    if (known) {
      known.moveTo(pose, time);
      return;
    }
    const other = new Other(create(userId), walls, pose, time);
    others.set(userId, other);
    shared.users.set(userId, other);
  };
  const go = (userId: string): void => {
    const other = others.get(userId);
    if (!other) return;
    other.leave(now());
    leaving.add(other);
    others.delete(userId);
    shared.users.delete(userId);
  };

  seenUsers(context).subscribe((present) => {
    timeline.forget();
    for (const userId of others.keys()) if (!(userId in present)) go(userId);
    for (const [userId, pose] of Object.entries(present)) come(userId, pose);
  });
  shared.$people.subscribe((people) => {
    for (const [userId, other] of others) {
      const person = people.get(userId);
      if (person && LOOKS.some((field) => person[field] !== other.look[field])) other.wear(person);
    }
  });
  wire.on("user_joined").subscribe((user) => come(user.user_id, user));
  wire.on("user_moved").subscribe((user) => {
    others.get(user.user_id)?.moveTo(user, timeline.place(now(), user.stamp));
  });
  wire.on("user_left").subscribe(({ user_id }) => go(user_id));
  wire.$connection.pipe(filter(({ state }) => state === "over")).subscribe(() => {
    for (const userId of others.keys()) go(userId); // a crowd that stands still would be a lie
  });
  const own = ownBody(context, walls);
  world.scene.onBeforeRenderObservable.add(() => {
    const [time, clock] = [timeline.show(now()), now()];
    figures.begin();
    own(figures, clock);
    for (const [userId, other] of others) other.draw(figures, time, clock, shared.fingers.get(userId));
    for (const other of leaving) {
      if (other.isGone(clock)) leaving.delete(other);
      else other.draw(figures, time, clock);
    }
    figures.end();
  });
}
