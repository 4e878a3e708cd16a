// The things in a new room: twelve boxes and a spawn point, as components by entity.

export function entities() {
  const made = { spawn: { spawn_point: true, position: [1, 0, 1] } };
  for (let i = 0; i < 12; i++) {
    made[`box-${i}-0123456789abcdef`] = {
      mesh_builder: ["box", { width: 1 + i / 3, height: 2 + i / 4, depth: 3 + i / 5 }],
      position: [i * 1.7 - 10, 1 + i / 8, 12 - i * 2.1],
      rotation: [0, 0, 0, 1],
      color: [i / 12, 0.4, 1 - i / 12],
    };
  }
  return made;
}
