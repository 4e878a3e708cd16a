/**
 * The room's things as solids to bump into: boxes however turned, upright cylinders, balls.
 * Metres, Babylon's left-handed frame, y up.
 */

import type { Entities } from "../wire.gen.js";

type Components = Entities[string];

/** A thing that does not let anybody through. */
export interface Solid {
  readonly kind: "box" | "cylinder" | "ball";
  readonly x: number;
  readonly y: number;
  readonly z: number;
  /** Three unit vectors, the sides' directions; the second is the one closest to upright. */
  readonly axes: Float64Array;
  /** Half the edges along the axes; a cylinder's radius is the first, a ball's are all the same. */
  readonly half: Float64Array;
  /** Whether its top is level. */
  readonly level: boolean;
  /** Least x, y, z, greatest x, y, z. */
  readonly bounds: Float64Array;
}

/** How something touches a solid. */
export interface Contact {
  /** Metres between the two; below zero by as much as they are inside each other. */
  distance: number;
  /** The direction, of length one, in which the solid pushes. */
  x: number;
  y: number;
  z: number;
}

/** As steep as a floor may be: the upward part of its normal. */
export const FLOOR = 0.7;
/** An axis is upright when no more than this is missing. */
const UPRIGHT = 1e-6;
/** The solid of an entity; nothing for one without a shape that this client draws. */
export function solidOf(components: Components): Solid | undefined {
  const [kind, given] = (components["mesh_builder"] ?? []) as [string?, Record<string, unknown>?];
  const edges = edgesOf(kind, given ?? {});
  if (!edges) return undefined;
  const scaling = vector(components["scaling"], [1, 1, 1]);
  const half = edges.map((edge, axis) => Math.abs(edge * (scaling[axis] ?? 1)) / 2);
  const axes = axesOf(vector(components["rotation"], [0, 0, 0, 1]));
  const [x = 0, y = 0, z = 0] = vector(components["position"], [0, 0, 0]);
  const upright = 1 - Math.abs(axes[4] as number) < UPRIGHT;
  const [width = 0, height = 0, depth = 0] = half;
  const round = Math.abs(width - depth) < 1e-3;
  if (kind === "sphere" && round && Math.abs(width - height) < 1e-3) {
    return finish("ball", [x, y, z], axesOf([0, 0, 0, 1]), half);
  }
  if (kind === "cylinder" && round && upright) return finish("cylinder", [x, y, z], axes, half);
  standUp(axes, half);
  return finish("box", [x, y, z], axes, half);
}

/** Whole edges along x, y, z, with Babylon's names and defaults. */
function edgesOf(kind: string | undefined, given: Record<string, unknown>): number[] | undefined {
  const read = (names: readonly string[], otherwise: number): number => {
    const name = names.find((each) => typeof given[each] === "number");
    return name === undefined ? otherwise : (given[name] as number);
  };
  if (kind === "box") {
    return ["width", "height", "depth"].map((edge) => read([edge, "size"], 1));
  }
  if (kind === "sphere") {
    return ["diameterX", "diameterY", "diameterZ"].map((edge) => read([edge, "diameter"], 1));
  }
  if (kind !== "cylinder") return undefined;
  const across = Math.max(
    read(["diameterTop", "diameter"], 1),
    read(["diameterBottom", "diameter"], 1),
  );
  return [across, read(["height"], 2), across];
}

function vector(value: unknown, otherwise: readonly number[]): readonly number[] {
  const fits =
    Array.isArray(value) && value.length === otherwise.length && value.every(Number.isFinite);
  return fits ? (value as number[]) : otherwise;
}

/** The three axes as a quaternion turns them. */
function axesOf([x = 0, y = 0, z = 0, w = 1]: readonly number[]): Float64Array {
  return Float64Array.of(
    1 - 2 * (y * y + z * z), 2 * (x * y + w * z), 2 * (x * z - w * y),
    2 * (x * y - w * z), 1 - 2 * (x * x + z * z), 2 * (y * z + w * x),
    2 * (x * z + w * y), 2 * (y * z - w * x), 1 - 2 * (x * x + y * y),
  );
}

/** Change the order of the axes so that the second is the one closest to upright. */
function standUp(axes: Float64Array, half: number[]): void {
  let up = 1;
  for (const axis of [0, 2]) {
    if (Math.abs(axes[3 * axis + 1] as number) > Math.abs(axes[3 * up + 1] as number) + UPRIGHT) up = axis;
  }
  if (up === 1) return;
  for (let part = 0; part < 3; part += 1) {
    const kept = axes[3 + part] as number;
    axes[3 + part] = axes[3 * up + part] as number;
    axes[3 * up + part] = kept;
  }
  [half[1], half[up]] = [half[up] as number, half[1] as number];
}

function finish(kind: Solid["kind"], [x = 0, y = 0, z = 0]: number[], axes: Float64Array, half: number[]): Solid {
  const reach = [0, 1, 2].map((part) =>
    kind === "ball"
      ? (half[0] as number)
      : half.reduce((sum, edge, axis) => sum + edge * Math.abs(axes[3 * axis + part] as number), 0),
  );
  if (kind === "cylinder") reach[0] = reach[2] = half[0] as number;
  const [rx = 0, ry = 0, rz = 0] = reach;
  return {
    kind, x, y, z, axes,
    half: Float64Array.from(half),
    level: kind === "cylinder" || (kind === "box" && 1 - Math.abs(axes[4] as number) < UPRIGHT),
    bounds: Float64Array.of(x - rx, y - ry, z - rz, x + rx, y + ry, z + rz),
  };
}

export function setContact(contact: Contact, distance: number, x: number, y: number, z: number): void {
  contact.distance = distance;
  contact.x = x;
  contact.y = y;
  contact.z = z;
}

/** A point as the solid's axes see it. */
export function toLocal(solid: Solid, x: number, y: number, z: number, into: Float64Array): void {
  const { axes } = solid;
  const dx = x - solid.x;
  const dy = y - solid.y;
  const dz = z - solid.z;
  for (let axis = 0; axis < 3; axis += 1) {
    into[axis] =
      dx * (axes[3 * axis] as number) + dy * (axes[3 * axis + 1] as number) + dz * (axes[3 * axis + 2] as number);
  }
}
