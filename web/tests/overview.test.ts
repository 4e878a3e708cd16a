/** The overview: only the drawing is from further back. */

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { movement } from "../src/systems/movement.js";
import { overview } from "../src/systems/overview.js";
import type { Pose } from "../src/wire.gen.js";
import { createContext, disposeContext, type TestContext } from "./context.js";

describe("an overview", () => {
  let context: TestContext;
  let told: Pose[];
  const frame = (): void => context.world.scene.render();

  beforeEach(() => {
    context = createContext();
    const { camera } = context.world;
    movement(context);
    overview(context);
    told = [];
    context.shared.$camera_moved.subscribe((pose) => told.push(pose));
    camera.position.set(0, 1.7, 0);
    frame();
  });
  afterEach(() => disposeContext(context));

  it("is drawn from behind and above, while we stand where we are", () => {
    const { scene, camera } = context.world;
    let from: number[] = [];
    scene.onBeforeDrawPhaseObservable.add(() => (from = scene.getViewMatrix().clone().invert().getTranslation().asArray()));
    context.shared.$step_back.next(4);
    frame();
    frame();
    expect(from[2]).toBeCloseTo(-4, 4);
    expect(from[1]).toBeGreaterThan(3);
    expect(camera.position.asArray()).toEqual([0, 1.7, 0]);
    expect(told).toHaveLength(1);
    expect(told[0]?.position[2]).toBeCloseTo(0, 6);
    camera.position.z = 1; // a step
    frame();
    expect(told.at(-1)?.position[2]).toBeCloseTo(1, 6);
  });

  it("stays before what stands behind us", () => {
    const wall = { position: [0, 2, -2], mesh_builder: ["box", { width: 8, height: 8, depth: 0.2 }] };
    context.shared.walls.replace({ wall });
    const { scene } = context.world;
    let from: number[] = [];
    scene.onBeforeDrawPhaseObservable.add(() => (from = scene.getViewMatrix().clone().invert().getTranslation().asArray()));
    context.shared.$step_back.next(6);
    frame();
    expect(from[2]).toBeGreaterThan(-1.9);
    expect(from[2]).toBeLessThan(-0.4);
  });
});
