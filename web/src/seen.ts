/** The room as it is seen: before the visitor enters by looks into it, from then on by joining it. */

import { map, merge, type Observable } from "rxjs";
import type { Context } from "./system.js";
import type { Entities, UserSnapshot } from "./wire.gen.js";

/** The things of the room, whenever the server tells all of them. */
export function seenThings({ shared, wire }: Pick<Context, "shared" | "wire">): Observable<Entities> {
  return merge(shared.$look.pipe(map(({ snapshot }) => snapshot)), wire.on("snapshot"));
}

/** The users who are present, whenever the server tells all of them. */
export function seenUsers({ shared, wire }: Pick<Context, "shared" | "wire">): Observable<UserSnapshot> {
  return merge(shared.$look.pipe(map(({ user_snapshot }) => user_snapshot)), wire.on("user_snapshot"));
}
