/** Boot: read the page, put the parts together, draw. The only module that knows all systems. */

import "./style.css";
import type { Engine } from "@babylonjs/core/Engines/engine.pure.js";
import { ChannelWire } from "./channel_wire.js";
import { readPage } from "./page.js";
import { browserStore, createPreferences } from "./preferences.js";
import { createShared } from "./shared.js";
import type { System } from "./system.js";
import { attention } from "./systems/attention.js";
import { avatars } from "./systems/avatars.js";
import { bubbles } from "./systems/bubbles.js";
import { chat } from "./systems/chat.js";
import { comingBack } from "./systems/coming_back.js";
import { connectionNotice } from "./systems/connection_notice.js";
import { ending } from "./systems/ending.js";
import { entering } from "./systems/entering.js";
import { fingers } from "./systems/fingers.js";
import { footing } from "./systems/footing.js";
import { gestures } from "./systems/gestures.js";
import { headset } from "./systems/headset.js";
import { help } from "./systems/help.js";
import { labels } from "./systems/labels.js";
import { linkedPlaces } from "./systems/linked_place.js";
import { lookingIn } from "./systems/looking_in.js";
import { movement } from "./systems/movement.js";
import { overview } from "./systems/overview.js";
import { ownStanding } from "./systems/own_standing.js";
import { pacing } from "./systems/pacing.js";
import { people } from "./systems/people.js";
import { presence } from "./systems/presence.js";
import { resolution } from "./systems/resolution.js";
import { roomName } from "./systems/room_name.js";
import { roster } from "./systems/roster.js";
import { sceneRing } from "./systems/scene_ring.js";
import { scenery } from "./systems/scenery.js";
import { settings } from "./systems/settings.js";
import { sharing } from "./systems/sharing.js";
import { sounds } from "./systems/sounds.js";
import { surface } from "./systems/surface.js";
import { things } from "./systems/things.js";
import { view } from "./systems/view.js";
import { voice } from "./systems/voice.js";
import { createUi } from "./ui/ui.js";
import { createEngine, createWorld } from "./world.js";

/** In the order in which they start. A new one is a file and a line here. */
const SYSTEMS: readonly System[] = [
  resolution,
  scenery,
  things,
  sounds,
  people,
  fingers,
  avatars,
  labels,
  bubbles,
  movement,
  linkedPlaces,
  footing,
  view,
  overview,
  sceneRing,
  presence,
  attention,
  roster,
  roomName,
  ownStanding,
  comingBack,
  connectionNotice,
  chat,
  gestures,
  help,
  voice,
  settings,
  headset,
  sharing,
  lookingIn,
  entering,
  ending,
  surface,
  pacing,
];

/** A sentence for the visitor why the room cannot be drawn here. */
class CannotDraw extends Error {
  override readonly name = "CannotDraw";
}

function boot(root: HTMLElement): void {
  const page = readPage(document);
  const ui = createUi(root, page.roomName);
  const engine = tryEngine(ui.canvas);
  const world = createWorld(engine);
  const lessMotion = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  const shared = createShared(createPreferences(browserStore(), lessMotion));
  const context = { page, world, shared, wire: new ChannelWire(page), ui };
  for (const system of SYSTEMS) system(context);
}

function tryEngine(canvas: HTMLCanvasElement): Engine {
  try {
    return createEngine(canvas);
  } catch (error) {
    console.error(error);
    throw new CannotDraw("This browser cannot draw the room: WebGL is missing or switched off.");
  }
}

/** Take over the page as the server wrote it; if that fails it stays, and says why. */
function takeOver(root: HTMLElement, arriving: Element): void {
  try {
    boot(root);
    arriving.remove();
    document.dispatchEvent(new Event("xr:started"));
  } catch (error) {
    console.error(error);
    root.replaceChildren(arriving);
    const { message } = error as Error;
    const detail = error instanceof CannotDraw ? message : `The room could not be started: ${message}.`;
    document.dispatchEvent(new CustomEvent("xr:failed", { detail })); // xr/pages/static/arriving.js
  }
}

const root = document.querySelector<HTMLElement>("main#room");
const arriving = root?.querySelector(".arriving");
if (!root || !arriving) throw new Error("the page has no <main id=room> with its Enter dialog");
takeOver(root, arriving);
