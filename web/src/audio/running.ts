/** Audio that goes on after an interruption: a phone call, a hidden tab, a headset that was put down. */

import { fromEvent, merge } from "rxjs";

/** Resume the audio whenever that may be possible again. */
export function keepRunning(audio: AudioContext): void {
  merge(
    fromEvent(audio, "statechange"),
    fromEvent(document, "visibilitychange"),
    fromEvent(window, "pointerdown"),
    fromEvent(window, "keydown"),
  ).subscribe(() => {
    if (audio.state === "running" || audio.state === "closed" || document.hidden) return;
    audio.resume().catch((error: unknown) => console.warn("the audio rests:", error)); // until the next click
  });
}
