/** The place and direction from which the room is heard. */

import type { Camera } from "@babylonjs/core/Cameras/camera.js";
import { Vector3 } from "@babylonjs/core/Maths/math.vector.js";

const FORWARD = Vector3.Forward();
const UP = Vector3.Up();
const forward = new Vector3();
const up = new Vector3();

/** Hear from where the camera sees. The browser's z points the other way. */
export function listenFrom(camera: Camera, listener: AudioListener): void {
  const { x, y, z } = camera.globalPosition;
  camera.getDirectionToRef(FORWARD, forward);
  camera.getDirectionToRef(UP, up);
  if (!("positionX" in listener)) {
    listenAsBefore(listener, x, y, z);
    return;
  }
  listener.positionX.value = x;
  listener.positionY.value = y;
  listener.positionZ.value = -z;
  listener.forwardX.value = forward.x;
  listener.forwardY.value = forward.y;
  listener.forwardZ.value = -forward.z;
  listener.upX.value = up.x;
  listener.upY.value = up.y;
  listener.upZ.value = -up.z;
}

/** Firefox has only the older way. */
function listenAsBefore(listener: AudioListener, x: number, y: number, z: number): void {
  listener.setPosition(x, y, -z);
  listener.setOrientation(forward.x, forward.y, -forward.z, up.x, up.y, -up.z);
}
