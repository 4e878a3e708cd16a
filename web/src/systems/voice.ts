/** Voice: the own microphone with its button and key, and the others, heard from where they stand. */

import { combineLatest, filter, fromEvent, map, merge } from "rxjs";
import type { Context, System } from "../system.js";
import { add } from "../ui/dom.js";
import { isWriting } from "../ui/keys.js";
import { canTalk } from "../voice/microphone.js";
import { addDevices, addMeter, addOthers } from "../voice/panel.js";
import { type MicrophoneState, Speech } from "../voice/speech.js";
import { Voices } from "../voice/voices.js";

/** Milliseconds between two looks at where the talkers are and who speaks. */
const LOOK = 50;

const TOLD: Readonly<Record<MicrophoneState, string>> = {
  off: "",
  asking: "The browser asks whether this page may use your microphone.",
  on: "",
  blocked: "Your browser blocked the microphone. Allow it beside the address of this page, then press the microphone again.",
  missing: "No microphone was found. Connect one, then press the microphone again.",
};
const SILENT = "We hear nothing from your microphone. Is it switched off, or is another one in use?";

export const voice: System = (context) => {
  const { page, wire, shared } = context;
  if (!page.voice) return;
  const speech = new Speech((packet) => wire.talk(packet), shared.preferences.microphone);
  const $muted = shared.$people.pipe(map((people) => people.get(page.userId)?.mic));
  $muted.subscribe((mic) => {
    speech.muted = mic === "muted";
    if (mic === "off") speech.announce(); // a mute was lifted
  });
  wire.$joined.subscribe(() => speech.announce());
  addMicrophone(context, speech);
  const hearing = listen(context);
  addPanel(context, speech, hearing);
  setInterval(() => markSelf(context, speech), LOOK);
};

/** The button and the key. */
function addMicrophone({ page, ui, shared }: Context, speech: Speech): void {
  const button = add(ui.tools, "button", "tool microphone");
  button.type = "button";
  const toggle = (): void => {
    void canTalk().then((can) => {
      if (can) return speech.toggle();
      const why = window.isSecureContext ? "This browser cannot send a voice; you can listen." : "Browsers give a microphone to https pages only.";
      ui.toast({ text: why });
      return undefined;
    });
  };
  button.addEventListener("click", toggle);
  const $mic = shared.$people.pipe(map((people) => people.get(page.userId)?.mic));
  combineLatest([speech.$state, $mic]).subscribe(([state, mic]) => {
    const title = mic === "muted" ? "A moderator has muted you" : state === "on" ? "Microphone: on (V)" : "Microphone: off (V)";
    button.setAttribute("aria-label", title);
    button.setAttribute("title", title);
    button.setAttribute("aria-pressed", String(state === "on" && mic !== "muted"));
  });
  speech.$sending.subscribe((sending) => button.classList.toggle("speaking", sending));
  ui.notices.add(
    combineLatest([speech.$state, speech.$silent]).pipe(map(([state, silent]) => (silent ? SILENT : TOLD[state]))),
  );
  watchKey(speech, shared.preferences.microphone, toggle);
}

/** V: switches the microphone, or opens it while it is held, as the visitor chose. */
function watchKey(speech: Speech, mode: Context["shared"]["preferences"]["microphone"], toggle: () => void): void {
  const $keys = merge(fromEvent<KeyboardEvent>(window, "keydown"), fromEvent<KeyboardEvent>(window, "keyup"));
  $keys.pipe(filter(isPlain)).subscribe((event) => {
    if (event.type === "keyup") speech.held = false;
    else if (!isWriting(event)) press(speech, mode.value, toggle);
  });
  fromEvent(window, "blur").subscribe(() => (speech.held = false));
}

function isPlain({ code, repeat, ctrlKey, metaKey, altKey }: KeyboardEvent): boolean {
  return code === "KeyV" && !repeat && !ctrlKey && !metaKey && !altKey;
}

function press(speech: Speech, mode: string, toggle: () => void): void {
  speech.held = true;
  if (mode === "open" || speech.$state.value !== "on") toggle();
}

/** The voices of others, once they can be played. */
interface Hearing {
  voices: Voices | undefined;
}

function listen({ wire, shared, page }: Context): Hearing {
  const hearing: Hearing = { voices: undefined };
  shared.$audio.subscribe((audio) => {
    if (audio) void begin(audio, hearing, shared.preferences.voices);
  });
  wire.on("voice").subscribe(({ user_id, sound }) => {
    if (sound.length > 0 && shared.users.has(user_id)) hearing.voices?.hear(user_id, sound);
  });
  wire.on("user_changed").subscribe(({ user_id, mic }) => {
    if (mic === "muted") hearing.voices?.end(user_id);
  });
  setInterval(() => {
    hearing.voices?.place((userId) => shared.users.get(userId)?.shown.position);
    hearing.voices?.mark(shared.marks.speaking, performance.now(), page.userId);
  }, LOOK);
  return hearing;
}

async function begin(audio: AudioContext, hearing: Hearing, volume: Context["shared"]["preferences"]["voices"]): Promise<void> {
  const voices = await Voices.create(audio);
  if (!voices) {
    console.warn("this browser cannot decode voices");
    return;
  }
  volume.subscribe((percent) => (voices.volume = percent / 100));
  hearing.voices = voices;
  // after a phone call, or with the headset put down
  merge(fromEvent(document, "visibilitychange"), fromEvent(window, "pointerdown"), fromEvent(window, "keydown")).subscribe(() => {
    if (audio.state !== "running" && !document.hidden) audio.resume().catch((error: unknown) => console.warn(error));
  });
}

function addPanel({ page, ui, shared, wire }: Context, speech: Speech, hearing: Hearing): void {
  const panel = ui.addPanel({ title: "Voices", icon: "voices" });
  addMeter(panel.body, speech.$level);
  const readDevices = addDevices(panel.body, (deviceId) => void speech.use(deviceId));
  panel.$open.pipe(filter(Boolean)).subscribe(() => void readDevices());
  const show = addOthers(panel.body, page.userId, {
    setVolume: (userId, volume) => hearing.voices?.setVolume(userId, volume),
    ignore: (user_id, ignored) => {
      wire.push("i_ignore", { user_id, ignored }).catch((error: Error) => ui.toast({ text: error.message }));
      hearing.voices?.end(user_id);
    },
  });
  shared.$people.subscribe(show);
}

function markSelf({ page, shared }: Context, speech: Speech): void {
  if (speech.$sending.value) shared.marks.speaking.add(page.userId);
  else shared.marks.speaking.delete(page.userId);
}
