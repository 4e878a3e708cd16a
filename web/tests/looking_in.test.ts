import { describe, expect, it } from "vitest";
import { avatars } from "../src/systems/avatars.js";
import { spawnPoint } from "../src/motion/arrival.js";
import { freeCircle } from "../src/systems/looking_in.js";
import { people } from "../src/systems/people.js";
import { things } from "../src/systems/things.js";
import type { Entities } from "../src/wire.gen.js";
import { createContext, disposeContext } from "./context.js";
import { person } from "./person.js";

const box = (x: number, height = 5): Entities[string] => ({
  mesh_builder: ["box", { width: 1, height, depth: 1 }],
  position: [x, height / 2, 0],
});

describe("the walk around the spawn point", () => {
  it("takes the widest circle that nothing stands on", () => {
    expect(freeCircle({}, [0, 0, 0])).toBe(6.2);
    expect(freeCircle({ box: box(6) }, [0, 0, 0])).toBe(5);
    expect(freeCircle({ box: box(6), other: box(-5) }, [0, 0, 0])).toBe(3.6);
    expect(freeCircle({ box: box(6) }, [20, 0, 0])).toBe(6.2);
  });

  it("goes over what is low", () => {
    expect(freeCircle({ seat: box(6, 1) }, [0, 0, 0])).toBe(6.2);
  });

  it("is around the origin where there is no spawn point", () => {
    expect(spawnPoint({ box: box(6) })).toEqual([0, 0, 0]);
    expect(spawnPoint({ spawn: { spawn_point: true, position: [1, 0, 2] } })).toEqual([1, 0, 2]);
  });
});

describe("a look", () => {
  it("draws the things and the people, until the join brings the newest", () => {
    const context = createContext();
    things(context);
    people(context);
    avatars(context, () => 0);
    const pose = { n: 1, ...person(), position: [0, 1.7, 0], rotation: [0, 0, 0, 1] } as const;
    context.shared.$look.next({ snapshot: { box: box(6) }, user_snapshot: { ada: pose, bob: pose } });
    expect(context.world.scene.getMeshByName("entity box")).not.toBeNull();
    expect([...context.shared.users.keys()]).toEqual(["ada", "bob"]);
    context.wire.tell("snapshot", {});
    context.wire.tell("user_snapshot", { me: pose, ada: { ...pose, n: 2 } });
    expect(context.world.scene.getMeshByName("entity box")).toBeNull();
    expect([...context.shared.users.keys()]).toEqual(["ada"]);
    disposeContext(context);
  });
});
