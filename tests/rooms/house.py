"""A lobby that runs on a store in memory, with all that it was made of."""

import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

import trio

from tests.rooms.fake_client import FakeClient, LineEncoder
from tests.rooms.gated_store import HALL, GatedStore
from xr.identity import Identity
from xr.metrics import Metrics
from xr.rooms.building import Building
from xr.rooms.feature import Feature
from xr.rooms.lobby import Lobby
from xr.rooms.passwords import Verify
from xr.rooms.room import Room
from xr.rooms.settings import RoomSettings


def mark(address: str) -> str:
    """A keyed hash of an address, as far as a test goes."""
    return f"mark of {address}"


SIGNER = Identity("a secret of tests only")


async def same(password: str, hashed: str | None) -> bool:
    """In these tests a password is its own hash, and compared at once."""
    await trio.lowlevel.checkpoint()
    return password == hashed


class House:
    """A lobby with its parts at hand."""

    def __init__(
        self,
        store: GatedStore,
        settings: RoomSettings,
        tick: float = 0.05,
        seed: int = 0,
        features: Sequence[type[Feature]] = (),
    ) -> None:
        self.store = store
        self.wall_time = 0.0  # unix seconds of when the clock of the test began
        self.verify: Verify = same
        self.metrics = Metrics()
        self.encoders: list[LineEncoder] = []
        settings = replace(settings, tick=tick)
        building = Building(
            store,
            self._encoder,
            settings,
            self.metrics,
            mark,
            SIGNER,
            features,
            self.wall_clock,
            self._compare,
        )
        self.lobby = Lobby(building, random.Random(seed))

    async def _compare(self, password: str, hashed: str | None) -> bool:
        return await self.verify(password, hashed)

    async def enter(
        self, client: FakeClient, room_id: str = HALL, replaces: FakeClient | None = None
    ) -> Room:
        """Bring a client in as a socket does, and wait for the room's answer."""
        client.room = await self.lobby.join(room_id, client, replaces, client.knock)
        await client.answered.wait()
        return client.room

    def wall_clock(self) -> float:
        """Unix seconds."""
        return self.wall_time + trio.current_time()

    def _encoder(self, room_id: str) -> LineEncoder:
        self.encoders.append(LineEncoder(room_id))
        return self.encoders[-1]


@asynccontextmanager
async def open_house(
    store: GatedStore | None = None,
    *,
    tick: float = 0.05,
    seed: int = 0,
    features: Sequence[type[Feature]] = (),
    **settings: float,
) -> AsyncIterator[House]:
    """A lobby that runs; it is drained at the end and must then return in due time."""
    limits = {"limit": int(settings.pop("limit", 100)), **settings}
    room_settings = RoomSettings(**limits)  # type: ignore[arg-type]
    house = House(store or GatedStore(), room_settings, tick, seed, features)
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
