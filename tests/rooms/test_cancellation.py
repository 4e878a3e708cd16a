"""Every await of joining, running and ending a room, cancelled: nothing stays, nothing is lost."""

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from tests.rooms.fake_client import FakeClient, at
from tests.rooms.gated_store import HALL, GatedStore
from tests.rooms.house import House, open_house
from tests.tasks import tasks_of
from xr.rooms.settings import RoomSettings
from xr.rooms.tenure import Tenure


async def cancelled(house: House, client: FakeClient) -> None:
    """Let a client wait to get in, and call it off."""
    async with trio.open_nursery() as nursery:
        nursery.start_soon(house.enter, client)
        await wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()
    assert client.room is None
    assert client.heard == []


async def assert_not_in(house: House, client: FakeClient) -> None:
    """The client is nowhere, and the room takes others and ends as if it had never come."""
    assert house.metrics.members == 0
    bob = FakeClient("bob")
    with trio.fail_after(5):
        room = await house.enter(bob)
    assert set(bob.connections) == {"bob"}
    assert room.members == {bob}
    assert not room.snapshot.expects
    bob.leave()
    await trio.sleep(31)
    assert house.lobby.present() == {}
    assert tasks_of(HALL) == []
    assert house.metrics.members == 0


@pytest.mark.parametrize("gate", ["load_room", "load_visit", "load_visit done"])
async def test_a_join_that_is_cancelled_while_the_store_is_asked(
    gate: str, autojump_clock: MockClock
) -> None:
    async with open_house() as house:
        opened = house.store.shut(gate)
        ann = FakeClient("ann")
        await cancelled(house, ann)
        opened.set()
        await assert_not_in(house, ann)


async def test_a_join_that_is_cancelled_does_not_take_others_along(
    autojump_clock: MockClock,
) -> None:
    async with open_house() as house:
        opened = house.store.shut("load_room")
        ann, bob = FakeClient("ann"), FakeClient("bob")
        async with trio.open_nursery() as nursery:
            nursery.start_soon(house.enter, bob)
            await cancelled(house, ann)
            opened.set()
        assert set(bob.connections) == {"bob"}


async def test_a_join_that_is_cancelled_while_a_room_ends(autojump_clock: MockClock) -> None:
    async with open_house() as house:
        first, ann = FakeClient("cat"), FakeClient("ann")
        room = await house.enter(first)
        gate = house.store.shut("save_poses")
        room.stop()
        await cancelled(house, ann)
        gate.set()
        await trio.sleep(1)
        await assert_not_in(house, ann)


async def test_a_join_that_is_cancelled_keeps_nothing_of_a_pose(autojump_clock: MockClock) -> None:
    store = GatedStore()
    await store.save_poses(Tenure(HALL), {"ann": at(1)})
    async with open_house(store) as house:
        gate = store.shut("load_visit done")
        ann = FakeClient("ann")
        await cancelled(house, ann)
        gate.set()
        again = FakeClient("ann")
        await house.enter(again)
        assert again.told() == [("welcome", {"ann": 1.0})]


async def test_closing_a_room_may_be_called_off_and_goes_on(autojump_clock: MockClock) -> None:
    async with open_house() as house:
        ann = FakeClient("ann")
        await house.enter(ann)
        gate = house.store.shut("save_poses")
        async with trio.open_nursery() as nursery:
            nursery.start_soon(house.lobby.close, HALL)
            await wait_all_tasks_blocked()
            nursery.cancel_scope.cancel()
        assert ann.told()[-1] == ("dismissed", None)
        gate.set()
        await trio.sleep(0.1)
        assert house.lobby.present() == {}


@pytest.mark.parametrize("moment", ["opening", "open", "writing", "idle"])
async def test_a_lobby_that_is_cancelled_ends_with_all_poses_written(
    moment: str, autojump_clock: MockClock
) -> None:
    store = GatedStore()
    house = House(store, RoomSettings())
    clients = [FakeClient("ann"), FakeClient("bob")]
    async with trio.open_nursery() as nursery:
        await nursery.start(house.lobby.run)
        if moment == "opening":
            store.shut("load_room")
            with trio.move_on_after(1):
                await house.enter(clients[0])
        else:
            for client in clients:
                await house.enter(client)
                client.move(7)
        if moment == "writing":
            gate = store.shut("save_poses")
            await trio.sleep(6)
            for client in clients:
                client.move(8)
            nursery.cancel_scope.cancel()
            gate.set()
        elif moment == "idle":
            for client in clients:
                client.leave()
            await trio.sleep(1)
        nursery.cancel_scope.cancel()
    assert not house.lobby.running
    assert house.lobby.present() == {}
    assert house.metrics.members == 0
    x = {"opening": None, "writing": 8}.get(moment, 7)
    assert await store.stored_x() == ({} if x is None else {"ann": x, "bob": x})
    if moment in ("open", "writing"):
        assert all(client.told()[-1] == ("failed", None) for client in clients)


async def test_a_lobby_that_is_cancelled_waits_three_seconds_for_the_store(
    autojump_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    store = GatedStore()
    house = House(store, RoomSettings())
    async with trio.open_nursery() as nursery:
        await nursery.start(house.lobby.run)
        await house.enter(FakeClient("ann"))
        store.shut("save_poses")
        start = trio.current_time()
        nursery.cancel_scope.cancel()
    assert trio.current_time() - start == pytest.approx(3)
    assert "poses.lost room=hall count=1" in caplog.text
