/**
 * A VR session by Babylon; the hands are told to the others.
 *
 * Nothing is fetched from Babylon's hosts: controllers work by profiles registered here and are
 * drawn as simple shapes, hands as their joints.
 */

import type { AbstractMesh } from "@babylonjs/core/Meshes/abstractMesh.js";
import { WebXRGenericTriggerMotionController } from "@babylonjs/core/XR/motionController/webXRGenericMotionController.js";
import { WebXRMotionControllerManager } from "@babylonjs/core/XR/motionController/webXRMotionControllerManager.js";
import { WebXROculusTouchMotionController } from "@babylonjs/core/XR/motionController/webXROculusTouchMotionController.js";
import type { WebXRHandJoint, WebXRHandTracking } from "@babylonjs/core/XR/features/WebXRHandTracking.js";
import { WebXRFeatureName } from "@babylonjs/core/XR/webXRFeaturesManager.js";
import type { WebXRDefaultExperience as Experience } from "@babylonjs/core/XR/webXRDefaultExperience.js";
import { WebXRDefaultExperience } from "@babylonjs/core/XR/webXRDefaultExperience.js";
import type { WebXRInputSource } from "@babylonjs/core/XR/webXRInputSource.js";
import { WebXRState } from "@babylonjs/core/XR/webXRTypes.js";
import { combineLatest, distinctUntilChanged, map, type Observable, startWith, type Subject } from "rxjs";
import type { Bends } from "../finger_records.js";
import type { Shared } from "../shared.js";
import type { Placement } from "../wire.gen.js";
import type { Context } from "../system.js";
import { areRead, bendsOf, palmOf } from "../vr/bare_hand.js";
import { controllerShape } from "../vr/controller_shape.js";
import { goAbout } from "../vr/going_about.js";
import { showNotice } from "./xr_notice.js";

export interface XrSession {
  /** Begin; rejects with the browser's reason. */
  enter(): Promise<void>;
  leave(): Promise<void>;
}

/** Prepare VR; it begins with `enter`, called from a click. `leaveVr` is called by the wrist menu. */
export async function createXrSession(
  context: Context,
  $inside: Subject<boolean>,
  leaveVr: () => void,
): Promise<XrSession> {
  const { world, shared, ui } = context;
  registerControllers();
  const xr = await WebXRDefaultExperience.CreateAsync(world.scene, {
    disableDefaultUI: true, // it injects a style element, which our CSP refuses
    disableNearInteraction: true,
    disablePointerSelection: true, // and teleportation: ours know the walls
    inputOptions: {
      disableOnlineControllerRepository: true,
      doNotLoadControllerMeshes: true,
    },
    handSupportOptions: { handMeshes: { disableDefaultMeshes: true } },
  });
  // Babylon logs what went wrong instead of throwing it
  if (!xr.baseExperience) throw new Error("the browser's WebXR does not work");
  drawControllers(xr);
  tellHands(xr, shared);
  const $card = goAbout(xr, context, leaveVr);
  showNotice(xr.baseExperience.camera, inVr($inside, ui.notices.$shown, $card));
  tellVisibility(xr, shared.$vr_hidden);
  const experience = xr.baseExperience;
  experience.onStateChangedObservable.add((state) => {
    if (state === WebXRState.IN_XR) $inside.next(true);
    if (state === WebXRState.NOT_IN_XR) $inside.next(false);
  });
  const leave = async (): Promise<void> => experience.exitXRAsync();
  const enter = async (): Promise<void> => {
    await experience.enterXRAsync("immersive-vr", "local-floor", xr.renderTarget);
  };
  return { leave, enter };
}

/** The notice while we are inside, since the screen has its own; without one the card, while it is shown. */
function inVr(
  $inside: Observable<boolean>, $notice: Observable<string>, $card: Observable<string>,
): Observable<string> {
  return combineLatest([$inside.pipe(startWith(false)), $notice, $card]).pipe(
    map(([inside, text, card]) => (inside ? text || card : "")),
    distinctUntilChanged(),
  );
}

