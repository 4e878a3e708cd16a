"""Messages that come behind a join before it is answered: each is answered, in order."""

import trio
from trio.testing import MockClock

from tests.channels.backend import OK, open_backend, pose, record, refused, settled
from xr.channels.membership import WAITING


async def test_what_comes_behind_a_join_waits_for_its_answer(autojump_clock: MockClock) -> None:
    async with open_backend() as backend:
        gate = backend.store.shut("load_visit")
        ann = backend.browser("ann")
        join_ref = ann.join()
        ann.push("i_moved", pose(1), join_ref=join_ref)
        ann.push_record(record(2), join_ref=join_ref)
        odd = ann.push("dance", {}, join_ref=join_ref)
        wrong = ann.push("i_moved", {"position": []}, join_ref=join_ref)
        await settled()
        assert ann.told() == []
        gate.set()
        await settled()
        events = [message[3] for message in ann.transport.heard]
        assert events[:4] == ["phx_reply", "snapshot", "user_snapshot", "presence_state"]
        moved = [
            message[4]["payload"]["position"][0]
            for message in ann.transport.heard
            if message[3] == "stoc"
        ]
        assert moved == [2]
        replies = ann.replies()
        assert list(replies) == [join_ref, odd, wrong]
        assert replies[odd] == refused("unknown event")
        assert replies[wrong]["response"]["reason"] == "invalid pose"


async def test_a_join_and_a_leave_at_once_are_both_answered(autojump_clock: MockClock) -> None:
    async with open_backend() as backend:
        bob = await backend.visitor("bob")
        ann = backend.browser("ann")
        join_ref = ann.join()
        ann.push("i_moved", pose(5), join_ref=join_ref)
        ref = ann.push("phx_leave", {}, join_ref=join_ref)
        late = ann.push("i_moved", pose(6), join_ref=join_ref)
        await settled()
        assert [(m[1], m[3]) for m in ann.told() if m[3].startswith("phx_")] == [
            (join_ref, "phx_reply"),
            (ref, "phx_reply"),
            (join_ref, "phx_close"),
            (late, "phx_reply"),
        ]
        assert [event for event, _ in bob.stoc()][-1] == "user_left"
        await trio.sleep(6)
        assert (await backend.store.stored_x())["ann"] == 5
        assert backend.metrics.members == 1


async def test_a_leave_and_a_second_join_behind_a_join_are_all_answered(
    autojump_clock: MockClock,
) -> None:
    """A page does this whose component is mounted twice."""
    async with open_backend() as backend:
        gate = backend.store.shut("load_visit")
        ann = backend.browser("ann")
        first = ann.join()
        leave = ann.push("phx_leave", {}, join_ref=first)
        second = ann.join()
        gate.set()
        await settled()
        replies = ann.replies()
        assert replies[leave] == replies[second] == OK
        assert replies[first]["status"] == "error"
        assert backend.metrics.members == 1


async def test_what_waits_for_a_join_is_bounded(autojump_clock: MockClock) -> None:
    async with open_backend() as backend:
        gate = backend.store.shut("load_visit")
        ann = backend.browser("ann")
        ann.join()
        for x in range(WAITING):
            ann.push("i_moved", pose(x))
        over = ann.push("i_moved", pose(-1))
        assert ann.replies() == {over: refused("too many messages before the join")}
        gate.set()
        await settled()
        (moved,) = ann.stoc()
        assert moved[1]["position"][0] == WAITING - 1


async def test_a_leave_is_obeyed_even_when_too_much_waits(autojump_clock: MockClock) -> None:
    async with open_backend() as backend:
        gate = backend.store.shut("load_visit")
        ann = backend.browser("ann")
        join_ref = ann.join()
        for x in range(WAITING):
            ann.push("i_moved", pose(x))
        leave = ann.push("phx_leave", {})
        replies = ann.replies()
        assert replies[leave] == OK
        assert replies[join_ref]["status"] == "error"
        gate.set()
        await settled()
        assert ann.told() == []
        assert backend.metrics.members == 0


async def test_what_waits_for_a_join_that_is_refused_is_answered(autojump_clock: MockClock) -> None:
    async with open_backend() as backend:
        ann = backend.browser("ann")
        join_ref = ann.join("room:nowhere")
        moved = ann.push("i_moved", pose(1), topic="room:nowhere")
        leave = ann.push("phx_leave", {}, topic="room:nowhere")
        await settled()
        assert ann.replies() == {
            join_ref: refused("no such room"),
            moved: refused("unmatched topic"),
            leave: OK,
        }
