"""A connection that ends with one of its own sends, in the middle of whatever that belongs to.

Each flow is run with the first send failing, then with the second, and so on to the last one.
"""

from collections.abc import Callable, Coroutine
from typing import Any

import pytest
import trio
from trio.testing import MockClock

from tests.channels.backend import Backend, Browser, open_backend, pose, settled
from tests.simulation.hooks import break_task
from xr.channels.endpoint import Limits

PATIO = "room:patio"
GRACE = 5.0
RATE = 20
MOST_SENDS = 60

Flow = Callable[[Backend, Browser], Coroutine[Any, Any, None]]
FLOWS: dict[str, Flow] = {}


def flow(play: Flow) -> Flow:
    FLOWS[play.__name__] = play
    return play


@flow
async def join_and_walk(backend: Backend, ann: Browser) -> None:
    ann.join()
    ann.push("i_moved", pose(1))  # waits for the answer
    ann.push("dance", {})
    await settled()
    ann.push("i_moved", pose(2))
    ann.push("i_moved", {})
    await settled()


@flow
async def rejoin(backend: Backend, ann: Browser) -> None:
    ann.join()
    await settled()
    ann.join()
    await settled()
    ann.join()
    ann.join()
    await settled()


@flow
async def rejoin_before_the_answer(backend: Backend, ann: Browser) -> None:
    gate = backend.store.shut("load_visit")
    ann.join()
    ann.push("phx_leave", {}, join_ref="j1")
    ann.join()
    await settled()
    gate.set()
    await settled()


@flow
async def supersede_by_the_same_tab(backend: Backend, ann: Browser) -> None:
    ann.join(tab="t")
    await settled()
    other = backend.browser("ann")
    other.join(tab="t")
    await settled()
    ann.join(tab="t")
    await settled()
    other.end()


@flow
async def kick(backend: Backend, ann: Browser) -> None:
    ann.join()
    ann.join(PATIO)
    await settled()
    backend.endpoint.kick("ann")
    await settled()


@flow
async def kick_while_joining(backend: Backend, ann: Browser) -> None:
    gate = backend.store.shut("load_visit")
    ann.join()
    await settled()
    backend.endpoint.kick("ann", "hall")
    gate.set()
    await settled()


@flow
async def refuse(backend: Backend, ann: Browser) -> None:
    ann.join("room:nowhere")
    ann.push("dance", {}, topic="room:nowhere")
    ann.push("phx_leave", {}, topic="room:nowhere")
    ann.join(poses="by letter")
    ann.join("lobby")
    await settled()


@flow
async def leave(backend: Backend, ann: Browser) -> None:
    ann.join()
    await settled()
    ann.push("phx_leave", {})
    ann.push("phx_leave", {})
    ann.join()
    ann.push("phx_leave", {})
    await settled()


@flow
async def flood(backend: Backend, ann: Browser) -> None:
    ann.join()
    await settled()
    for step in range(10):
        for _ in range(RATE):
            ann.push("i_moved", pose(step))
        ann.push("dance", {})
        await settled()


@flow
async def two_rooms(backend: Backend, ann: Browser) -> None:
    ann.join()
    ann.join(PATIO)
    await settled()
    ann.join()
    ann.push("i_moved", pose(1), topic=PATIO)
    ann.push("phx_leave", {})
    ann.join(PATIO)
    await settled()


@flow
async def a_room_that_crashes(backend: Backend, ann: Browser) -> None:
    ann.join()
    ann.join(PATIO)
    await settled()
    room = backend.lobby.room("patio")
    assert room is not None
    break_task(room, "presence")
    await settled()
    ann.join(PATIO)
    await settled()


@flow
async def a_room_that_is_deleted(backend: Backend, ann: Browser) -> None:
    ann.join(PATIO)
    await settled()
    await backend.store.delete_room("patio")
    await backend.lobby.close("patio")
    ann.join(PATIO)
    await settled()


async def play(name: str, fails_at: int) -> int:
    """Play a flow before somebody who watches, and say how many sends there were."""
    rate = RATE if name == "flood" else 0
    limits = Limits(messages=rate, joins=0)
    async with open_backend("hall", "patio", limits=limits, grace=GRACE) as backend:
        bob = await backend.visitor("bob")
        ann = backend.browser("ann")
        ann.transport.fails_at = fails_at
        await FLOWS[name](backend, ann)
        failed = ann.transport.sends > fails_at
        assert failed == (ann.transport.closed == (1006, ""))
        ann.end()
        await trio.sleep(GRACE + 1)
        assert len(backend.endpoint) == 1
        assert backend.metrics.members == 1
        assert {room: users for room, users in backend.lobby.present().items() if users} == {
            "hall": 1
        }
        changes = [event for event, _ in bob.stoc() if event in ("user_joined", "user_left")]
        assert changes == ["user_joined", "user_left"] * (len(changes) // 2)
        return ann.transport.sends


@pytest.mark.parametrize("hasty", [False, True])
@pytest.mark.parametrize("name", FLOWS)
async def test_nobody_stays_after_a_send_that_ends_the_connection(
    name: str, hasty: bool, autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also with a transport that reports at once, which is not allowed, nothing is left over."""
    monkeypatch.setattr("tests.channels.backend.FakeTransport.hasty", hasty)
    fails_at = 0
    while await play(name, fails_at) > fails_at:
        fails_at += 1
        assert fails_at < MOST_SENDS
    assert fails_at > 0


async def test_the_earlier_membership_goes_with_the_one_that_was_to_replace_it(
    autojump_clock: MockClock,
) -> None:
    """A second join on the same socket, whose ``phx_close`` finds the connection broken."""
    async with open_backend(grace=GRACE) as backend:
        bob, ann = await backend.visitor("bob"), await backend.visitor("ann")
        ann.transport.fails_at = ann.transport.sends
        ann.join()
        await settled()
        assert len(backend.endpoint) == 1
        assert backend.lobby.present() == {"hall": 2}
        await trio.sleep(GRACE)
        assert backend.lobby.present() == {"hall": 1}
        assert [event for event, _ in bob.stoc()] == ["user_joined", "user_left"]
