"""Poses over a socket: what is taken, what is refused and why, and how others get them."""

import json
import struct
from typing import Any

import pytest
from trio.testing import MockClock

from tests.channels.backend import TOPIC, open_backend, pose, record, settled
from tests.channels.phoenix_examples import unwrap
from xr.wire.record import HANDS, LEFT, RIGHT, pack_pose, pack_push, unpack_push


async def test_poses_come_in_the_form_that_was_asked_for(autojump_clock: MockClock) -> None:
    async with open_backend() as backend:
        plain = await backend.visitor("plain")
        batch = await backend.visitor("batch", poses="batch")
        binary = await backend.visitor("binary", poses="binary")
        other = await backend.visitor("other", poses="json")
        for browser in (plain, batch, binary, other):
            browser.told()
        frames = len(plain.transport.frames)
        plain.push("i_moved", pose(1))
        other.push("i_moved", pose(2))
        other.push("i_moved", pose(3))
        await settled()
        await settled()
        moved = [
            [
                None,
                None,
                TOPIC,
                "stoc",
                {"event": "user_moved", "payload": {"user_id": u, **pose(x)}},
            ]
            for u, x in (("plain", 1), ("other", 3))
        ]
        assert plain.told() == other.told() == moved
        assert len(plain.transport.frames) == frames + 1  # two messages, handed over as one
        users = {"plain": pose(1), "other": pose(3)}
        assert batch.told() == [
            [None, None, TOPIC, "stoc", {"event": "users_moved", "payload": users}]
        ]
        assert binary.told() == [[None, None, TOPIC, "poses", {0: 1.0, 3: 3.0}]]


async def test_everybody_of_a_form_gets_the_same_bytes(autojump_clock: MockClock) -> None:
    async with open_backend() as backend:
        browsers = [await backend.visitor(f"u{n}", poses="binary") for n in range(3)]
        await settled()
        browsers[0].push("i_moved", pose(1))
        await settled()
        one, two, three = (browser.transport.frames[-1] for browser in browsers)
        assert one is two is three


async def test_stamps_go_to_those_who_asked_for_them(autojump_clock: MockClock) -> None:
    async with open_backend() as backend:
        ann = await backend.visitor("ann", poses="binary", stamps=True)
        bob = await backend.visitor("bob", poses="binary", stamps=True)
        old = await backend.visitor("old", poses="binary", stamps=False)
        text = await backend.visitor("text", poses="batch", stamps=True)
        stamps = []
        for x in (1, 2):
            for browser in (ann, bob, old, text):
                browser.told()
            ann.push("i_moved", pose(x))
            await settled()
            assert old.told() == [[None, None, TOPIC, "poses", {0: x}]]
            assert text.told()[0][4]["event"] == "users_moved"
            assert ann.transport.frames[-1] is bob.transport.frames[-1]
            ((*_, event, (stamp, places)),) = ann.told()
            assert (event, places) == ("poses_at", {0: x})
            stamps.append(stamp)
        assert (stamps[1] - stamps[0]) % 65_536 == 100  # settled() is a tenth of a second


@pytest.mark.parametrize("hand", ["left", "right"])
async def test_hands_are_passed_on_where_there_are_any(
    hand: str, autojump_clock: MockClock
) -> None:
    async with open_backend() as backend:
        ann = await backend.visitor("ann")
        there = {**pose(1), hand: {"position": [1, 1, 1], "rotation": [0, 0, 0, 2]}}
        ann.push("i_moved", {**there, "left" if hand == "right" else "right": None})
        await settled()
        ((_, payload),) = ann.stoc()
        assert payload[hand] == {"position": [1, 1, 1], "rotation": [0, 0, 0, 1]}
        assert set(payload) == {"user_id", "position", "rotation", hand}
        bob = backend.browser("bob")
        bob.join()
        await settled()
        (_, _, snapshot, *_) = bob.told()
        assert snapshot[4]["ann"][hand] == payload[hand]


@pytest.mark.parametrize("poses", ["json", "binary"])
async def test_a_binary_push_is_a_pose_like_another(poses: str, autojump_clock: MockClock) -> None:
    async with open_backend() as backend:
        ann = await backend.visitor("ann", poses=poses)
        for x in (1.0, 2.5, -3.0):  # the first finds its way, the others the short one
            ann.push_record(record(x), join_ref="j1")
            await settled()
            heard = ann.told()
            if poses == "json":
                assert [message[4]["payload"]["position"][0] for message in heard] == [x]
            else:
                assert [message[4] for message in heard] == [{0: x}]
        ann.push("i_moved", pose(9))
        ann.push_record(record(10), join_ref="")
        ann.push("i_moved", pose(11))
        await settled()
        assert ann.told()[0][4] in (
            {0: 11.0},
            {"event": "user_moved", "payload": {"user_id": "ann", **pose(11)}},
        )
        assert backend.metrics.poses == 6
        assert backend.metrics.dropped == {}


