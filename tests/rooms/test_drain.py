"""The server stops: no newcomers, all poses on disk, and an end in due time."""

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from tests.rooms.fake_client import FakeClient
from tests.rooms.gated_store import HALL, LOCKED, GatedStore
from tests.rooms.house import open_house
from xr.wire.refusals import Refused


async def test_a_drain_writes_all_poses_and_returns(autojump_clock: MockClock) -> None:
    store = GatedStore(HALL, "garden")
    async with open_house(store) as house:
        ann, bob = FakeClient("ann"), FakeClient("bob")
        await house.enter(ann)
        await house.enter(bob, "garden")
        ann.move(1)
        bob.move(2)
        start = trio.current_time()
        house.lobby.drain()
        with pytest.raises(Refused, match="the server is restarting"):
            await house.lobby.join(HALL, FakeClient("cat"))
    assert trio.current_time() - start < 1
    assert await store.stored_x(HALL) == {"ann": 1}
    assert await store.stored_x("garden") == {"bob": 2}
    assert ann.told()[-1] == bob.told()[-1] == ("failed", None)


async def test_a_drain_tries_to_write_for_three_seconds(
    autojump_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_house() as house:
        ann = FakeClient("ann")
        await house.enter(ann)
        ann.move(1)
        house.store.failures["save_poses"] = LOCKED
        house.lobby.drain()
        await trio.sleep(2)
        assert house.lobby.running
        house.store.failures.clear()
        await trio.sleep(0.3)
        assert not house.lobby.running
        assert await house.store.stored_x() == {"ann": 1}
    assert "poses.lost" not in caplog.text


@pytest.mark.parametrize("trouble", ["fails", "hangs"])
async def test_a_drain_that_cannot_write_ends_all_the_same_and_says_so(
    trouble: str, autojump_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_house() as house:
        ann = FakeClient("ann")
        await house.enter(ann)
        if trouble == "fails":
            house.store.failures["save_poses"] = LOCKED
        else:
            house.store.shut("save_poses")
        house.lobby.drain()
        await trio.sleep(2.9)
        assert house.lobby.running
        await trio.sleep(0.3)
        assert not house.lobby.running
    assert "poses.lost room=hall count=1" in caplog.text


async def test_a_drain_stops_a_room_that_is_about_to_open(autojump_clock: MockClock) -> None:
    async with open_house() as house:
        gate = house.store.shut("load_room")
        async with trio.open_nursery() as nursery:

            async def enter() -> None:
                with pytest.raises(Refused, match="the server is restarting"):
                    await house.enter(FakeClient("ann"))

            nursery.start_soon(enter)
            await wait_all_tasks_blocked()
            house.lobby.drain()
            gate.set()
        await trio.sleep(0.1)
        assert not house.lobby.running


async def test_who_waits_for_a_room_to_end_is_refused_when_the_server_stops(
    autojump_clock: MockClock,
) -> None:
    async with open_house() as house:
        ann = FakeClient("ann")
        room = await house.enter(ann)
        gate = house.store.shut("save_poses")
        room.stop()
        await trio.sleep(0.1)
        async with trio.open_nursery() as nursery:

            async def enter() -> None:
                with pytest.raises(Refused, match="the server is restarting"):
                    await house.enter(FakeClient("bob"))

            nursery.start_soon(enter)
            await wait_all_tasks_blocked()
            house.lobby.drain()
            gate.set()


async def test_a_lobby_that_does_not_run_refuses(autojump_clock: MockClock) -> None:
    async with open_house() as house:
        pass
    assert not house.lobby.running
    with pytest.raises(Refused, match="the server is restarting"):
        await house.lobby.join(HALL, FakeClient("ann"))
    house.lobby.drain()  # a second time does nothing
