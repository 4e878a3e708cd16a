/**
 * Every message that crosses the wire, and the numbers of the binary record.
 *
 * Made by `make generate` from xr/wire, xr/events.py and xr/features: change it there.
 * docs/protocol.md describes it. `wire.on` and `wire.push` are typed by `Events` and `Intents`.
 */

/** Bit of a record's kind: it has both hands. */
export const HANDS = 1;
/** Bit of a record's kind: the left hand is tracked. */
export const LEFT = 2;
/** Bit of a record's kind: the right hand is tracked. */
export const RIGHT = 4;
/** Bytes of a position and a rotation. */
export const PLACEMENT = 13;
/** Units of a coordinate in a metre. It is a signed 24-bit count of 1.25 mm: ±10,485 m. */
export const UNITS = 800;
/** Steps to each side of zero in the ten bits of a quaternion's component, at most 1/√2 in size. */
export const STEPS = 511;
/** The furthest coordinate from the origin that is accepted, in metres. */
export const LIMIT = 10000;

/** The server's words for why something was refused, or is over. */
export type Reason =
  | "the server is restarting"
  | "the server is full"
  | "too many connections from this address"
  | "too much came from this address"
  | "origin"
  | "token"
  | "cookie"
  | "no such room"
  | "room is full"
  | "password needed"
  | "wrong password"
  | "room is locked"
  | "invalid join"
  | "too many topics on one socket"
  | "too many joins"
  | "the database cannot be read now, try again"
  | "the room failed"
  | "joined again"
  | "the connection is gone"
  | "invalid pose"
  | "invalid payload"
  | "unmatched topic"
  | "unknown event"
  | "too many messages before the join"
  | "too fast"
  | "invalid name"
  | "invalid color"
  | "invalid avatar"
  | "not allowed"
  | "no such user"
  | "no such line"
  | "no such invite"
  | "last owner"
  | "too many"
  | "muted"
  | "closed"
  | "kicked"
  | "banned"
  | "forgotten"
  | "channel_crash"
  | "a fault of the server"
  | "too slow"
  | "nothing was heard for too long"
  | "too many messages"
  | "too many pings and pongs"
  | "heartbeat timeout";

/** A point `x, y, z` in metres, in a left-handed frame, y up. */
export type Vec3 = readonly [number, number, number];

/** A unit quaternion `x, y, z, w`. */
export type Quat = readonly [number, number, number, number];

/** How a client wants poses: a frame for each pose, a frame a tick, or a binary frame a tick. */
export type Poses = "batch" | "binary" | "json";

/** Entity id → component → value. */
export type Entities = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** The users who are present, by id. */
export type UserSnapshot = Readonly<Record<string, UserPose>>;

/** The connections of the users present, by user id. */
export type PresenceState = Readonly<Record<string, Metas>>;

/** The newest pose of each user who moved in this tick, by user id. */
export type UsersMoved = Readonly<Record<string, Pose>>;

/** Send a user out and keep them out, also one who is away; they lose their role. */
export interface Ban {
  /** at most 100 characters */
  readonly user_id: string;
  /** For how long; null: until somebody lifts it */
  readonly hours?: number | null;
  /** Also keep out guests who come from the same address, for 24 hours at most */
  readonly address?: boolean;
}

/** Show how the fingers of your hands are bent. Leave out a hand that is not tracked. */
export interface BendFingers {
  /** 0 straight, 255 as in a fist; the thumb first, the little finger last */
  readonly left?: readonly [number, number, number, number, number] | null;
  readonly right?: readonly [number, number, number, number, number] | null;
}

/** The newest lines in the room, the oldest of them first. */
export interface ChatLines {
  readonly lines: readonly Said[];
}

/** A payload or response that has nothing to say. */
export type Empty = Readonly<Record<string, never>>;

/** A membership is over: payload of `phx_close` and `phx_error`. */
export interface Ended {
  /** One of the reasons; left out where you know */
  readonly reason?: string | null;
}

/** Entities came, changed or went. In `changed` the value null removes a component. */
export interface EntitiesChanged {
  readonly created: Entities;
  readonly changed: Entities;
  readonly deleted: readonly string[];
}

