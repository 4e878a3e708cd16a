"""Visits to a room through the lobby: who hears what of whom, and where people stand."""

import math

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from tests.rooms.fake_client import FakeClient, at
from tests.rooms.gated_store import HALL, GatedStore
from tests.rooms.house import open_house
from xr.features import FEATURES
from xr.pose import Placement, Pose
from xr.rooms.asking import ask
from xr.rooms.spawn import spawn_point
from xr.rooms.tenure import Tenure
from xr.wire.refusals import Refused


async def test_a_visit_from_join_to_leave(autojump_clock: MockClock) -> None:
    store = GatedStore()
    await store.save_poses(Tenure(HALL), {"ann": at(1), "bob": at(2)})
    async with open_house(store) as house:
        ann, bob = FakeClient("ann"), FakeClient("bob")
        await house.enter(ann)
        await house.enter(bob)
        await trio.sleep(0.1)
        assert ann.told() == [("welcome", {"ann": 1.0}), ("joined", {"bob": 2.0})]
        assert bob.told() == [("welcome", {"ann": 1.0, "bob": 2.0})]
        ann.move(3)
        await trio.sleep(0.1)
        assert ann.told() == bob.told() == [("moved", {"ann": 3.0})]
        ann.leave()
        await trio.sleep(0.1)
        assert bob.told() == [("left", "ann")]
        assert await store.stored_x() == {"ann": 3, "bob": 2}  # written when she left
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
        positions = [pose.position for pose in room.snapshot.present_poses()]
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
    store = GatedStore()
    await store.save_poses(Tenure(HALL), {"ann": at(-500)})
    await store.save_options(Tenure(HALL), {"always_spawn": True})
    async with open_house(store) as house:
        ann = FakeClient("ann")
        await house.enter(ann)
        (what, places) = ann.told()[0]
        assert what == "welcome"
        assert 7 <= places["ann"] <= 13
        ann.move(-400)
        ann.leave()
        await trio.sleep(0.1)
        again = FakeClient("ann")
        await house.enter(again)
        assert 7 <= again.told()[0][1]["ann"] <= 13


async def test_an_open_room_learns_that_everybody_spawns_anew(autojump_clock: MockClock) -> None:
    store = GatedStore()
    await store.save_poses(Tenure(HALL), {user: at(-500) for user in ("ann", "bob", "cat")})
    async with open_house(store, features=FEATURES) as house:
        stands = []
        for user, always in (("ann", False), ("bob", True), ("cat", False)):
            await ask(house.lobby.supervisor, HALL, "set_room", {"always_spawn": always})
            client = FakeClient(user)
            await house.enter(client)
            stands.append(client.told()[0][1][user])
        assert stands[0] == stands[2] == -500
        assert 7 <= stands[1] <= 13


async def test_a_visit_begins_with_the_place_but_not_with_old_hands(
    autojump_clock: MockClock,
) -> None:
    store = GatedStore()
    there = at(-500)
    hand = Placement((1.0, 1.0, 1.0), there.rotation)
    await store.save_poses(Tenure(HALL), {"ann": Pose(there.position, there.rotation, hand, hand)})
    async with open_house(store) as house:
        room = await house.enter(FakeClient("ann"))
        assert room.snapshot.previous("ann") == there


async def test_poses_are_kept_by_room(autojump_clock: MockClock) -> None:
    store = GatedStore(HALL, "garden")
    async with open_house(store) as house:
        here, there = FakeClient("ann"), FakeClient("ann")
        await house.enter(here)
        await house.enter(there, "garden")
        here.move(1)
        there.move(2)
        here.leave()
        there.leave()
    assert await store.stored_x(HALL) == {"ann": 1}
    assert await store.stored_x("garden") == {"ann": 2}


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


async def test_of_two_joins_of_a_tab_the_one_that_was_asked_for_last_stays(
    autojump_clock: MockClock,
) -> None:
    """Though the store may answer the first one last."""
    async with open_house() as house:
        gate = house.store.shut("load_visit done")
        old, new = FakeClient("ann", tab="t"), FakeClient("ann", tab="t")
        async with trio.open_nursery() as nursery:
            nursery.start_soon(house.enter, old)
            await wait_all_tasks_blocked()
            del house.store.gates["load_visit done"]
            nursery.start_soon(house.enter, new)
            await wait_all_tasks_blocked()
            gate.set()
        await trio.sleep(0.1)
        assert old.gone
        assert not new.gone
        assert new.connections == {"ann": (new.ref,)}


async def test_a_third_join_waits_for_the_second_though_the_first_is_over(
    autojump_clock: MockClock,
) -> None:
    async with open_house() as house:
        clients = [FakeClient("ann", tab="t") for _ in range(3)]
        gates = [house.store.shut("load_visit done")]
        async with trio.open_nursery() as nursery:

            async def enter_and_be_refused() -> None:
                with pytest.raises(Refused):
                    await house.enter(clients[0])

            nursery.start_soon(enter_and_be_refused)
            await wait_all_tasks_blocked()
            clients[0].leave()
            nursery.start_soon(house.enter, clients[1])
            await wait_all_tasks_blocked()
            gates.append(house.store.shut("load_visit done"))
            gates[0].set()
            await wait_all_tasks_blocked()
            del house.store.gates["load_visit done"]
            nursery.start_soon(house.enter, clients[2])
            await wait_all_tasks_blocked()
            gates[1].set()
        await trio.sleep(0.1)
        assert [client.gone for client in clients] == [True, True, False]


async def test_one_tab_leaves_another_tab_alone(autojump_clock: MockClock) -> None:
    async with open_house() as house:
        one, two, plain = (FakeClient("ann", tab=tab) for tab in ("t1", "t2", None))
        for client in (one, two, plain, FakeClient("ann"), FakeClient("bob", tab="t1")):
            await house.enter(client)
        assert not one.gone
        assert not two.gone
        assert not plain.gone
