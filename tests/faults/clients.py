"""Light clients for load: each joins a room, walks, and remembers what it sent and when.

A pose says by itself which it is: step n stands at x = n cm, on the lane z of its user. The binary
record keeps centimetres exactly, so what comes back or is stored can be compared without rounding.
"""

import json
import random
import sqlite3
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import trio

from tests.serving.client_frames import CLOSE, PING, PONG, TEXT, client_frame, close_payload
from tests.serving.process import Server
from tests.serving.raw import (
    ABNORMAL,
    RawSocket,
    close_code,
    connect,
    message,
    read_binary,
    upgrade,
)
from xr.pose import Pose, Vector
from xr.store.sqlite import open_store
from xr.wire.record import HEAD_RECORD, pack_push

EYES = 1.75
STEPS_A_METRE = 100
_UNITS_A_STEP = 8  # of 1.25 mm
_POLL = 0.01

OPEN: dict[str, Any] = {"max_per_address": 0, "join_rate": 0}
"""Settings for a crowd that comes from one address."""


def pose_of(step: int, lane: int) -> Pose:
    """The pose of a user's ``step``, from 1."""
    place = (step / STEPS_A_METRE, EYES, float(lane))
    return Pose(place, (0.0, 0.0, 0.0, 1.0))


async def until(
    condition: Callable[[], bool | Awaitable[bool]], seconds: float, what: str | Callable[[], str]
) -> float:
    """Wait until the condition holds; returns how long it took. Too long is a failure.

    ``what`` was waited for; if it is a function, it is asked when it was in vain.
    """
    start = trio.current_time()
    while True:
        met = condition()
        if not isinstance(met, bool):
            met = await met
        waited = trio.current_time() - start
        if met:
            return waited
        if waited >= seconds:
            told = what if isinstance(what, str) else what()
            raise AssertionError(f"not within {seconds:g} s: {told}")
        await trio.sleep(_POLL)


@dataclass
class Walker:
    """One user in one room, over as many visits as it takes. Times are on Trio's clock."""

    server: Server
    room_id: str
    user_id: str
    lane: int
    form: str = "binary"
    tab: str = field(default="")
    sent: list[float] = field(default_factory=list)  # when step n went out, at n - 1
    start: Vector | None = None  # where it stood when it first came in
    place: Vector | None = None  # where the last join put it
    number: int = -1
    steps: dict[int, int] = field(default_factory=dict)  # newest step seen, by the user's number
    ticks: list[float] = field(default_factory=list)  # when frames of poses came
    present: set[str] = field(default_factory=set)
    came: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    standing: bool = False  # takes no further step of its own accord
    code: int | None = None  # how the last connection ended; None while it lives
    raw: RawSocket | None = None

    def __post_init__(self) -> None:
        self.tab = self.tab or f"tab of {self.user_id}"
        self.topic = f"room:{self.room_id}"
        self.sending = trio.Lock()
        self.entered = trio.Event()

    @property
    def here(self) -> bool:
        """It is in the room and connected."""
        return self.place is not None and self.code is None

    @property
    def returned(self) -> int:
        """The newest of its own steps that came back: the server has accepted it for sure."""
        return self.steps.get(self.number, 0)

    @property
    def local_port(self) -> int:
        """Its own end of the connection, by which a proxy knows it."""
        assert self.raw is not None
        return int(self.raw.socket.getsockname()[1])

    def step_at(self, place: Vector) -> int:
        """Which step this place is; 0 is where it first came in. Fails if it was never sent."""
        if place == self.start:
            return 0
        step = round(place[0] * STEPS_A_METRE)
        assert 1 <= step <= len(self.sent), f"{self.user_id} never was at {place}"
        assert place == pose_of(step, self.lane).position, f"{self.user_id} never was at {place}"
        return step

    def sent_before(self, moment: float) -> int:
        """The newest step that was sent at or before ``moment``; 0 if there was none."""
        return sum(1 for at in self.sent if at <= moment)

    # Its acts.

    async def visit(
        self,
        period: float = 0.0,
        port: int = 0,
        task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
    ) -> None:
        """Come in, step every ``period`` seconds (0: stand), and read until the connection ends.

        Starts once it is in the room. ``port`` is the proxy's, if it comes by one.
        """
        self.code = self.place = None
        self.entered = trio.Event()
        token = self.server.identity.sign_token(self.user_id)
        async with await connect(port or self.server.port, tls=self.server.tls) as raw:
            self.raw = raw
            await raw.send(upgrade(token=token))
            head = await raw.head()
            assert head is not None, "the server ended the connection"
            assert head.status == 101, head
            join = {"poses": self.form, "tab": self.tab}
            await raw.push(self.topic, "phx_join", join, ref="join", join_ref="join")
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._read, raw, nursery.cancel_scope)
                await self.entered.wait()
                task_status.started()
                if period:
                    nursery.start_soon(self._walk, period)

    async def step(self) -> None:
        """Send the next step."""
        await self._send(self.next_step())

    def next_step(self) -> bytes:
        """The frame of the next step, which counts as sent from now on."""
        self.sent.append(trio.current_time())
        record = pack_push(pose_of(len(self.sent), self.lane))
        return message(self.topic, "i_moved", record, join_ref="join")

    async def say_goodbye(self, code: int | None = None) -> None:
        """Close as a browser does: with this code, or without one. No step follows."""
        self.standing = True
        payload = b"" if code is None else close_payload(code)
        await self._send(client_frame(CLOSE, payload))

    async def _send(self, data: bytes) -> None:
        assert self.raw is not None
        async with self.sending:
            await self.raw.send_quietly(data)

    async def _walk(self, period: float) -> None:
        rng = random.Random(self.lane)
        await trio.sleep(rng.random() * period)  # not all at once
        while not self.standing:
            await self.step()
            await trio.sleep(period)

    async def _read(self, raw: RawSocket, scope: trio.CancelScope) -> None:
        code = ABNORMAL
        while (frame := await raw.frame()) is not None:
            opcode, payload = frame
            if opcode == CLOSE:
                code = close_code(payload)
            elif opcode == PING:
                await self._send(client_frame(PONG, payload))
            elif opcode == TEXT:
                _, _, _, event, content = json.loads(payload)
                self._take(event, content)
            elif opcode != PONG:
                self._see(read_binary(payload).payload)
        self.code = code
        scope.cancel()

    def _take(self, event: str, payload: Any) -> None:
        if event == "phx_reply":
            assert payload["status"] == "ok", payload
        elif event == "user_snapshot":
            self.present = set(payload)
            own = payload[self.user_id]
            self.number = own["n"]
            self.place = tuple(own["position"])
            self.start = self.start or self.place
            self.entered.set()
        elif event == "stoc":
            user_id = payload["payload"].get("user_id")
            if payload["event"] == "user_joined":
                self.present.add(user_id)
                self.came.append(user_id)
            elif payload["event"] == "user_left":
                self.present.discard(user_id)
                self.left.append(user_id)

    def _see(self, records: bytes) -> None:
        self.ticks.append(trio.current_time())
        for offset in range(0, len(records), HEAD_RECORD):
            number = int.from_bytes(records[offset + 1 : offset + 3], "little")
            x = int.from_bytes(records[offset + 3 : offset + 6], "little", signed=True)
            if x % _UNITS_A_STEP == 0:
                self.steps[number] = x // _UNITS_A_STEP


