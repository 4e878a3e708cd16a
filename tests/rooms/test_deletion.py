"""Rooms that are deleted, and poses that are forgotten, do not come back."""

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from tests.rooms.fake_client import FakeClient, at
from tests.rooms.gated_store import HALL, LOCKED, GatedStore
from tests.rooms.house import open_house
from tests.tasks import tasks_of
from xr.rooms.tenure import Tenure
from xr.wire.refusals import Refused


async def test_a_deleted_room_ends_and_nobody_comes_back(autojump_clock: MockClock) -> None:
    async with open_house() as house:
        ann, bob = FakeClient("ann"), FakeClient("bob")
        await house.enter(ann)
        await house.enter(bob)
        await house.store.delete_room(HALL)
        await house.lobby.close(HALL)
        assert ann.told()[-1] == bob.told()[-1] == ("dismissed", None)
        assert ("failed", None) not in ann.heard + bob.heard
        assert house.lobby.present() == {}
        assert tasks_of(HALL) == []
        with pytest.raises(Refused, match="no such room"):
            await house.lobby.join(HALL, FakeClient("ann"))
        assert await house.store.stored_x() == {}
        assert house.metrics.members == 0


async def test_a_deleted_room_that_cannot_write_is_not_opened_again(
    autojump_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_house() as house:
        ann = FakeClient("ann")
        await house.enter(ann)
        ann.move(3)
        house.store.failures["save_poses"] = LOCKED
        await house.store.delete_room(HALL)
        await house.lobby.close(HALL)
        await trio.sleep(10)
        assert house.lobby.present() == {}
        assert house.lobby.failing == []
        assert house.store.calls.count("load_room") == 1
    assert "poses.lost" not in caplog.text


async def test_closing_a_room_that_is_not_open_does_nothing(autojump_clock: MockClock) -> None:
    async with open_house() as house:
        await house.lobby.close(HALL)
        await house.lobby.close("nowhere")
        assert house.store.calls == []


async def test_closing_a_room_that_opens_waits_for_it(autojump_clock: MockClock) -> None:
    async with open_house() as house:
        gate = house.store.shut("load_room")
        ann = FakeClient("ann")

        async def enter() -> None:
            with pytest.raises(Refused, match="no such room"):
                await house.enter(ann)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(enter)
            await wait_all_tasks_blocked()
            await house.store.delete_room(HALL)
            nursery.start_soon(house.lobby.close, HALL)
            await wait_all_tasks_blocked()
            gate.set()
        assert house.lobby.present() == {}


async def test_a_room_that_was_read_before_it_was_deleted_ends_too(
    autojump_clock: MockClock,
) -> None:
    async with open_house() as house:
        gate = house.store.shut("load_room done")
        ann = FakeClient("ann")

        async def enter() -> None:
            with pytest.raises(Refused, match="no such room"):
                await house.enter(ann)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(enter)
            await wait_all_tasks_blocked()
            await house.store.delete_room(HALL)
            nursery.start_soon(house.lobby.close, HALL)
            await wait_all_tasks_blocked()
            gate.set()
        assert house.lobby.present() == {}


async def test_a_room_that_opens_may_be_told_things(autojump_clock: MockClock) -> None:
    async with open_house() as house:
        await house.store.save_poses(Tenure(HALL), {"ann": at(-500)})
        gate = house.store.shut("load_room done")
        ann = FakeClient("ann")
        async with trio.open_nursery() as nursery:
            nursery.start_soon(house.enter, ann)
            await wait_all_tasks_blocked()
            house.lobby.forget_user("bob")
            gate.set()
        assert ann.told() == [("welcome", {"ann": -500.0})]


async def test_one_broken_client_does_not_keep_a_deleted_room_from_the_others(
    autojump_clock: MockClock,
) -> None:
    async with open_house() as house:
        clients = [FakeClient(f"u{number}") for number in range(4)]
        for client in clients:
            await house.enter(client)
        clients[1].broken = {"dismiss", "fail"}
        await house.lobby.close(HALL)
        for client in (clients[0], clients[2], clients[3]):
            assert client.told()[-1] == ("dismissed", None)


# Forgetting


async def test_a_pose_that_is_forgotten_while_it_is_read_is_not_used(
    autojump_clock: MockClock,
) -> None:
    store = GatedStore()
    await store.save_poses(Tenure(HALL), {"ann": at(-500)})
    async with open_house(store) as house:
        gate = store.shut("load_visit done")
        ann = FakeClient("ann")
        async with trio.open_nursery() as nursery:
            nursery.start_soon(house.enter, ann)
            await wait_all_tasks_blocked()
            house.lobby.forget_user("ann")
            await store.forget_user("ann")
            gate.set()
        assert 7 <= ann.told()[0][1]["ann"] <= 13  # near the spawn point
        assert store.calls.count("load_visit") == 2


@pytest.mark.parametrize("room_id", [None, HALL])
async def test_forgetting_reaches_open_rooms(
    room_id: str | None, autojump_clock: MockClock
) -> None:
    async with open_house() as house:
        ann, bob = FakeClient("ann"), FakeClient("bob")
        await house.enter(bob)
        await house.enter(ann)
        house.store.failures["save_poses"] = LOCKED
        ann.move(5)
        ann.leave()
        await trio.sleep(1)
        if room_id is None:
            house.lobby.forget_user("ann")
        else:
            house.lobby.forget_pose("ann", room_id)
        house.lobby.forget_pose("bob", "garden")
        house.store.failures.clear()
        await trio.sleep(10)
        assert "ann" not in await house.store.stored_x()
        assert "bob" in await house.store.stored_x()
