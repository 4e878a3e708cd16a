"""Clients over the rate: the newest pose counts, the rest is dropped, and in the end they are
closed.
"""

import pytest
import trio
from trio.testing import MockClock

from tests.channels.backend import OK, Backend, Browser, open_backend, pose, record, settled
from xr.channels.endpoint import REST, Limits
from xr.channels.rate_keeper import ABUSE, LEAST_HOLD
from xr.events import UserLeft
from xr.rates import BURST
from xr.wire.reasons import Reason

RATE = 10
LIMITS = Limits(messages=RATE, joins=0)


FAST = 40
"""A rate that allows the next message before a held pose is let through."""
NEXT = 1.2 / FAST
assert 1 / FAST < NEXT < LEAST_HOLD


async def used_up(backend: Backend, user_id: str = "ann", rate: int = RATE) -> Browser:
    """A visitor who may send nothing more just now, and has moved to 0."""
    browser = await backend.visitor(user_id)
    await trio.sleep(10)
    for _ in range(BURST * rate):
        browser.push("i_moved", pose(0))
    assert backend.metrics.dropped == {}
    return browser


async def test_a_burst_of_twice_the_rate_is_allowed_and_the_rest_is_refused(
    autojump_clock: MockClock,
) -> None:
    async with open_backend(limits=LIMITS) as backend:
        ann = await used_up(backend)
        early = ann.push("dance", {})
        again = ann.push("phx_join", {}, topic="room:garden")
        alive = ann.push("heartbeat", {}, topic="phoenix")
        too_fast = {"status": "error", "response": {"reason": Reason.TOO_FAST, "retry_after": 0.1}}
        assert ann.replies() == {early: too_fast, again: too_fast, alive: OK}
        assert backend.metrics.dropped == {"message rate": 2}
        await trio.sleep(1)
        refs = [ann.push("dance", {}) for _ in range(RATE)]
        assert list(ann.replies()) == refs
        assert ann.transport.closed is None


@pytest.mark.parametrize("binary", [False, True])
async def test_of_poses_over_the_rate_the_newest_counts(
    binary: bool, autojump_clock: MockClock
) -> None:
    async with open_backend(limits=LIMITS) as backend:
        ann = await used_up(backend)
        if binary:
            await trio.sleep(0.11)
            ann.push_record(record(0), join_ref="j1")  # knows the short way from here on
        for x in (1, 2, 3):
            if binary:
                ann.push_record(record(x), join_ref="j1")
            else:
                ann.push("i_moved", pose(x))
        await trio.sleep(1)
        places = [payload["position"][0] for _, payload in ann.stoc()]
        assert set(places[:-1]) == {0}
        assert places[-1] == 3
        assert backend.metrics.dropped == {"message rate": 3}
        await trio.sleep(10)
        assert ann.told() == []


async def test_one_pose_over_the_rate_comes_when_the_rate_allows_it(
    autojump_clock: MockClock,
) -> None:
    async with open_backend(limits=LIMITS) as backend:
        ann = await used_up(backend)
        await settled()
        ann.told()
        for x in (1, 2):
            for _ in range(BURST * RATE):
                ann.push("dance", {})
            ann.push("i_moved", pose(x))
            await trio.sleep(5)
            assert [payload["position"][0] for _, payload in ann.stoc()] == [x]


async def test_a_held_pose_gives_way_to_a_newer_one_that_is_allowed(
    autojump_clock: MockClock,
) -> None:
    async with open_backend(limits=LIMITS) as backend:
        ann = await used_up(backend)
        ann.push("i_moved", pose(1))
        await trio.sleep(0.0999)
        ann.push("i_moved", pose(2))
        await trio.sleep(5)
        assert [payload["position"][0] for _, payload in ann.stoc()] == [0, 2]


@pytest.mark.parametrize("binary", [False, True])
async def test_a_held_pose_does_not_undo_a_later_one(
    binary: bool, autojump_clock: MockClock
) -> None:
    def move(browser: Browser, x: float) -> None:
        if binary:
            browser.push_record(record(x), join_ref="j1")
        else:
            browser.push("i_moved", pose(x))

    async with open_backend(limits=Limits(messages=FAST, joins=0)) as backend:
        ann = await used_up(backend, rate=FAST)
        taken = backend.metrics.poses
        move(ann, 2)  # held
        await trio.sleep(NEXT)
        assert backend.metrics.poses == taken
        move(ann, 3)
        await trio.sleep(10)
        assert [payload["position"][0] for _, payload in ann.stoc()][-1] == 3
        assert backend.metrics.poses == taken + 1


async def test_poses_are_held_for_each_room(autojump_clock: MockClock) -> None:
    async with open_backend("hall", "garden", limits=LIMITS) as backend:
        ann = backend.browser("ann")
        ann.join()
        ann.join("room:garden")
        await trio.sleep(10)
        for _ in range(BURST * RATE):
            ann.push("dance", {})
        ann.told()
        for x in (1, 2):
            ann.push("i_moved", pose(x))
            ann.push("i_moved", pose(10 * x), topic="room:garden")
        await trio.sleep(1)
        assert sorted(payload["position"][0] for _, payload in ann.stoc()) == [2, 20]


