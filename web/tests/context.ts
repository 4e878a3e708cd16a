/** The context of a system under test: a real world without a screen, a fake wire and document. */

import { FreeCamera } from "@babylonjs/core/Cameras/freeCamera.js";
import { NullEngine } from "@babylonjs/core/Engines/nullEngine.js";
import { Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import { CreateGround } from "@babylonjs/core/Meshes/Builders/groundBuilder.js";
import type { Mesh } from "@babylonjs/core/Meshes/mesh.js";
import { Scene } from "@babylonjs/core/scene.js";
import { vi } from "vitest";
import { createShared } from "../src/shared.js";
import type { Context } from "../src/system.js";
import { createUi } from "../src/ui/ui.js";
import { createDocument, FakeElement } from "./fake_dom.js";
import { FakeWire } from "./fake_wire.js";

export interface TestContext extends Context {
  readonly wire: FakeWire;
  /** The element that the ui was built in. */
  readonly root: FakeElement;
  /** The meshes that were given a shadow. */
  readonly shaded: Mesh[];
}

/** Everything anew, in the room "Room" as the user `me`. */
export function createContext(): TestContext {
  vi.stubGlobal("document", createDocument());
  vi.stubGlobal("location", { search: "", hash: "" });
  const scene = new Scene(new NullEngine());
  const camera = new FreeCamera("own", new Vector3(0, 1.7, -8), scene);
  const ground = CreateGround("ground", { width: 1, height: 1 }, scene);
  ground.setEnabled(false);
  const shaded: Mesh[] = [];
  const root = new FakeElement("main");
  return {
    page: { roomId: "r1", roomName: "Room", userId: "me", userToken: "first", voice: true, inside: "1 person is inside." },
    world: {
      scene,
      camera,
      ground,
      scenery: { dress: () => {}, shade: (things) => void shaded.splice(0, Infinity, ...things) },
    },
    shared: createShared(),
    wire: new FakeWire(),
    ui: createUi(root as unknown as HTMLElement, "Room"),
    root,
    shaded,
  };
}

/** End what `createContext` began. */
export function disposeContext({ world }: TestContext): void {
  world.scene.getEngine().dispose();
  vi.unstubAllGlobals();
}