/** The fingers of a user are bent like this: 0 straight, 255 as in a fist, the thumb first. */
export interface FingersBent {
  readonly user_id: string;
  /** 0 to 65535 */
  readonly n: number;
  readonly left: readonly [number, number, number, number, number] | null;
  readonly right: readonly [number, number, number, number, number] | null;
}

/** Choose your name, colour or avatar; what is left out stays. */
export interface IAm {
  /** 1 to 32 characters that can be seen, after trimming and in NFC */
  readonly name?: string | null;
  /** `#rrggbb` */
  readonly color?: string | null;
  /** One of the shipped kinds */
  readonly avatar?: string | null;
}

/** Say that you look elsewhere, or that you are back. A newcomer is not away. */
export interface IAmAway {
  readonly away: boolean;
}

/** Be sent the voice of a user no more, or again. It holds until you leave the room. */
export interface Ignore {
  /** at most 100 characters */
  readonly user_id: string;
  readonly ignored: boolean;
}

/** An invite that was made. `url` is a path below the server's public URL. */
export interface Invited {
  readonly id: string;
  readonly url: string;
}

/** Payload of `phx_join`. */
export interface Join {
  /** How you want the poses of others: `"json"` (default), `"batch"` or `"binary"` */
  readonly poses?: Poses;
  /** With `"poses": "binary"`: poses come as `poses_at`, with the time of their tick */
  readonly stamps?: boolean;
  /**
   * A random id that you keep over reconnects. A join with the same user and tab takes the place of
   * your earlier connection; without it each connection counts until it is known to be dead; at
   * most 64 characters
   */
  readonly tab?: string | null;
  /** 1: send me the packets of those who talk near me, as the binary event `voice`; 0 to 1 */
  readonly voice?: number;
  /** Tell me how the fingers of others are bent */
  readonly fingers?: boolean;
  /**
   * The password of the room, if it has one. Once given, it holds until it changes; at most 100
   * characters
   */
  readonly password?: string | null;
  /**
   * The text behind `?invite=` in the link by which you came. It lets you in without a password and
   * through a lock, and gives you its role; at most 200 characters
   */
  readonly invite?: string | null;
}

/** Send a user out of the room; they cannot come back for so many minutes. */
export interface Kick {
  /** at most 100 characters */
  readonly user_id: string;
  readonly minutes?: number;
}

/** One connection of a user. */
export interface Meta {
  readonly phx_ref: string;
}

/** The connections of a user, in the shape of Phoenix's presence. */
export interface Metas {
  readonly metas: readonly Meta[];
}

/**
 * A moderator or owner has acted on a user: `kick`, `ban`, `unban`, `mute`, `unmute`, `role`; or on
 * the room, with no `user_id`: `lock`, `set`, `invite`, `revoke`; or it is the act of another
 * feature. `by` null is the operator.
 */
export interface Moderated {
  readonly act: string;
  readonly user_id: string;
  readonly by: string | null;
  readonly detail: string;
}

/** Take chat and voice from a user, or give them back. It lasts until it is lifted. */
export interface Mute {
  /** at most 100 characters */
  readonly user_id: string;
  readonly muted: boolean;
}

/** Make a link that lets its bearers in, with a role, for so many hours or for good. */
export interface NewInvite {
  readonly role: "guest" | "member" | "moderator" | "owner";
  readonly hours?: number | null;
}

/** A position in metres and a unit quaternion: one tracked thing. */
export interface Placement {
  readonly position: Vec3;
  readonly rotation: Quat;
}

/** A user's head, and the hands or controllers where there are any. */
export interface Pose {
  readonly position: Vec3;
  readonly rotation: Quat;
  readonly left?: Placement | null;
  readonly right?: Placement | null;
}

/** Connections that came and went, by user. */
export interface PresenceDiff {
  readonly joins: PresenceState;
  readonly leaves: PresenceState;
}

/** Raise your hand, or take it down. */
export interface RaiseHand {
  readonly up: boolean;
}

/** Show a gesture to everybody. */
export interface React {
  readonly kind: "clap" | "heart" | "laugh" | "wave";
}

/** A user shows a gesture. */
export interface Reacted {
  readonly user_id: string;
  readonly kind: "clap" | "heart" | "laugh" | "wave";
}

