/**
 * The loop that draws: each frame of the display while something changes, a few a second while nothing
 * does, none while the tab is hidden. A picture that stands still is drawn in full resolution; one that
 * moves in as much as the machine is able to.
 */

import { filter, fromEvent, merge } from "rxjs";
import type { System } from "../system.js";
import { CHOSEN, Pace, Quality } from "../pace.js";

/** The input that may move us or change the picture. */
const INPUTS = ["keydown", "keyup", "pointerdown", "pointerup", "resize", "focus"];
/** Milliseconds: who comes, and whatever else is new, moves for a while. */
const NEW = 2000;
/** Milliseconds of stillness before the picture is drawn in full resolution again. */
const STILL = 1000;

export const pacing: System = ({ page, world, shared, wire }) => {
  const { scene, camera } = world;
  const pace = new Pace();
  const quality = new Quality();
  const wake = (lasting?: number): void => pace.wake(performance.now(), lasting);
  wake(NEW);

  for (const type of INPUTS) window.addEventListener(type, () => wake(), { capture: true, passive: true });
  const $looks = fromEvent<PointerEvent>(window, "pointermove").pipe(
    filter(({ buttons }) => buttons !== 0 || Boolean(document.pointerLockElement)),
  );
  const $others = merge(wire.on("user_moved"), wire.on("fingers_bent")).pipe(filter(({ user_id }) => user_id !== page.userId));
  merge($looks, $others, shared.$camera_moved, ...Object.values(shared.preferences)).subscribe(() => wake());
  merge(wire.on("snapshot"), fromEvent(document, "visibilitychange")).subscribe(() => wake(NEW));
  scene.onNewMeshAddedObservable.add(() => wake(NEW));
  scene.onMeshRemovedObservable.add(() => wake());

  let before = 0;
  let moved = 0;
  scene.getEngine().runRenderLoop(() => {
    const now = performance.now();
    const inVr = scene.activeCamera !== camera; // a headset asks for its frames, and the tab may be hidden
    if (!inVr && (document.hidden || !pace.draws(now))) return;
    if (inVr || pace.isAwake(now)) {
      if (before === moved && before > 0) quality.add(now - before);
      moved = now;
    }
    before = now;
    const share = CHOSEN[shared.preferences.quality.value] ?? (now - moved < STILL ? quality.share : 1);
    if (share !== shared.$sharpness.value) shared.$sharpness.next(share);
    scene.render();
  });
};
