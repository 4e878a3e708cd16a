"""A room opens with its first join and stops some time after its last leave."""

import logging
from contextlib import nullcontext

import pytest
import trio
from trio.testing import MockClock

from tests.rooms.fake_client import FakeClient
from tests.rooms.gated_store import HALL, LOCKED, GatedStore
from tests.rooms.house import open_house
from tests.tasks import seeded, tasks_of
from xr.rooms.supervisor import FRAMES_A_SECOND
from xr.wire.refusals import Refused


async def test_an_empty_room_stops_after_its_time_and_leaves_nothing(
    autojump_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with open_house(idle=30) as house:
        ann = FakeClient("ann")
        await house.enter(ann)
        assert tasks_of(HALL) == [
            "flush of room hall",
            "presence of room hall",
            "reflector of room hall",
            "room hall",
            "snapshot of room hall",
        ]
        await trio.sleep(100)
        ann.move(5)
        ann.leave()
        await trio.sleep(29.9)
        assert house.lobby.present() == {HALL: 0}
        await trio.sleep(0.2)
        assert house.lobby.present() == {}
        assert tasks_of(HALL) == []
        assert await house.store.stored_x() == {"ann": 5}
        again = FakeClient("ann")
        room = await house.enter(again)
        assert again.told() == [("welcome", {"ann": 5.0})]
        assert room is not ann.room
    assert [record.getMessage() for record in caplog.records] == [
        "room.opened room=hall",
        "room.ended room=hall unsaved=0",
    ] * 2


async def test_a_visit_in_between_starts_the_time_anew(autojump_clock: MockClock) -> None:
    async with open_house(idle=30) as house:
        first, second = FakeClient("ann"), FakeClient("ann")
        room = await house.enter(first)
        first.leave()
        await trio.sleep(20)
        assert await house.enter(second) is room
        second.leave()
        await trio.sleep(29)
        assert house.lobby.present() == {HALL: 0}
        await trio.sleep(2)
        assert house.lobby.present() == {}


async def test_a_grace_is_not_idle(autojump_clock: MockClock) -> None:
    async with open_house(idle=1, grace=20) as house:
        ann = FakeClient("ann")
        await house.enter(ann)
        ann.leave(goodbye=False)
        await trio.sleep(20.5)
        assert house.lobby.present() == {HALL: 0}
        await trio.sleep(1)
        assert house.lobby.present() == {}


async def test_a_join_on_its_way_keeps_a_room_open(autojump_clock: MockClock) -> None:
    async with open_house(idle=30) as house:
        first = FakeClient("ann")
        room = await house.enter(first)
        first.leave()
        await trio.sleep(29)
        gate = house.store.shut("load_visit")
        async with trio.open_nursery() as nursery:
            bob = FakeClient("bob")
            nursery.start_soon(house.enter, bob)
            await trio.sleep(100)
            assert house.lobby.present() == {HALL: 0}
            gate.set()
        assert bob.room is room
        assert bob.told()[0][0] == "welcome"


@pytest.mark.parametrize("how", ["refused", "cancelled", "gone"])
async def test_a_join_that_comes_to_nothing_does_not_keep_a_room_open(
    how: str, autojump_clock: MockClock
) -> None:
    async with open_house(idle=30) as house:
        gate = house.store.shut("load_visit")
        ann = FakeClient("ann")
        async with trio.open_nursery() as nursery:

            async def enter() -> None:
                with nullcontext() if how == "cancelled" else pytest.raises(Refused):
                    await house.enter(ann)

            nursery.start_soon(enter)
            await trio.sleep(40)  # past the time at which the room would have stopped
            assert house.lobby.present() == {HALL: 0}
            if how == "cancelled":
                nursery.cancel_scope.cancel()
            elif how == "refused":
                house.store.failures["load_visit"] = LOCKED
            else:
                ann.leave()
            gate.set()
        await trio.sleep(29)
        assert house.lobby.present() == {HALL: 0}
        await trio.sleep(2)
        assert house.lobby.present() == {}
        assert house.metrics.members == 0


async def test_a_room_that_cannot_write_stays_open_until_it_can(autojump_clock: MockClock) -> None:
    async with open_house(idle=30) as house:
        ann = FakeClient("ann")
        await house.enter(ann)
        house.store.failures["save_poses"] = LOCKED
        ann.move(5)
        ann.leave()
        await trio.sleep(300)
        assert house.lobby.present() == {HALL: 0}
        assert house.lobby.failing == [HALL]
        house.store.failures.clear()
        await trio.sleep(40)
        assert house.lobby.present() == {}
        assert house.lobby.failing == []
        assert await house.store.stored_x() == {"ann": 5}


async def test_a_join_into_a_closing_room_waits_and_gets_a_new_one(
    autojump_clock: MockClock,
) -> None:
    async with open_house(idle=30) as house:
        ann, bob = FakeClient("ann"), FakeClient("bob")
        room = await house.enter(ann)
        gate = house.store.shut("save_poses")
        ann.move(4)
        ann.leave()
        await trio.sleep(30.5)
        assert room.life.closing  # its last flush stands at the gate
        async with trio.open_nursery() as nursery:
            nursery.start_soon(house.enter, bob)
            await trio.sleep(1)
            assert bob.room is None
            gate.set()
        assert bob.room is not room
        assert bob.told()[0][0] == "welcome"
        assert await house.store.stored_x() == {"ann": 4}


@pytest.mark.parametrize("seed", range(30))
def test_rooms_without_an_idle_time_still_take_joins(seed: int) -> None:
    async def visit() -> None:
        async with open_house(idle=0) as house:
            for step in range(3):
                ann = FakeClient("ann")
                with trio.fail_after(5):
                    await house.enter(ann)
                ann.move(step)
                ann.leave()
                await trio.sleep(0.1)
                assert house.lobby.present() == {}
                assert await house.store.stored_x() == {"ann": step}

    with seeded(seed):
        trio.run(visit, clock=MockClock(autojump_threshold=0))


async def test_a_tick_widens_with_the_clients_of_all_rooms(autojump_clock: MockClock) -> None:
    store = GatedStore(HALL, "garden")
    async with open_house(store, tick=0.05, limit=0) as house:
        assert house.lobby.supervisor.tick() == 0
        for number in range(10):
            await house.enter(FakeClient(f"u{number}"), (HALL, "garden")[number % 2])
        assert house.lobby.supervisor.tick() == pytest.approx(10 / FRAMES_A_SECOND)
        assert house.lobby.supervisor.tick() < 0.005
        for number in range(190):
            await house.enter(FakeClient(f"v{number}"))
        assert house.lobby.supervisor.tick() == 0.05
        await house.enter(FakeClient("w"))
        assert house.lobby.supervisor.tick() == 0.05