/** The response of an error reply. */
export interface Refusal {
  /** One of the reasons, word for word */
  readonly reason: string;
  /** A sentence that says more */
  readonly detail?: string | null;
  /** Seconds until another try is allowed; at least 0 */
  readonly retry_after?: number | null;
}

/** Payload of `phx_reply`: the response of the intent, or a `Refusal` with `error`. */
export interface Reply {
  readonly status: "error" | "ok";
  readonly response: unknown;
}

/** Let an invite no longer let anybody in. */
export interface Revoke {
  /** at most 100 characters */
  readonly id: string;
}

/** The options of the room as they are now. */
export interface RoomOptions {
  readonly name: string;
  readonly listed: boolean;
  readonly locked: boolean;
  /** Whether there is one */
  readonly password: boolean;
  readonly capacity: number | null;
  readonly always_spawn: boolean;
  readonly who_may_build: "everybody" | "members" | "moderators";
  readonly who_may_speak: "everybody" | "members" | "moderators";
  readonly voice: boolean;
}

/** A user has written a line; `at` is unix milliseconds, `name` the user's at that time. */
export interface Said {
  readonly id: string;
  readonly user_id: string;
  readonly name: string;
  readonly text: string;
  readonly at: number;
}

/** The id of the line that you have written. */
export interface SaidId {
  readonly id: string;
}

/** Write a line to everybody in the room: plain text, which may have line breaks. */
export interface Say {
  /** at most 500 characters */
  readonly text: string;
}

/** Give a user a role in this room, or take it: `"guest"`. They may be away. */
export interface SetRole {
  /** at most 100 characters */
  readonly user_id: string;
  readonly role: "guest" | "member" | "moderator" | "owner";
}

/** Change options of the room; those that are left out stay. A moderator may set `locked`. */
export interface SetRoom {
  readonly name?: string;
  readonly listed?: boolean;
  readonly locked?: boolean;
  /** null: none; at most 100 characters */
  readonly password?: string | null;
  /** null: only the limit of the server; 1 to 65535 */
  readonly capacity?: number | null;
  readonly always_spawn?: boolean;
  readonly who_may_build?: "everybody" | "members" | "moderators";
  readonly who_may_speak?: "everybody" | "members" | "moderators";
  readonly voice?: boolean;
}

/** Put a user who is present on the stage, or take them off. It holds until they leave. */
export interface SetStage {
  /** at most 100 characters */
  readonly user_id: string;
  readonly on: boolean;
}

/** Let a user in again who was kicked or banned. */
export interface Unban {
  /** at most 100 characters */
  readonly user_id: string;
}

/** A line was removed: show it no longer. */
export interface Unsaid {
  readonly id: string;
}

/** Remove a line: your own, or anybody's if you may `moderate`. */
export interface Unsay {
  /** at most 32 characters */
  readonly id: string;
}

/** The state of a user is another; fields that stay as they were are left out. */
export interface UserChanged {
  readonly user_id: string;
  readonly name?: string | null;
  readonly color?: string | null;
  readonly avatar?: string | null;
  readonly role?: "guest" | "member" | "moderator" | "owner" | null;
  readonly mic?: "muted" | "off" | "on" | null;
  readonly hand?: boolean | null;
  /** With `hand` true */
  readonly hand_at?: number | null;
  readonly stage?: boolean | null;
  readonly away?: boolean | null;
  readonly silent?: boolean | null;
}

/** A user's first connection came; precedes all their moves. */
export interface UserJoined {
  readonly name: string;
  readonly color: string;
  readonly avatar: string;
  readonly role: "guest" | "member" | "moderator" | "owner";
  readonly mic: "muted" | "off" | "on";
  readonly hand: boolean;
  readonly hand_at?: number | null;
  readonly stage?: boolean;
  readonly away?: boolean;
  readonly silent?: boolean;
  readonly user_id: string;
  /** 0 to 65535 */
  readonly n: number;
  readonly position: Vec3;
  readonly rotation: Quat;
  readonly left?: Placement | null;
  readonly right?: Placement | null;
}

/** A user's last connection went, or its grace ran out; follows all their moves. */
export interface UserLeft {
  readonly user_id: string;
}

/** The newest pose of one user who moved in this tick; sent for the form `json`. */
export interface UserMoved {
  readonly user_id: string;
  readonly position: Vec3;
  readonly rotation: Quat;
  readonly left?: Placement | null;
  readonly right?: Placement | null;
}

