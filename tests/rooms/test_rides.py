"""Frames that ride with a tick: in one write with it, and only if it comes soon."""

from collections.abc import Mapping

import trio
from trio.testing import MockClock

from tests.rooms.fake_client import FakeClient
from tests.rooms.stage import Stage, moved, running
from xr.rooms.protocols import Client
from xr.rooms.ticks import SOON

RIDER = b'["rider", 1]\n'
WIDTH = 0.05


class Load:
    """Frames for some clients, and the times at which they were asked for."""

    def __init__(self, *clients: FakeClient) -> None:
        self.clients = clients
        self.asked: list[float] = []

    def __call__(self, now: float) -> Mapping[Client, bytes]:
        self.asked.append(now)
        return dict.fromkeys(self.clients, RIDER)


async def before_a_tick(stage: Stage, seconds: float) -> None:
    """Wait until so many seconds before a tick, after one."""
    await trio.sleep_until(10 * WIDTH)
    stage.publish(moved("ann", 1.0))
    await trio.sleep(WIDTH - seconds)


async def test_frames_leave_in_one_write_with_a_tick_that_is_due(autojump_clock: MockClock) -> None:
    stage, ann, bob = Stage(WIDTH), FakeClient("ann"), FakeClient("bob")
    async with running(stage):
        stage.audience(ann, bob)
        await before_a_tick(stage, 0.004)
        ann.frames.clear()
        bob.frames.clear()
        load = Load(ann)
        stage.publish(moved("ann", 2.0))
        assert stage.reflector.ride(load)
        await trio.sleep(0.002)
        assert (load.asked, ann.frames) == ([], [])  # what leaves is decided at the tick
        await trio.sleep(0.004)
        assert load.asked == [11 * WIDTH]
        assert len(bob.frames) == 1
        assert ann.frames == [bob.frames[0] + RIDER]


async def test_frames_ride_though_the_tick_brings_nothing_else(autojump_clock: MockClock) -> None:
    stage, ann, bob = Stage(WIDTH), FakeClient("ann"), FakeClient("bob")
    async with running(stage):
        stage.audience(ann, bob)
        await before_a_tick(stage, 0.004)
        ann.frames.clear()
        bob.frames.clear()
        load = Load(ann)
        assert stage.reflector.ride(load)
        assert stage.reflector.ride(load)  # asked for once
        await trio.sleep(WIDTH)
        assert (ann.frames, bob.frames, len(load.asked)) == ([RIDER], [], 1)


async def test_nothing_rides_unless_a_tick_is_due_soon(autojump_clock: MockClock) -> None:
    stage, ann = Stage(WIDTH), FakeClient("ann")
    async with running(stage):
        stage.audience(ann)
        await before_a_tick(stage, SOON + 0.001)
        load = Load(ann)
        assert not stage.reflector.ride(load)
        await trio.sleep(1.0)
        assert not stage.reflector.ride(load)  # the room is still: no tick is coming
        await trio.sleep(1.0)
        assert load.asked == []


async def test_a_client_that_fails_costs_the_other_riders_nothing(
    autojump_clock: MockClock,
) -> None:
    stage, ann, bob = Stage(WIDTH), FakeClient("ann"), FakeClient("bob")
    async with running(stage):
        stage.audience(ann, bob)
        await before_a_tick(stage, 0.004)
        bob.frames.clear()
        ann.broken.add("send")
        assert stage.reflector.ride(Load(ann, bob))
        await trio.sleep(WIDTH)
        assert bob.frames == [RIDER]
        ann.broken.clear()
