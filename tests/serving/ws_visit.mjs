// A visit with the npm package ws: join, move by JSON and binary, see it, ping, leave by close 1000.
// Arguments: the websocket's URL, the topic, a binary push in base64. Prints one JSON line.

import WebSocket from "../../web/node_modules/ws/wrapper.mjs";

const [url, topic, push] = process.argv.slice(2);
const socket = new WebSocket(url, { perMessageDeflate: true });
const seen = [];

const send = (ref, event, payload) =>
  socket.send(JSON.stringify(["1", ref, topic, event, payload]));

socket.on("open", () => send("1", "phx_join", { poses: "json" }));
socket.on("pong", (data) => {
  seen.push(`pong ${data}`);
  socket.close(1000);
});
socket.on("message", (data, binary) => {
  const [, , , event, payload] = JSON.parse(data);
  seen.push(event === "stoc" ? payload.event : event);
  if (event === "presence_state") {
    send("2", "i_moved", { position: [1, 1.7, 2], rotation: [0, 0, 0, 1] });
  } else if (event === "stoc" && payload.payload.position[0] === 1) {
    socket.send(Buffer.from(push, "base64"));
  } else if (event === "stoc") {
    socket.ping("are you there");
  }
});
socket.on("close", (code) => {
  console.log(JSON.stringify({ seen, code, extensions: socket.extensions }));
});
