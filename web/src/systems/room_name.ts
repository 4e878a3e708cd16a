/** The room's name, wherever the page shows it: an owner may change it while we are inside. */

import { distinctUntilChanged, map, merge, skip } from "rxjs";
import type { System } from "../system.js";

export const roomName: System = ({ wire, ui }) => {
  const $name = merge(wire.on("room_options"), wire.on("room_changed")).pipe(
    map(({ name }) => name),
    distinctUntilChanged(),
  );
  $name.subscribe((name) => {
    document.title = name;
    ui.showName(name);
  });
  $name.pipe(skip(1)).subscribe((name) => ui.toast({ text: `This room is called “${name}” now.` }));
};
