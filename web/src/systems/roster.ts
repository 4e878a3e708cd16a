/**
 * The panel of people: everybody by name, with role, hand, microphone and place in words; and for each
 * of the others the things that one may do.
 */

import { interval, map, merge, type Observable, skip, startWith, take } from "rxjs";
import { ALL_MARKS, isMarked, MARKS } from "../avatars/marks.js";
import { tellRefusal } from "../refused.js";
import { type Act, ACTS, actsOn, CONFIRMED, inOrder, raisedHands, stageActs, whereText } from "../roster.js";
import type { Person } from "../shared.js";
import type { Context, System } from "../system.js";
import { add } from "../ui/dom.js";
import { isWriting } from "../ui/keys.js";
import type { Panel } from "../ui/panels.js";
import type { Item } from "../ui/wrist.js";
import { personItems } from "../wrist_pages.js";
import { GoInput, lookAt } from "./go_to.js";
import { readPose } from "./movement.js";
import { isWalkKey } from "./walk.js";
import { ownPath } from "../base.js";

/** Milliseconds between two looks at where everybody is. */
const EVERY = 1000;

export const roster: System = (context) => {
  const { page, shared, wire, ui } = context;
  const panel = ui.addPanel({ title: "People", icon: "people", key: "KeyP" });
  panel.button.hidden = true;
  wire.$joined.pipe(take(1)).subscribe(() => (panel.button.hidden = false));
  const list = add(panel.body, "ul", "people");
  const manage = add(panel.body, "a", "manage", "Settings of this room");
  Object.assign(manage, { href: ownPath(`/rooms/${page.roomId}/settings`), target: "_blank" });
  const act = createActs(context, panel);
  ui.wrist.add({ title: "People", $items: listItems(context, act) });
  const rows = new Map<string, Row>();
  let hands: string[] = [];
  const show = (): void => {
    const people = shared.$people.value;
    hands = raisedHands(hands, people);
    panel.count(people.size);
    panel.button.setAttribute("aria-label", `People, ${people.size} here`);
    manage.hidden = !["owner", "moderator"].includes(people.get(page.userId)?.role ?? "guest");
    if (!panel.$open.value) return;
    for (const [userId, row] of rows) {
      if (people.has(userId)) continue;
      row.element.remove();
      rows.delete(userId);
    }
    inOrder(people, hands, page.userId).forEach((userId, index) => {
      const row = rows.get(userId) ?? new Row(list, userId, act);
      rows.set(userId, row);
      row.show(context, hands.indexOf(userId) + 1, act.ignored.has(userId));
      if (list.children[index] !== row.element) list.insertBefore(row.element, list.children[index] ?? null);
    });
  };
  merge(shared.$people, panel.$open, act.$done, interval(EVERY).pipe(startWith(0))).subscribe(show);
};

/** The people on the wrist, anew each second: places change without a word. */
function listItems(context: Context, { run, ignored, $done }: Acts): Observable<Item[]> {
  const { page, world, shared } = context;
  let hands: string[] = [];
  const list = (): Item[] => {
    const people = shared.$people.value;
    hands = raisedHands(hands, people);
    const listed = inOrder(people, hands, page.userId).map((userId) => {
      const place = shared.users.get(userId)?.shown.position;
      const camera = world.scene.activeCamera;
      return {
        userId, person: people.get(userId) as Person, own: userId === page.userId, ignored: ignored.has(userId),
        place: place && camera ? whereText(readPose(camera, shared.$hands.value), place) : "",
      };
    });
    return personItems(listed, people.get(page.userId)?.role ?? "guest", run);
  };
  return merge(shared.$people, $done, interval(EVERY)).pipe(map(list));
}

/** One person's entry. It opens to show what one may do. */
class Row {
  readonly element: HTMLElement;
  readonly #userId: string;
  readonly #run: Acts["run"];
  readonly #head: HTMLButtonElement;
  readonly #name: HTMLElement;
  readonly #words: HTMLElement;
  readonly #dot: HTMLElement;
  readonly #more: HTMLElement;
  readonly #acts: HTMLElement;
  readonly #volume: HTMLElement;
  #offered = "";

