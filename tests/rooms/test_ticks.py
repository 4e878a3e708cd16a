"""When the stream is reflected, on a clock of the test's own."""

from collections.abc import Callable
from itertools import pairwise

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from tests.rooms.fake_client import FakeClient
from tests.rooms.stage import Stage, attach, moved, running
from xr.rooms.ticks import next_multiple


async def times_heard(
    stage: Stage, client: FakeClient, publish: Callable[[int], None], count: int, every: float
) -> list[float]:
    """Publish ``count`` times and return when the client heard of it, in seconds from now."""
    start = trio.current_time()
    heard: list[float] = []

    async def listen() -> None:
        while True:
            if client.told():
                heard.append(round(trio.current_time() - start, 4))
            await trio.sleep(0.001)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(stage.reflector.run)
        nursery.start_soon(listen)
        for number in range(count):
            publish(number)
            await trio.sleep(every)
        await trio.sleep(0.2)
        nursery.cancel_scope.cancel()
    return heard


async def test_after_a_quiet_time_a_move_is_reflected_at_once(autojump_clock: MockClock) -> None:
    stage = Stage(width=0.05)
    ann = FakeClient("ann")
    stage.audience(ann)
    async with running(stage):
        await trio.sleep(1)
        stage.publish(moved("ann", 1))
        await wait_all_tasks_blocked()
        assert ann.told() == [("moved", {"ann": 1.0})]


async def test_a_busy_stream_is_reflected_once_a_tick(autojump_clock: MockClock) -> None:
    stage = Stage(width=0.05)
    ann = FakeClient("ann")
    stage.audience(ann)
    heard = await times_heard(stage, ann, lambda n: stage.publish(moved("ann", n)), 100, 0.01)
    assert len(heard) == pytest.approx(21, abs=1)
    gaps = [later - earlier for earlier, later in pairwise(heard)]
    assert min(gaps) >= 0.05 - 0.0011
    assert max(gaps) <= 0.05 + 0.0021


async def test_the_last_move_before_quiet_waits_no_longer_than_a_tick(
    autojump_clock: MockClock,
) -> None:
    stage = Stage(width=0.05)
    ann = FakeClient("ann")
    stage.audience(ann)
    heard = await times_heard(stage, ann, lambda n: stage.publish(moved("ann", n)), 2, 0.01)
    assert heard == pytest.approx([0.0, 0.05], abs=0.0021)


async def test_a_newcomer_is_welcomed_at_once_and_others_hear_of_it_in_their_tick(
    autojump_clock: MockClock,
) -> None:
    stage = Stage(width=0.05)
    ann, bob = FakeClient("ann"), FakeClient("bob")
    stage.audience(ann)
    async with running(stage):
        await trio.sleep(0.99)
        stage.publish(moved("ann", 1))
        await trio.sleep(0.002)
        assert ann.told() == [("moved", {"ann": 1.0})]
        stage.publish(moved("ann", 2), stage.joins("bob"), attach(bob))
        await wait_all_tasks_blocked()
        assert bob.told() == [("welcome", {"ann": 2.0, "bob": 0.0})]
        stage.publish(moved("ann", 3), moved("bob", 4))
        await wait_all_tasks_blocked()
        assert (ann.told(), bob.told()) == ([], [])
        await trio.sleep(0.06)  # to the multiple of the width that is nearest to one from then on
        assert ann.told() == [
            ("moved", {"ann": 2.0}),
            ("joined", {"bob": 0.0}),
            ("moved", {"ann": 3.0, "bob": 4.0}),
        ]
        assert bob.told() == [("moved", {"ann": 3.0, "bob": 4.0})]


async def test_the_width_of_a_tick_may_change_from_tick_to_tick(autojump_clock: MockClock) -> None:
    stage = Stage(width=0.02)
    ann = FakeClient("ann")
    stage.audience(ann)

    def publish(number: int) -> None:
        if number == 20:
            stage.width = 0.1
        stage.publish(moved("ann", number))

    heard = await times_heard(stage, ann, publish, 60, 0.01)
    early = [time for time in heard if time < 0.19]
    late = [time for time in heard if 0.25 < time < 0.65]
    assert len(early) == pytest.approx(10, abs=1)
    assert len(late) == pytest.approx(4, abs=1)


@pytest.mark.parametrize("step", [0.02, 0.05, 1 / 3, 0.0075])
def test_each_time_to_wake_up_is_a_whole_step_after_the_last(step: float) -> None:
    """Also where a multiple of the step lies a little below itself, as floats do."""
    now = 0.0
    for count in range(1, 20_000):
        before, now = now, next_multiple(now, step)
        assert now - before == pytest.approx(step)
        assert now == pytest.approx(count * step)


def test_without_a_step_the_next_time_is_now() -> None:
    assert next_multiple(7.5, 0) == 7.5


async def test_a_width_that_changes_all_the_time_makes_no_more_ticks(
    autojump_clock: MockClock,
) -> None:
    stage = Stage(width=0.05)
    ann = FakeClient("ann")
    stage.audience(ann)

    def publish(number: int) -> None:
        stage.width = 0.05 + 0.001 * (number % 7)
        stage.publish(moved("ann", number))

    heard = await times_heard(stage, ann, publish, 200, 0.01)
    assert len(heard) == pytest.approx(2 / 0.053, abs=4)
