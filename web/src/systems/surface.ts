/**
 * `window.xr`: a read-only look inside for browser tests and for the curious. Nothing depends on it.
 */

import type { Connection } from "../connection.js";
import type { Pose } from "../wire.gen.js";
import type { ShownUser } from "../shared.js";
import type { Context, System } from "../system.js";
import { readPose } from "./movement.js";

export interface Surface {
  /** Our user id. */
  readonly userId: string;
  /** Our own pose, as last drawn. */
  readonly pose: Pose | null;
  /** The others: where each is drawn now, and the newest pose that came. */
  readonly users: Record<string, ShownUser>;
  /** How the fingers of others are drawn now, thumb to little finger, each 0 (straight) to 1; none of a hand without. */
  readonly fingers: Record<string, Record<"left" | "right", readonly number[]>>;
  readonly connection: Connection;
  /** Joins that were granted since the page was loaded: 1, and one more for each rejoin. */
  readonly joins: number;
  /** Users present, we included. */
  readonly present: number;
  /** Names of the meshes that the snapshot made. */
  readonly entities: readonly string[];
  /** Frames drawn since the page was loaded. */
  readonly draws: number;
  /** Frames drawn in the last whole second. */
  readonly drawsPerSecond: number;
  /** Lines and gestures above heads: texts, and kinds of gestures. */
  readonly moments: readonly string[];
  /** Whether a headset draws. */
  readonly inVr: boolean;
  /** The notice shown in the headset; nothing while there is none. */
  readonly vrNotice: string;
  /** The title and the lines of the wrist menu in the headset; none while it is closed. */
  readonly vrMenu: readonly string[];
  /** The line of the wrist menu that a hand points at; nothing while that is none. */
  readonly vrPointedAt: string;
}

declare global {
  interface Window {
    xr: Surface;
  }
}

export const surface: System = (context) => {
  window.xr = createSurface(context);
};

/** Make the surface of a running page. */
export function createSurface({ page, world: { scene }, shared, wire }: Context): Surface {
  let joins = 0;
  let draws = 0;
  let drawsPerSecond = 0;
  let drawsBefore = 0;
  wire.$joined.subscribe(() => {
    joins += 1;
  });
  scene.onAfterRenderObservable.add(() => {
    draws += 1;
  });
  setInterval(() => {
    drawsPerSecond = draws - drawsBefore;
    drawsBefore = draws;
  }, 1000);
  return Object.freeze({
    userId: page.userId,
    get pose() {
      return scene.activeCamera && readPose(scene.activeCamera, shared.$hands.value);
    },
    get users() {
      return Object.fromEntries(
        Array.from(shared.users, ([id, { shown, target }]) => [id, { shown, target }]),
      );
    },
    get fingers() {
      return Object.fromEntries(
        Array.from(shared.fingers, ([id, { left, right }]) => [id, { left: [...(left ?? [])], right: [...(right ?? [])] }]),
      );
    },
    get connection() {
      return wire.$connection.value;
    },
    get joins() {
      return joins;
    },
    get present() {
      return wire.$present.value.size;
    },
    get entities() {
      return scene.meshes.map(({ name }) => name).filter((name) => name.startsWith("entity "));
    },
    get draws() {
      return draws;
    },
    get drawsPerSecond() {
      return drawsPerSecond;
    },
    get moments() {
      return shared.moments.flatMap(({ cell, content }) => (cell ? [content] : []));
    },
    get inVr() {
      return scene.activeCamera?.getClassName() === "WebXRCamera";
    },
    get vrNotice() {
      const sign = scene.getMeshByName("notice"); // systems/xr_notice.ts: not imported, it is of the VR chunk
      return sign?.isEnabled() ? (sign.metadata as string) : "";
    },
    get vrMenu() {
      const panel = scene.getMeshByName("menu"); // vr/menu.ts
      return panel?.isEnabled() ? ((panel.metadata ?? []) as string[]) : [];
    },
    get vrPointedAt() {
      return (scene.getMeshByName("menu ray")?.metadata ?? "") as string; // vr/menu.ts
    },
  });
}
