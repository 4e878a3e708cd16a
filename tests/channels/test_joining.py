"""Joining and leaving over a socket: what is answered, in which order, and under which refs."""

import json

import pytest
import trio
from trio.testing import MockClock

from tests.channels.parts import (
    HALL,
    OK,
    open_site,
    pose,
    record,
    refused,
    settled,
)
from tests.rooms.parts import ENTITIES, LOCKED, at
from xr.channels.endpoint import Limits
from xr.channels.room_channel import WAITING
from xr.channels.socket import TOPICS


async def test_a_join_is_answered_in_order_and_under_its_ref(autojump_clock: MockClock) -> None:
    async with open_site() as site:
        await site.store.save_poses("hall", {"ann": at(1)})
        ann = site.browser("ann")
        join_ref = ann.join()
        await settled()
        (channel,) = site.endpoint._sockets.keys()
        presence = ann.transport.heard[3][4]
        assert ann.told() == [
            [join_ref, join_ref, HALL, "phx_reply", OK],
            [join_ref, None, HALL, "snapshot", ENTITIES],
            [join_ref, None, HALL, "user_snapshot", {"ann": {"n": 0, **pose(1), **standing(1)}}],
            [join_ref, None, HALL, "presence_state", presence],
        ]
        assert list(presence) == ["ann"]
        (meta,) = presence["ann"]["metas"]
        assert list(meta) == ["phx_ref"]
        assert channel.joined("hall")
        assert site.metrics.joins == 1


def standing(x: float) -> dict[str, list[float]]:
    return {"position": [x, 1.7, 0.0]}


async def test_others_hear_of_a_join_and_the_newcomer_does_not(autojump_clock: MockClock) -> None:
    async with open_site() as site:
        ann = await site.visitor("ann")
        await site.store.save_poses("hall", {"bob": at(2)})
        bob = site.browser("bob")
        bob.join()
        await settled()
        assert bob.events() == ["phx_reply", "snapshot", "user_snapshot", "presence_state"]
        joined, diff = ann.told()
        payload = {"user_id": "bob", "n": 1, **pose(2), **standing(2)}
        assert joined == [None, None, HALL, "stoc", {"event": "user_joined", "payload": payload}]
        assert diff[:4] == [None, None, HALL, "presence_diff"]
        assert list(diff[4]["joins"]) == ["bob"]
        assert diff[4]["leaves"] == {}


@pytest.mark.parametrize("refs", [("7", "8"), (7, 8), (None, None), ("ü", "€")])
async def test_refs_of_any_kind_are_echoed(
    refs: tuple[object, object], autojump_clock: MockClock
) -> None:
    join_ref, ref = refs
    async with open_site() as site:
        ann = site.browser("ann")
        ann.send_text(json.dumps([join_ref, ref, HALL, "phx_join", {}]))
        await settled()
        assert [message[:2] for message in ann.told()] == [
            [join_ref, ref],
            [join_ref, None],
            [join_ref, None],
            [join_ref, None],
        ]
        ann.send_text(json.dumps([join_ref, ref, HALL, "dance", {}]))
        ann.send_text(json.dumps([join_ref, ref, HALL, "phx_leave", {}, "more", 1]))
        await settled()
        assert ann.told() == [
            [join_ref, ref, HALL, "phx_reply", refused("unknown event")],
            [join_ref, ref, HALL, "phx_reply", OK],
            [join_ref, join_ref, HALL, "phx_close", {}],
        ]


async def test_a_heartbeat_is_answered(autojump_clock: MockClock) -> None:
    async with open_site() as site:
        ann = site.browser("ann")
        ann.push("heartbeat", {}, topic="phoenix")
        assert ann.told() == [[None, "r1", "phoenix", "phx_reply", OK]]
        ann.push("heartbeat", {}, topic=HALL)
        ann.push("birthday", {}, topic="phoenix")
        assert list(ann.replies().values()) == [refused("unmatched topic")] * 2


@pytest.mark.parametrize(
    ("topic", "payload", "reason"),
    [
        ("room:nowhere", {}, "no such room"),
        ("room:", {}, "no such room"),
        ("lobby", {}, "unmatched topic"),
        ("phoenix", {}, "unmatched topic"),
        ("room:" + "x" * 200, {}, "unmatched topic"),
        ("room:" + "ü" * 100, {}, "unmatched topic"),
        (HALL, None, "invalid join"),
        (HALL, [], "invalid join"),
        (HALL, {"poses": "xml"}, "invalid join"),
        (HALL, {"poses": None}, "invalid join"),
        (HALL, {"tab": 3}, "invalid join"),
        (HALL, {"tab": "t" * 65}, "invalid join"),
    ],
)
async def test_a_join_that_is_not_granted_says_why(
    topic: str, payload: object, reason: str, autojump_clock: MockClock
) -> None:
    async with open_site() as site:
        ann = site.browser("ann")
        ann.send_text(json.dumps(["1", "1", topic, "phx_join", payload]))
        await settled()
        ((join_ref, ref, where, event, answer),) = ann.told()
        assert (join_ref, ref, where, event) == ("1", "1", topic, "phx_reply")
        assert answer["status"] == "error"
        assert answer["response"]["reason"].startswith(reason)
        assert site.metrics.refused == {reason: 1}
        assert site.metrics.joins == 0
        assert ann.transport.closed is None


