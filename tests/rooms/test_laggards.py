"""Clients that take no frames for a while, and what they hear then."""

import random

import pytest
import trio
from trio.testing import MockClock

from tests.rooms.fake_client import FakeClient
from tests.rooms.stage import Stage, attach, moved, running, watch
from xr.events import UserLeft


def test_a_laggard_gets_no_tick_frames_but_joins_and_leaves() -> None:
    stage = Stage()
    ann, bob = FakeClient("ann"), FakeClient("bob")
    stage.audience(ann, bob)
    bob.lags = True
    stage.tick(moved("ann", 1), stage.joins("cat"), moved("cat", 2))
    stage.tick(moved("ann", 3), UserLeft("cat"))
    assert bob.told() == [("joined", {"cat": 0.0}), ("left", "cat")]
    assert ann.told()[-2:] == [("moved", {"ann": 3.0}), ("left", "cat")]


def test_a_laggard_catches_up_with_one_frame_of_its_own() -> None:
    stage = Stage()
    ann, bob = FakeClient("ann"), FakeClient("bob")
    stage.audience(ann, bob, FakeClient("cat"))
    bob.lags = True
    stage.tick(moved("ann", 1), moved("cat", 1))
    stage.tick(moved("ann", 2))
    assert bob.frames == []
    bob.lags = False
    stage.tick(moved("cat", 3))
    assert bob.told() == [("moved", {"ann": 2.0, "cat": 3.0})]
    stage.tick(moved("ann", 4))
    assert bob.told() == [("moved", {"ann": 4.0})]


def test_all_frames_of_a_tick_have_one_time_and_so_has_the_one_that_catches_up() -> None:
    stage = Stage()
    ann, bob = FakeClient("ann"), FakeClient("bob", form="json")
    stage.audience(ann, bob, FakeClient("cat"))
    bob.lags = True
    for stage.now in (1.0, 2.0):
        stage.tick(moved("ann", 1), stage.joins(f"dan {stage.now}"), moved("ann", 2))
    stage.encoder.times.clear()
    bob.lags = False
    stage.now = 3.0
    stage.tick(moved("ann", 3), stage.joins("eve"), moved("ann", 4))
    assert len(stage.encoder.times) == 3  # a step in two forms, and what bob has missed
    assert set(stage.encoder.times) == {3.0}


def test_the_frame_of_a_laggard_has_its_own_form() -> None:
    stage = Stage()
    bob = FakeClient("bob", form="json")
    stage.audience(FakeClient("ann"), bob)
    bob.lags = True
    stage.tick(moved("ann", 1), moved("bob", 2))
    bob.lags = False
    stage.reflect()
    assert sorted(bob.told(), key=str) == [("moved", {"ann": 1.0}), ("moved", {"bob": 2.0})]
    assert len(bob.frames) == 1


def test_a_laggard_does_not_hear_of_moves_of_those_who_left() -> None:
    stage = Stage()
    bob = FakeClient("bob")
    stage.audience(FakeClient("ann"), bob)
    bob.lags = True
    stage.tick(moved("ann", 1))
    stage.tick(UserLeft("ann"))
    bob.lags = False
    stage.reflect()
    assert bob.told() == [("left", "ann")]


def test_a_laggard_sees_the_newest_pose_of_a_new_visit() -> None:
    stage = Stage()
    bob = FakeClient("bob")
    stage.audience(FakeClient("ann"), bob)
    bob.lags = True
    stage.tick(moved("ann", 1))
    stage.tick(UserLeft("ann"), stage.joins("ann", 5))
    bob.lags = False
    stage.reflect()
    assert bob.told() == [("left", "ann"), ("joined", {"ann": 5.0})]  # which says it all


