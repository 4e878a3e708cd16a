"""Visits to a room through the lobby: who hears what of whom, and where people stand."""

import math

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from tests.rooms.parts import HALL, FakeClient, TryStore, at, open_house
from xr.errors import JoinRefused
from xr.rooms.room import spawn_point


async def test_a_visit_from_join_to_leave(autojump_clock: MockClock) -> None:
    store = TryStore()
    await store.save_poses(HALL, {"ann": at(1), "bob": at(2)})
    async with open_house(store) as house:
        ann, bob = FakeClient("ann"), FakeClient("bob")
        await house.enter(ann)
        await house.enter(bob)
        assert ann.told() == [("welcome", {"ann": 1.0}), ("joined", {"bob": 2.0})]
        assert bob.told() == [("welcome", {"ann": 1.0, "bob": 2.0})]
        ann.move(3)
        await trio.sleep(0.1)
        assert ann.told() == bob.told() == [("moved", {"ann": 3.0})]
        ann.leave()
        await trio.sleep(0.1)
        assert bob.told() == [("left", "ann")]
        assert await store.standing() == {"ann": 3, "bob": 2}  # written when she left
        assert house.lobby.present() == {HALL: 1}
        ann = FakeClient("ann")
        await house.enter(ann)
        assert ann.told() == [("welcome", {"ann": 3.0, "bob": 2.0})]


async def test_presence_is_told_of_connections(autojump_clock: MockClock) -> None:
    async with open_house() as house:
        ann = FakeClient("ann", ref="a1")
        await house.enter(ann)
        assert ann.connections == {"ann": ("a1",)}
        bob = FakeClient("bob", ref="b1")
        second = FakeClient("ann", ref="a2")
        await house.enter(bob)
        await house.enter(second)
        assert second.connections == {"ann": ("a1", "a2"), "bob": ("b1",)}
        bob.leave()
        await trio.sleep(0.1)
        assert [value for what, value in ann.heard if what == "changed"] == [
            {"joins": {"bob": ["b1"]}, "leaves": {}},
            {"joins": {"ann": ["a2"]}, "leaves": {}},
            {"joins": {}, "leaves": {"bob": ["b1"]}},
        ]


async def test_a_newcomer_without_a_pose_appears_near_the_spawn_point(
    autojump_clock: MockClock,
) -> None:
    async with open_house() as house:
        clients = [FakeClient(f"u{number}") for number in range(12)]
        for client in clients:
            room = await house.enter(client)
        positions = list(room.snapshot.occupied())
        assert len(positions) == 12
        for number, (x, y, z) in enumerate(positions):
            assert math.hypot(x - 10, z - 20) <= 3
            assert y == 1.7
            for other in positions[:number]:
                assert math.dist((x, z), (other[0], other[2])) >= 0.6 - 1e-9


@pytest.mark.parametrize(
    ("entities", "point"),
    [
        ({}, (0.0, 0.0, 0.0)),
        ({"box": {"position": [1, 2, 3]}}, (0.0, 0.0, 0.0)),
        ({"box": {"position": [1, 2, 3], "spawn_point": False}}, (0.0, 0.0, 0.0)),
        ({"box": {}, "spawn": {"spawn_point": True, "position": [4, 0, -5]}}, (4.0, 0.0, -5.0)),
        ({"spawn": {"spawn_point": True}}, (0.0, 0.0, 0.0)),
    ],
)
def test_the_spawn_point_is_the_entity_that_says_so_else_the_origin(
    entities: dict[str, dict[str, object]], point: tuple[float, float, float]
) -> None:
    assert spawn_point(entities) == point


async def test_a_room_may_always_spawn(autojump_clock: MockClock) -> None:
    store = TryStore()
    await store.save_poses(HALL, {"ann": at(-500)})
    await store.set_always_spawn(HALL, True)
    async with open_house(store) as house:
        ann = FakeClient("ann")
        await house.enter(ann)
        (what, places) = ann.told()[0]
        assert what == "welcome"
        assert 7 <= places["ann"] <= 13
        assert "load_pose" not in store.calls
        ann.move(-400)
        ann.leave()
        await trio.sleep(0.1)
        again = FakeClient("ann")
        await house.enter(again)
        assert 7 <= again.told()[0][1]["ann"] <= 13


