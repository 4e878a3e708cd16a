// Colyseus as it comes: 50 ms patches of a schema with a map of players and a map of boxes.
//
// A pose arrives as a message of seven float32 in bytes, the cheapest form that Colyseus has.

import { Room, Server } from "@colyseus/core";
import { Encoder, schema, t } from "@colyseus/schema";
import { WebSocketTransport } from "@colyseus/ws-transport";
import { entities } from "./room.mjs";

Encoder.BUFFER_SIZE = 256 * 1024; // it warns where a patch of 2,000 players does not fit

const Player = schema({
  x: t.float32().default(0),
  y: t.float32().default(0),
  z: t.float32().default(0),
  rx: t.float32().default(0),
  ry: t.float32().default(0),
  rz: t.float32().default(0),
  rw: t.float32().default(1),
}, "Player");

const Entity = schema({ components: t.string() }, "Entity");

const State = schema({ players: t.map(Player), entities: t.map(Entity) }, "State");

class PoseRoom extends Room {
  onCreate() {
    this.state = new State();
    for (const [id, components] of Object.entries(entities())) {
      const entity = new Entity();
      entity.components = JSON.stringify(components);
      this.state.entities.set(id, entity);
    }
    this.onMessageBytes(0, (client, bytes) => {
      const player = this.state.players.get(client.sessionId);
      player.x = bytes.readFloatLE(0);
      player.y = bytes.readFloatLE(4);
      player.z = bytes.readFloatLE(8);
      player.rx = bytes.readFloatLE(12);
      player.ry = bytes.readFloatLE(16);
      player.rz = bytes.readFloatLE(20);
      player.rw = bytes.readFloatLE(24);
    });
  }

  onJoin(client) {
    this.state.players.set(client.sessionId, new Player());
  }

  onLeave(client) {
    this.state.players.delete(client.sessionId);
  }
}

const server = new Server({ greet: false, transport: new WebSocketTransport() });
server.define("pose", PoseRoom).filterBy(["place"]);
await server.listen(Number(process.argv[2]), "127.0.0.1");
console.log("ready");
