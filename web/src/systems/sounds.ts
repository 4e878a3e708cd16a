/**
 * Sounds of the room, each at the body that it comes from: steps, somebody who comes or leaves, and
 * those that other systems ask for. The audio begins with the click that enters.
 */

import { first } from "rxjs";
import { Footsteps } from "../audio/footsteps.js";
import { listenFrom } from "../audio/listener.js";
import { keepRunning } from "../audio/running.js";
import { Speakers } from "../audio/speakers.js";
import type { SoundName } from "../audio/tones.js";
import type { Context, System } from "../system.js";
import type { Vec3 } from "../wire.gen.js";

/** Before the avatars in the list of systems: somebody who leaves is still known here. */
export const sounds: System = (context) => {
  const { shared, wire } = context;
  wire.$connection.pipe(first(({ state }) => state === "joining")).subscribe(() => {
    const audio = tryAudio();
    if (!audio) return;
    keepRunning(audio);
    shared.$audio.next(audio);
    playIn(context, audio);
  });
};

/** The browser's audio, which it lets begin with a click. */
function tryAudio(): AudioContext | undefined {
  try {
    return new AudioContext({ latencyHint: "interactive" });
  } catch (error) {
    console.warn("the room stays silent:", error); // no sound card, or switched off
    return undefined;
  }
}

function playIn({ page, world: { scene }, shared, wire }: Context, audio: AudioContext): void {
  const speakers = new Speakers(audio);
  const footsteps = new Footsteps();
  const play = (name: SoundName, at: Vec3): void => {
    const camera = scene.activeCamera;
    if (!shared.preferences.sounds.value || !camera) return;
    const { x, y, z } = camera.globalPosition;
    speakers.play(name, at, [x, y, z]);
  };
  wire.on("user_joined").subscribe(({ user_id, position }) => {
    if (user_id !== page.userId) play("came", position);
  });
  wire.on("user_left").subscribe(({ user_id }) => {
    const user = shared.users.get(user_id);
    if (user) play("left", user.shown.position);
  });
  shared.$sound.subscribe(({ name, userId }) => {
    const pose = userId === page.userId ? undefined : shared.users.get(userId)?.shown;
    if (pose) play(name, pose.position);
  });
  scene.onAfterRenderObservable.add(() => {
    const camera = scene.activeCamera;
    if (!camera) return;
    listenFrom(camera, audio.listener);
    const { x, y, z } = camera.globalPosition;
    const heard = footsteps.nearest(shared.users.values(), [x, y, z]);
    if (heard) play("step", heard.shown.position);
  });
}
