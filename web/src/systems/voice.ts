/** Voice: the own microphone with its button and keys, and the others, heard from where they stand. */

import { BehaviorSubject, combineLatest, distinctUntilChanged, filter, fromEvent, map, merge, type Observable, skip, startWith } from "rxjs";
import type { Context, System } from "../system.js";
import { add } from "../ui/dom.js";
import { isWriting } from "../ui/keys.js";
import type { Item } from "../ui/wrist.js";
import { whyNoMicrophone } from "../voice/microphone.js";
import { ENDS } from "../voice/packets.js";
import { addDevices, addMeter } from "../voice/panel.js";
import { whyNot } from "../voice/permission.js";
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
const ELSEWHERE = "Your microphone was switched on in another window. It is off in this one.";

export const voice: System = (context) => {
  const { page, wire, shared } = context;
  if (!page.voice) return;
  const speech = new Speech((packet) => wire.talk(packet), shared.preferences.microphone, () => shared.$audio.value);
  wire.$joined.subscribe(() => speech.announce());
  const own = ownMicrophone(context, speech);
  addButton(context, own);
  addWristPage(context, own);
  watchKeys(context, own);
  addPanel(context, speech);
  listen(context);
  setInterval(() => markSelf(context, speech), LOOK);
};

/** The own microphone as the page, the keys and the wrist menu show and use it. */
interface OwnMicrophone {
  readonly speech: Speech;
  /** Why we may not speak now; "" while we may. */
  readonly $whyNot: BehaviorSubject<string>;
  /** Switch it on or off, or tell why not. */
  readonly toggle: () => void;
}

function ownMicrophone({ page, wire, shared, ui }: Context, speech: Speech): OwnMicrophone {
  const $options = merge(wire.on("room_options"), wire.on("room_changed")).pipe(startWith(undefined));
  const $whyNot = new BehaviorSubject("");
  combineLatest([shared.$people, $options])
    .pipe(map(([people, options]) => whyNot(people.get(page.userId), options)), distinctUntilChanged())
    .subscribe($whyNot);
  combineLatest([$whyNot, speech.$state]).subscribe(([why, state]) => {
    if (!why || state !== "on") return;
    speech.off();
    ui.toast({ text: why });
  });
  const $taken = wire.on("voice").pipe(filter(({ user_id, flags }) => user_id === page.userId && (flags & ENDS) !== 0));
  $taken.pipe(filter(() => speech.$state.value === "on")).subscribe(() => {
    speech.off();
    ui.toast({ text: ELSEWHERE });
  });
  const toggle = (): void => {
    const why = whyNoMicrophone() || $whyNot.value;
    if (why) ui.toast({ text: why });
    else void speech.toggle();
  };
  return { speech, $whyNot, toggle };
}

function addButton({ ui }: Context, { speech, $whyNot, toggle }: OwnMicrophone): void {
  const button = add(ui.tools, "button", "tool microphone");
  button.type = "button";
  button.addEventListener("click", toggle);
  combineLatest([speech.$state, $whyNot]).subscribe(([state, why]) => {
    const title = why || (state === "on" ? "Microphone: on (V)" : "Microphone: off (V)");
    button.setAttribute("aria-label", title);
    button.setAttribute("title", title);
    button.setAttribute("aria-pressed", String(state === "on"));
  });
  speech.$sending.subscribe((sending) => button.classList.toggle("speaking", sending));
  ui.notices.add(
    combineLatest([speech.$state, speech.$silent]).pipe(map(([state, silent]) => (silent ? SILENT : TOLD[state]))),
  );
}

/** The same in a headset. */
function addWristPage({ ui, shared }: Context, { speech, $whyNot, toggle }: OwnMicrophone): void {
  const { microphone } = shared.preferences;
  const $items: Observable<Item[]> = combineLatest([speech.$state, speech.$sending, $whyNot, microphone]).pipe(
    map(([state, sending, why, mode]) => [
      { label: "Microphone", state: why ? "Not allowed" : state === "on" ? "On" : "Off", act: toggle },
      {
        label: "It hears you",
        state: mode === "open" ? "always" : "with B or Y",
        act: () => microphone.next(mode === "open" ? "hold" : "open"),
      },
      { label: "Others hear you", state: sending ? "now" : "not now" },
    ]),
  );
  ui.wrist.add({ title: "Microphone", $items });
}

/** V, or a button of a controller: it switches the microphone, or opens it while held, as was chosen. */
function watchKeys({ shared }: Context, { speech, toggle }: OwnMicrophone): void {
  const press = (): void => {
    speech.held = true;
    if (shared.preferences.microphone.value === "open" || speech.$state.value !== "on") toggle();
  };
  const release = (): void => {
    speech.held = false;
  };
  fromEvent<KeyboardEvent>(window, "keydown")
    .pipe(filter((event) => isPlain(event) && !isWriting(event)))
    .subscribe(press);
  merge(fromEvent<KeyboardEvent>(window, "keyup").pipe(filter(isPlain)), fromEvent(window, "blur")).subscribe(release);
  shared.$speak_held.pipe(skip(1)).subscribe((held) => (held ? press() : release()));
}

function isPlain({ code, repeat, ctrlKey, metaKey, altKey }: KeyboardEvent): boolean {
  return code === "KeyV" && !repeat && !ctrlKey && !metaKey && !altKey;
}

/** Play the others, once they can be played. */
function listen({ wire, shared, page, ui }: Context): void {
  let voices: Voices | undefined;
  const begin = async (audio: AudioContext): Promise<void> => {
    const ready = (voices = await Voices.create(audio));
    shared.preferences.voices.subscribe((percent) => (ready.volume = percent / 100));
    shared.$volumes.subscribe((volumes) => (ready.volumes = volumes));
    shared.preferences.loudspeakers.pipe(distinctUntilChanged()).subscribe((on) => {
      ready.useLoudspeakers(on).catch((error: unknown) => {
        console.warn(error);
        ui.toast({ text: "This browser cannot take the sound of loudspeakers out of your voice. Headphones do." });
      });
    });
  };
  shared.$audio.subscribe((audio) => {
    if (audio) begin(audio).catch((error: unknown) => console.warn("voices cannot be played:", error));
  });
  wire.on("voice").subscribe(({ user_id, sound }) => {
    if (sound.length > 0 && shared.users.has(user_id)) voices?.hear(user_id, sound);
  });
  wire.on("user_changed").subscribe(({ user_id, mic }) => {
    if (mic === "muted") voices?.end(user_id);
  });
  setInterval(() => {
    voices?.place((userId) => {
      const user = shared.users.get(userId);
      return user && { head: user.shown.position, onStage: shared.$people.value.get(userId)?.stage === true };
    });
    voices?.mark(shared.marks.speaking, performance.now(), page.userId);
  }, LOOK);
}

function addPanel({ ui }: Context, speech: Speech): void {
  const panel = ui.addPanel({ title: "Your voice", icon: "voices" });
  addMeter(panel.body, speech.$level);
  const readDevices = addDevices(panel.body, (deviceId) => void speech.use(deviceId));
  merge(panel.$open.pipe(filter(Boolean)), speech.$state.pipe(filter((state) => state === "on"))).subscribe(() => void readDevices());
}

function markSelf({ page, shared }: Context, speech: Speech): void {
  if (speech.$sending.value) shared.marks.speaking.add(page.userId);
  else shared.marks.speaking.delete(page.userId);
}
