/** Encoders and decoders by libopus, in one worker for all of them. Loaded where the browser has none. */

import type { MakeCodec, Packet, Samples } from "./codec.js";
// oxlint-disable-next-line import/default -- vite makes it: the address of the built script
import workerUrl from "./wasm_worker.ts?worker&url";

/** The kind of a codec that the worker is asked for. */
export type Kind = "encoder" | "decoder";

const worker = new Worker(workerUrl, { type: "module" });

/** A codec of the worker behind a port: data goes in and comes out; null ends it, and an error comes as text. */
function make<From, To>(kind: Kind): MakeCodec<From, To> {
  return (give, fail) => {
    const { port1: port, port2 } = new MessageChannel();
    port.addEventListener("message", ({ data }: MessageEvent<To | string>) => {
      if (typeof data === "string") fail(new Error(data));
      else give(data);
    });
    port.start();
    worker.addEventListener("error", fail);
    worker.postMessage(kind, [port2]);
    return {
      put: (data) => port.postMessage(data),
      close: () => {
        worker.removeEventListener("error", fail);
        port.postMessage(null, []);
        port.close();
      },
    };
  };
}

export const encode = make<Samples, Packet>("encoder");
export const decode = make<Packet, Samples>("decoder");