async def test_a_laggard_hears_no_pose_of_a_visit_before_its_beginning(
    autojump_clock: MockClock,
) -> None:
    """The stream is read early for a newcomer; what a laggard is told must not run ahead."""
    stage = Stage(width=0.05)
    bob = FakeClient("bob")
    stage.audience(FakeClient("ann"), bob)
    bob.lags = True
    async with running(stage):
        await trio.sleep(0.99)
        stage.publish(moved("ann", 1))
        await trio.sleep(0.002)
        stage.publish(moved("ann", 2), UserLeft("ann"), stage.joins("ann", 5), stage.joins("cat"))
        stage.publish(attach(FakeClient("cat")), moved("ann", 6))
        await trio.sleep(0.001)
        bob.lags = False
        stage.reflector.backlog_sent(bob)
        await trio.sleep(0.1)
    heard = bob.told()
    assert [what for what, _ in heard] == ["left", "joined", "joined", "moved"]
    assert heard[-1] == ("moved", {"ann": 6.0})


def test_a_laggard_that_has_left_does_not_catch_up() -> None:
    stage = Stage()
    bob = FakeClient("bob")
    stage.audience(FakeClient("ann"), bob)
    bob.lags = True
    stage.tick(moved("ann", 1))
    stage.reflector.detach(bob)
    bob.lags = False
    stage.tick(moved("ann", 2))
    assert bob.told() == []


def test_who_lags_again_while_catching_up_is_given_only_what_is_new() -> None:
    stage = Stage()
    bob = FakeClient("bob")
    stage.audience(FakeClient("ann"), FakeClient("cat"), bob)
    bob.lags = True
    stage.tick(moved("ann", 1))
    bob.lags = False
    stage.reflect()
    assert bob.told() == [("moved", {"ann": 1.0})]
    bob.lags = True
    stage.tick(moved("cat", 2))
    bob.lags = False
    stage.reflect()
    assert bob.told() == [("moved", {"cat": 2.0})]


async def test_a_laggard_catches_up_when_the_stream_is_quiet(autojump_clock: MockClock) -> None:
    stage = Stage()
    ann, bob = FakeClient("ann"), FakeClient("bob")
    stage.audience(ann, bob)
    bob.lags = True
    async with running(stage):
        stage.publish(moved("ann", 1))
        await trio.sleep(1)
        assert bob.told() == []
        bob.lags = False
        stage.reflector.backlog_sent(bob)
        await trio.sleep(0.1)
        assert bob.told() == [("moved", {"ann": 1.0})]
        ticks = stage.metrics.ticks
        stage.reflector.backlog_sent(bob)  # lacks nothing
        stage.reflector.backlog_sent(FakeClient("stranger"))
        await trio.sleep(1)
    assert bob.told() == []
    assert stage.metrics.ticks == ticks


async def test_a_laggard_that_is_still_behind_when_woken_waits_on(
    autojump_clock: MockClock,
) -> None:
    stage = Stage()
    bob = FakeClient("bob")
    stage.audience(FakeClient("ann"), bob)
    bob.lags = True
    async with running(stage):
        stage.publish(moved("ann", 1))
        await trio.sleep(1)
        stage.reflector.backlog_sent(bob)
        await trio.sleep(1)
        assert bob.told() == []
        bob.lags = False
        stage.reflector.backlog_sent(bob)
        await trio.sleep(1)
    assert bob.told() == [("moved", {"ann": 1.0})]


@pytest.mark.parametrize("seed", range(40))
def test_every_client_ends_with_the_truth_however_it_lags(seed: int) -> None:
    rng = random.Random(seed)
    stage = Stage()
    clients = [FakeClient(f"u{n}", form=rng.choice(["batch", "json"])) for n in range(4)]
    views: dict[str, dict[str, float]] = {}
    for client in clients:
        stage.tick(stage.joins(client.user_id), attach(client))
    visitors: set[str] = set()
    for step in range(1, 200):
        user = rng.choice(["v1", "v2", "v3"])
        if rng.random() < 0.3:
            for client in clients:
                client.lags = rng.random() < 0.5
        if rng.random() < 0.2:
            visitors ^= {user}
            stage.publish(stage.joins(user, step) if user in visitors else UserLeft(user))
        elif user in visitors:
            stage.publish(moved(user, step))
        stage.publish(moved(rng.choice(clients).user_id, step))
        if rng.random() < 0.5:
            stage.reflect()
    for client in clients:
        client.lags = False
    stage.reflect()
    for client in clients:
        views[client.user_id] = watch(client.told())
    first, *others = views.values()
    assert set(first) == {client.user_id for client in clients} | visitors
    assert all(view == first for view in others)
