/** The newest line of somebody above their head, and their gestures: signs that go by themselves. */

import type { Camera } from "@babylonjs/core/Cameras/camera.js";
import type { Cell } from "../avatars/picture.js";
import { BubbleAtlas, BUBBLES } from "../avatars/bubble_atlas.js";
import { Moments } from "../avatars/moments.js";
import { NAME_ABOVE, nameHeight, Signs } from "../avatars/signs.js";
import type { System } from "../system.js";
import type { Vec3 } from "../wire.gen.js";

/** Milliseconds that a line and a gesture are shown. */
const LINE_LASTS = 6000;
const GESTURE_LASTS = 2500;
/** Gestures at once. When full the oldest goes. */
const GESTURES_AT_ONCE = 16;
/** Heights of a name: of the name with its marks, below a line; of a row of a line; of a gesture. */
const NAME_AND_MARKS = 2.65;
const ROW_HEIGHT = 0.8;
const GESTURE_HEIGHT = 3;
/** Metres to the right of the eyes, where a gesture begins, and by which it rises. */
const BESIDE = 0.42;
const RISE = 0.55;
/** Nobody reads lines that are further away than this (metres). */
const FURTHEST = 40;

/** After the avatars in the list of systems: a line goes with its head in the same frame. */
export const bubbles: System = ({ page, world: { scene }, shared, wire }) => {
  const atlas = new BubbleAtlas(scene);
  const signs = new Signs(atlas.texture, scene);
  const lines = new Moments(BUBBLES, LINE_LASTS);
  const gestures = new Moments(GESTURES_AT_ONCE, GESTURE_LASTS);
  shared.moments.push(...lines.all, ...gestures.all);
  wire.on("said").subscribe(({ user_id, text }) => {
    if (user_id !== page.userId) lines.begin(user_id, text, performance.now(), (place) => atlas.draw(place, text));
  });
  wire.on("reacted").subscribe(({ user_id, kind }) => {
    if (user_id !== page.userId) gestures.begin(user_id, kind, performance.now(), () => atlas.gestures[kind]);
  });

  const show = (moments: Moments, now: number, put: (cell: Cell, head: Vec3, name: number, share: number) => void): void => {
    const eye = (scene.activeCamera as Camera).globalPosition;
    moments.expire(now);
    for (const { userId, cell, since } of moments.all) {
      const head = cell && shared.users.get(userId)?.shown.position;
      if (!head) continue;
      const away = Math.hypot(head[0] - eye.x, head[1] - eye.y, head[2] - eye.z);
      if (away > FURTHEST) continue;
      put(cell, head, nameHeight(away), (now - since) / GESTURE_LASTS);
    }
  };
  const putLine = (cell: Cell, head: Vec3, name: number): void =>
    signs.put(cell, head, ROW_HEIGHT * name * atlas.rowsOf(cell), 0, NAME_ABOVE + NAME_AND_MARKS * name);
  const putGesture = (cell: Cell, head: Vec3, name: number, share: number): void => {
    const risen = shared.preferences.lessMotion.value ? 0 : RISE * share;
    signs.put(cell, head, GESTURE_HEIGHT * name, BESIDE, risen);
  };
  scene.onBeforeRenderObservable.add(() => {
    if (!scene.activeCamera) return;
    const now = performance.now();
    signs.begin(scene.activeCamera.globalPosition);
    show(lines, now, putLine);
    show(gestures, now, putGesture);
    signs.end();
    atlas.update(now);
  });
};