/** The generic profiles that every headset names last, after its own. */
function registerControllers(): void {
  WebXRMotionControllerManager.PrioritizeOnlineRepository = false;
  WebXRMotionControllerManager.UseOnlineRepository = false;
  // the W3C "xr-standard" gamepad, which Oculus Touch has: trigger, squeeze, thumbstick
  for (const profile of ["generic-trigger-squeeze-thumbstick", "generic-trigger-thumbstick"]) {
    WebXRMotionControllerManager.RegisterController(
      profile,
      (source, scene) =>
        new WebXROculusTouchMotionController(scene, source.gamepad as never, source.handedness),
    );
  }
  for (const profile of [
    "generic-trigger-squeeze-touchpad-thumbstick",
    "generic-trigger-squeeze-touchpad",
    "generic-trigger-squeeze",
    "generic-trigger-touchpad",
  ]) {
    WebXRMotionControllerManager.RegisterController(
      profile,
      (source, scene) =>
        new WebXRGenericTriggerMotionController(scene, source.gamepad as never, source.handedness),
    );
  }
}

/** Something to see in one's own hand. Bare hands are drawn by their joints. */
function drawControllers(xr: Experience): void {
  xr.input.onControllerAddedObservable.add((controller) => {
    const { inputSource, grip } = controller;
    if (!grip || inputSource.hand) return;
    const shape = controllerShape(`controller ${controller.uniqueId}`, grip.getScene());
    shape.parent = grip;
    controller.onDisposeObservable.add(() => shape.dispose());
  });
}

/** A headset that is put down hides the session. */
function tellVisibility({ baseExperience: { sessionManager } }: Experience, $hidden: Subject<boolean>): void {
  sessionManager.onXRSessionInit.add((session) => {
    session.addEventListener("visibilitychange", () => $hidden.next(session.visibilityState === "hidden"));
  });
  sessionManager.onXRSessionEnded.add(() => $hidden.next(false));
}

function tellHands(xr: Experience, { $hands, $fingers }: Shared): void {
  const { sessionManager, featuresManager } = xr.baseExperience;
  const read = (side: "left" | "right"): Told => {
    const source = xr.input.controllers.find(({ inputSource }) => inputSource.handedness === side);
    const frame = sessionManager.currentFrame;
    const space = source?.inputSource.gripSpace;
    // a controller that is out of sight stays in the list, with its last place
    if (!frame || !space || !frame.getPose(space, sessionManager.referenceSpace)) return UNTRACKED;
    const tracking = featuresManager.getEnabledFeature(WebXRFeatureName.HAND_TRACKING) as WebXRHandTracking | null;
    const hand = tracking?.getHandByHandedness(side);
    if (hand?.xrController !== source) return { at: placement(source as WebXRInputSource), bends: null };
    const joints = (name: string): AbstractMesh => hand.getJointMesh(name as WebXRHandJoint);
    if (!areRead(joints)) return UNTRACKED;
    return { at: palmOf(joints), bends: bendsOf(joints) };
  };
  const tell = (left: Told, right: Told): void => {
    $hands.next({ left: left.at, right: right.at });
    $fingers.next({ left: left.bends, right: right.bends });
  };
  sessionManager.onXRFrameObservable.add(() => tell(read("left"), read("right")));
  sessionManager.onXRSessionEnded.add(() => tell(UNTRACKED, UNTRACKED));
}

/** A hand or a controller, and the fingers of a hand. */
interface Told {
  readonly at: Placement | null;
  readonly bends: Bends | null;
}
const UNTRACKED: Told = { at: null, bends: null };

function placement({ grip, pointer }: WebXRInputSource): Placement {
  const node: AbstractMesh = grip ?? pointer;
  node.computeWorldMatrix(true);
  const { x, y, z } = node.absolutePosition;
  const turn = node.absoluteRotationQuaternion;
  return { position: [x, y, z], rotation: [turn.x, turn.y, turn.z, turn.w] };
}
