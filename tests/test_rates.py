"""Token buckets, of one connection and of each address."""

import pytest
import trio
from trio.testing import MockClock

from xr.rates import Addresses, Bucket, Rests


async def test_a_bucket_holds_two_seconds_worth_and_fills_with_time(
    autojump_clock: MockClock,
) -> None:
    bucket = Bucket(5)
    assert [bucket.take() for _ in range(11)] == [True] * 10 + [False]
    assert bucket.wait() == pytest.approx(0.2)
    await trio.sleep(0.19)
    assert not bucket.take()
    assert bucket.wait() == pytest.approx(0.01)
    await trio.sleep(0.011)
    assert bucket.take()
    assert not bucket.take()
    await trio.sleep(100)
    assert [bucket.take() for _ in range(11)] == [True] * 10 + [False]


@pytest.mark.parametrize("rate", [1, 3, 7, 60, 99_991])
async def test_to_wait_is_enough_however_inexact_sums_are(
    rate: int, autojump_clock: MockClock
) -> None:
    bucket = Bucket(rate)
    while bucket.take():
        pass
    for _ in range(100):
        start, waits = trio.current_time(), 0
        while not bucket.take():
            await trio.sleep(bucket.wait())
            waits += 1
        assert waits <= 2
        assert trio.current_time() - start <= 1 / rate + 0.0021


async def test_a_bucket_without_a_rate_never_waits(autojump_clock: MockClock) -> None:
    bucket = Bucket(0)
    assert all(bucket.take() for _ in range(1000))
    assert bucket.wait() == 0
    assert all(Addresses(0).take("192.0.2.1") for _ in range(1000))


async def test_addresses_are_counted_apart(autojump_clock: MockClock) -> None:
    addresses = Addresses(1)
    assert [addresses.take("a") for _ in range(3)] == [True, True, False]
    assert [addresses.take("b") for _ in range(3)] == [True, True, False]
    await trio.sleep(1)
    assert addresses.take("a")
    assert addresses.take("b")


async def test_of_too_many_addresses_the_longest_unused_is_forgotten(
    autojump_clock: MockClock,
) -> None:
    addresses = Addresses(1)
    for _ in range(2):
        addresses.take("busy")
        addresses.take("old")
    for number in range(9_998):
        addresses.take(f"n{number}")
    assert not addresses.take("busy")  # the first to come, and not the longest unused
    addresses.take("one more")
    assert not addresses.take("busy")
    assert addresses.take("old")  # it has a full bucket again
    assert len(addresses) == 10_000


async def test_a_burst_may_be_of_any_size(autojump_clock: MockClock) -> None:
    bucket = Bucket(30 / 3600, burst=10)
    assert [bucket.take() for _ in range(11)] == [True] * 10 + [False]
    assert bucket.wait() == pytest.approx(120)
    await trio.sleep(120.1)
    assert [bucket.take() for _ in range(2)] == [True, False]


async def test_an_address_over_its_rate_is_told_how_long_to_wait(
    autojump_clock: MockClock,
) -> None:
    addresses = Addresses(0.5, burst=1)
    assert addresses.delay("a") == 0
    assert addresses.delay("a") == pytest.approx(2)
    await trio.sleep(0.5)
    assert addresses.delay("a") == pytest.approx(1.5)
    assert addresses.delay("b") == 0


async def test_of_too_many_that_rest_the_first_is_let_in(autojump_clock: MockClock) -> None:
    rests = Rests()
    rests.begin("first", 60)
    rests.begin("again", 60)
    for number in range(9_998):
        rests.begin(f"n{number}", 60)
    rests.begin("again", 60)
    assert rests.lasts("first")
    rests.begin("one more", 60)
    assert not rests.lasts("first")
    assert rests.lasts("again")
    await trio.sleep(60)
    assert not rests.lasts("again")
