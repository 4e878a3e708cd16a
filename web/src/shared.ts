/** State and events of one system that others need. Each has one system that writes it. */

import { BehaviorSubject, type Observable, Subject } from "rxjs";
import type { SoundName } from "./audio/tones.js";
import { Walls } from "./motion/walls.js";
import type { Moment } from "./avatars/moments.js";
import { createPreferences, type Preferences } from "./preferences.js";
import type { Passing } from "./avatars/marks.js";
import type { BendFingers, Entities, Pose, UserPose, UserSnapshot } from "./wire.gen.js";

/** An observable with a value at any time. */
export type State<T> = Observable<T> & { readonly value: T };

/** The hands or controllers; null where one is not tracked. */
export type Hands = Required<Pick<Pose, "left" | "right">>;

/** How our fingers are bent; null where a hand's are not tracked. */
export type Fingers = Required<BendFingers>;

/** How the fingers of another user are drawn now, thumb to little finger, each 0 (straight) to 1. */
export type ShownFingers = Readonly<Record<"left" | "right", Float32Array | null>>;

/** Where another user is drawn now, and the newest pose that came. */
export interface ShownUser {
  readonly shown: Pose;
  readonly target: Pose;
}

/** A sound that somebody makes. */
export interface Sound {
  readonly name: SoundName;
  readonly userId: string;
}

/** The state of VR: there is none, it waits for a click, or we are in it. */
export type Vr = "none" | "ready" | "inside";

/** The room as somebody sees it who has not entered. */
export interface RoomLook {
  readonly snapshot: Entities;
  readonly user_snapshot: UserSnapshot;
}

/** A person who is present, as all see them beside the pose. */
export type Person = Pick<UserPose, "name" | "color" | "avatar" | "role" | "mic" | "hand" | "stage"> & {
  readonly away: boolean;
  readonly silent: boolean;
};

/** User id → person. */
export type People = ReadonlyMap<string, Person>;

export interface Shared {
  /** Looks into the room before the visitor enters. From the looking-in system. */
  readonly $look: Subject<RoomLook>;
  /** Our own pose as drawn, whenever it may have changed. From the movement system. */
  readonly $camera_moved: Subject<Pose>;
  /** Our tracked hands or controllers; both null outside VR. From the headset system. */
  readonly $hands: BehaviorSubject<Hands>;
  /** Our tracked fingers; both null while there are none. From the headset system. */
  readonly $fingers: BehaviorSubject<Fingers>;
  /** Whether a headset can be entered, or draws now. From the headset system. */
  readonly $vr: BehaviorSubject<Vr>;
  /** Metres that the picture is drawn from behind ourselves; 0 is from our eyes. From the touch input. */
  readonly $step_back: BehaviorSubject<number>;
  /** Whether the headset lies aside in VR, or its system is before the room. From the headset system. */
  readonly $vr_hidden: BehaviorSubject<boolean>;
  /** The Enter dialog asks for VR, once we are in the room. */
  readonly $vr_asked: Subject<void>;
  /** The part of the full resolution that is drawn, at most 1. From the pacing system. */
  readonly $sharpness: BehaviorSubject<number>;
  /** The room's things as one walks among them. From the footing system. */
  readonly walls: Walls;
  /** Everybody who is present, we included; a new map for each change. From the people system. */
  readonly $people: BehaviorSubject<People>;
  /** The ids of those who are speaking or writing now. Each mark from the system that knows of it. */
  readonly marks: Readonly<Record<Passing, Set<string>>>;
  /** The others who are present. From the avatars system. */
  readonly users: Map<string, ShownUser>;
  /** The fingers of those others of whom any were told. From the fingers system. */
  readonly fingers: Map<string, ShownFingers>;
  /** The audio that everything heard goes through, once the visitor has entered. From the sounds system. */
  readonly $audio: BehaviorSubject<AudioContext | undefined>;
  /** How loud each of the others is heard, 0–2; 0 for those who are ignored. From the roster system. */
  readonly $volumes: BehaviorSubject<ReadonlyMap<string, number>>;
  /** Whether a button of a controller is held to speak. From the headset system. */
  readonly $speak_held: BehaviorSubject<boolean>;
  /** Asks the sounds system for a sound at somebody's body. */
  readonly $sound: Subject<Sound>;
  /** The places for what is above heads for a moment. From the bubbles system. */
  readonly moments: Moment[];
  /** The visitor's choices. From the settings system. */
  readonly preferences: Preferences;
}

export function createShared(preferences = createPreferences()): Shared {
  return {
    $look: new Subject(),
    $camera_moved: new Subject(),
    $hands: new BehaviorSubject<Hands>({ left: null, right: null }),
    $fingers: new BehaviorSubject<Fingers>({ left: null, right: null }),
    $vr: new BehaviorSubject<Vr>("none"),
    $step_back: new BehaviorSubject(0),
    $vr_hidden: new BehaviorSubject(false),
    $vr_asked: new Subject(),
    $sharpness: new BehaviorSubject(1),
    walls: new Walls(),
    $people: new BehaviorSubject<People>(new Map()),
    marks: { speaking: new Set(), writing: new Set() },
    users: new Map(),
    fingers: new Map(),
    $audio: new BehaviorSubject<AudioContext | undefined>(undefined),
    $volumes: new BehaviorSubject<ReadonlyMap<string, number>>(new Map()),
    $speak_held: new BehaviorSubject(false),
    $sound: new Subject(),
    moments: [],
    preferences,
  };
}