/** An entry of `user_snapshot`: a user who is present, their number and newest pose. */
export interface UserPose {
  readonly name: string;
  readonly color: string;
  readonly avatar: string;
  readonly role: "guest" | "member" | "moderator" | "owner";
  readonly mic: "muted" | "off" | "on";
  readonly hand: boolean;
  readonly hand_at?: number | null;
  readonly stage?: boolean;
  readonly away?: boolean;
  readonly silent?: boolean;
  /** 0 to 65535 */
  readonly n: number;
  readonly position: Vec3;
  readonly rotation: Quat;
  readonly left?: Placement | null;
  readonly right?: Placement | null;
}

/** The payload of each event; what travels inside `stoc` has its own name here. */
export interface Events {
  /** The things in the room */
  readonly snapshot: Entities;
  /** The users who are present, you included */
  readonly user_snapshot: UserSnapshot;
  /** The connections of the users present */
  readonly presence_state: PresenceState;
  /** The newest pose of each user who moved in this tick; sent for the form `batch` */
  readonly users_moved: UsersMoved;
  /** A user's first connection came; precedes all their moves */
  readonly user_joined: UserJoined;
  /** The state of a user is another; fields that stay as they were are left out */
  readonly user_changed: UserChanged;
  /** The newest pose of one user who moved in this tick; sent for the form `json` */
  readonly user_moved: UserMoved;
  /** A user's last connection went, or its grace ran out; follows all their moves */
  readonly user_left: UserLeft;
  /** Connections that came and went, by user */
  readonly presence_diff: PresenceDiff;
  /** Entities came, changed or went. In `changed` the value null removes a component */
  readonly entities_changed: EntitiesChanged;
  /**
   * A moderator or owner has acted on a user: `kick`, `ban`, `unban`, `mute`, `unmute`, `role`; or
   * on the room, with no `user_id`: `lock`, `set`, `invite`, `revoke`; or it is the act of another
   * feature. `by` null is the operator
   */
  readonly moderated: Moderated;
  /** The state of chat */
  readonly chat: ChatLines;
  /** A user has written a line; `at` is unix milliseconds, `name` the user's at that time */
  readonly said: Said;
  /** A line was removed: show it no longer */
  readonly unsaid: Unsaid;
  /** The state of doors */
  readonly room_options: RoomOptions;
  /** The options of the room as they are now */
  readonly room_changed: RoomOptions;
  /** A user shows a gesture */
  readonly reacted: Reacted;
  /** The fingers of a user are bent like this: 0 straight, 255 as in a fist, the thumb first */
  readonly fingers_bent: FingersBent;
}

/** The payload of each intent, and the response of its reply; null if there is none. */
export interface Intents {
  readonly i_moved: { readonly payload: Pose; readonly reply: null };
  readonly i_am: { readonly payload: IAm; readonly reply: Empty };
  readonly raise_hand: { readonly payload: RaiseHand; readonly reply: Empty };
  readonly set_role: { readonly payload: SetRole; readonly reply: Empty };
  readonly kick: { readonly payload: Kick; readonly reply: Empty };
  readonly ban: { readonly payload: Ban; readonly reply: Empty };
  readonly unban: { readonly payload: Unban; readonly reply: Empty };
  readonly mute: { readonly payload: Mute; readonly reply: Empty };
  readonly say: { readonly payload: Say; readonly reply: SaidId };
  readonly unsay: { readonly payload: Unsay; readonly reply: Empty };
  readonly set_room: { readonly payload: SetRoom; readonly reply: Empty };
  readonly invite: { readonly payload: NewInvite; readonly reply: Invited };
  readonly revoke: { readonly payload: Revoke; readonly reply: Empty };
  readonly react: { readonly payload: React; readonly reply: Empty };
  readonly voice: { readonly payload: ArrayBuffer; readonly reply: null };
  readonly i_ignore: { readonly payload: Ignore; readonly reply: Empty };
  readonly set_stage: { readonly payload: SetStage; readonly reply: Empty };
  readonly i_am_away: { readonly payload: IAmAway; readonly reply: Empty };
  readonly bend_fingers: { readonly payload: BendFingers; readonly reply: Empty };
}
