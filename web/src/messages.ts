/**
 * The types of the messages: what the server tells (`Events`) and what we may ask of it (`Intents`).
 *
 * docs/protocol.md describes them. `wire.on` and `wire.push` are typed by these two tables alone.
 */

/** Metres, Babylon's left-handed frame, y up. */
export type Vec3 = readonly [number, number, number];
/** A unit quaternion x, y, z, w. */
export type Quat = readonly [number, number, number, number];

/** One tracked thing. */
export interface Placement {
  readonly position: Vec3;
  readonly rotation: Quat;
}

/** The hands or controllers; null where one is not tracked. */
export interface Hands {
  readonly left: Placement | null;
  readonly right: Placement | null;
}

/** A user's head, and the hands where there are any. */
export interface Pose extends Placement, Partial<Hands> {}

/** A pose with `n`, the number under which `poses` frames name its user. */
export interface NumberedPose extends Pose {
  readonly n: number;
}

/** Says whom an event is about. */
export interface OfUser {
  readonly user_id: string;
}

/** Entity id → component → value. */
export type Entities = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** The payload of each event, by the event's name. What travels inside `stoc` has its own name here. */
export interface Events {
  readonly snapshot: Entities;
  /** The users who are present, we included. */
  readonly user_snapshot: Readonly<Record<string, NumberedPose>>;
  readonly user_joined: NumberedPose & OfUser;
  /** Also of ourselves. */
  readonly user_moved: Pose & OfUser;
  readonly user_left: OfUser;
}

/** The payload of each intent, and the response of its reply; `null` if the server does not reply. */
export interface Intents {
  readonly i_moved: { readonly payload: Pose; readonly reply: null };
}
