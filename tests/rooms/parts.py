"""A client, an encoder and a store for the tests of rooms, and the lobby put together with them.

Poses of these tests differ by ``x`` alone, so that what a client heard reads at a glance:
``("moved", {"ann": 3.0})``.
"""

import random
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from itertools import count
from typing import Any

import msgspec
import trio
from trio._core import _run as scheduler

from xr.errors import StoreError
from xr.events import ConnectionsChanged, Event, UserJoined, UserLeft, UserMoved
from xr.metrics import Metrics
from xr.pose import Pose
from xr.roles import Capability, Role, may
from xr.rooms.entities import Entities
from xr.rooms.feature import MakeFeature
from xr.rooms.lobby import Lobby
from xr.rooms.protocols import ComponentChanges, Form, RoomRecord
from xr.rooms.room import Building, Room, RoomSettings
from xr.rooms.roster import Roster
from xr.rooms.tenure import Tenure
from xr.store.memory import MemoryStore
from xr.wire.record import AnyPose, unpack
from xr.wire.refusals import Refused

HALL = "hall"
ENTITIES: Entities = {"spawn": {"spawn_point": True, "position": [10.0, 0.0, 20.0]}}

LOCKED = StoreError("the database is locked")

Line = tuple[str, Any]


def at(x: float) -> Pose:
    """Somebody standing ``x`` metres along."""
    return Pose((x, 1.7, 0.0), (0.0, 0.0, 0.0, 1.0))


def refs_of(roster: Roster) -> dict[str, tuple[str, ...]]:
    """The refs of everybody's connections."""
    return {user_id: tuple(user.connections) for user_id, user in roster.users.items()}


class LineEncoder:
    """Frames that are lines of JSON: what happened, and to whom."""

    def __init__(self, room_id: str = HALL) -> None:
        self.room_id = room_id
        self.encoded: list[tuple[Form, dict[str, float]]] = []
        self.broken = False

    def single(self, form: Form, event: Event) -> bytes:
        if isinstance(event, UserJoined):
            return _line("joined", {event.user_id: unpack(event.pose).position[0]})
        if isinstance(event, UserLeft):
            return _line("left", event.user_id)
        if isinstance(event, ConnectionsChanged):
            return _line("changed", {"joins": event.joins, "leaves": event.leaves})
        return _line(event.wire, event.payload())

    def merged(self, form: Form, events: Mapping[str, Event]) -> bytes:
        if self.broken:
            raise ZeroDivisionError("the encoder is broken")
        moves = {key: event for key, event in events.items() if isinstance(event, UserMoved)}
        if not moves:
            return b"".join(self.single(form, event) for event in events.values())
        places = {user_id: unpack(event.pose).position[0] for user_id, event in moves.items()}
        self.encoded.append((form, places))
        if form == "json":
            return b"".join(_line("moved", {user: x}) for user, x in places.items())
        return _line("moved", places)


def _line(what: str, value: object) -> bytes:
    return msgspec.json.encode((what, value)) + b"\n"


_refs = count(1)


class FakeClient:
    """A membership that writes down what it is told, and leaves as a real one does."""

    def __init__(
        self, user_id: str, ref: str | None = None, tab: str | None = None, form: Form = "batch"
    ) -> None:
        self.user_id = user_id
        self.ref = ref or f"{user_id}-{next(_refs)}"
        self.tab = tab
        self.form: Form = form
        self.gone = False
        self.role = Role.GUEST
        self.state: dict[str, Any] = {}
        self.room: Room | None = None
        self.heard: list[Line] = []
        self.frames: list[bytes] = []
        self.numbers: dict[str, int] = {}
        self.connections: dict[str, tuple[str, ...]] = {}
        self.lags = False
        self.broken: set[str] = set()
        self.answered = trio.Event()

    # What the room calls.

    @property
    def behind(self) -> bool:
        self._maybe_break("behind")
        return self.lags

    def may(self, capability: Capability | None) -> bool:
        return may(self.role, capability)

    def welcome(self, state: Sequence[tuple[str, bytes]]) -> None:
        self._maybe_break("welcome")
        self.state = {event: msgspec.json.decode(payload) for event, payload in state}
        users = self.state["user_snapshot"]
        self.entities = self.state["snapshot"]
        self.numbers = {user_id: user["n"] for user_id, user in users.items()}
        self.connections = {
            user_id: tuple(meta["phx_ref"] for meta in metas["metas"])
            for user_id, metas in self.state["presence_state"].items()
        }
        self._hear(("welcome", {user_id: user["position"][0] for user_id, user in users.items()}))

    def send(self, frames: bytes) -> None:
        self._maybe_break("send")
        self.frames.append(frames)
        for line in frames.splitlines():
            what, value = msgspec.json.decode(line)
            self._hear((what, value))

    def refuse(self, refusal: Refused) -> None:
        self._maybe_break("refuse")
        if not self.gone:
            self._hear(("refused", refusal.reason))
            self.leave()

    def dismiss(self) -> None:
        self._maybe_break("dismiss")
        if not self.gone:
            self._hear(("dismissed", None))
            self.leave()

    def fail(self) -> None:
        self._maybe_break("fail")
        if not self.gone:
            self._hear(("failed", None))
            self.leave(goodbye=False)

    # What the tests do.

    def leave(self, *, goodbye: bool = True) -> None:
        if not self.gone:
            self.gone = True
            if self.room is not None:
                self.room.leave(self, goodbye=goodbye)

    def move(self, x: float) -> None:
        assert self.room is not None
        self.room.moved(self, at(x))

    def catch_up(self) -> None:
        """Its connection takes frames again."""
        self.lags = False
        if self.room is not None:
            self.room.drained(self)

    def told(self) -> list[Line]:
        """What it heard since the last time, presence apart."""
        heard, self.heard = self.heard, []
        return [line for line in heard if line[0] != "changed"]

    def _hear(self, line: Line) -> None:
        self.heard.append(line)
        self.answered.set()

    def _maybe_break(self, method: str) -> None:
        if method in self.broken:
            raise ZeroDivisionError(f"{method} of {self.user_id} is broken")


