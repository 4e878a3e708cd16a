/** The list of people in words: their order, where they are, and what one may do to them. Pure. */

import { headingOf } from "./motion/arrival.js";
import type { People, Person } from "./shared.js";
import type { Pose, Vec3 } from "./wire.gen.js";

/** From the least to the most, as the server ranks them (xr/roles.py). */
const RANKS = ["guest", "member", "moderator", "owner"] as const satisfies readonly Person["role"][];
/** The directions around us, clockwise from ahead, each an eighth of the circle. */
const WAYS = ["ahead", "ahead to the right", "to the right", "behind to the right", "behind", "behind to the left", "to the left", "ahead to the left"];

/** An act on somebody else, with the words of its button. */
export const ACTS = {
  look: "Look at", walk: "Walk to", ignore: "Ignore", heed: "Stop ignoring",
  mute: "Mute", unmute: "Unmute", stage: "Put on the stage", unstage: "Take off the stage", kick: "Send out", ban: "Ban", promote: "Make moderator", demote: "Make member",
} as const;
export type Act = keyof typeof ACTS;

/** The words of the second press, for acts that are not done by one. */
export const CONFIRMED: Partial<Record<Act, string>> = { kick: "Really send out?", ban: "Really ban?" };

/** Whether a role is `least` or higher. */
export function ranks(role: Person["role"], least: Person["role"]): boolean {
  return RANKS.indexOf(role) >= RANKS.indexOf(least);
}

/** The ids of those whose hands are up, in the order in which they went up. */
export function raisedHands(before: readonly string[], people: People): string[] {
  const up = (userId: string): boolean => people.get(userId)?.hand === true;
  return [...before.filter(up), ...[...people.keys()].filter((userId) => up(userId) && !before.includes(userId))];
}

/** Those with raised hands first, then we, then the others by name. */
export function inOrder(people: People, hands: readonly string[], ownId: string): string[] {
  const place = (userId: string): number => {
    const hand = hands.indexOf(userId);
    if (hand >= 0) return hand;
    return userId === ownId ? hands.length : hands.length + 1;
  };
  const name = (userId: string): string => people.get(userId)?.name ?? "";
  return [...people.keys()].toSorted((one, other) => place(one) - place(other) || name(one).localeCompare(name(other)));
}

/** How far away something is, and which way from where we look. */
export function whereText({ position: [x, , z], rotation }: Pose, [u, , w]: Vec3): string {
  const far = Math.hypot(u - x, w - z);
  if (far < 0.5) return "beside you";
  const aside = Math.atan2(u - x, w - z) - headingOf(rotation);
  const eighth = ((Math.round((aside * 4) / Math.PI) % 8) + 8) % 8;
  return `${far < 10 ? far.toFixed(1) : Math.round(far)} m ${WAYS[eighth]}`;
}

/** The acts that somebody with the role `own` may do to another. */
export function actsOn(person: Person, own: Person["role"], ignored: boolean): Act[] {
  const acts: Act[] = ["look", "walk", ignored ? "heed" : "ignore"];
  const above = RANKS.indexOf(own) > RANKS.indexOf(person.role);
  if (RANKS.indexOf(own) >= RANKS.indexOf("moderator") && above) {
    acts.push(person.mic === "muted" ? "unmute" : "mute", "kick", "ban");
  }
  if (own === "owner" && above) acts.push(person.role === "moderator" ? "demote" : "promote");
  return [...acts, ...stageActs(person, own)];
}

/** An owner puts anybody on the stage, also themselves. */
export function stageActs(person: Person, own: Person["role"]): Act[] {
  if (own !== "owner") return [];
  return [person.stage ? "unstage" : "stage"];
}
