"""A client that joins again: on the same socket, on another one, and with old refs on the way."""

import pytest
import trio
from trio.testing import MockClock

from tests.channels.backend import OK, TOPIC, open_backend, pose, record, refused, settled
from tests.rooms.gated_store import LOCKED
from xr.events import ClientAttached, Event
from xr.rooms.lifecycle import RoomState
from xr.rooms.stream import Inbox
from xr.wire.reasons import Reason
from xr.wire.refusals import Refused


async def test_joining_again_closes_the_earlier_membership_and_others_hear_nothing(
    autojump_clock: MockClock,
) -> None:
    async with open_backend() as backend:
        bob = await backend.visitor("bob")
        ann = await backend.visitor("ann")
        ann.push("i_moved", pose(3))
        await settled()
        ann.told()
        bob.told()
        second = ann.join()
        assert ann.told() == [["j1", "j1", TOPIC, "phx_close", {}]]
        await settled()
        heard = ann.told()
        assert [message[3] for message in heard] == [
            "phx_reply",
            "snapshot",
            "user_snapshot",
            "presence_state",
        ]
        assert {message[0] for message in heard} == {second}
        assert heard[2][4]["ann"]["position"][0] == 3
        assert [len(user["metas"]) for user in heard[3][4].values()] == [1, 1]
        await trio.sleep(20)
        (diff,) = bob.told()
        assert diff[3] == "presence_diff"
        assert list(diff[4]["joins"]) == list(diff[4]["leaves"]) == ["ann"]
        assert backend.metrics.members == 2


async def test_between_the_close_and_the_new_reply_comes_nothing_from_the_room(
    autojump_clock: MockClock,
) -> None:
    async with open_backend() as backend:
        bob, ann = await backend.visitor("bob"), await backend.visitor("ann")
        gate = backend.store.shut("load_room")
        room = backend.lobby.room("hall")
        assert room is not None
        room.life.state = RoomState.CLOSING  # the new join has to wait, while the room goes on
        second = ann.join()
        assert ann.events() == ["phx_close"]
        for x in range(5):
            bob.push("i_moved", pose(x))
            await settled()
        assert ann.told() == []
        moved = ann.push("i_moved", pose(9), join_ref="j1")
        room.stop()
        gate.set()
        await settled()
        heard = ann.told()
        assert heard[0] == [second, second, TOPIC, "phx_reply", OK]
        assert moved not in {message[1] for message in heard}
        assert backend.metrics.dropped == {"stale join_ref": 1}


@pytest.mark.parametrize("binary", [False, True])
@pytest.mark.parametrize("answered", [False, True])
async def test_a_push_with_the_ref_of_an_earlier_membership_is_dropped(
    binary: bool, answered: bool, autojump_clock: MockClock
) -> None:
    async with open_backend() as backend:
        ann = await backend.visitor("ann")
        ann.push("i_moved", pose(1), join_ref="j1")
        await settled()
        ann.join()
        if answered:
            await settled()
        ann.told()
        if binary:
            ann.push_record(record(2), join_ref="j1")
        else:
            ann.push("i_moved", pose(2), join_ref="j1")
        ann.push("phx_leave", {}, join_ref="j1")
        ann.push("dance", {}, join_ref="j1")
        await settled()
        assert {message[0] for message in ann.told()} == (set() if answered else {"j2"})
        assert backend.metrics.poses == 1
        assert backend.metrics.dropped == {"stale join_ref": 3}
        ann.push("i_moved", pose(3), join_ref="j2")
        await settled()
        assert [payload["position"][0] for _, payload in ann.stoc()] == [3]


async def test_a_push_with_no_ref_is_nobodys_and_let_through(autojump_clock: MockClock) -> None:
    async with open_backend() as backend:
        ann = await backend.visitor("ann")
        ann.push("i_moved", pose(1), join_ref=None)
        ann.push_record(record(2), join_ref="")
        ann.push_record(record(3), join_ref="null")  # as the npm package writes it
        await settled()
        assert [payload["position"][0] for _, payload in ann.stoc()] == [3]
        assert backend.metrics.poses == 3


async def test_a_number_and_its_string_are_the_same_ref(autojump_clock: MockClock) -> None:
    """A binary frame knows only strings."""
    async with open_backend() as backend:
        ann = backend.browser("ann")
        ann.send_text(f'[7,7,"{TOPIC}","phx_join",{{}}]')
        await settled()
        for x in (1, 2):
            ann.push_record(record(x), join_ref="7")
        await settled()
        assert backend.metrics.poses == 2


async def test_joining_again_before_the_answer(autojump_clock: MockClock) -> None:
    async with open_backend() as backend:
        bob = await backend.visitor("bob")
        gate = backend.store.shut("load_visit")
        ann = backend.browser("ann")
        refs = [ann.join() for _ in range(3)]
        gate.set()
        await settled()
        heard = ann.told()
        assert [message[1] for message in heard if message[3] == "phx_reply"] == refs
        answers = [message[4] for message in heard if message[3] == "phx_reply"]
        assert answers == [refused("joined again"), refused("joined again"), OK]
        assert [message[1] for message in heard if message[3] == "phx_close"] == refs[:2]
        assert [event for event, _ in bob.stoc()] == ["user_joined"]
        await trio.sleep(20)
        assert bob.told() == []
        assert backend.metrics.members == 2