async def test_hands_in_a_binary_push_are_passed_on_too(autojump_clock: MockClock) -> None:
    async with open_backend() as backend:
        ann = await backend.visitor("ann")
        for kind, hands in ((HANDS | LEFT, {"left"}), (HANDS | RIGHT, {"right"}), (HANDS, set())):
            for _ in range(2):
                ann.push_record(bytes([kind]) + record(1)[1:] * 3, join_ref="j1")
                await settled()
                ((_, payload),) = ann.stoc()
                assert set(payload) - {"user_id", "position", "rotation"} == hands


def data_of(frame: bytes) -> bytes:
    """The content of the one ``poses`` frame of the hall."""
    ((opcode, payload),) = unwrap(frame)
    assert opcode == 2
    assert payload[:17] == b"\x02\x09\x05room:hallposes"
    return payload[17:]


@pytest.mark.parametrize("hands", [False, True])
async def test_a_binary_push_is_passed_on_as_it_came(
    hands: bool, autojump_clock: MockClock
) -> None:
    """Even where another encoder would have picked another component as the largest."""
    odd = record(1)[1:10] + struct.pack("<I", 3 << 30 | 1022 << 20 | 811 << 10 | 511)
    push = bytes([HANDS | LEFT | RIGHT]) + odd * 3 if hands else b"\x00" + odd
    assert pack_push(unpack_push(push)) != push
    async with open_backend() as backend:
        ann = await backend.visitor("ann", poses="binary")
        ann.push_record(record(5), join_ref="j1")
        await settled()
        ann.push_record(push, join_ref="j1")
        await settled()
        assert data_of(ann.transport.frames[-1]) == push[:1] + b"\x00\x00" + push[1:]


@pytest.mark.parametrize("kind", [HANDS, HANDS | LEFT, HANDS | RIGHT])
async def test_what_stands_in_the_place_of_an_absent_hand_is_not_passed_on(
    kind: int, autojump_clock: MockClock
) -> None:
    async with open_backend() as backend:
        ann = await backend.visitor("ann", poses="binary")
        for _ in range(2):  # the second goes the short way
            push = bytes([kind]) + record(1)[1:] * 3
            ann.push_record(push, join_ref="j1")
            await settled()
            assert data_of(ann.transport.frames[-1]) == pack_pose(0, unpack_push(push))


NOT_POSES: dict[str, Any] = {
    "null": None,
    "an array": [],
    "nothing in it": {},
    "no rotation": {"position": [1, 2, 3]},
    "strings": {"position": ["1", "2", "3"], "rotation": [0, 0, 0, 1]},
    "booleans": {"position": [True, 2, 3], "rotation": [0, 0, 0, 1]},
    "too short": {"position": [1, 2], "rotation": [0, 0, 0, 1]},
    "too long": {"position": [1, 2, 3], "rotation": [0, 0, 0, 0, 1]},
    "zero": {"position": [1, 2, 3], "rotation": [0, 0, 0, 0]},
    "far away": {"position": [10_000.01, 2, 3], "rotation": [0, 0, 0, 1]},
    "a wrong hand": {**pose(1), "left": {"position": [1, 2, 3]}},
}


@pytest.mark.parametrize("payload", NOT_POSES.values(), ids=NOT_POSES.keys())
async def test_what_is_no_pose_is_answered_under_its_ref_and_changes_nothing(
    payload: object, autojump_clock: MockClock
) -> None:
    async with open_backend() as backend:
        ann, bob = await backend.visitor("ann"), await backend.visitor("bob")
        ann.push("i_moved", pose(4))
        await settled()
        bob.told()
        ann.told()
        ref = ann.push("i_moved", payload)
        await settled()
        ((_, _, _, _, answer),) = ann.told()
        assert_invalid(answer)
        assert ref == "r2"
        assert bob.told() == []
        assert ann.transport.closed is None
        assert backend.metrics.dropped == {"invalid pose": 1}
        assert backend.metrics.poses == 1
    assert (await backend.store.stored_x())["ann"] == 4


def assert_invalid(answer: dict[str, Any]) -> None:
    assert answer["status"] == "error"
    assert answer["response"]["reason"] == "invalid pose"
    assert answer["response"]["detail"]


