/** How much the own camera sees: on an upright phone as well enough to meet somebody. */

import { verticalFov } from "../motion/arrival.js";
import type { System } from "../system.js";

export const view: System = ({ world, shared }) => {
  const engine = world.scene.getEngine();
  const { fieldOfView } = shared.preferences;
  const fit = (): void => {
    const chosen = (fieldOfView.value * Math.PI) / 180;
    world.camera.fov = verticalFov(engine.getRenderWidth() / engine.getRenderHeight(), chosen);
  };
  fieldOfView.subscribe(fit);
  engine.onResizeObservable.add(fit);
};
