"""A room that fails: what its clients hear, what is on disk, and that others do not notice."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from tests.rooms.fake_client import FakeClient, at
from tests.rooms.gated_store import HALL, LOCKED, GatedStore
from tests.rooms.house import House, open_house
from tests.tasks import tasks_of
from xr.errors import RoomFault
from xr.events import UserLeft, UserMoved
from xr.profile import default_profile
from xr.rooms import presence, stream
from xr.rooms.room import Room
from xr.rooms.supervisor import REOPEN
from xr.rooms.tenure import Tenure
from xr.wire.record import AnyPose
from xr.wire.refusals import Refused


async def fail_encoder(house: House, room: Room, client: FakeClient) -> None:
    house.encoders[-1].broken = True
    client.move(7)


async def fail_stream(house: House, room: Room, client: FakeClient) -> None:
    client.move(7)
    room.stream.publish(UserLeft("a stranger"))


Break = Callable[[House, Room, FakeClient], Awaitable[None]]
BREAKS = [fail_encoder, fail_stream]


@pytest.mark.parametrize("fail", BREAKS)
async def test_a_room_that_fails_tells_its_clients_and_opens_afresh(
    fail: Break, autojump_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    store = GatedStore(HALL, "garden")
    async with open_house(store) as house:
        cat = FakeClient("cat")
        await house.enter(cat, "garden")
        ann, bob = FakeClient("ann"), FakeClient("bob")
        room = await house.enter(ann)
        await house.enter(bob)
        await fail(house, room, ann)
        await trio.sleep(0.1)
        assert ann.told()[-1] == bob.told()[-1] == ("failed", None)
        assert house.lobby.present() == {"garden": 1}
        assert tasks_of(HALL) == []
        assert house.metrics.room_crashes == 1
        assert house.metrics.members == 1
        assert (await store.stored_x())["ann"] == 7
        crashes = [record for record in caplog.records if "room.crashed" in record.getMessage()]
        assert len(crashes) == 1
        assert crashes[0].getMessage().startswith("room.crashed room=hall")
        assert crashes[0].exc_info is not None
        # the other room goes on, and so does this one
        cat.told()
        cat.move(1)
        again = FakeClient("ann")
        fresh = await house.enter(again)
        await trio.sleep(0.1)
        assert fresh is not room
        assert again.told() == [("welcome", {"ann": 7.0})]
        assert cat.told() == [("moved", {"cat": 1.0})]


async def test_a_store_with_a_fault_of_its_own_fails_the_room_and_loses_nothing(
    autojump_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    """Not locked and not full, which is waited for, but an error that nobody foresaw."""
    async with open_house() as house:
        ann = FakeClient("ann")
        await house.enter(ann)
        ann.move(7)
        house.store.failures["save_poses"] = ZeroDivisionError("a fault of ours")
        await trio.sleep(5.1)
        assert ann.told()[-1] == ("failed", None)
        assert house.lobby.present() == {HALL: 0}  # opened again, to write what is left
        await trio.sleep(20)
        assert house.metrics.room_crashes == 5  # one for each try
        house.store.failures.clear()
        await trio.sleep(5)
        assert await house.store.stored_x() == {"ann": 7}
        assert caplog.text.count("room.crashed room=hall") == 5


async def test_a_join_that_a_failing_room_has_not_answered_is_told_too(
    autojump_clock: MockClock,
) -> None:
    async with open_house() as house:
        ann, bob = FakeClient("ann"), FakeClient("bob")
        room = await house.enter(ann)
        room.stream.publish(UserLeft("a stranger"))
        bob.room = await house.lobby.join(HALL, bob)
        with trio.fail_after(5):
            await bob.answered.wait()
        await trio.sleep(0.1)
        assert bob.told()[-1] == ("failed", None)
        assert house.metrics.members == 0


class SlowDisk(GatedStore):
    """A write that has begun goes on, as a thread does, when the room is cancelled."""

    async def save_poses(self, tenure: Tenure, poses: Mapping[str, AnyPose]) -> None:
        with trio.CancelScope(shield=True):
            await super().save_poses(tenure, poses)


async def test_a_room_that_fails_while_it_writes_takes_no_more_joins(
    autojump_clock: MockClock,
) -> None:
    async with open_house(SlowDisk()) as house:
        ann, bob = FakeClient("ann"), FakeClient("bob")
        room = await house.enter(ann)
        gate = house.store.shut("save_poses")
        ann.move(7)
        await trio.sleep(5)
        room.stream.publish(UserLeft("a stranger"))
        await trio.sleep(0.1)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(house.enter, bob)
            await trio.sleep(0.1)
            answered = ann.heard[-1][0] == "failed" or bob.answered.is_set()
            gate.set()
        assert not answered
        assert ann.told()[-1] == ("failed", None)
        assert bob.told()[0][0] == "welcome"
        assert house.lobby.present() == {HALL: 1}


async def test_poses_that_a_failing_room_cannot_write_pass_to_the_next(
    autojump_clock: MockClock,
) -> None:
    async with open_house() as house:
        ann = FakeClient("ann")
        room = await house.enter(ann)
        ann.move(7)
        house.store.failures["save_poses"] = LOCKED
        room.stream.publish(UserLeft("a stranger"))
        await trio.sleep(0.1)
        assert ann.told()[-1] == ("failed", None)
        assert house.lobby.present() == {HALL: 0}  # opened again by itself, to write them
        house.store.failures["load_visit"] = LOCKED
        again = FakeClient("ann")
        await house.enter(again)  # needs nothing from the store
        assert again.told() == [("welcome", {"ann": 7.0})]
        house.store.failures.clear()
        await trio.sleep(6)
        assert await house.store.stored_x() == {"ann": 7}


async def test_poses_are_kept_while_the_room_cannot_be_opened_again(
    autojump_clock: MockClock,
) -> None:
    async with open_house() as house:
        await strand(house, "ann")
        assert house.lobby.failing == [HALL]
        with pytest.raises(Refused, match="cannot be read now"):
            await house.lobby.join(HALL, FakeClient("bob"))
        house.store.failures.clear()
        bob = FakeClient("bob")
        await house.enter(bob)
        await trio.sleep(6)
        assert (await house.store.stored_x())["ann"] == 7
        assert house.lobby.failing == []


async def test_a_room_that_could_not_be_opened_again_is_tried_until_its_poses_are_written(
    autojump_clock: MockClock,
) -> None:
    async with open_house() as house:
        await strand(house, "ann")
        assert house.lobby.statistics().unsaved == 1
        await trio.sleep(REOPEN * 3.5)
        assert house.store.calls.count("load_room") == 1 + 1 + 3  # once at a time
        with pytest.raises(Refused):
            await house.lobby.join(HALL, FakeClient("bob"))  # starts no second row of tries
        await trio.sleep(REOPEN * 1.8)
        assert house.store.calls.count("load_room") == 1 + 1 + 3 + 1 + 2
        house.store.failures.clear()
        await trio.sleep(REOPEN + 6)
        assert house.lobby.statistics().unsaved == 0
        assert await house.store.stored_x() == {"ann": 7}


async def test_a_room_whose_poses_were_forgotten_is_not_tried_again(
    autojump_clock: MockClock,
) -> None:
    async with open_house() as house:
        await strand(house, "ann")
        house.lobby.forget_user("ann")
        house.store.failures.clear()
        await trio.sleep(REOPEN * 3)
        assert house.lobby.present() == {}


async def test_a_drain_writes_what_was_kept_of_a_room_that_is_not_open(
    autojump_clock: MockClock,
) -> None:
    async with open_house() as house:
        await strand(house, "ann")
        house.store.failures.clear()
        house.lobby.drain()
        await trio.sleep(0.1)
        assert not house.lobby.running
        assert await house.store.stored_x() == {"ann": 7}


async def test_a_drain_says_what_was_lost_of_a_room_that_is_not_open(
    autojump_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_house() as house:
        await strand(house, "ann")
    assert "poses.lost room=hall count=1" in caplog.text


@pytest.mark.parametrize("room_id", [None, HALL])
async def test_what_is_kept_of_a_room_can_be_forgotten(
    room_id: str | None, autojump_clock: MockClock
) -> None:
    async with open_house() as house:
        await strand(house, "ann", "bob")
        if room_id is None:
            house.lobby.forget_user("ann")
        else:
            house.lobby.forget_pose("ann", room_id)
        house.lobby.forget_pose("bob", "garden")
        house.store.failures.clear()
        await house.enter(FakeClient("cat"))
        await trio.sleep(6)
        assert set(await house.store.stored_x()) == {"bob", "cat"}


async def test_nothing_is_kept_of_a_room_whose_last_pose_was_forgotten(
    autojump_clock: MockClock,
) -> None:
    async with open_house() as house:
        await strand(house, "ann")
        house.lobby.forget_user("stranger")
        assert house.lobby.failing == [HALL]
        house.lobby.forget_user("ann")
        assert house.lobby.failing == []


@pytest.mark.parametrize("how", ["told", "found"])
async def test_what_is_kept_of_a_room_goes_when_the_room_is_deleted(
    how: str, autojump_clock: MockClock
) -> None:
    async with open_house() as house:
        await strand(house, "ann")
        house.store.failures.clear()
        await house.store.delete_room(HALL)
        if how == "told":
            await house.lobby.close(HALL)
        else:
            with pytest.raises(Refused, match="no such room"):
                await house.lobby.join(HALL, FakeClient("bob"))
        assert house.lobby.failing == []


async def strand(house: House, *users: str) -> None:
    """Let the room fail while its store does too: nothing written, and not opened again."""
    clients = [FakeClient(user) for user in users]
    for client in clients:
        room = await house.enter(client)
        client.move(7)
    house.store.failures |= {"save_poses": LOCKED, "load_room": LOCKED}
    room.stream.publish(UserLeft("a stranger"))
    await trio.sleep(0.1)
    assert house.lobby.present() == {}


@pytest.mark.parametrize("seconds", [0.5, 60])
async def test_a_failing_room_waits_three_seconds_for_its_last_flush(
    seconds: float, autojump_clock: MockClock
) -> None:
    async with open_house() as house:
        ann = FakeClient("ann")
        room = await house.enter(ann)
        ann.move(7)
        gate = house.store.shut("save_poses")
        room.stream.publish(UserLeft("a stranger"))
        await trio.sleep(0.1)
        assert room.life.closing
        assert house.lobby.present() == {HALL: 1}
        with trio.move_on_after(seconds):
            await trio.sleep(2.8)
        if seconds < 3:
            gate.set()
            await trio.sleep(0.1)
            assert await house.store.stored_x() == {"ann": 7}
        else:
            await trio.sleep(0.3)
            gate.set()
            assert ann.told()[-1] == ("failed", None)
            await trio.sleep(6)
            assert await house.store.stored_x() == {"ann": 7}  # by the next run of the room


async def test_a_room_that_cannot_even_be_made_refuses(
    autojump_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_house() as house:
        odd: Any = {"s": "no components"}
        house.store.add_room("odd", "Odd", odd)
        for _ in range(2):
            with pytest.raises(Refused, match="the room failed"):
                await house.lobby.join("odd", FakeClient("ann"))
        assert house.metrics.room_crashes == 2
        assert "room.crashed room=odd" in caplog.text
        await house.enter(FakeClient("ann"))


@pytest.mark.parametrize("method", ["fail", "refuse", "dismiss"])
async def test_a_client_that_raises_at_the_end_of_a_room_harms_nobody_else(
    method: str, autojump_clock: MockClock
) -> None:
    async with open_house(limit=2) as house:
        ann, bob, cat = FakeClient("ann", tab="t"), FakeClient("bob"), FakeClient("cat")
        for client in (ann, bob, cat):
            client.broken = {method} if client is not bob else set()
        room = await house.enter(ann)
        await house.enter(bob)
        if method == "refuse":
            cat.room = await house.lobby.join(HALL, cat)
        elif method == "dismiss":
            await house.enter(FakeClient("ann", tab="t"))
        else:
            room.stream.publish(UserLeft("a stranger"))
        await trio.sleep(0.1)
        assert house.lobby.running
        if method == "fail":
            assert bob.told()[-1] == ("failed", None)
        else:
            bob.move(3)
            await trio.sleep(0.1)
            assert bob.told()[-1] == ("moved", {"bob": 3.0})


# Full channels


async def test_too_many_commands_end_the_room_and_not_who_sent_them(
    autojump_clock: MockClock,
) -> None:
    async with open_house(limit=0) as house:
        ann = FakeClient("ann")
        room = await house.enter(ann)
        crowd = [FakeClient(f"u{number}") for number in range(presence.COMMANDS + 2)]
        for client in crowd:
            client.room = room
            with room.expecting(client.user_id) as hand_over:
                hand_over(client, None, default_profile(client.user_id))
        assert room.life.closing
        await trio.sleep(0.1)
        assert ann.told()[-1] == ("failed", None)
        assert all(client.gone for client in crowd)
        assert house.metrics.room_crashes == 1
        assert house.metrics.members == 0
        await house.enter(FakeClient("bob"))


async def test_too_many_events_end_the_room_and_not_who_moved(autojump_clock: MockClock) -> None:
    async with open_house() as house:
        ann, bob = FakeClient("ann"), FakeClient("bob")
        room = await house.enter(ann)
        await house.enter(bob)
        await trio.sleep(10)
        for number in range(stream.INBOX):
            room.stream.publish(UserMoved(f"u{number}", 0, at(0)))
        ann.move(3)
        assert room.life.closing
        with pytest.raises(RoomFault):
            room.stream.publish(UserMoved("one more", 0, at(0)))
        await trio.sleep(0.1)
        assert ann.told()[-1] == bob.told()[-1] == ("failed", None)
        assert house.metrics.room_crashes == 1


async def test_who_leaves_a_room_that_has_ended_does_no_harm(autojump_clock: MockClock) -> None:
    async with open_house() as house:
        ann = FakeClient("ann")
        room = await house.enter(ann)
        room.stop()
        await wait_all_tasks_blocked()
        assert ann.gone
        room.leave(ann, goodbye=True)
        room.moved(ann, at(1))
        room.backlog_sent(ann)
        await trio.sleep(1)
        assert house.lobby.present() == {}
        assert house.metrics.members == 0