class TryStore(MemoryStore):
    """A store in memory whose methods wait at gates and fail on demand.

    A gate is called like the method; with `` done`` behind, it stands at the method's end.
    """

    def __init__(self, *rooms: str) -> None:
        super().__init__(now=lambda: 0.0)
        self.gates: dict[str, trio.Event] = {}
        self.failures: dict[str, Exception] = {}
        self.calls: list[str] = []
        self.saved: list[dict[str, float]] = []
        for room_id in rooms or (HALL,):
            self.add_room(room_id, room_id, ENTITIES)

    def shut(self, gate: str) -> trio.Event:
        """Shut a gate; to set the event opens it for good."""
        self.gates[gate] = trio.Event()
        return self.gates[gate]

    async def load_room(self, room_id: str) -> RoomRecord | None:
        await self._enter("load_room")
        record = await super().load_room(room_id)
        await self._pass("load_room done")
        return record

    async def load_pose(self, room_id: str, user_id: str) -> Pose | None:
        await self._enter("load_pose")
        pose = await super().load_pose(room_id, user_id)
        await self._pass("load_pose done")
        return pose

    async def save_poses(self, tenure: Tenure, poses: Mapping[str, AnyPose]) -> None:
        await self._enter("save_poses")
        await super().save_poses(tenure, poses)
        self.saved.append({user: unpack(pose).position[0] for user, pose in poses.items()})
        await self._pass("save_poses done")

    async def save_components(self, tenure: Tenure, changes: ComponentChanges) -> None:
        await self._enter("save_components")
        await super().save_components(tenure, changes)

    async def standing(self, room_id: str = HALL) -> dict[str, float]:
        """Where everybody stands who was written down."""
        return {user_id: pose.position[0] for user_id, pose in (await self.poses(room_id)).items()}

    async def _enter(self, name: str) -> None:
        self.calls.append(name)
        await self._pass(name)
        if name in self.failures:
            raise self.failures[name]

    async def _pass(self, name: str) -> None:
        if name in self.gates:
            await self.gates[name].wait()


class House:
    """A lobby with its parts at hand."""

    def __init__(
        self,
        store: TryStore,
        settings: RoomSettings,
        tick: float = 0.05,
        seed: int = 0,
        features: Sequence[MakeFeature] = (),
    ) -> None:
        self.store = store
        self.metrics = Metrics()
        self.encoders: list[LineEncoder] = []
        settings = replace(settings, tick=tick)
        building = Building(store, self._encoder, settings, self.metrics, features)
        self.lobby = Lobby(building, random.Random(seed))

    async def enter(
        self, client: FakeClient, room_id: str = HALL, replaces: FakeClient | None = None
    ) -> Room:
        """Bring a client in as a socket does, and wait for the room's answer."""
        client.room = await self.lobby.join(room_id, client, replaces)
        await client.answered.wait()
        return client.room

    def _encoder(self, room_id: str) -> LineEncoder:
        self.encoders.append(LineEncoder(room_id))
        return self.encoders[-1]


@asynccontextmanager
async def open_house(
    store: TryStore | None = None,
    *,
    tick: float = 0.05,
    seed: int = 0,
    features: Sequence[MakeFeature] = (),
    **settings: float,
) -> AsyncIterator[House]:
    """A lobby that runs; it is drained at the end and must then return in due time."""
    limits = {"limit": int(settings.pop("limit", 100)), **settings}
    room_settings = RoomSettings(**limits)  # type: ignore[arg-type]
    house = House(store or TryStore(), room_settings, tick, seed, features)
    ended = trio.Event()

    async def keep(task_status: trio.TaskStatus[None]) -> None:
        await house.lobby.run(task_status)
        ended.set()

    async with trio.open_nursery() as nursery:
        await nursery.start(keep)
        yield house
        house.lobby.drain()
        with trio.fail_after(10):
            await ended.wait()
    assert not house.lobby.running
    assert house.lobby.present() == {}
    statistics = house.lobby.statistics()
    assert (statistics.rooms, statistics.members, statistics.joining) == (0, 0, 0)


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Trio picks the order of its tasks by this seed. A failure says which seed it was."""
    assert scheduler._ALLOW_DETERMINISTIC_SCHEDULING, "pytest-trio no longer asks for it"
    state = scheduler._r.getstate()
    scheduler._r.seed(seed)
    try:
        yield
    except BaseException as error:
        error.add_note(f"the seed was {seed}")
        raise
    finally:
        scheduler._r.setstate(state)


def tasks_of(room_id: str) -> list[str]:
    """Names of the tasks that run for a room."""
    return sorted(task.name for task in _tasks() if room_id in task.name.split())


def _tasks() -> Iterator[trio.lowlevel.Task]:
    root = trio.lowlevel.current_root_task()
    assert root is not None
    waiting = [root]
    while waiting:
        task = waiting.pop()
        yield task
        waiting += [child for nursery in task.child_nurseries for child in nursery.child_tasks]
