/** Boot: read the page, put the parts together, draw. The only module that knows all systems. */

import "./style.css";
import type { Engine } from "@babylonjs/core/Engines/engine.pure.js";
import { Broker } from "./broker.js";
import { createShared } from "./config.js";
import { readPage } from "./page.js";
import { createSurface, type Surface } from "./surface.js";
import { startAvatars } from "./systems/avatar.js";
import { startHud } from "./systems/hud.js";
import { attachControls, startMovement } from "./systems/movement.js";
import { createEngine, createWorld } from "./systems/scene.js";
import { startSnapshot } from "./systems/snapshot.js";
import { startXr } from "./systems/xr.js";

declare global {
  interface Window {
    xr: Surface;
  }
}

function boot(root: HTMLElement): void {
  const page = readPage(document);
  const shared = createShared();
  const hud = startHud(root, page.roomName, shared);
  const engine = tryEngine(hud.canvas);
  if (!engine) {
    hud.refuse("This browser cannot draw the room: WebGL is missing or switched off.");
    return;
  }
  const world = createWorld(engine);
  const broker = new Broker(page, shared);
  startSnapshot(world, shared);
  const users = startAvatars(world.scene, shared);
  startMovement(world, shared, (pose) => broker.send(pose));
  startXr(world, shared, hud.xrButton);
  hud.onEnter(() => {
    attachControls(world.camera, hud.canvas);
    broker.enter();
  });
  window.xr = createSurface(page.userId, world.scene, shared, users);
  window.addEventListener("resize", () => engine.resize());
  engine.runRenderLoop(() => world.scene.render());
}

function tryEngine(canvas: HTMLCanvasElement): Engine | undefined {
  try {
    return createEngine(canvas);
  } catch (error) {
    console.error(error);
    return undefined;
  }
}

const root = document.querySelector<HTMLElement>("main#room");
if (!root) throw new Error("the page has no <main id=room>");
boot(root);
