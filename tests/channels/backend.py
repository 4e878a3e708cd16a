"""Sockets over transports of the tests' own, with an endpoint, a lobby and a store in memory.

A client sends and hears the messages of the protocol, as lists.
"""

import json
import random
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import trio

from tests.channels.phoenix_examples import unwrap, wrap
from tests.rooms.gated_store import GatedStore
from tests.rooms.house import SIGNER, mark
from xr.channels.endpoint import Endpoint, Limits
from xr.channels.room_frames import RoomFrames
from xr.channels.serializer import BINARY, TEXT
from xr.channels.socket import Socket
from xr.errors import ConnectionFault
from xr.metrics import Metrics
from xr.pose import Pose
from xr.rooms.building import Building
from xr.rooms.feature import Feature
from xr.rooms.lobby import Lobby
from xr.rooms.settings import RoomSettings
from xr.wire.record import pack_push, unpack_poses
from xr.wire.voice import unpack_voices

TOPIC = "room:hall"
Heard = list[Any]
"""A message: join_ref, ref, topic, event, payload."""


def pose(x: float) -> dict[str, list[float]]:
    """The payload of an ``i_moved``."""
    return {"position": [x, 1.75, 0.0], "rotation": [0.0, 0.0, 0.0, 1.0]}


def record(x: float) -> bytes:
    """The same as a binary push."""
    return pack_push(Pose((x, 1.75, 0.0), (0.0, 0.0, 0.0, 1.0)))


class FakeTransport:
    """Reads the frames that a socket sends; ends as a real connection does.

    The send number ``fails_at``, counted from 0, fails and ends it. ``hasty`` is what no transport
    should be: it tells the socket of an end within the call that has brought it about.
    """

    hasty = False

    def __init__(self) -> None:
        self.sends = 0
        self.fails_at: int | None = None
        self.socket: Socket | None = None
        self.heard: list[Heard] = []
        self.frames: list[bytes] = []
        self.lags = False
        self.quiet = False
        self.broken = False
        self.closed: tuple[int, str] | None = None

    @property
    def open(self) -> bool:
        return self.closed is None

    @property
    def behind(self) -> bool:
        return self.lags

    @property
    def silent(self) -> bool:
        return self.quiet

    def send(self, frames: bytes) -> None:
        if self.broken:
            raise ZeroDivisionError("the transport is broken")
        if self.closed is not None:
            return
        self.sends += 1
        if self.sends - 1 == self.fails_at:
            self.close(1006, "")
        else:
            self.frames.append(frames)
            self.heard += [_read(opcode, payload) for opcode, payload in unwrap(frames)]

    def close(self, code: int, reason: str) -> None:
        if self.closed is None:
            self.closed = (int(code), reason)
            if self.hasty:
                self.report()
            else:
                trio.lowlevel.current_trio_token().run_sync_soon(self.report)

    def report(self) -> None:
        """Tell the socket of the end, if there has been one."""
        if self.socket is not None and self.closed is not None:
            self.socket.closed(*self.closed)


def _read(opcode: int, payload: bytes) -> Heard:
    if opcode == TEXT:
        message = json.loads(payload)
        assert len(message) == 5
        return list(message)
    assert opcode == BINARY
    kind, topic, event = payload[0], payload[1], payload[2]
    assert kind == 2
    names, data = payload[3 : 3 + topic + event].decode(), payload[3 + topic + event :]
    if names[topic:] == "poses_at":
        stamp = int.from_bytes(data[:2], "little")
        return [None, None, names[:topic], "poses_at", (stamp, _places(data[2:]))]
    if names[topic:] == "voice":
        return [None, None, names[:topic], "voice", unpack_voices(data)]
    if names[topic:] == "fingers":
        return [None, None, names[:topic], "fingers", data]
    return [None, None, names[:topic], names[topic:], _places(data)]


def _places(records: bytes) -> dict[int, float]:
    return {n: pose.position[0] for n, pose in unpack_poses(records).items()}


