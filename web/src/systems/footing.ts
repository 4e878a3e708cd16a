/**
 * Feet for the own camera on the screen: what the inputs ask for is done as far as the walls let.
 *
 * The inputs move the camera freely. After them, and before the frame is drawn, the body makes the
 * same step among the room's things, and the camera goes where it got. A longer way than a step is
 * a place to stand at once: an arrival, or the way out of a headset.
 */

import type { Entities } from "../wire.gen.js";
import { EYE_HEIGHT, floorUnder, startOf } from "../motion/arrival.js";
import { Body, STEP } from "../motion/collision.js";
import type { Context, System } from "../system.js";
import { addIconButton } from "../ui/dom.js";
import { onKey } from "../ui/keys.js";
import { frameSeconds } from "./walk.js";

/** Metres in one frame that are no step any more: running in the longest frame makes 1.5. */
const TOO_FAR = 2;
/** The eyes follow the feet up a step by this part of the rest a second. */
const EASE = 12;

export const footing: System = (context) => {
  const { world, shared, wire } = context;
  const { walls } = shared;
  const { camera, scene } = world;
  const body = new Body(walls);
  let entities: Entities = {};
  let shownFeet = Number.NaN; // nowhere yet
  wire.on("snapshot").subscribe((things) => {
    entities = things;
    walls.replace(things);
  });

  const stand = (): void => {
    const { x, y, z } = camera.position;
    body.put(x, floorUnder(walls, [x, y, z]), z);
    shownFeet = body.feet;
  };
  camera.onAfterCheckInputsObservable.add(() => {
    if (scene.activeCamera !== camera || wire.$connection.value.state === "outside") return;
    const seconds = frameSeconds(camera);
    const dx = camera.position.x - body.x;
    const dz = camera.position.z - body.z;
    if (!(Math.hypot(dx, dz) < TOO_FAR) || Number.isNaN(shownFeet)) stand();
    else body.step(dx, dz, seconds);
    shownFeet = eased(shownFeet, body, seconds);
    camera.position.set(body.x, shownFeet + EYE_HEIGHT, body.z);
  });

  scene.onActiveCameraChanged.add(() => {
    shownFeet = Number.NaN; // out of a headset one comes to stand somewhere else
  });

  onKey("Space", () => body.jump());
  offerStart(context, () => {
    const shown = Array.from(shared.users.values(), (user) => user.shown);
    const { x, z, heading } = startOf(entities, walls, shown);
    camera.position.set(x, EYE_HEIGHT, z);
    camera.rotation.set(0, heading, 0);
    stand();
  });
};

/** The eyes climb a step smoothly; they fall and jump with the body. */
function eased(shown: number, body: Body, seconds: number): number {
  const rest = body.feet - shown;
  if (!body.stands || Math.abs(rest) > STEP || Math.abs(rest) < 0.001) return body.feet;
  return shown + rest * Math.min(1, EASE * seconds);
}

/** The key `Home`, and a small button once we are in the room. */
function offerStart({ ui, wire }: Context, go: () => void): void {
  const button = addIconButton(ui.topBar, "icon start", "Back to the start", "Back to the start (Home)");
  button.hidden = true;
  button.addEventListener("click", () => {
    go();
    ui.canvas.focus();
  });
  wire.$connection.subscribe(({ state }) => {
    button.hidden = state !== "joined";
  });
  onKey("Home", () => {
    if (!button.hidden) go();
  });
}