async def test_poses_are_kept_by_room(autojump_clock: MockClock) -> None:
    store = TryStore(HALL, "garden")
    async with open_house(store) as house:
        here, there = FakeClient("ann"), FakeClient("ann")
        await house.enter(here)
        await house.enter(there, "garden")
        here.move(1)
        there.move(2)
        here.leave()
        there.leave()
    assert await store.standing(HALL) == {"ann": 1}
    assert await store.standing("garden") == {"ann": 2}


# Several connections of one user


async def test_two_tabs_are_one_user_until_the_last_is_gone(autojump_clock: MockClock) -> None:
    async with open_house() as house:
        bob = FakeClient("bob")
        await house.enter(bob)
        one, two = FakeClient("ann", tab="t1"), FakeClient("ann", tab="t2")
        await house.enter(one)
        await house.enter(two)
        one.move(1)
        two.move(2)
        await trio.sleep(0.1)
        one.move(3)
        await trio.sleep(0.1)
        assert [line for line in bob.told()[1:] if line[0] != "joined"] == [
            ("moved", {"ann": 2.0}),
            ("moved", {"ann": 3.0}),
        ]
        one.leave()
        await trio.sleep(20)
        assert bob.told() == []
        two.leave()
        await trio.sleep(0.1)
        assert bob.told() == [("left", "ann")]


@pytest.mark.parametrize("how", ["tab", "replaces"])
async def test_a_reconnect_supersedes_without_leave_and_join(
    how: str, autojump_clock: MockClock
) -> None:
    async with open_house() as house:
        bob = FakeClient("bob")
        await house.enter(bob)
        old = FakeClient("ann", ref="old", tab="t" if how == "tab" else None)
        await house.enter(old)
        old.move(7)
        await trio.sleep(0.1)
        bob.heard.clear()
        new = FakeClient("ann", ref="new", tab=old.tab)
        await house.enter(new, replaces=old if how == "replaces" else None)
        await trio.sleep(0.1)
        assert bob.heard == [("changed", {"joins": {"ann": ["new"]}, "leaves": {"ann": ["old"]}})]
        assert new.connections == {"bob": (bob.ref,), "ann": ("new",)}
        assert new.told()[0][1]["ann"] == 7  # no lost pose
        assert old.told()[-1] == ("dismissed", None)
        assert old.gone
        old.move(9)  # a pose after its connection left
        old.leave(goodbye=False)
        await trio.sleep(20)
        assert new.told() == []
        assert bob.told() == []
        assert house.metrics.members == 2


async def test_one_tab_leaves_another_tab_alone(autojump_clock: MockClock) -> None:
    async with open_house() as house:
        one, two, plain = (FakeClient("ann", tab=tab) for tab in ("t1", "t2", None))
        for client in (one, two, plain, FakeClient("ann"), FakeClient("bob", tab="t1")):
            await house.enter(client)
        assert not one.gone
        assert not two.gone
        assert not plain.gone


# Leaving


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
    store = TryStore()
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
        assert (await store.standing())["ann"] == 1
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


async def test_there_is_no_such_room(autojump_clock: MockClock) -> None:
    async with open_house() as house:
        for _ in range(2):
            with pytest.raises(JoinRefused, match="no such room"):
                await house.lobby.join("nowhere", FakeClient("ann"))
        assert house.lobby.present() == {}
        await house.store.create_room("Later", {})
        house.store.add_room("nowhere", "Now here", {})
        await house.enter(FakeClient("ann"), "nowhere")


async def test_a_room_that_cannot_be_read_refuses_until_it_can(autojump_clock: MockClock) -> None:
    async with open_house() as house:
        house.store.failures["load_room"] = OSError("the disk is gone")
        with pytest.raises(JoinRefused, match="cannot be read now, try again"):
            await house.lobby.join(HALL, FakeClient("ann"))
        house.store.failures.clear()
        await house.enter(FakeClient("ann"))


async def test_a_pose_that_cannot_be_read_refuses_rather_than_overwrites(
    autojump_clock: MockClock,
) -> None:
    store = TryStore()
    await store.save_poses(HALL, {"ann": at(1)})
    async with open_house(store) as house:
        store.failures["load_pose"] = OSError("the disk is gone")
        with pytest.raises(JoinRefused, match="cannot be read now, try again"):
            await house.lobby.join(HALL, FakeClient("ann"))
        await trio.sleep(20)
        assert await store.standing() == {"ann": 1}
        store.failures.clear()
        ann = FakeClient("ann")
        await house.enter(ann)
        assert ann.told() == [("welcome", {"ann": 1.0})]


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
        assert set(house.lobby.members()) == set(clients)