async def test_infinity_in_json_is_no_pose(autojump_clock: MockClock) -> None:
    async with open_backend() as backend:
        ann = await backend.visitor("ann")
        for number in ("1e999", "-1e999", "1" + "0" * 400):
            ann.send_text(
                f'[null,"1","{TOPIC}","i_moved",{{"position":[{number},0,0],"rotation":[0,0,0,1]}}]'
            )
            assert_invalid(ann.replies()["1"])


async def test_a_deep_payload_is_no_pose_or_no_message(autojump_clock: MockClock) -> None:
    async with open_backend() as backend:
        for depth in (100, 990, 1000, 1010, 30_000):
            ann = await backend.visitor("ann")
            deep = "[" * depth + "]" * depth
            ann.send_text(f'[null,"1","{TOPIC}","i_moved",{{"deep":{deep}}}]')
            if ann.transport.closed is None:
                assert_invalid(ann.replies()["1"])
            else:
                assert ann.transport.closed[0] == 1007
            ann.end()


NAN = struct.pack("<f", float("nan"))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00",
        record(1)[:-1],
        record(1) + b"\x00",
        b"\x02" + record(1)[1:],
        b"\x00\xff\xff\x7f" + record(1)[4:],  # 10,485 m
        record(1)[:10] + b"\xff\xff\xff\xff",
        NAN * 7,
    ],
)
async def test_what_is_no_record_is_answered_and_changes_nothing(
    data: bytes, autojump_clock: MockClock
) -> None:
    async with open_backend() as backend:
        ann = await backend.visitor("ann")
        for known in (False, True):  # whether a good one has shown the way
            ann.push_record(data, join_ref="j1")
            replies = ann.replies()
            assert_invalid(replies["b"])
            await settled()
            if not known:
                ann.push_record(record(5), join_ref="j1")
                await settled()
        await settled()
        assert ann.told() == []
        assert backend.metrics.poses == 1
        assert backend.metrics.dropped == {"invalid pose": 2}
    assert (await backend.store.stored_x())["ann"] == 5


async def test_a_quaternion_that_is_too_long_is_normalised(autojump_clock: MockClock) -> None:
    async with open_backend() as backend:
        ann = await backend.visitor("ann")
        ann.push("i_moved", {"position": [1, 2, 3], "rotation": [0, 30, 0, 40]})
        await settled()
        ((_, payload),) = ann.stoc()
        assert payload["rotation"] == pytest.approx([0, 0.6, 0, 0.8])


# Envelopes


@pytest.mark.parametrize(
    "text", ["", "hello", "{}", "[]", '["1","1","room:hall","i_moved"]', "[1,2,3,4,5]", "NaN"]
)
async def test_text_that_is_no_message_ends_only_its_connection(
    text: str, autojump_clock: MockClock
) -> None:
    async with open_backend() as backend:
        ann, bob = await backend.visitor("ann"), await backend.visitor("bob")
        ann.send_text(text)
        assert ann.transport.closed is not None
        assert ann.transport.closed[0] == 1007
        assert len(backend.endpoint) == 1
        bob.push("i_moved", pose(1))
        await settled()
        assert [event for event, _ in bob.stoc()] == ["user_moved"]


@pytest.mark.parametrize(
    "data", [b"", b"\x00", b"\x01\x00\x00\x00\x00", b"\x00\x05\x00\x00\x00", b"\xff" * 9]
)
@pytest.mark.parametrize("known", [False, True])
async def test_binary_that_is_no_push_ends_only_its_connection(
    data: bytes, known: bool, autojump_clock: MockClock
) -> None:
    async with open_backend() as backend:
        ann, bob = await backend.visitor("ann"), await backend.visitor("bob")
        if known:
            ann.push_record(record(1), join_ref="j1")
        ann.send_binary(data)
        assert ann.transport.closed is not None
        assert ann.transport.closed[0] == 1002
        assert bob.transport.closed is None


async def test_messages_are_counted(autojump_clock: MockClock) -> None:
    async with open_backend() as backend:
        ann = await backend.visitor("ann")
        before = backend.metrics.messages
        ann.push("i_moved", pose(1))
        ann.push_record(record(2), join_ref="j1")
        ann.push("dance", {})
        ann.push("heartbeat", {}, topic="phoenix")
        ann.send_text("rubbish")
        assert backend.metrics.messages - before == 5


async def test_user_ids_come_from_the_socket_and_never_from_a_message(
    autojump_clock: MockClock,
) -> None:
    async with open_backend() as backend:
        ann, bob = await backend.visitor("ann"), await backend.visitor("bob")
        ann.told()
        ann.send_text(json.dumps([None, "1", TOPIC, "i_moved", {**pose(1), "user_id": "bob"}]))
        await settled()
        assert [payload["user_id"] for _, payload in bob.stoc()] == ["ann"]
