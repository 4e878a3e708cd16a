"""Joining and leaving over a socket: what is answered, in which order, and under which refs."""

import json

import pytest
from trio.testing import MockClock

from tests.channels.backend import (
    OK,
    TOPIC,
    open_backend,
    pose,
    refused,
    settled,
)
from tests.people import state_json
from tests.rooms.fake_client import at
from tests.rooms.gated_store import ENTITIES, LOCKED
from xr.rooms.tenure import Tenure


async def test_a_join_is_answered_in_order_and_under_its_ref(autojump_clock: MockClock) -> None:
    async with open_backend() as backend:
        await backend.store.save_poses(Tenure("hall"), {"ann": at(1)})
        ann = backend.browser("ann")
        join_ref = ann.join()
        await settled()
        presence = ann.transport.heard[3][4]
        assert ann.told() == [
            [join_ref, join_ref, TOPIC, "phx_reply", OK],
            [join_ref, None, TOPIC, "snapshot", ENTITIES],
            [
                join_ref,
                None,
                TOPIC,
                "user_snapshot",
                {"ann": {"n": 0, **pose(1), **standing(1), **state_json("ann")}},
            ],
            [join_ref, None, TOPIC, "presence_state", presence],
        ]
        assert list(presence) == ["ann"]
        (meta,) = presence["ann"]["metas"]
        assert list(meta) == ["phx_ref"]
        assert ann.socket.joined("hall")
        assert backend.metrics.joins == 1


def standing(x: float) -> dict[str, list[float]]:
    return {"position": [x, 1.7, 0.0]}


async def test_others_hear_of_a_join_and_the_newcomer_does_not(autojump_clock: MockClock) -> None:
    async with open_backend() as backend:
        ann = await backend.visitor("ann")
        await backend.store.save_poses(Tenure("hall"), {"bob": at(2)})
        bob = backend.browser("bob")
        bob.join()
        await settled()
        assert bob.events() == ["phx_reply", "snapshot", "user_snapshot", "presence_state"]
        joined, diff = ann.told()
        payload = {"user_id": "bob", "n": 1, **pose(2), **standing(2), **state_json("bob")}
        assert joined == [None, None, TOPIC, "stoc", {"event": "user_joined", "payload": payload}]
        assert diff[:4] == [None, None, TOPIC, "presence_diff"]
        assert list(diff[4]["joins"]) == ["bob"]
        assert diff[4]["leaves"] == {}


@pytest.mark.parametrize("refs", [("7", "8"), (7, 8), (None, None), ("ü", "€")])
async def test_refs_of_any_kind_are_echoed(
    refs: tuple[object, object], autojump_clock: MockClock
) -> None:
    join_ref, ref = refs
    async with open_backend() as backend:
        ann = backend.browser("ann")
        ann.send_text(json.dumps([join_ref, ref, TOPIC, "phx_join", {}]))
        await settled()
        assert [message[:2] for message in ann.told()] == [
            [join_ref, ref],
            [join_ref, None],
            [join_ref, None],
            [join_ref, None],
        ]
        ann.send_text(json.dumps([join_ref, ref, TOPIC, "dance", {}]))
        ann.send_text(json.dumps([join_ref, ref, TOPIC, "phx_leave", {}, "more", 1]))
        await settled()
        assert ann.told() == [
            [join_ref, ref, TOPIC, "phx_reply", refused("unknown event")],
            [join_ref, ref, TOPIC, "phx_reply", OK],
            [join_ref, join_ref, TOPIC, "phx_close", {}],
        ]


async def test_a_heartbeat_is_answered(autojump_clock: MockClock) -> None:
    async with open_backend() as backend:
        ann = backend.browser("ann")
        ann.push("heartbeat", {}, topic="phoenix")
        assert ann.told() == [[None, "r1", "phoenix", "phx_reply", OK]]
        ann.push("heartbeat", {}, topic=TOPIC)
        ann.push("birthday", {}, topic="phoenix")
        assert list(ann.replies().values()) == [refused("unmatched topic")] * 2


@pytest.mark.parametrize(
    ("topic", "payload", "reason"),
    [
        ("room:nowhere", {}, "no such room"),
        ("room:", {}, "no such room"),
        ("lobby", {}, "unmatched topic"),
        ("phoenix", {}, "unmatched topic"),
        ("room:" + "x" * 195, {}, "no such room"),
        ("room:" + "x" * 196, {}, "unmatched topic"),
        ("room:" + "ü" * 100, {}, "unmatched topic"),
        (TOPIC, None, "invalid join"),
        (TOPIC, [], "invalid join"),
        (TOPIC, {"poses": "xml"}, "invalid join"),
        (TOPIC, {"poses": None}, "invalid join"),
        (TOPIC, {"tab": 3}, "invalid join"),
        (TOPIC, {"stamps": 1}, "invalid join"),
        (TOPIC, {"tab": "t" * 65}, "invalid join"),
    ],
)
async def test_a_join_that_is_not_granted_says_why(
    topic: str, payload: object, reason: str, autojump_clock: MockClock
) -> None:
    async with open_backend() as backend:
        ann = backend.browser("ann")
        ann.send_text(json.dumps(["1", "1", topic, "phx_join", payload]))
        await settled()
        ((join_ref, ref, where, event, answer),) = ann.told()
        assert (join_ref, ref, where, event) == ("1", "1", topic, "phx_reply")
        assert answer["status"] == "error"
        assert answer["response"]["reason"].startswith(reason)
        assert backend.metrics.refused == {reason: 1}
        assert backend.metrics.joins == 0
        assert ann.transport.closed is None


async def test_a_join_in_a_binary_frame_is_not_granted(autojump_clock: MockClock) -> None:
    async with open_backend() as backend:
        ann = backend.browser("ann")
        names = (b"1", b"1", TOPIC.encode(), b"phx_join")
        ann.send_binary(bytes([0, *map(len, names)]) + b"".join(names) + b"{}")
        await settled()
        assert ann.replies()["1"]["response"]["reason"].startswith("invalid join")


async def test_unknown_keys_of_a_join_are_ignored(autojump_clock: MockClock) -> None:
    async with open_backend() as backend:
        await backend.visitor("ann", tab="t" * 64, poses="batch", colour="red", params={"a": [1]})
        assert backend.metrics.members == 1
        assert backend.metrics.refused == {}


async def test_a_full_room_refuses(autojump_clock: MockClock) -> None:
    async with open_backend(limit=1) as backend:
        ann = await backend.visitor("ann")
        bob = backend.browser("bob")
        ref = bob.join()
        await settled()
        assert bob.replies() == {ref: refused("room is full")}
        assert ann.told() == []
        assert backend.metrics.refused == {"room is full": 1}
        assert backend.metrics.members == 1
        ann.push("phx_leave", {})
        ref = bob.join()
        await settled()
        assert bob.replies() == {ref: OK}


async def test_a_store_that_cannot_be_read_refuses_for_now(autojump_clock: MockClock) -> None:
    async with open_backend() as backend:
        ann = backend.browser("ann")
        for method in ("load_room", "load_visit"):
            backend.store.failures = {method: LOCKED}
            ref = ann.join()
            await settled()
            assert ann.replies() == {ref: refused("the database cannot be read now, try again")}
        backend.store.failures = {}
        ref = ann.join()
        await settled()
        assert ann.replies() == {ref: OK}
