/**
 * The own camera: walking and looking, where it starts, and what of its motion is sent.
 *
 * On the first join the camera goes where the server has us. On a later join it stays: what we see
 * is newer than what the server kept, also when the server was restarted, so our pose goes there
 * instead. A room that always spawns anew does so for those who open the page.
 */

import type { Camera } from "@babylonjs/core/Cameras/camera.js";
import type { FreeCamera } from "@babylonjs/core/Cameras/freeCamera.js";
import type { Observer } from "@babylonjs/core/Misc/observable.js";
import type { Scene } from "@babylonjs/core/scene.js";
import { first, map, skip, take } from "rxjs";
import type { Pose } from "../wire.gen.js";
import { aim } from "../motion/aim.js";
import { headingOf } from "../motion/arrival.js";
import type { Walls } from "../motion/walls.js";
import type { Hands, Shared } from "../shared.js";
import type { System } from "../system.js";
import type { Ui } from "../ui/ui.js";
import { whenInputMayBeLost } from "./held_input.js";
import { MouseInput } from "./mouse.js";
import { PoseGate } from "./pose_gate.js";
import { type Aim, TouchInput } from "./touch.js";
import { WalkInput } from "./walk.js";

export const movement: System = ({ page, world, shared, wire, ui }) => {
  const gate = new PoseGate((pose) => wire.move(pose));
  // Not on the join itself: between it and the first own pose the camera is nowhere yet.
  const $own = wire.on("user_snapshot").pipe(map((users) => users[page.userId] as Pose));
  $own.pipe(take(1)).subscribe((pose) => {
    placeCamera(world.camera, pose);
    gate.openAt(pose);
  });
  $own.pipe(skip(1)).subscribe(() => gate.openAgain());
  shared.$camera_moved.subscribe((pose) => gate.offer(pose));
  wire.$connection.subscribe(({ state }) => {
    if (state !== "joined") gate.close();
  });
  wire.$connection
    .pipe(first(({ state }) => state === "joining"))
    .subscribe(() => attachControls(world.camera, ui, aimThrough(world.camera, shared.walls), shared));
  watchCamera(world.scene, shared);
};

/** Let the visitor walk and look. */
function attachControls(camera: FreeCamera, { canvas, stick, toast }: Ui, aimAt: Aim, { preferences, $step_back }: Shared): void {
  const locks = (): boolean => document.pointerLockElement === canvas;
  camera.inputs.clear();
  camera.inputs.add(new MouseInput(canvas, window, locks, preferences));
  camera.inputs.add(new TouchInput(canvas, stick, aimAt, preferences, $step_back));
  camera.inputs.add(new WalkInput(window, preferences));
  camera.attachControl();
  document.addEventListener("pointerlockchange", () => {
    if (locks()) toast({ text: "The mouse looks around. Esc gives it back." });
  });
  if (window.matchMedia("(any-pointer: coarse)").matches) stick.show();
  whenInputMayBeLost(window, document, () => {
    camera.detachControl(); // each input lets go of what it holds
    camera.attachControl();
  });
}

function aimThrough(camera: FreeCamera, walls: Walls): Aim {
  return (right, up) => {
    const { fov, position, rotation } = camera;
    const aspect = camera.getEngine().getAspectRatio(camera);
    const { x, y, z } = position;
    return aim(walls, { x, y, z, yaw: rotation.y, pitch: rotation.x, fov, aspect }, right, up);
  };
}

/** Stand where `pose` says and face its way, level. footing.ts finds the ground below the feet. */
export function placeCamera(camera: FreeCamera, pose: Pose): void {
  camera.position.set(...pose.position);
  camera.rotation.set(0, headingOf(pose.rotation), 0);
}

/**
 * Tell the own pose after each frame in which it may have changed.
 *
 * Inside the view matrix's own notice the world position is still that of the frame before, so it
 * only leaves a mark there. In VR another camera draws, and the hands move without it.
 */
function watchCamera(scene: Scene, shared: Shared): void {
  let changed = false;
  let told: Pose | undefined;
  let watched: { camera: Camera; observer: Observer<Camera> } | undefined;
  const mark = (): void => {
    changed = true;
  };
  const watch = (): void => {
    if (watched) watched.camera.onViewMatrixChangedObservable.remove(watched.observer);
    const camera = scene.activeCamera;
    watched = camera
      ? { camera, observer: camera.onViewMatrixChangedObservable.add(mark) }
      : undefined;
    mark();
  };
  watch();
  scene.onActiveCameraChanged.add(watch);
  shared.$hands.subscribe(mark);
  scene.onAfterRenderObservable.add(() => {
    if (!changed || !scene.activeCamera) return;
    changed = false;
    const pose = readPose(scene.activeCamera, shared.$hands.value);
    // in an overview the camera goes back and forth in each frame
    if (shared.$step_back.value > 0 && told && isSame(told, pose)) return;
    told = pose;
    shared.$camera_moved.next(pose);
  });
}

function isSame(one: Pose, other: Pose): boolean {
  return areNear(one.position, other.position) && areNear(one.rotation, other.rotation);
}

function areNear(values: readonly number[], others: readonly number[]): boolean {
  return values.every((value, index) => Math.abs(value - (others[index] as number)) < 1e-6);
}

/** The pose of the camera that draws, with the hands that are tracked. */
export function readPose(camera: Camera, hands: Hands): Pose {
  const { x, y, z } = camera.globalPosition;
  const turn = camera.absoluteRotation;
  return { position: [x, y, z], rotation: [turn.x, turn.y, turn.z, turn.w], ...hands };
}
