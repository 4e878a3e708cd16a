/** A visit in VR, frame by frame: going about, the wrist menu, and the card that explains both. */

import type { Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import type { WebXRHandTracking } from "@babylonjs/core/XR/features/WebXRHandTracking.js";
import type { WebXRDefaultExperience } from "@babylonjs/core/XR/webXRDefaultExperience.js";
import { WebXRFeatureName } from "@babylonjs/core/XR/webXRFeaturesManager.js";
import { WebXRState } from "@babylonjs/core/XR/webXRTypes.js";
import { concat, filter, map, merge, NEVER, type Observable, of, Subject, switchMap, take, timer } from "rxjs";
import { EYE_HEIGHT, floorUnder } from "../motion/arrival.js";
import type { Context } from "../system.js";
import { LONGEST_FRAME } from "../systems/walk.js";
import { WristMenu } from "./menu.js";
import { MenuModel } from "./menu_model.js";
import { ownPages } from "./own_pages.js";
import { type Pointer, Pointers } from "./pointers.js";
import { Travel } from "./travel.js";

const CARD =
  "To go somewhere, point there and hold the trigger, or pinch; let go to be there. A stick to the side turns. Menu: at your left hand.";
/** Milliseconds that the card is shown to somebody who goes nowhere. */
const CARD_FOR = 30_000;

/** Start it, for all sessions to come. Returns the card's text, "" when it has done its duty. */
export function goAbout(xr: WebXRDefaultExperience, { world, shared, ui }: Context, leave: () => void): Observable<string> {
  const { camera } = world;
  const { sessionManager, camera: head, onStateChangedObservable } = xr.baseExperience;
  const travel = new Travel(head, shared.walls, shared.preferences);
  const own = ownPages(travel, shared.preferences, leave);
  const model = new MenuModel(ui.wrist.$pages.pipe(map((pages) => [...pages, ...own])));
  const menu = new WristMenu(head, model);
  const pinch = (pointer: Pointer): void => {
    if (!menu.press(pointer)) travel.pinch(pointer);
  };
  const pointers = new Pointers(xr.input, sessionManager, pinch, (pointer) => travel.release(pointer));
  const $entered = new Subject<void>();
  let inside = false;
  onStateChangedObservable.add((state) => {
    inside = state === WebXRState.IN_XR;
    if (inside) {
      const { x, y, z } = camera.position;
      travel.stand(head.position.x, floorUnder(shared.walls, [x, y, z]), head.position.z);
      $entered.next();
    }
    if (state !== WebXRState.NOT_IN_XR) return;
    travel.rest();
    menu.hide();
    shared.$speak_held.next(false);
    // Back on the screen we stand where the headset stood and look its way
    camera.position.set(travel.rig.x, travel.rig.feet + EYE_HEIGHT, travel.rig.z);
    camera.rotation.set(0, travel.rig.heading, 0);
  });
  let before = 0;
  sessionManager.onXRFrameObservable.add(() => {
    const now = performance.now();
    const seconds = Math.min(LONGEST_FRAME, (now - before) / 1000);
    before = now;
    if (!inside) return;
    for (const pointer of pointers.all) pointer.read();
    if (pointers.speaks !== shared.$speak_held.value) shared.$speak_held.next(pointers.speaks);
    travel.frame(pointers.all, seconds);
    const [left, right] = [pointers.of("left"), pointers.of("right")];
    if (left) menu.show(left.wrist, head.position, right, right && (fingerOf(xr) ?? right.from));
    else menu.hide();
  });
  const $over = merge(travel.$went, model.$changed.pipe(filter(() => model.isOpen)), timer(CARD_FOR)).pipe(take(1), map(() => ""));
  return concat(of(""), $entered.pipe(take(1), switchMap(() => concat(of(CARD), $over, NEVER))));
}

/** The tip of the right index finger, where hands are tracked. */
function fingerOf(xr: WebXRDefaultExperience): Vector3 | undefined {
  const hands = xr.baseExperience.featuresManager.getEnabledFeature(WebXRFeatureName.HAND_TRACKING) as WebXRHandTracking | null;
  const tip = hands?.getHandByHandedness("right")?.getJointMesh("index-finger-tip" as never);
  return tip?.isEnabled() ? tip.absolutePosition : undefined;
}