async def test_joining_again_between_the_grant_and_the_answer(autojump_clock: MockClock) -> None:
    """Presence has let the first in, and the reflector, which would say so, has yet to run."""
    async with open_backend() as backend:
        bob, ann = await backend.visitor("bob"), backend.browser("ann")
        refs: list[str] = []

        class Hasty(Inbox):
            def put(self, number: int, event: Event) -> None:
                if isinstance(event, ClientAttached) and not refs[1:]:
                    assert ann.told() == []
                    refs.append(ann.join())

        room = backend.lobby.room("hall")
        assert room is not None
        room.stream.attach(Hasty("hasty"))
        refs.append(ann.join())
        ann.push("i_moved", pose(2))
        await settled()
        assert ann.replies() == {refs[0]: refused("joined again"), refs[1]: OK}
        await trio.sleep(20)
        assert [event for event, _ in bob.stoc()] == ["user_joined"]
        assert backend.metrics.members == 2


async def test_a_first_join_that_is_refused_later_is_answered_once(
    autojump_clock: MockClock,
) -> None:
    async with open_backend() as backend:
        gate = backend.store.shut("load_room")
        ann = backend.browser("ann")
        refs = [ann.join("room:nowhere") for _ in range(2)]
        gate.set()
        await settled()
        assert ann.replies() == {refs[0]: refused("joined again"), refs[1]: refused("no such room")}
        assert backend.metrics.refused == {"no such room": 1}


async def test_what_has_ended_says_nothing_more(autojump_clock: MockClock) -> None:
    async with open_backend() as backend:
        ann = await backend.visitor("ann")
        (channel,) = ann.socket.memberships.values()
        ann.push("phx_leave", {})
        ann.told()
        channel.fail()
        channel.refuse(Refused(Reason.GONE))
        channel.dismiss()
        channel.leave(goodbye=False)
        assert ann.told() == []
        again = ann.join()
        (second,) = ann.socket.memberships.values()
        second.supersede()
        second.dismiss()
        assert [message[3] for message in ann.told()] == ["phx_reply", "phx_close"]
        assert again == second.join.join_ref.decode().strip('"')


async def test_a_second_join_that_is_refused_ends_the_first(autojump_clock: MockClock) -> None:
    """The client has given its first membership up; it must not be there as a ghost."""
    async with open_backend() as backend:
        bob, ann = await backend.visitor("bob"), await backend.visitor("ann")
        bob.told()
        room = backend.lobby.room("hall")
        assert room is not None
        room.snapshot.forget("ann")
        backend.store.failures["load_room"] = LOCKED
        room.life.state = RoomState.CLOSING
        second = ann.join()
        await settled()
        room.stop()
        await settled()
        assert ann.replies() == {second: refused("the database cannot be read now, try again")}
        assert backend.metrics.members == 0


async def test_a_join_that_is_not_valid_leaves_the_earlier_one_alone(
    autojump_clock: MockClock,
) -> None:
    async with open_backend() as backend:
        ann = await backend.visitor("ann")
        ref = ann.join(poses="xml")
        await settled()
        assert list(ann.replies()) == [ref]
        ann.push("i_moved", pose(1), join_ref="j1")
        await settled()
        assert [event for event, _ in ann.stoc()] == ["user_moved"]


# On another socket


async def test_the_same_tab_on_a_new_socket_supersedes(autojump_clock: MockClock) -> None:
    async with open_backend() as backend:
        bob = await backend.visitor("bob")
        old = await backend.visitor("ann", tab="t1")
        old.push("i_moved", pose(3))
        await settled()
        bob.told()
        old.told()
        new = backend.browser("ann")
        new.join(tab="t1")
        await settled()
        assert old.told() == [["j1", "j1", TOPIC, "phx_close", {}]]
        assert old.transport.closed is None  # its socket may be in other rooms
        assert new.told()[2][4]["ann"]["position"][0] == 3
        assert [message[3] for message in bob.told()] == ["presence_diff"]
        ref = old.push("i_moved", pose(4))
        assert old.replies() == {ref: refused("unmatched topic")}
        old.end(1006)
        await trio.sleep(20)
        assert bob.told() == []


async def test_another_tab_is_a_second_connection(autojump_clock: MockClock) -> None:
    async with open_backend() as backend:
        one = await backend.visitor("ann", tab="t1")
        two = await backend.visitor("ann", tab="t2")
        one.told()
        two.push("i_moved", pose(1))
        await settled()
        assert [event for event, _ in one.stoc()] == ["user_moved"]
        three = backend.browser("ann")
        three.join(tab="t3")
        await settled()
        (presence,) = [m[4] for m in three.told() if m[3] == "presence_state"]
        assert len(presence["ann"]["metas"]) == 3
        one.end()
        two.end()
        await settled()
        assert backend.lobby.present() == {"hall": 1}


async def test_a_reconnect_within_the_grace_is_no_leave_and_join(autojump_clock: MockClock) -> None:
    async with open_backend() as backend:
        bob = await backend.visitor("bob")
        old = await backend.visitor("ann", tab="t1")
        old.push("i_moved", pose(3))
        await settled()
        bob.told()
        old.end(1006)
        await trio.sleep(4)
        new = await backend.visitor("ann", tab="t1")
        await trio.sleep(20)
        assert bob.stoc() == []
        assert new.told() == []


@pytest.mark.parametrize("code", [1001, 1006])
async def test_a_socket_that_dies_while_it_joins_anew(code: int, autojump_clock: MockClock) -> None:
    """With a goodbye its user leaves at once, and without one after the grace."""
    async with open_backend(grace=5) as backend:
        bob, ann = await backend.visitor("bob"), await backend.visitor("ann")
        bob.told()
        room = backend.lobby.room("hall")
        assert room is not None
        room.snapshot.forget("ann")
        ann.join()
        ann.end(code)
        await settled()
        left = [("user_left", {"user_id": "ann"})]
        assert bob.stoc() == (left if code == 1001 else [])
        await trio.sleep(6)
        assert bob.stoc() == ([] if code == 1001 else left)
        assert backend.metrics.members == 1
