"""A batched relay on picows and asyncio: the work of relay.mjs, in Python.

One binary frame a room and tick, built once, for all who moved. A client connects to /?room=NAME,
gets the room's entities, the users' numbers and their last records, sends records of 14 bytes
(docs/protocol.md: a push) and receives records of 16.
"""

import asyncio
import json
import sys
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

# picows lives in an environment of its own, beside which nothing is typed.
from picows import (  # type: ignore[import-not-found]
    WSFrame,
    WSListener,
    WSMsgType,
    WSTransport,
    WSUpgradeRequest,
    ws_create_server,
)

TICK = 0.05  # s
PUSH = 14  # bytes
LAGGING = 1 << 20  # bytes unsent, above which a client gets no tick


def entities() -> dict[str, object]:
    """The things in a new room, as in room.mjs."""
    made: dict[str, object] = {"spawn": {"spawn_point": True, "position": [1, 0, 1]}}
    for i in range(12):
        size = {"width": 1 + i / 3, "height": 2 + i / 4, "depth": 3 + i / 5}
        made[f"box-{i}-0123456789abcdef"] = {
            "mesh_builder": ["box", size],
            "position": [i * 1.7 - 10, 1 + i / 8, 12 - i * 2.1],
            "rotation": [0, 0, 0, 1],
            "color": [i / 12, 0.4, 1 - i / 12],
        }
    return made


SNAPSHOT = json.dumps({"snapshot": entities()}, separators=(",", ":")).encode()


def framed(payload: bytes, opcode: int) -> bytes:
    """One whole websocket frame of a server."""
    first, length = 0x80 | opcode, len(payload)
    if length < 126:
        return bytes((first, length)) + payload
    if length < 65536:
        return bytes((first, 126)) + length.to_bytes(2, "big") + payload
    return bytes((first, 127)) + length.to_bytes(8, "big") + payload


class Room:
    """The users in a room, and those of them who moved since the last tick."""

    def __init__(self) -> None:
        self.members: dict[str, Member] = {}
        self.moved: dict[str, Member] = {}
        self.next = 0

    def broadcast(self, frame: bytes) -> None:
        for member in self.members.values():
            transport = member.transport.underlying_transport
            if transport.get_write_buffer_size() < LAGGING:
                transport.write(frame)

    def tell(self, event: dict[str, object]) -> None:
        self.broadcast(framed(json.dumps(event, separators=(",", ":")).encode(), 1))

    def tick(self) -> None:
        if self.moved:
            records = b"".join([bytes(member.record) for member in self.moved.values()])
            self.moved.clear()
            self.broadcast(framed(records, 2))


rooms: dict[str, Room] = {}


class Member(WSListener):  # type: ignore[misc] # picows has no types here
    """A client in a room, with its last record."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.id = str(uuid4())
        self.transport: WSTransport
        self.number = room.next & 0xFFFF
        room.next += 1
        self.record = bytearray(16)
        self.record[1:3] = self.number.to_bytes(2, "little")

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport
        self.room.tell({"joined": self.id, "n": self.number})
        self.room.members[self.id] = self
        users = {member.id: member.number for member in self.room.members.values()}
        records = b"".join([bytes(member.record) for member in self.room.members.values()])
        transport.send(WSMsgType.TEXT, SNAPSHOT)
        transport.send(WSMsgType.TEXT, json.dumps({"users": users}, separators=(",", ":")).encode())
        transport.send(WSMsgType.BINARY, records)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.BINARY:
            pushed = frame.get_payload_as_bytes()
            if len(pushed) == PUSH:
                self.record[0] = pushed[0]
                self.record[3:] = pushed[1:]
                self.room.moved[self.id] = self
        elif frame.msg_type == WSMsgType.CLOSE:
            transport.send_close(frame.get_close_code())
            transport.disconnect()

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        if self.room.members.pop(self.id, None):
            self.room.moved.pop(self.id, None)
            self.room.tell({"left": self.id})


def welcome(request: WSUpgradeRequest) -> Member:
    query = parse_qs(urlsplit(request.path.decode()).query)
    return Member(rooms.setdefault(query["room"][0], Room()))


async def serve(port: int) -> None:
    server = await ws_create_server(welcome, "127.0.0.1", port, max_frame_size=65536)
    print("ready", flush=True)
    async with server:
        due = asyncio.get_running_loop().time()
        while True:
            due += TICK
            await asyncio.sleep(due - asyncio.get_running_loop().time())
            for room in rooms.values():
                room.tick()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