  constructor(list: HTMLElement, userId: string, { run, setVolume }: Acts) {
    this.#userId = userId;
    this.#run = run;
    this.element = add(list, "li", "person");
    this.#head = add(this.element, "button", "quiet who");
    this.#head.type = "button";
    this.#dot = add(this.#head, "span", "dot");
    this.#name = add(this.#head, "bdi", "name");
    this.#words = add(this.#head, "span", "words");
    this.#more = add(this.element, "div", "more");
    this.#more.hidden = true;
    this.#acts = add(this.#more, "p", "acts");
    this.#volume = addVolume(this.#more, (volume) => setVolume(userId, volume));
    this.#head.addEventListener("click", () => {
      this.#more.hidden = !this.#more.hidden;
      this.#head.setAttribute("aria-expanded", String(!this.#more.hidden));
    });
  }

  /** Show the newest state; `turn` is the place among those with raised hands, 0 without one. */
  show({ page, world, shared }: Context, turn: number, ignored: boolean): void {
    const person = shared.$people.value.get(this.#userId) as Person;
    const own = this.#userId === page.userId;
    const camera = world.scene.activeCamera;
    const place = shared.users.get(this.#userId)?.shown.position;
    this.#dot.style.setProperty("background", person.color);
    this.#name.textContent = person.name;
    this.#words.textContent = [
      own ? "you" : "",
      person.role === "guest" ? "" : person.role,
      ...ALL_MARKS.filter((mark) => isMarked(mark, this.#userId, person, shared.marks)).map((mark) =>
        mark === "hand" ? `hand raised (${turn})` : MARKS[mark].words,
      ),
      person.mic === "on" ? "microphone on" : "",
      person.stage ? "on the stage" : "",
      ignored ? "ignored" : "",
      place && camera ? whereText(readPose(camera, shared.$hands.value), place) : "",
    ].filter(Boolean).join(" · ");
    const role = shared.$people.value.get(page.userId)?.role ?? "guest";
    const acts = own ? stageActs(person, role) : actsOn(person, role, ignored);
    this.#head.disabled = acts.length === 0;
    this.#volume.hidden = own || !page.voice;
    this.#offer(acts);
  }

  /** Buttons stay while the acts do, so that the keyboard's focus does. */
  #offer(acts: readonly Act[]): void {
    if (acts.join() === this.#offered) return;
    this.#offered = acts.join();
    this.#head.setAttribute("aria-expanded", String(!this.#more.hidden));
    this.#acts.textContent = "";
    for (const act of acts) {
      addAct(this.#acts, act, () => this.#run(act, this.#userId));
    }
  }
}

/** Add the button of an act. One that sends somebody away asks once more, until the focus is elsewhere. */
function addAct(acts: HTMLElement, act: Act, run: () => void): void {
  const button = add(acts, "button", "quiet act", ACTS[act]);
  button.type = "button";
  const question = CONFIRMED[act];
  button.addEventListener("click", () => {
    if (question === undefined || button.textContent === question) run();
    else button.textContent = question;
  });
  button.addEventListener("blur", () => (button.textContent = ACTS[act]));
}

interface Acts {
  readonly run: (act: Act, userId: string) => void;
  readonly setVolume: (userId: string, volume: number) => void;
  readonly ignored: ReadonlySet<string>;
  readonly $done: Observable<unknown>;
}

function addVolume(parent: HTMLElement, set: (volume: number) => void): HTMLElement {
  const row = add(parent, "label", "volume");
  add(row, "span", "label", "Volume");
  const slider = add(row, "input", "control");
  Object.assign(slider, { type: "range", min: "0", max: "2", step: "0.1", value: "1" });
  slider.addEventListener("input", () => set(slider.valueAsNumber));
  return row;
}

/** All that one can do to somebody. */
function createActs(context: Context, panel: Panel): Acts {
  const { world, shared, wire, ui } = context;
  const go = createGo(context);
  const ignored = new Set<string>();
  const volumes = new Map<string, number>();
  const tellVolumes = (): void =>
    shared.$volumes.next(new Map([...volumes, ...[...ignored].map((userId) => [userId, 0] as const)]));
  const setVolume = (userId: string, volume: number): void => {
    volumes.set(userId, volume);
    tellVolumes();
  };
  const $done = wire.on("user_changed");
  const placeOf = (userId: string) => shared.users.get(userId)?.shown.position;
  const heed = async (user_id: string, on: boolean): Promise<void> => {
    await wire.push("i_ignore", { user_id, ignored: on });
    if (on) ignored.add(user_id);
    else ignored.delete(user_id);
    tellVolumes();
  };
  wire.$joined.pipe(skip(1)).subscribe(() => {
    for (const user_id of ignored) run("ignore", user_id); // a room that began anew does not know it
  });
  const acts: Record<Act, (user_id: string) => unknown> = {
    look: (user_id) => {
      const place = placeOf(user_id);
      if (place) lookAt(world.camera, place);
    },
    walk: (user_id) => {
      go.go(() => placeOf(user_id));
      if (window.matchMedia("(max-width: 640px)").matches) panel.close(); // it lies over the picture
    },
    ignore: (user_id) => heed(user_id, true),
    heed: (user_id) => heed(user_id, false),
    mute: (user_id) => wire.push("mute", { user_id, muted: true }),
    unmute: (user_id) => wire.push("mute", { user_id, muted: false }),
    kick: (user_id) => wire.push("kick", { user_id }),
    ban: (user_id) => wire.push("ban", { user_id }),
    stage: (user_id) => wire.push("set_stage", { user_id, on: true }),
    unstage: (user_id) => wire.push("set_stage", { user_id, on: false }),
    promote: (user_id) => wire.push("set_role", { user_id, role: "moderator" }),
    demote: (user_id) => wire.push("set_role", { user_id, role: "member" }),
  };
  const run = (act: Act, userId: string): void => {
    tellRefusal(ui, Promise.resolve(acts[act](userId)));
  };
  return { run, setVolume, ignored, $done };
}

/** The walk to somebody, until any input of our own. */
function createGo({ world, wire, ui }: Context): GoInput {
  const go = new GoInput();
  wire.$joined.pipe(take(1)).subscribe(() => world.camera.inputs.add(go));
  window.addEventListener("keydown", (event) => {
    if (isWalkKey(event.code) && !isWriting(event)) go.stop();
  });
  ui.canvas.addEventListener("pointerdown", () => go.stop());
  return go;
}
