"""When too much has been too much for too long: a count that leaks, not a span that starts anew."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from trio.testing import MockClock

from tests.channels.backend import open_backend
from xr.channels.endpoint import Limits
from xr.channels.rate_keeper import ABUSE, LULL, RateKeeper, reading
from xr.errors import ConnectionFault
from xr.rates import UNLIMITED


def unused(task: Callable[[], Awaitable[Any]], name: str) -> None:
    raise AssertionError("nothing is held")


@pytest.fixture
async def keeper() -> RateKeeper:
    return RateKeeper(10, unused)


def closed_at(keeper: RateKeeper, over: float, rest: float, first: float = 0.0) -> float:
    """When it ends if too much comes for ``over`` seconds, then nothing for ``rest``, and so on."""
    start = first
    while start < 200:
        try:
            keeper.over(start, start + over)
        except ConnectionFault:
            return start + over
        start += over + rest
    return start


@pytest.mark.parametrize("step", [0.001, 0.1, 0.99])
async def test_message_after_message_over_the_rate_ends_it_after_ten_seconds(
    step: float, keeper: RateKeeper
) -> None:
    assert closed_at(keeper, over=0, rest=step) == pytest.approx(ABUSE, abs=step)


@pytest.mark.parametrize("late", [0.0, 0.1, 1.0, 4.0])
@pytest.mark.parametrize("resumed", [0.0, 0.01, 0.9 * LULL])
async def test_pauses_that_the_flood_brings_about_end_it_as_soon(
    resumed: float, late: float, keeper: RateKeeper
) -> None:
    """Each lasts until the next beat, however late that is; then it is read, and is too much."""
    pause = 1.0 + late
    assert closed_at(keeper, over=pause, rest=resumed) <= ABUSE + pause


async def test_a_rest_counts_back_and_does_not_wipe_out(keeper: RateKeeper) -> None:
    keeper.over(0, 8)
    keeper.over(8 + LULL + 3, 8 + LULL + 3)  # 5 are left
    keeper.over(12, 16.9)
    with pytest.raises(ConnectionFault):
        keeper.over(17, 17)


async def test_who_rests_as_much_again_is_never_closed(keeper: RateKeeper) -> None:
    assert closed_at(keeper, over=5, rest=5 + LULL) >= 200


async def test_long_ago_is_forgotten(keeper: RateKeeper) -> None:
    keeper.over(0, 9)
    keeper.over(1000, 1000)
    keeper.over(1000, 1009)


async def test_no_time_counts_twice(keeper: RateKeeper) -> None:
    """A message is over the rate in the middle of a pause: it was read as the peer was reset."""
    keeper.over(5, 5)
    keeper.over(2, 9)
    keeper.over(3, 9)
    keeper.over(9, 13.9)
    with pytest.raises(ConnectionFault):
        keeper.over(9, 15)


async def test_reads_held_back_end_a_socket_without_any_message(
    autojump_clock: MockClock,
) -> None:
    async with open_backend(limits=Limits(messages=10, joins=0)) as backend:
        ann = backend.browser("ann")
        for second in range(int(ABUSE) - 1):
            ann.socket.held_back(second, second + 1)
        with pytest.raises(ConnectionFault, match="1008 too many messages"):
            ann.socket.held_back(ABUSE - 1, ABUSE)


def test_more_is_read_than_the_rate_and_a_large_message_at_any_rate() -> None:
    assert reading(60) > 2 * 60
    assert reading(1) >= 65_536 / 1024
    assert reading(0) == UNLIMITED
