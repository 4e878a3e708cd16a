/**
 * The subjects that the systems share. Systems know these and not each other.
 *
 * Every system subscribes once, at boot. A rejoin sends new values through the same subjects, so
 * nothing that starts on a join can start twice.
 */

import { BehaviorSubject, Subject } from "rxjs";
import type { Entities, Hands, Pose, RoomEvent } from "./wire.js";

/** How we stand with the server. */
export type Connection =
  /** The visitor has not entered yet. */
  | { readonly state: "outside" }
  | { readonly state: "joining" }
  | { readonly state: "joined" }
  /** Lost; phoenix tries again by itself. */
  | { readonly state: "away" }
  /** The room said no for now; phoenix tries again by itself. */
  | { readonly state: "refused"; readonly reason: string }
  /** For good: nobody tries again. */
  | { readonly state: "over"; readonly reason: string };

export interface Shared {
  readonly $connection: BehaviorSubject<Connection>;
  /** Each join that was granted, rejoins included. */
  readonly $channel_joined: Subject<void>;
  /** All entities of the room, after each join. */
  readonly $snapshot: Subject<Entities>;
  /** The others who are present and where, after each join; nobody when it is over. */
  readonly $user_snapshot: Subject<ReadonlyMap<string, Pose>>;
  /** Where the server has us, after each join. */
  readonly $own_pose: Subject<Pose>;
  /** What the others do, in order. Never tells of ourselves. */
  readonly $room_stream: Subject<RoomEvent>;
  /** How many users are present, we included; 0 before the first join. */
  readonly $present: BehaviorSubject<number>;
  /** In how many windows we are ourselves: we do not see us in another one. */
  readonly $own_windows: BehaviorSubject<number>;
  /** Our own pose as drawn, whenever it may have changed. */
  readonly $camera_moved: Subject<Pose>;
  /** Our tracked hands or controllers; both null outside VR. */
  readonly $hands: BehaviorSubject<Hands>;
}

export function createShared(): Shared {
  return {
    $connection: new BehaviorSubject<Connection>({ state: "outside" }),
    $channel_joined: new Subject(),
    $snapshot: new Subject(),
    $user_snapshot: new Subject(),
    $own_pose: new Subject(),
    $room_stream: new Subject(),
    $present: new BehaviorSubject(0),
    $own_windows: new BehaviorSubject(0),
    $camera_moved: new Subject(),
    $hands: new BehaviorSubject<Hands>({ left: null, right: null }),
  };
}