async def test_what_is_no_pose_or_of_no_membership_is_not_held(autojump_clock: MockClock) -> None:
    async with open_backend(limits=LIMITS) as backend:
        ann = await used_up(backend)
        ann.push("i_moved", {"position": []})
        ann.push("i_moved", pose(4), join_ref="another")
        ann.push("i_moved", pose(5), topic="room:garden")
        ann.push("phx_join", {}, topic="room:garden")
        ann.push("dance", pose(6))
        await trio.sleep(5)
        assert [payload["position"][0] for _, payload in ann.stoc()] == [0]
        assert backend.metrics.dropped == {"message rate": 5}


@pytest.mark.parametrize("end", ["leaves", "closes", "joins anew", "its room fails"])
async def test_a_held_pose_is_not_lost_when_its_membership_ends(
    end: str, autojump_clock: MockClock
) -> None:
    async with open_backend(limits=Limits(messages=FAST, joins=0)) as backend:
        ann = await used_up(backend, rate=FAST)
        ann.push("i_moved", pose(7))
        if end == "closes":
            ann.end()
        elif end == "its room fails":
            room = backend.lobby.room("hall")
            assert room is not None
            room.stream.publish(UserLeft("a stranger"))
        else:
            await trio.sleep(NEXT)
            if end == "leaves":
                ann.push("phx_leave", {})
            else:
                ann.join()
        await trio.sleep(10)
        assert (await backend.store.stored_x())["ann"] == 7
        poses = backend.metrics.poses
        await trio.sleep(10)
        assert backend.metrics.poses == poses


async def test_who_keeps_it_up_for_ten_seconds_is_closed(autojump_clock: MockClock) -> None:
    async with open_backend(limits=LIMITS) as backend:
        ann, bob = await used_up(backend), await backend.visitor("bob")
        start = trio.current_time()
        while ann.transport.closed is None and trio.current_time() - start < 20:
            for _ in range(2):
                ann.push("i_moved", pose(1))
            await trio.sleep(0.1)
        assert ann.transport.closed == (1008, "too many messages")
        assert trio.current_time() - start == pytest.approx(ABUSE, abs=0.15)
        assert bob.transport.closed is None
        await trio.sleep(10)
        assert backend.lobby.present() == {"hall": 1}


async def test_who_rests_for_more_than_a_second_starts_anew(autojump_clock: MockClock) -> None:
    async with open_backend(limits=LIMITS) as backend:
        ann = await used_up(backend)
        for _ in range(10):
            for _ in range(40):
                ann.push("i_moved", pose(1))
                await trio.sleep(0.05)
            await trio.sleep(1.1)
        assert ann.transport.closed is None
        assert backend.metrics.dropped["message rate"] > 100


async def test_a_stream_at_the_rate_is_never_dropped(autojump_clock: MockClock) -> None:
    async with open_backend(limits=LIMITS) as backend:
        ann = await backend.visitor("ann")
        for x in range(300):
            ann.push("i_moved", pose(x % 100))
            await trio.sleep(1 / RATE)
        assert backend.metrics.dropped == {}
        assert backend.metrics.poses == 300


async def test_rubbish_over_the_rate_is_rubbish_all_the_same(autojump_clock: MockClock) -> None:
    async with open_backend(limits=LIMITS) as backend:
        ann = await used_up(backend)
        ann.send_text("rubbish")
        assert ann.transport.closed is not None
        assert ann.transport.closed[0] == 1007


async def test_a_rate_of_zero_is_none(autojump_clock: MockClock) -> None:
    async with open_backend(limits=Limits(messages=0, joins=0)) as backend:
        ann = await backend.visitor("ann")
        for x in range(1000):
            ann.push("i_moved", pose(x % 100))
        assert backend.metrics.poses == 1000


# Addresses


async def flood(browser: Browser) -> None:
    """Send until it is closed."""
    while browser.transport.closed is None:
        browser.push("i_moved", pose(1))
        await trio.sleep(0.05)


async def test_an_address_rests_after_a_flood(autojump_clock: MockClock) -> None:
    async with open_backend(limits=LIMITS) as backend:
        ann, bob = await used_up(backend), await backend.visitor("bob")
        await flood(ann)
        assert backend.endpoint.refusal("192.0.2.1") == Reason.RESTING
        assert backend.endpoint.refusal("192.0.2.2") is None
        assert bob.transport.closed is None
        too_late = backend.browser("cid")  # between the question and here lay the upgrade
        assert too_late.transport.closed == (1013, Reason.RESTING)
        await trio.sleep(REST - 0.1)
        assert backend.endpoint.refuse("192.0.2.1") == Reason.RESTING
        await trio.sleep(0.2)
        assert backend.endpoint.refuse("192.0.2.1") is None
        assert backend.metrics.refused == {Reason.RESTING: 2}


async def test_other_ends_ask_for_no_rest(autojump_clock: MockClock) -> None:
    async with open_backend(limits=LIMITS) as backend:
        for text in ("rubbish", "[]"):
            backend.browser("ann").send_text(text)
        backend.browser("bob").end()
        await settled()
        assert backend.endpoint.refusal("192.0.2.1") is None


async def test_where_addresses_do_not_count_none_rests(autojump_clock: MockClock) -> None:
    async with open_backend(limits=Limits(messages=RATE, joins=0, per_address=0)) as backend:
        await flood(await used_up(backend))
        await settled()
        assert backend.endpoint.refusal("192.0.2.1") is None
