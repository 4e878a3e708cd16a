/** The names of the others above their heads, with marks for what they do. */

import { ALL_MARKS, isMarked, type Mark } from "../avatars/marks.js";
import { Atlas } from "../avatars/atlas.js";
import type { Cell } from "../avatars/picture.js";
import { NAME_ABOVE, nameHeight, Signs } from "../avatars/signs.js";
import type { Person } from "../shared.js";
import type { System } from "../system.js";

/** Nobody reads names that are nearer or further away than this (metres). */
const NEAREST = 0.4;
const FURTHEST = 45;
/** Marks are larger than names, and stand in a row above them. */
const LARGER = 1.4;
const GAP = 0.15;
/** Marks beside a name at once, at most. */
const MOST_MARKS = 3;

interface Label {
  readonly person: Person;
  readonly cell: Cell;
}

/** After the avatars in the list of systems: a name goes with its head in the same frame. */
export const labels: System = ({ page, world: { scene }, shared }) => {
  const atlas = new Atlas(scene);
  const signs = new Signs(atlas.texture, scene);
  const shown = new Map<string, Label>();
  shared.$people.subscribe((people) => {
    for (const [userId, { person, cell }] of shown) {
      const now = people.get(userId);
      if (now && now.name === person.name && now.color === person.color) continue;
      atlas.remove(cell);
      shown.delete(userId);
    }
    for (const [userId, person] of people) {
      if (userId === page.userId || shown.has(userId)) continue;
      const cell = atlas.add(person);
      if (cell) shown.set(userId, { person, cell });
    }
  });

  const marks: Mark[] = []; // of one user, used again for the next
  const put = (userId: string, { cell }: Label, head: readonly number[], away: number): void => {
    const height = nameHeight(away);
    signs.put(cell, head, height, 0, NAME_ABOVE);
    const person = shared.$people.value.get(userId) as Person;
    marks.length = 0;
    for (const mark of ALL_MARKS) {
      if (marks.length < MOST_MARKS && isMarked(mark, userId, person, shared.marks)) marks.push(mark);
    }
    const size = LARGER * height;
    for (let index = 0; index < marks.length; index += 1) {
      const right = (index - (marks.length - 1) / 2) * size * (1 + GAP);
      signs.put(atlas.marks[marks[index] as Mark], head, size, right, NAME_ABOVE + height * (1 + GAP));
    }
  };
  scene.onBeforeRenderObservable.add(() => {
    const eye = scene.activeCamera?.globalPosition;
    if (!eye) return;
    signs.begin(eye);
    for (const [userId, label] of shown) {
      const head = shared.users.get(userId)?.shown.position;
      if (!head) continue;
      const away = Math.hypot(head[0] - eye.x, head[1] - eye.y, head[2] - eye.z);
      if (away > NEAREST && away < FURTHEST) put(userId, label, head, away);
    }
    signs.end();
    atlas.update();
  });
};
