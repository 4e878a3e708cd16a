"""Leaving over a socket; how many rooms and joins a socket may have."""

import trio
from trio.testing import MockClock

from tests.channels.backend import OK, TOPIC, open_backend, pose, refused, settled
from xr.channels.endpoint import Limits
from xr.channels.joining import TOPICS


async def test_leaving_is_answered_then_closed_and_others_hear_at_once(
    autojump_clock: MockClock,
) -> None:
    async with open_backend() as backend:
        ann, bob = await backend.visitor("ann"), await backend.visitor("bob")
        ann.told()
        ref = bob.push("phx_leave", {}, join_ref="j1")
        await settled()
        assert bob.told() == [
            ["j1", ref, TOPIC, "phx_reply", OK],
            ["j1", "j1", TOPIC, "phx_close", {}],
        ]
        await settled()
        assert ann.stoc() == [("user_left", {"user_id": "bob"})]
        ref = bob.push("i_moved", pose(3))
        assert bob.replies() == {ref: refused("unmatched topic")}


async def test_leaving_what_is_not_joined_is_fine(autojump_clock: MockClock) -> None:
    async with open_backend() as backend:
        ann = backend.browser("ann")
        ref = ann.push("phx_leave", {})
        assert ann.told() == [[None, ref, TOPIC, "phx_reply", OK]]


async def test_a_socket_may_be_in_several_rooms(autojump_clock: MockClock) -> None:
    async with open_backend("hall", "garden") as backend:
        ann = backend.browser("ann")
        ann.join(TOPIC)
        ann.join("room:garden")
        await settled()
        ann.told()
        ann.push("i_moved", pose(1), topic="room:garden")
        await settled()
        assert [(message[2], message[3]) for message in ann.told()] == [("room:garden", "stoc")]
        ann.push("phx_leave", {})
        ann.push("i_moved", pose(2), topic="room:garden")
        await settled()
        assert {message[2] for message in ann.told()[2:]} == {"room:garden"}
    assert (await backend.store.stored_x("garden"))["ann"] == 2


async def test_there_is_a_bound_to_the_rooms_of_a_socket(autojump_clock: MockClock) -> None:
    rooms = [f"r{number}" for number in range(TOPICS + 1)]
    async with open_backend(*rooms) as backend:
        ann = backend.browser("ann")
        refs = [ann.join(f"room:{room}") for room in rooms]
        await settled()
        replies = ann.replies()
        assert [replies[ref] for ref in refs[:-1]] == [OK] * TOPICS
        assert replies[refs[-1]] == refused("too many topics on one socket")
        again = ann.join("room:r0")  # to join one of them anew is no further one
        ann.push("phx_leave", {}, topic="room:r1")
        more = ann.join("room:r8")
        await settled()
        replies = ann.replies()
        assert replies[again] == replies[more] == OK


async def test_there_is_a_rate_of_joins_by_address(autojump_clock: MockClock) -> None:
    async with open_backend(limits=Limits(messages=0, joins=2)) as backend:
        ann, bob = backend.browser("ann", "192.0.2.1"), backend.browser("bob", "192.0.2.1")
        cat = backend.browser("cat", "192.0.2.2")
        for _ in range(2):
            ann.join()
            bob.join()
        late, other = bob.join(), cat.join()
        await settled()
        assert bob.replies()[late] == refused("too many joins")
        assert cat.replies()[other] == OK
        await trio.sleep(0.5)
        again = bob.join()
        await settled()
        assert bob.replies()[again] == OK
        assert backend.metrics.refused["too many joins"] == 1
