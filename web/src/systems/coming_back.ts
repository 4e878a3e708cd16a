/** After sleep, a change of network, or a look at another tab, the connection is often gone: test it. */

import type { System } from "../system.js";

export const comingBack: System = ({ wire }) => {
  for (const type of ["online", "pageshow"]) window.addEventListener(type, () => wire.test());
  for (const type of ["visibilitychange", "resume"]) {
    document.addEventListener(type, () => {
      if (document.visibilityState === "visible") wire.test();
    });
  }
};
