/** How much the own camera sees: on an upright phone as well enough to meet somebody. */

import { verticalFov } from "../motion/arrival.js";
import type { System } from "../system.js";

export const view: System = ({ world }) => {
  const engine = world.scene.getEngine();
  const fit = (): void => {
    world.camera.fov = verticalFov(engine.getRenderWidth() / engine.getRenderHeight());
  };
  fit();
  engine.onResizeObservable.add(fit);
};