async def test_a_join_in_a_binary_frame_is_not_granted(autojump_clock: MockClock) -> None:
    async with open_site() as site:
        ann = site.browser("ann")
        names = (b"1", b"1", HALL.encode(), b"phx_join")
        ann.send_binary(bytes([0, *map(len, names)]) + b"".join(names) + b"{}")
        await settled()
        assert ann.replies()["1"]["response"]["reason"].startswith("invalid join")


async def test_unknown_keys_of_a_join_are_ignored(autojump_clock: MockClock) -> None:
    async with open_site() as site:
        await site.visitor("ann", tab="t" * 64, poses="batch", colour="red", params={"a": [1]})


async def test_a_full_room_refuses(autojump_clock: MockClock) -> None:
    async with open_site(limit=1) as site:
        ann = await site.visitor("ann")
        bob = site.browser("bob")
        ref = bob.join()
        await settled()
        assert bob.replies() == {ref: refused("room is full")}
        assert ann.told() == []
        assert site.metrics.refused == {"room is full": 1}
        assert site.metrics.members == 1
        ann.push("phx_leave", {})
        ref = bob.join()
        await settled()
        assert bob.replies() == {ref: OK}


async def test_a_store_that_cannot_be_read_refuses_for_now(autojump_clock: MockClock) -> None:
    async with open_site() as site:
        ann = site.browser("ann")
        for method in ("load_room", "load_pose"):
            site.store.failures = {method: LOCKED}
            ref = ann.join()
            await settled()
            assert ann.replies() == {ref: refused("the database cannot be read now, try again")}
        site.store.failures = {}
        ref = ann.join()
        await settled()
        assert ann.replies() == {ref: OK}


# Leaving


async def test_leaving_is_answered_then_closed_and_others_hear_at_once(
    autojump_clock: MockClock,
) -> None:
    async with open_site() as site:
        ann, bob = await site.visitor("ann"), await site.visitor("bob")
        ann.told()
        ref = bob.push("phx_leave", {}, join_ref="j1")
        await settled()
        assert bob.told() == [
            ["j1", ref, HALL, "phx_reply", OK],
            ["j1", "j1", HALL, "phx_close", {}],
        ]
        await settled()
        assert ann.stoc() == [("user_left", {"user_id": "bob"})]
        ref = bob.push("i_moved", pose(3))
        assert bob.replies() == {ref: refused("unmatched topic")}


async def test_leaving_what_is_not_joined_is_fine(autojump_clock: MockClock) -> None:
    async with open_site() as site:
        ann = site.browser("ann")
        ref = ann.push("phx_leave", {})
        assert ann.told() == [[None, ref, HALL, "phx_reply", OK]]


async def test_a_socket_may_be_in_several_rooms(autojump_clock: MockClock) -> None:
    async with open_site("hall", "garden") as site:
        ann = site.browser("ann")
        ann.join(HALL)
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
    assert (await site.store.standing("garden"))["ann"] == 2


async def test_there_is_a_bound_to_the_rooms_of_a_socket(autojump_clock: MockClock) -> None:
    rooms = [f"r{number}" for number in range(TOPICS + 1)]
    async with open_site(*rooms) as site:
        ann = site.browser("ann")
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
    async with open_site(limits=Limits(messages=0, joins=2)) as site:
        ann, bob = site.browser("ann", "192.0.2.1"), site.browser("bob", "192.0.2.1")
        cat = site.browser("cat", "192.0.2.2")
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
        assert site.metrics.refused["too many joins"] == 1


# Pipelined


async def test_what_comes_behind_a_join_waits_for_its_answer(autojump_clock: MockClock) -> None:
    async with open_site() as site:
        gate = site.store.shut("load_pose")
        ann = site.browser("ann")
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
    async with open_site() as site:
        bob = await site.visitor("bob")
        ann = site.browser("ann")
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
        assert (await site.store.standing())["ann"] == 5
        assert site.metrics.members == 1


async def test_a_leave_and_a_second_join_behind_a_join_are_all_answered(
    autojump_clock: MockClock,
) -> None:
    """What a page does whose component is mounted twice."""
    async with open_site() as site:
        gate = site.store.shut("load_pose")
        ann = site.browser("ann")
        first = ann.join()
        leave = ann.push("phx_leave", {}, join_ref=first)
        second = ann.join()
        gate.set()
        await settled()
        replies = ann.replies()
        assert replies[leave] == replies[second] == OK
        assert replies[first]["status"] == "error"
        assert site.metrics.members == 1


async def test_what_waits_for_a_join_is_bounded(autojump_clock: MockClock) -> None:
    async with open_site() as site:
        gate = site.store.shut("load_pose")
        ann = site.browser("ann")
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
    async with open_site() as site:
        gate = site.store.shut("load_pose")
        ann = site.browser("ann")
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
        assert site.metrics.members == 0


async def test_what_waits_for_a_join_that_is_refused_is_answered(autojump_clock: MockClock) -> None:
    async with open_site() as site:
        ann = site.browser("ann")
        join_ref = ann.join("room:nowhere")
        moved = ann.push("i_moved", pose(1), topic="room:nowhere")
        leave = ann.push("phx_leave", {}, topic="room:nowhere")
        await settled()
        assert ann.replies() == {
            join_ref: refused("no such room"),
            moved: refused("unmatched topic"),
            leave: OK,
        }
