"""How people leave a room, and who is not let in."""

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from tests.rooms.fake_client import FakeClient, at
from tests.rooms.gated_store import HALL, GatedStore
from tests.rooms.house import open_house
from xr.roles import Role
from xr.rooms.tenure import Tenure
from xr.wire.refusals import Refused


async def test_a_blip_is_no_leave_and_join(autojump_clock: MockClock) -> None:
    async with open_house(grace=5) as house:
        bob, ann = FakeClient("bob"), FakeClient("ann", tab="t")
        await house.enter(bob)
        await house.enter(ann)
        ann.move(4)
        await trio.sleep(1)
        bob.told()
        ann.leave(goodbye=False)
        await trio.sleep(4.9)
        again = FakeClient("ann", tab="t")
        await house.enter(again)
        await trio.sleep(30)
        assert bob.told() == []
        assert again.told()[0][1]["ann"] == 4


async def test_after_the_grace_a_lost_user_has_left(autojump_clock: MockClock) -> None:
    async with open_house(grace=5) as house:
        bob, ann = FakeClient("bob"), FakeClient("ann")
        await house.enter(bob)
        room = await house.enter(ann)
        await trio.sleep(1)
        bob.told()
        ann.leave(goodbye=False)
        await trio.sleep(4.99)
        assert bob.told() == []
        assert room.users == 2
        await trio.sleep(0.02)
        assert bob.told() == [("left", "ann")]
        assert room.users == 1


async def test_graces_end_one_by_one(autojump_clock: MockClock) -> None:
    async with open_house(grace=5) as house:
        bob = FakeClient("bob")
        await house.enter(bob)
        lost = [FakeClient(f"u{number}") for number in range(3)]
        for client in lost:
            await house.enter(client)
        await trio.sleep(1)
        bob.told()
        for client in lost:
            client.leave(goodbye=False)
            await trio.sleep(1)
        for client in lost:
            assert bob.told() == []
            await trio.sleep(2.5 if client is lost[0] else 1)
            assert bob.told() == [("left", client.user_id)]


async def test_without_a_grace_a_lost_user_leaves_at_once(autojump_clock: MockClock) -> None:
    async with open_house(grace=0) as house:
        bob, ann = FakeClient("bob"), FakeClient("ann")
        await house.enter(bob)
        await house.enter(ann)
        bob.told()
        ann.leave(goodbye=False)
        await trio.sleep(0.1)
        assert bob.told()[-1] == ("left", "ann")


async def test_a_pose_after_the_leave_brings_nobody_back(autojump_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store) as house:
        bob, ann = FakeClient("bob"), FakeClient("ann")
        await house.enter(bob)
        await house.enter(ann)
        ann.move(1)
        ann.leave()
        ann.move(2)
        await trio.sleep(0.1)
        ann.move(3)
        await trio.sleep(10)
        assert bob.told()[-1] == ("left", "ann")
        assert (await store.stored_x())["ann"] == 1
        assert house.metrics.poses == 1


async def test_who_goes_while_the_join_is_on_its_way_was_never_there(
    autojump_clock: MockClock,
) -> None:
    async with open_house() as house:
        bob, ann = FakeClient("bob"), FakeClient("ann")
        room = await house.enter(bob)
        bob.told()
        ann.room = await house.lobby.join(HALL, ann)
        ann.leave(goodbye=False)
        await trio.sleep(20)
        assert bob.told() == []
        assert ann.heard == []
        assert not room.snapshot.expects
        assert house.metrics.members == 1
        assert house.metrics.joins == 1


@pytest.mark.parametrize("goodbye", [True, False])
async def test_who_goes_while_joining_anew_goes_as_from_the_earlier_place(
    goodbye: bool, autojump_clock: MockClock
) -> None:
    """The socket joins its topic again and dies: with goodbye at once, else after the grace."""
    async with open_house(grace=5) as house:
        bob, old = FakeClient("bob"), FakeClient("ann")
        await house.enter(bob)
        await house.enter(old)
        await trio.sleep(0.1)
        bob.told()
        new = FakeClient("ann")
        new.room = await house.lobby.join(HALL, new, old)
        new.leave(goodbye=goodbye)
        old.leave(goodbye=True)
        await trio.sleep(4)
        assert bob.told() == ([("left", "ann")] if goodbye else [])
        await trio.sleep(2)
        assert bob.told() == ([] if goodbye else [("left", "ann")])


# Refusals


async def test_a_full_room_refuses_newcomers_and_takes_them_when_one_has_left(
    autojump_clock: MockClock,
) -> None:
    async with open_house(limit=2) as house:
        ann, bob, cat = (FakeClient(user) for user in ("ann", "bob", "cat"))
        await house.enter(ann)
        room = await house.enter(bob)
        await house.enter(cat)
        assert cat.told() == [("refused", "room is full")]
        assert cat.gone
        assert cat not in room.members
        await house.enter(FakeClient("ann"))  # a second tab needs no place
        bob.leave()
        await trio.sleep(0.1)
        cat = FakeClient("cat")
        await house.enter(cat)
        assert cat.told()[0][0] == "welcome"
        assert house.metrics.joins == 4


