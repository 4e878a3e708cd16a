// Messages as the serializer of the npm package phoenix writes them, and our frames as it reads them.
//
// After a change of the package or of our frames, from the root of the checkout:
//   python -m tests.channels.phoenix_examples | node tests/channels/phoenix_frames.mjs > tests/channels/phoenix_frames.json

import { readFileSync } from "node:fs";
import { Serializer } from "../../web/node_modules/phoenix/priv/static/phoenix.mjs";

const topic = "room:hall";
const messages = {
  join: { join_ref: "3", ref: "3", topic, event: "phx_join", payload: { poses: "binary", tab: "t1" } },
  heartbeat: { join_ref: null, ref: "4", topic: "phoenix", event: "heartbeat", payload: {} },
  leave: { join_ref: "3", ref: "5", topic, event: "phx_leave", payload: {} },
  "number refs": { join_ref: 3, ref: 6, topic, event: "phx_leave", payload: {} },
  odd: { join_ref: "ü\"\\", ref: "€", topic: "room:☕", event: "e\n", payload: { "a\"": ["\u2028", null, 1e21] } },
  moved: { join_ref: "3", ref: "7", topic, event: "i_moved", payload: { position: [1, 1.75, -2.5], rotation: [0, 0.6, 0, 0.8] } },
  "binary pose": { join_ref: "3", ref: "8", topic, event: "i_moved", payload: bytes("00200300580b0030f8ff0000000000fdf7df") },
  "binary without refs": { join_ref: null, ref: null, topic, event: "i_moved", payload: bytes("0102") },
  "binary with nothing": { join_ref: "3", ref: "9", topic, event: "empty", payload: bytes("") },
  "binary with odd names": { join_ref: "ü\"", ref: "€", topic: "room:☕", event: "é", payload: bytes("ff00") },
  "binary with long names": { join_ref: "r".repeat(60), ref: "s".repeat(60), topic: "t".repeat(255), event: "e".repeat(255), payload: bytes("7f") },
};

function bytes(hex) {
  return Uint8Array.from(Buffer.from(hex, "hex")).buffer;
}

function shown(payload) {
  return payload instanceof ArrayBuffer ? { base64: Buffer.from(payload).toString("base64") } : payload;
}

const theirs = Object.entries(messages).map(([name, message]) => {
  let frame;
  Serializer.encode(message, (encoded) => (frame = encoded));
  const text = typeof frame === "string";
  const base64 = Buffer.from(frame).toString("base64");
  return { name, text, base64, message: { ...message, payload: shown(message.payload) } };
});

const ours = JSON.parse(readFileSync(0, "utf8")).map(({ name, text, base64 }) => {
  const data = Buffer.from(base64, "base64");
  let decoded;
  Serializer.decode(text ? data.toString() : Uint8Array.from(data).buffer, (message) => (decoded = message));
  const { join_ref, ref, event, payload } = decoded;
  return { name, text, base64, message: [join_ref, ref, decoded.topic, event, shown(payload)] };
});

console.log(JSON.stringify({ theirs, ours }, null, 1));
