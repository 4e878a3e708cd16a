"""How long a connection that says nothing, or too little, is read."""

import pytest
import trio
from trio.testing import MockClock

from xr.serving.patience import Patience

IDLE, QUIET = 15.0, 20.0


@pytest.fixture
def waiting() -> set[Patience]:
    return set()


@pytest.fixture
def patience(waiting: set[Patience]) -> Patience:
    return Patience(IDLE, QUIET, waiting)


async def idle(patience: Patience) -> None:
    await patience.restart(None, None)


async def read_for_ever(patience: Patience) -> float:
    """Seconds until a read that brings nothing has ended."""
    started = trio.current_time()
    with patience.reading():
        await trio.sleep_forever()
    return trio.current_time() - started


async def test_a_read_ends_when_nothing_comes(
    patience: Patience, autojump_clock: MockClock
) -> None:
    assert await read_for_ever(patience) == pytest.approx(QUIET)


async def test_a_request_that_dribbles_in_has_no_longer_than_one_that_does_not(
    patience: Patience, autojump_clock: MockClock
) -> None:
    await idle(patience)
    for _ in range(4):
        with patience.reading() as scope:
            await trio.sleep(3)
        assert not scope.cancelled_caught
    assert await read_for_ever(patience) == pytest.approx(IDLE - 12)


async def test_a_request_that_has_come_takes_its_time(
    patience: Patience, autojump_clock: MockClock
) -> None:
    await idle(patience)
    await patience.stop()
    assert await read_for_ever(patience) == pytest.approx(QUIET)


async def test_an_answer_that_ends_beside_a_read_lets_the_next_request_wait_as_long(
    patience: Patience, autojump_clock: MockClock
) -> None:
    async with trio.open_nursery() as nursery:

        async def answer() -> None:
            await trio.sleep(2)
            await idle(patience)

        nursery.start_soon(answer)
        assert await read_for_ever(patience) == pytest.approx(2 + IDLE)


async def test_a_server_that_stops_ends_who_waits_for_a_request(
    patience: Patience, waiting: set[Patience], autojump_clock: MockClock
) -> None:
    await idle(patience)
    assert waiting == {patience}
    async with trio.open_nursery() as nursery:

        async def stop() -> None:
            await trio.sleep(1)
            patience.end()

        nursery.start_soon(stop)
        assert await read_for_ever(patience) == pytest.approx(1)
    assert await read_for_ever(patience) == 0


@pytest.mark.parametrize("how", ["a request came", "the connection is gone"])
async def test_who_waits_no_longer_is_not_kept(
    patience: Patience, waiting: set[Patience], how: str
) -> None:
    await idle(patience)
    if how == "a request came":
        await patience.stop()
    else:
        patience.over()
    assert waiting == set()
