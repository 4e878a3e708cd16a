/**
 * The canvas has as many pixels as the screen shows of it: sharp after a zoom of the page or on
 * another screen, and never more than the graphics card is well able to draw.
 */

import type { System } from "../system.js";

/** Pixels of the canvas for one of CSS: a phone has three, and too little battery for them. */
const MOST_PER_CSS_PIXEL = 2;
/** Pixels of the whole canvas: those of a 4K screen. */
const MOST = 3840 * 2160;

export const resolution: System = ({ world, shared, ui }) => {
  const engine = world.scene.getEngine();
  let resized = true;
  let screenRatio = 0;
  new ResizeObserver(() => {
    resized = true;
  }).observe(ui.canvas);
  shared.$sharpness.subscribe(() => {
    resized = true;
  });
  // A resized canvas is empty: so just before a frame fills it. The screen's ratio is looked at each
  // time, since browsers do not tell of all its changes.
  world.scene.onBeforeRenderObservable.add(() => {
    if (!resized && screenRatio === window.devicePixelRatio) return;
    resized = false;
    screenRatio = window.devicePixelRatio;
    const { clientWidth, clientHeight } = ui.canvas;
    const ratio = renderRatio(clientWidth, clientHeight, screenRatio) * shared.$sharpness.value;
    engine.setHardwareScalingLevel(1 / ratio); // and resizes
  });
};

/** Pixels to draw for one of CSS, for a canvas of this size (CSS pixels). */
export function renderRatio(width: number, height: number, screenRatio: number): number {
  const fitting = Math.sqrt(MOST / Math.max(1, width * height));
  return Math.min(screenRatio, MOST_PER_CSS_PIXEL, fitting);
}