def crowd(server: Server, rooms: Iterable[str], each: int, first: int = 1) -> list[Walker]:
    """``each`` new walkers for every room, every one on a lane of its own, from ``first`` on."""
    places = [room_id for room_id in rooms for _ in range(each)]
    return [
        Walker(server, room_id, f"user{lane:04}", lane)
        for lane, room_id in enumerate(places, start=first)
    ]


async def enter(nursery: trio.Nursery, walkers: Iterable[Walker], *options: Any) -> None:
    """Let all come in, several at a time; they stay in ``nursery``."""
    turns = trio.CapacityLimiter(20)

    async def one(walker: Walker) -> None:
        async with turns:
            await nursery.start(walker.visit, *options)

    async with trio.open_nursery() as entering:
        for walker in walkers:
            entering.start_soon(one, walker)


def assert_no_fault(server: Server) -> None:
    """The server runs and has met no error of its own."""
    assert server.alive, server.log
    assert "Traceback" not in server.log, server.log


async def make_rooms(database: Path, count: int) -> list[str]:
    """Rooms in a database that no server uses yet."""
    async with open_store(database) as store:
        return [await store.create_room(f"room {n}", {}) for n in range(count)]


def stored(database: Path) -> Mapping[tuple[str, str], Vector]:
    """Every stored position by room and user, as another program reads them."""
    with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as db:
        rows = db.execute("SELECT room_id, user_id, x, y, z FROM poses").fetchall()
    return {(room_id, user_id): (x, y, z) for room_id, user_id, x, y, z in rows}


def unstored(database: Path, walkers: Iterable[Walker]) -> list[str]:
    """Those whose last step is not in the database, and what is there."""
    poses = stored(database)
    missing = []
    for walker in walkers:
        place = poses.get((walker.room_id, walker.user_id))
        if place != pose_of(len(walker.sent), walker.lane).position:
            missing.append(f"{walker.user_id} at step {len(walker.sent)} is stored at {place}")
    return missing
