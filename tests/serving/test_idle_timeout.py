"""How long a connection that says nothing, or too little, is read."""

import pytest
import trio
from trio.testing import MockClock

from xr.serving.idle_timeout import IdleTimeout

IDLE, QUIET = 15.0, 20.0


@pytest.fixture
def waiting() -> set[IdleTimeout]:
    return set()


@pytest.fixture
def idle_timeout(waiting: set[IdleTimeout]) -> IdleTimeout:
    return IdleTimeout(IDLE, QUIET, waiting)


async def idle(idle_timeout: IdleTimeout) -> None:
    await idle_timeout.restart(None, None)


async def read_for_ever(idle_timeout: IdleTimeout) -> float:
    """Seconds until a read that brings nothing has ended."""
    started = trio.current_time()
    with idle_timeout.reading():
        await trio.sleep_forever()
    return trio.current_time() - started


async def test_a_read_ends_when_nothing_comes(
    idle_timeout: IdleTimeout, autojump_clock: MockClock
) -> None:
    assert await read_for_ever(idle_timeout) == pytest.approx(QUIET)


async def test_a_request_that_dribbles_in_has_no_longer_than_one_that_does_not(
    idle_timeout: IdleTimeout, autojump_clock: MockClock
) -> None:
    await idle(idle_timeout)
    for _ in range(4):
        with idle_timeout.reading() as scope:
            await trio.sleep(3)
        assert not scope.cancelled_caught
    assert await read_for_ever(idle_timeout) == pytest.approx(IDLE - 12)


async def test_a_request_that_has_come_takes_its_time(
    idle_timeout: IdleTimeout, autojump_clock: MockClock
) -> None:
    await idle(idle_timeout)
    await idle_timeout.stop()
    assert await read_for_ever(idle_timeout) == pytest.approx(QUIET)


async def test_an_answer_that_ends_beside_a_read_lets_the_next_request_wait_as_long(
    idle_timeout: IdleTimeout, autojump_clock: MockClock
) -> None:
    async with trio.open_nursery() as nursery:

        async def answer() -> None:
            await trio.sleep(2)
            await idle(idle_timeout)

        nursery.start_soon(answer)
        assert await read_for_ever(idle_timeout) == pytest.approx(2 + IDLE)


async def test_a_server_that_stops_ends_who_waits_for_a_request(
    idle_timeout: IdleTimeout, waiting: set[IdleTimeout], autojump_clock: MockClock
) -> None:
    await idle(idle_timeout)
    assert waiting == {idle_timeout}
    async with trio.open_nursery() as nursery:

        async def stop() -> None:
            await trio.sleep(1)
            idle_timeout.end()

        nursery.start_soon(stop)
        assert await read_for_ever(idle_timeout) == pytest.approx(1)
    assert await read_for_ever(idle_timeout) == 0


@pytest.mark.parametrize("how", ["a request came", "the connection is gone"])
async def test_who_waits_no_longer_is_not_kept(
    idle_timeout: IdleTimeout, waiting: set[IdleTimeout], how: str
) -> None:
    await idle(idle_timeout)
    if how == "a request came":
        await idle_timeout.stop()
    else:
        idle_timeout.over()
    assert waiting == set()