async def test_in_a_full_room_who_would_leave_first_gives_way(autojump_clock: MockClock) -> None:
    """They leave as everybody does, and when they are back they stand where they stood."""
    async with open_house(limit=3, grace=5.0) as house:
        ann, bob, cat, dan, eve = (FakeClient(user) for user in ("ann", "bob", "cat", "dan", "eve"))
        for client in (ann, bob, cat):
            await house.enter(client)
        bob.move(7)
        cat.leave(goodbye=False)
        await trio.sleep(1)
        bob.leave(goodbye=False)
        await trio.sleep(0.1)
        ann.told()
        await house.enter(dan)  # in the place of cat, who was lost first
        assert dan.told()[0][0] == "welcome"
        await house.enter(eve)
        assert eve.told()[0][0] == "welcome"
        await trio.sleep(0.1)
        told = [(what, who) for what, who in ann.told() if what in ("left", "joined")]
        assert told[0] == ("left", "cat")
        assert [what for what, _ in told] == ["left", "joined", "left", "joined"]
        assert told[2] == ("left", "bob")
        assert (await house.store.stored_x())["bob"] == 7
        bob = FakeClient("bob")
        await house.enter(bob)
        assert bob.told() == [("refused", "room is full")]  # nobody is in grace any more
        await trio.sleep(10)
        assert [what for what, _ in ann.told() if what == "left"] == []  # no grace ends twice
        eve.leave(goodbye=True)
        bob = FakeClient("bob")
        await house.enter(bob)
        assert bob.told()[0][1]["bob"] == 7


async def test_a_second_tab_that_lives_is_no_grace(autojump_clock: MockClock) -> None:
    async with open_house(limit=1, grace=5.0) as house:
        first, second, bob = FakeClient("ann"), FakeClient("ann"), FakeClient("bob")
        await house.enter(first)
        await house.enter(second)
        first.leave(goodbye=False)
        await house.enter(bob)
        assert bob.told() == [("refused", "room is full")]
        await house.enter(FakeClient("ann"))  # whose own place it is
        assert house.lobby.present() == {HALL: 1}


async def test_there_is_no_such_room(autojump_clock: MockClock) -> None:
    async with open_house() as house:
        for _ in range(2):
            with pytest.raises(Refused, match="no such room"):
                await house.lobby.join("nowhere", FakeClient("ann"))
        assert house.lobby.present() == {}
        await house.store.create_room("Later", {})
        house.store.add_room("nowhere", "Now here", {})
        await house.enter(FakeClient("ann"), "nowhere")


async def test_a_room_that_cannot_be_read_refuses_until_it_can(autojump_clock: MockClock) -> None:
    async with open_house() as house:
        house.store.failures["load_room"] = OSError("the disk is gone")
        with pytest.raises(Refused, match="cannot be read now, try again"):
            await house.lobby.join(HALL, FakeClient("ann"))
        house.store.failures.clear()
        await house.enter(FakeClient("ann"))


async def test_a_pose_that_cannot_be_read_refuses_rather_than_overwrites(
    autojump_clock: MockClock,
) -> None:
    store = GatedStore()
    await store.save_poses(Tenure(HALL), {"ann": at(1)})
    async with open_house(store) as house:
        store.failures["load_visit"] = OSError("the disk is gone")
        with pytest.raises(Refused, match="cannot be read now, try again"):
            await house.lobby.join(HALL, FakeClient("ann"))
        await trio.sleep(20)
        assert await store.stored_x() == {"ann": 1}
        store.failures.clear()
        ann = FakeClient("ann")
        await house.enter(ann)
        assert ann.told() == [("welcome", {"ann": 1.0})]


async def test_who_is_known_to_the_room_comes_in_as_before_while_nothing_can_be_read(
    autojump_clock: MockClock,
) -> None:
    async with open_house() as house:
        room_id = await house.store.create_room("A room", {}, made_by="ann")
        ann, again = (FakeClient("ann") for _ in range(2))
        await house.enter(ann, room_id)
        assert ann.standing.role is Role.OWNER
        house.store.failures["load_visit"] = OSError("the disk is gone")
        await house.enter(again, room_id)
        assert again.standing.role is Role.OWNER
        assert again.told() == ann.told()


async def test_two_who_ask_for_a_closed_room_open_it_once(autojump_clock: MockClock) -> None:
    async with open_house() as house:
        gate = house.store.shut("load_room")
        clients = [FakeClient(f"u{number}") for number in range(5)]
        async with trio.open_nursery() as nursery:
            for client in clients:
                nursery.start_soon(house.enter, client)
            await wait_all_tasks_blocked()
            assert house.lobby.present() == {}
            gate.set()
        assert house.store.calls.count("load_room") == 1
        assert len({client.room for client in clients}) == 1
        assert house.lobby.present() == {HALL: 5}
