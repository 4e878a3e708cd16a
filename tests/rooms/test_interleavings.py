"""Many visits at a time in every order that the scheduler's seeds give.

All that each client heard, from its welcome on, must add up to the truth: no gap, no older pose,
nobody joined twice or left twice, and in the end everybody sees the room as its snapshot knows it.
"""

import random
from itertools import count

import pytest
import trio
from trio.testing import MockClock

from tests.rooms.fake_client import FakeClient, at
from tests.rooms.gated_store import HALL, GatedStore
from tests.rooms.house import House, open_house
from tests.rooms.stage import watch
from tests.tasks import seeded
from xr.rooms.tenure import Tenure

SEEDS = 500
USERS = ("ann", "bob", "cat", "dan")


class Crowd:
    """Visitors who come, move, lag, reconnect and go. Poses grow with time, so that older ones
    are lower."""

    def __init__(self, house: House, seed: int) -> None:
        self.house = house
        self.rng = random.Random(seed)
        self.clock = count(1)
        self.clients: list[FakeClient] = []
        self.stands = dict.fromkeys(USERS, 0.5)

    async def pause(self) -> None:
        """A moment, or the time of a tick or so."""
        if self.rng.random() < 0.5:
            await trio.lowlevel.checkpoint()
        else:
            await trio.sleep(self.rng.choice([0.0, 0.001, 0.03, 0.06]))

    async def enter(self, user: str, tab: str | None, replaces: FakeClient | None) -> FakeClient:
        client = FakeClient(user, tab=tab, form=self.rng.choice(["json", "batch", "binary"]))
        self.clients.append(client)
        await self.house.enter(client, replaces=replaces)
        if replaces is not None:
            replaces.leave()
        return client

    def move(self, client: FakeClient) -> None:
        x = float(next(self.clock))
        client.move(x)
        if not client.gone:
            self.stands[client.user_id] = x

    async def visit(self, user: str) -> None:
        """Come and go a few times, with and without goodbye."""
        tab = self.rng.choice([None, f"tab of {user}"])
        earlier: FakeClient | None = None
        for _ in range(3):
            await self.pause()
            client = await self.enter(user, tab, earlier)
            for _ in range(self.rng.randrange(4)):
                await self.pause()
                self.move(client)
                if self.rng.random() < 0.3:
                    client.lags = True
                elif client.lags:
                    client.catch_up()
            await self.pause()
            earlier = None
            match self.rng.randrange(3):
                case 0:
                    client.leave(goodbye=True)
                case 1:
                    client.leave(goodbye=False)
                case 2:
                    earlier = client


@pytest.mark.parametrize("first", range(0, SEEDS, 50))
def test_whoever_comes_late_sees_the_truth(first: int) -> None:
    for seed in range(first, first + 50):
        with seeded(seed):
            trio.run(_one_afternoon, seed, clock=MockClock(autojump_threshold=0))


async def _one_afternoon(seed: int) -> None:
    store = GatedStore()
    await store.save_poses(Tenure(HALL), {user: at(0.5) for user in USERS})
    idle = (0.0, 0.02, 30.0)[seed % 3]  # rooms that end between two visits are among them
    async with open_house(store, grace=0.05, idle=idle, tick=0.02, seed=seed) as house:
        crowd = Crowd(house, seed)
        with trio.fail_after(60):
            async with trio.open_nursery() as nursery:
                for user in USERS:
                    nursery.start_soon(crowd.visit, user)
        await trio.sleep(1)
        here = [client for client in crowd.clients if not client.gone]
        for client in here:
            client.catch_up()
        await trio.sleep(1)
        room = await house.enter(last := FakeClient("eve"))
        await trio.sleep(1)
        truth = watch(last.heard)
        assert set(truth) == {client.user_id for client in here} | {"eve"}
        assert {user: room.snapshot.previous(user).position[0] for user in truth} == truth  # type: ignore[union-attr]
        for client in crowd.clients:
            view = watch(client.heard)
            if client in here:
                assert view == truth, f"{client.ref} sees {view}"
        stands = truth | {
            user: x for user, x in (await store.stored_x()).items() if user not in truth
        }
        assert {user: stands[user] for user in USERS} == crowd.stands
        refs = {client.ref for client in here} | {last.ref}
        assert {ref for refs_ in last.connections.values() for ref in refs_} == refs
        assert house.metrics.members == len(here) + 1
