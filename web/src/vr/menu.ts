/**
 * The menu at the left wrist: a small tab beside the hand that opens a panel above it. It is pressed
 * by the ray of any other hand, or touched with a finger.
 */

import "@babylonjs/core/Engines/Extensions/engine.dynamicTexture.js";
import type { Camera } from "@babylonjs/core/Cameras/camera.js";
import { StandardMaterial } from "@babylonjs/core/Materials/standardMaterial.js";
import { DynamicTexture } from "@babylonjs/core/Materials/Textures/dynamicTexture.js";
import { Color3 } from "@babylonjs/core/Maths/math.color.js";
import { Matrix, Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import { CreateBox } from "@babylonjs/core/Meshes/Builders/boxBuilder.js";
import { CreatePlane } from "@babylonjs/core/Meshes/Builders/planeBuilder.js";
import type { Mesh } from "@babylonjs/core/Meshes/mesh.js";
import type { Scene } from "@babylonjs/core/scene.js";
import { HEIGHT, type MenuModel, WIDTH } from "./menu_model.js";
import { paintMenu } from "./menu_paint.js";
import type { Pointer } from "./pointers.js";

/** Metres of the panel, of the tab, and of both above the wrist. */
const PANEL = { width: 0.24, height: 0.27 };
const TAB = { width: 0.09, height: 0.04 };
const PANEL_ABOVE = 0.2;
const TAB_ABOVE = 0.07;
/** Milliseconds between two pictures of it. */
const REDRAW = 100;
/** A ray that points further is not for the menu (metres). */
const FAR = 1.5;
/** A finger touches from before the panel, and not from behind (metres). */
const DEEP = 0.03;

const local = new Vector3();
const ahead = new Vector3();
const inverse = new Matrix();
const beyond = new Vector3();

export class WristMenu {
  readonly #model: MenuModel;
  readonly #panel: Mesh;
  readonly #tab: Mesh;
  readonly #ray: Mesh;
  readonly #texture: DynamicTexture;
  #dirty = true;
  #drawn = 0;
  #hovered: number | undefined;
  #touching = false;

  constructor(camera: Camera, model: MenuModel) {
    const scene = camera.getScene();
    this.#model = model;
    this.#texture = new DynamicTexture("menu", { width: WIDTH, height: HEIGHT }, scene, true);
    this.#panel = sign("menu", PANEL, this.#texture, scene);
    this.#tab = sign("menu tab", TAB, tabTexture(scene), scene);
    this.#ray = CreateBox("menu ray", { width: 0.003, height: 0.003, depth: 1 }, scene);
    this.#ray.material = glowing("menu ray", scene);
    this.#ray.isPickable = false;
    model.$changed.subscribe(() => (this.#dirty = true));
    this.hide();
  }

  hide(): void {
    for (const mesh of [this.#panel, this.#tab, this.#ray]) mesh.setEnabled(false);
  }

  /** A frame: beside `wrist`, turned to `head`; the other hand points at it, or nobody does. */
  show(wrist: Vector3, head: Vector3, pointer: Pointer | undefined, finger: Vector3 | undefined): void {
    const { isOpen } = this.#model;
    this.#tab.setEnabled(true);
    this.#panel.setEnabled(isOpen);
    stand(this.#tab, wrist, TAB_ABOVE, head);
    stand(this.#panel, wrist, PANEL_ABOVE + PANEL.height / 2 - TAB_ABOVE, head);
    const row = pointer && this.#pointedAt(pointer);
    if (row !== this.#hovered) {
      this.#hovered = row;
      this.#dirty = true;
      this.#ray.metadata = row === undefined ? "" : (this.#model.rows[row]?.label ?? this.#model.title);
    }
    this.#drawRay(pointer);
    this.#touch(finger);
    if (!isOpen || !this.#dirty || performance.now() - this.#drawn < REDRAW) return;
    this.#dirty = false;
    this.#drawn = performance.now();
    paintMenu(this.#texture.getContext() as CanvasRenderingContext2D, this.#model, this.#hovered);
    this.#texture.update();
    this.#panel.metadata = [this.#model.title, ...this.#model.rows.map(({ label, state }) => [label, state].filter(Boolean).join(": "))];
  }

  /** Press what a hand points at; false when that is not the menu. */
  press(pointer: Pointer): boolean {
    if (!this.#tab.isEnabled()) return false;
    if (meets(this.#tab, TAB, pointer.from, pointer.ahead)) this.#model.toggle();
    else if (!this.#panel.isEnabled() || !meets(this.#panel, PANEL, pointer.from, pointer.ahead)) return false;
    else this.#pressRow(this.#rowAtLocal());
    return true;
  }

  #pointedAt({ from, ahead: direction }: Pointer): number | undefined {
    if (!this.#panel.isEnabled() || !meets(this.#panel, PANEL, from, direction)) return undefined;
    return this.#rowAtLocal();
  }

  #pressRow(row: number | undefined): void {
    if (row !== undefined) this.#model.press(row);
  }

  /** The row where `local` is, on the panel. */
  #rowAtLocal(): number | undefined {
    return this.#model.rowAt((0.5 - local.y / PANEL.height) * HEIGHT);
  }

  /** A finger that comes through the front presses once. */
  #touch(finger: Vector3 | undefined): void {
    const before = this.#touching;
    this.#touching = false;
    if (!finger) return;
    for (const [mesh, size] of [[this.#panel, PANEL], [this.#tab, TAB]] as const) {
      if (!mesh.isEnabled() || !isIn(mesh, size, finger)) continue;
      this.#touching = true;
      if (before) return;
      if (mesh === this.#tab) this.#model.toggle();
      else this.#pressRow(this.#rowAtLocal());
      return;
    }
  }

  /** From the hand to the point that it means. */
  #drawRay(pointer: Pointer | undefined): void {
    const meant =
      pointer &&
      (meets(this.#tab, TAB, pointer.from, pointer.ahead) ||
        (this.#panel.isEnabled() && meets(this.#panel, PANEL, pointer.from, pointer.ahead)));
    this.#ray.setEnabled(Boolean(meant));
    if (!pointer || !meant) return;
    this.#ray.scaling.z = distance;
    pointer.ahead.scaleToRef(distance / 2, this.#ray.position);
    this.#ray.position.addInPlace(pointer.from);
    this.#ray.setDirection(pointer.ahead);
  }
}

/** Metres from the hand to the point of the last `meets`. */
let distance = 0;

/** Whether a ray meets the front of a sign; the point is in `local` then. */
function meets(mesh: Mesh, size: { width: number; height: number }, from: Vector3, direction: Vector3): boolean {
  mesh.computeWorldMatrix(true).invertToRef(inverse);
  Vector3.TransformCoordinatesToRef(from, inverse, local);
  Vector3.TransformNormalToRef(direction, inverse, ahead);
  if (ahead.z <= 0 || local.z > 0) return false;
  distance = -local.z / ahead.z;
  local.addInPlace(ahead.scaleInPlace(distance));
  return distance < FAR && isWithin(size);
}

/** Whether a point is in a sign, or a little behind it. */
function isIn(mesh: Mesh, size: { width: number; height: number }, point: Vector3): boolean {
  mesh.computeWorldMatrix(true).invertToRef(inverse);
  Vector3.TransformCoordinatesToRef(point, inverse, local);
  return local.z >= 0 && local.z < DEEP && isWithin(size);
}

function isWithin({ width, height }: { width: number; height: number }): boolean {
  return Math.abs(local.x) <= width / 2 && Math.abs(local.y) <= height / 2;
}

/** Above the wrist, upright to the eyes. */
function stand(mesh: Mesh, wrist: Vector3, above: number, head: Vector3): void {
  mesh.position.set(wrist.x, wrist.y + above, wrist.z);
  mesh.position.scaleToRef(2, beyond).subtractInPlace(head); // a plane is seen from behind its z
  mesh.lookAt(beyond);
}

function glowing(name: string, scene: Scene): StandardMaterial {
  const material = new StandardMaterial(name, scene);
  material.disableLighting = true;
  material.emissiveColor = Color3.White();
  return material;
}

function sign(name: string, size: { width: number; height: number }, texture: DynamicTexture, scene: Scene): Mesh {
  const mesh = CreatePlane(name, size, scene);
  const material = glowing(name, scene);
  material.diffuseTexture = texture;
  mesh.material = material;
  mesh.applyFog = false;
  mesh.isPickable = false;
  return mesh;
}

function tabTexture(scene: Scene): DynamicTexture {
  const texture = new DynamicTexture("menu tab", { width: 216, height: 96 }, scene);
  texture.drawText("Menu", null, 64, "600 44px system-ui, sans-serif", "#ffffff", "#4b57c9");
  return texture;
}