class Browser:
    """A client with one websocket."""

    def __init__(self, endpoint: Endpoint, user_id: str, address: str) -> None:
        self.user_id = user_id
        self.transport = FakeTransport()
        self.socket = endpoint.connect(user_id, address, self.transport)
        self.transport.socket = self.socket
        self.joins = 0
        self._refs = 0

    def send_text(self, text: str) -> None:
        """A text frame as a connection hands it over, which ends on a fault."""
        self._send(TEXT, text.encode())

    def send_binary(self, data: bytes) -> None:
        self._send(BINARY, data)

    def _send(self, kind: int, data: bytes) -> None:
        try:
            self.socket.receive(kind, data)
        except ConnectionFault as fault:
            self.transport.close(fault.code, fault.reason)
        self.transport.report()

    def push(
        self, event: str, payload: object, topic: str = TOPIC, join_ref: str | None = None
    ) -> str:
        """Send a message under a ref of its own, which is returned."""
        self._refs += 1
        ref = f"r{self._refs}"
        self.send_text(json.dumps([join_ref, ref, topic, event, payload]))
        return ref

    def push_record(self, data: bytes, topic: str = TOPIC, join_ref: str = "") -> None:
        self.push_binary("i_moved", data, topic, join_ref)

    def push_binary(self, event: str, data: bytes, topic: str = TOPIC, join_ref: str = "") -> None:
        names = [join_ref.encode(), b"b", topic.encode(), event.encode()]
        self.send_binary(bytes([0, *map(len, names)]) + b"".join(names) + data)

    def join(self, topic: str = TOPIC, **payload: object) -> str:
        """Ask to join; returns the join_ref."""
        self.joins += 1
        join_ref = f"j{self.joins}"
        self.send_text(json.dumps([join_ref, join_ref, topic, "phx_join", payload]))
        return join_ref

    def end(self, code: int = 1001, reason: str = "") -> None:
        """The connection ends from its far side."""
        if self.transport.closed is None:
            self.transport.closed = (code, reason)
            self.socket.closed(code, reason)

    def told(self) -> list[Heard]:
        """All that it heard since the last time."""
        heard, self.transport.heard = self.transport.heard, []
        return heard

    def events(self) -> list[str]:
        """The same, by event."""
        return [event for _, _, _, event, _ in self.told()]

    def stoc(self) -> list[tuple[str, Any]]:
        """All that it heard of others since the last time: event and payload."""
        return [
            (payload["event"], payload["payload"])
            for _, _, _, event, payload in self.told()
            if event == "stoc"
        ]

    def replies(self) -> dict[str, Any]:
        """The replies that it heard since the last time, by ref."""
        found: dict[str, Any] = {}
        for _, ref, _, event, payload in self.told():
            if event == "phx_reply":
                assert ref not in found, f"two replies to {ref}"
                found[ref] = payload
        return found


OK = {"status": "ok", "response": {}}


def refused(reason: str) -> dict[str, Any]:
    """An error reply with this reason alone."""
    return {"status": "error", "response": {"reason": reason}}


class Backend:
    """A server without a network."""

    def __init__(
        self,
        store: GatedStore,
        settings: RoomSettings,
        limits: Limits,
        features: Sequence[type[Feature]] = (),
        now: Callable[[], float] = trio.current_time,
    ) -> None:
        self.store = store
        self.metrics = Metrics()
        building = Building(
            store,
            lambda room_id: RoomFrames(room_id, wrap),
            settings,
            self.metrics,
            mark,
            SIGNER,
            features,
            now,
        )
        self.lobby = Lobby(building, random.Random(0))
        self.endpoint = Endpoint(self.lobby, wrap, limits, self.metrics)

    def browser(self, user_id: str, address: str = "192.0.2.1") -> Browser:
        return Browser(self.endpoint, user_id, address)

    async def visitor(self, user_id: str, topic: str = TOPIC, **payload: object) -> Browser:
        """A browser that is in the room and has heard all about it."""
        browser = self.browser(user_id)
        browser.join(topic, **payload)
        with trio.fail_after(30):
            await settled()
            while "presence_state" not in [event for _, _, _, event, _ in browser.transport.heard]:
                await settled()
        assert browser.events()[:4] == ["phx_reply", "snapshot", "user_snapshot", "presence_state"]
        return browser


async def settled() -> None:
    """Until a tick has passed or two, and everybody has heard what there was."""
    await trio.sleep(0.1)


@asynccontextmanager
async def open_backend(
    *rooms: str,
    limits: Limits | None = None,
    grace: float = 5.0,
    limit: int = 100,
    idle: float = 30.0,
    chat_hours: float = 24.0,
    features: Sequence[type[Feature]] = (),
    store: GatedStore | None = None,
    now: Callable[[], float] = trio.current_time,
) -> AsyncIterator[Backend]:
    """A server that is drained at the end and must leave nothing behind."""
    backend = Backend(
        store or GatedStore(*rooms),
        RoomSettings(grace=grace, limit=limit, idle=idle, chat_hours=chat_hours),
        limits or Limits(messages=0, joins=0),
        features,
        now,
    )
    async with trio.open_nursery() as nursery:
        ended = trio.Event()

        async def keep(task_status: trio.TaskStatus[None]) -> None:
            await backend.lobby.run(task_status)
            ended.set()

        await nursery.start(keep)
        await nursery.start(backend.endpoint.run)
        yield backend
        backend.lobby.drain()
        with trio.fail_after(10):
            await ended.wait()
        nursery.cancel_scope.cancel()
    assert backend.metrics.members == 0
