// A batched relay on npm `ws`: one binary frame a room and tick, built once, for all who moved.
//
// A client connects to /?room=NAME, gets the room's entities, the users' numbers and their last
// records, sends records of 14 bytes (docs/protocol.md: a push) and receives records of 16.

import http from "node:http";
import { randomUUID } from "node:crypto";
import { Sender, WebSocketServer } from "ws";
import { entities } from "./room.mjs";

const TICK = 50; // ms
const PUSH = 14;
const RECORD = 16;
const LAGGING = 1 << 20; // bytes unsent, above which a client gets no tick

const rooms = new Map();

function room(name) {
  if (!rooms.has(name)) {
    rooms.set(name, {
      members: new Map(),
      moved: new Set(),
      next: 0,
      snapshot: JSON.stringify({ snapshot: entities() }),
    });
  }
  return rooms.get(name);
}

function framed(data, opcode) {
  const options = { fin: true, rsv1: false, opcode, mask: false, readOnly: true };
  return Buffer.concat(Sender.frame(data, options));
}

// One frame for all: ws would build the same header anew for every client.
function broadcast(room, frame) {
  for (const { socket } of room.members.values()) {
    if (socket._socket.writableLength < LAGGING) socket._socket.write(frame);
  }
}

function tick() {
  for (const room of rooms.values()) {
    if (room.moved.size === 0) continue;
    const records = Buffer.concat([...room.moved].map((member) => member.record));
    room.moved.clear();
    broadcast(room, framed(records, 2));
  }
}

function connected(socket, request) {
  const here = room(new URL(request.url, "http://localhost").searchParams.get("room"));
  const id = randomUUID();
  const member = { id, socket, number: here.next++ & 0xffff, record: Buffer.alloc(RECORD) };
  member.record.writeUInt16LE(member.number, 1);
  const tell = (event) => broadcast(here, framed(Buffer.from(JSON.stringify(event)), 1));
  tell({ joined: id, n: member.number });
  here.members.set(id, member);
  socket.send(here.snapshot);
  const all = [...here.members.values()];
  socket.send(JSON.stringify({ users: Object.fromEntries(all.map((m) => [m.id, m.number])) }));
  socket.send(Buffer.concat(all.map((m) => m.record)));
  socket.on("message", (data) => {
    if (data.length !== PUSH) return;
    member.record[0] = data[0];
    data.copy(member.record, 3, 1);
    here.moved.add(member);
  });
  socket.on("close", () => {
    here.members.delete(id);
    here.moved.delete(member);
    tell({ left: id });
  });
  socket.on("error", () => socket.terminate());
}

const server = http.createServer((_, response) => response.end("ok"));
const sockets = new WebSocketServer({ server, perMessageDeflate: false, maxPayload: 65536 });
sockets.on("connection", connected);
setInterval(tick, TICK);
server.listen(Number(process.argv[2]), "127.0.0.1", () => console.log("ready"));
