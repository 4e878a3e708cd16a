/** A wire that a test plays by hand. */

import { BehaviorSubject, type Observable, Subject } from "rxjs";
import type { Connection } from "../src/connection.js";
import type { Intents, Pose } from "../src/wire.gen.js";
import type { Key, Replied, Told, Wire } from "../src/wire.js";

export class FakeWire implements Wire {
  readonly $connection = new BehaviorSubject<Connection>({ state: "outside" });
  readonly $joined = new Subject<void>();
  readonly $present = new BehaviorSubject<ReadonlyMap<string, number>>(new Map());
  /** The own poses that were sent. */
  readonly moves: Pose[] = [];
  /** The intents that were asked, with their payloads. */
  readonly pushes: [string, unknown][] = [];
  /** The notice at each attempt to enter. */
  readonly keys: Key[] = [];
  /** The packets of voice that were sent. */
  readonly packets: ArrayBuffer[] = [];
  /** How often the connection was tested. */
  tests = 0;
  readonly #events = new Map<string, Subject<unknown>>();

  on<Name extends keyof Told>(name: Name): Observable<Told[Name]> {
    return this.#subject(name) as Observable<unknown> as Observable<Told[Name]>;
  }

  push<Name extends Replied>(name: Name, payload: Intents[Name]["payload"]): Promise<Intents[Name]["reply"]> {
    this.pushes.push([name, payload]);
    return Promise.resolve({} as Intents[Name]["reply"]);
  }

  move(pose: Pose): boolean {
    this.moves.push(pose);
    return true;
  }

  talk(packet: ArrayBuffer): boolean {
    this.packets.push(packet);
    return true;
  }

  enter(key: Key = {}): void {
    this.keys.push(key);
    this.$connection.next({ state: "joining" });
  }

  test(): void {
    this.tests += 1;
  }

  /** The server's side: an event comes. */
  tell<Name extends keyof Told>(name: Name, payload: Told[Name]): void {
    this.#subject(name).next(payload);
  }

  #subject(name: string): Subject<unknown> {
    const subject = this.#events.get(name) ?? new Subject();
    this.#events.set(name, subject);
    return subject;
  }
}
