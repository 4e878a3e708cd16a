import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.channels.phoenix_examples import ours, unwrap, wrap
from xr.channels.room_frames import RoomFrames
from xr.channels.serializer import (
    BINARY,
    NULL,
    TEXT,
    V2,
    Message,
    decode_binary,
    decode_text,
    pose_record,
    reply_frame,
    same_ref,
)
from xr.errors import ConnectionFault
from xr.events import UserMoved
from xr.pose import Pose
from xr.wire.record import check_push, pack_pose, pack_push, unpack_poses

PHOENIX: dict[str, list[dict[str, Any]]] = json.loads(
    (Path(__file__).parent / "phoenix_frames.json").read_text()
)

short_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
refs = st.none() | st.text('abc019ü"\\€', max_size=8) | st.integers(-(10**9), 10**9)
payloads = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | short_text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(short_text, inner, max_size=3),
    max_leaves=8,
)


def binary_push(join_ref: bytes, ref: bytes, topic: bytes, event: bytes, data: bytes) -> bytes:
    names = (join_ref, ref, topic, event)
    return bytes([0, *map(len, names)]) + b"".join(names) + data


def message_or_code(read: Callable[[bytes], Message], frame: bytes) -> Message | int:
    try:
        return read(frame)
    except ConnectionFault as fault:
        return fault.code


# The npm package


@pytest.mark.parametrize("case", PHOENIX["theirs"], ids=lambda case: case["name"])
def test_what_phoenix_encodes_is_read(case: dict[str, Any]) -> None:
    frame = base64.b64decode(case["base64"])
    wanted = case["message"]
    message = decode_text(frame) if case["text"] else decode_binary(frame)
    assert message.topic == wanted["topic"]
    assert message.event == wanted["event"]
    assert json.loads(message.join_ref) == (wanted["join_ref"] or None)
    assert json.loads(message.ref) == (wanted["ref"] or None)
    if case["text"]:
        assert not message.binary
        assert json.loads(bytes(message.payload)) == wanted["payload"]
    else:
        assert message.binary
        assert bytes(message.payload) == base64.b64decode(wanted["payload"]["base64"])


@pytest.mark.parametrize("name", ours())
def test_what_we_encode_is_read_by_phoenix(name: str) -> None:
    """The fixture holds what the package made of these very bytes."""
    frames, messages = ours()[name]
    kept = [case for case in PHOENIX["ours"] if case["name"] == name]
    assert [
        (TEXT if case["text"] else BINARY, base64.b64decode(case["base64"])) for case in kept
    ] == (unwrap(frames)), "make the fixture anew: see phoenix_frames.mjs"
    assert [case["message"] for case in kept] == messages


# Text


@given(refs, refs, short_text, short_text, payloads, st.lists(payloads, max_size=2))
def test_any_message_is_read_as_it_was_written(
    join_ref: Any, ref: Any, topic: str, event: str, payload: Any, more: list[Any]
) -> None:
    frame = json.dumps([join_ref, ref, topic, event, payload, *more]).encode()
    message = decode_text(frame)
    assert json.loads(message.join_ref) == join_ref
    assert json.loads(message.ref) == ref
    assert (message.topic, message.event) == (topic, event)
    assert json.loads(bytes(message.payload)) == payload


@pytest.mark.parametrize("ref", ['"12"', "12", "null", '"ü\\""', "-1.5e3", '""', '"\\u0041"'])
def test_refs_are_echoed_as_they_came(ref: str) -> None:
    message = decode_text(f'[ {ref} , {ref},"room:hall","e",{{}}]'.encode())
    assert message.join_ref == message.ref == ref.encode()
    ((opcode, payload),) = unwrap(reply_frame(V2(wrap), message, "ok", {}))
    assert opcode == TEXT
    reply = '"phx_reply",{"status":"ok","response":{}}'
    assert payload.decode() == f'[{ref},{ref},"room:hall",{reply}]'


DEEP = b"[" * 30_000 + b"]" * 30_000

NOT_MESSAGES = {
    "empty": b"",
    "not JSON": b"hello",
    "NaN": b'["1","2","room:hall","e",NaN]',
    "NaN within": b'["1","2","room:hall","e",{"a":NaN}]',
    "Infinity": b'["1","2","room:hall","e",[Infinity]]',
    "cut off": b'["1","2","room:hall","e",{}',
    "more behind it": b'["1","2","room:hall","e",{}]x',
    "an object": b'{"topic":"room:hall"}',
    "four items": b'["1","2","room:hall","e"]',
    "no items": b"[]",
    "a topic that is a number": b'["1","2",3,"e",{}]',
    "no topic": b'["1","2",null,"e",{}]',
    "an event that is an array": b'["1","2","room:hall",[],{}]',
    "a ref that is a boolean": b'["1",true,"room:hall","e",{}]',
    "a join_ref that is a boolean": b'[false,"2","room:hall","e",{}]',
    "a ref that is an object": b'["1",{},"room:hall","e",{}]',
    "a ref that is an array": b'["1",[1],"room:hall","e",{}]',
    "a ref that is too long": b'["1","' + b"2" * 63 + b'","room:hall","e",{}]',
    "a number that is too long": b'["1",' + b"2" * 65 + b',"room:hall","e",{}]',
    "half a character as a ref": b'["\\ud800","2","room:hall","e",{}]',
    "half a character in a topic": b'["1","2","room:\\ud800","e",{}]',
    "a topic that is not UTF-8": b'["1","2","room:\xff","e",{}]',
    "a ref that is not UTF-8": b'["1","\xff","room:hall","e",{}]',
    "a byte order mark": b'\xef\xbb\xbf["1","2","room:hall","e",{}]',
    "a payload too deep to read": b'["1","2","room:hall","e",' + DEEP + b"]",
    "more items too deep to read": b'["1","2","room:hall","e",{},' + DEEP + b"]",
    "deep and cut off": b"[" * 60_000,
}


@pytest.mark.parametrize("frame", NOT_MESSAGES.values(), ids=NOT_MESSAGES.keys())
def test_text_that_is_no_message_ends_the_connection_with_1007(frame: bytes) -> None:
    with pytest.raises(ConnectionFault, match="not a message") as caught:
        decode_text(frame)
    assert caught.value.code == 1007


def test_a_ref_of_64_bytes_is_not_too_long() -> None:
    assert decode_text(b'["1","' + b"2" * 62 + b'","room:hall","e",{}]').ref[1:-1] == b"2" * 62


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
@example(b'["1","2","t","e",' + b"9" * 40 + b"]")
def test_any_text_is_a_message_or_ends_the_connection(frame: bytes) -> None:
    found = message_or_code(decode_text, frame)
    if isinstance(found, Message):
        msgspec.json.encode([found.topic, found.event])  # fit to be sent back
    else:
        assert found == 1007


# Binary


@given(
    st.binary(max_size=255).filter(lambda b: _is_text(b)),
    st.text(max_size=40).map(lambda s: s.encode("utf-8", "ignore")),
    st.text(max_size=40).map(lambda s: s.encode("utf-8", "ignore")),
    st.binary(max_size=40),
)
def test_any_binary_push_is_read_as_it_was_written(
    ref: bytes, topic: bytes, event: bytes, data: bytes
) -> None:
    message = decode_binary(binary_push(ref, b"", topic, event, data))
    assert json.loads(message.join_ref) == (None if ref in (b"", b"null") else ref.decode())
    assert message.ref == NULL
    assert (message.topic, message.event) == (topic.decode(), event.decode())
    assert message.payload == data
    assert message.binary


def _is_text(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


WHOLE = binary_push(b"3", b"12", b"room:hall", b"i_moved", b"")


@pytest.mark.parametrize("size", range(len(WHOLE)))
def test_a_binary_push_that_is_cut_off_ends_the_connection_with_1002(size: int) -> None:
    with pytest.raises(ConnectionFault) as caught:
        decode_binary(WHOLE[:size])
    assert caught.value.code == 1002


@pytest.mark.parametrize("kind", [1, 2, 3, 91, 255])
def test_a_binary_message_that_is_no_push_ends_the_connection_with_1002(kind: int) -> None:
    with pytest.raises(ConnectionFault, match="not a binary push") as caught:
        decode_binary(bytes([kind]) + WHOLE[1:])
    assert caught.value.code == 1002


@pytest.mark.parametrize("place", range(4))
def test_a_name_that_is_not_utf8_ends_the_connection_with_1002(place: int) -> None:
    names = [b"3", b"12", b"room:hall", b"i_moved"]
    names[place] = b"\xff\xfe"
    with pytest.raises(ConnectionFault, match="not UTF-8") as caught:
        decode_binary(binary_push(names[0], names[1], names[2], names[3], b""))
    assert caught.value.code == 1002


@given(st.binary(max_size=80))
def test_any_bytes_are_a_push_or_end_the_connection(frame: bytes) -> None:
    found = message_or_code(decode_binary, frame)
    if isinstance(found, Message):
        for ref in (found.join_ref, found.ref):
            json.loads(ref)
    else:
        assert found == 1002


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (b'"3"', b'"3"', True),
        (b"3", b'"3"', True),  # a binary frame knows only strings
        (b"null", b"null", True),
        (b'"3"', b'"4"', False),
        (b"3", b"33", False),
        (b'"3"', b"null", False),
        (b'""', b"null", False),
    ],
)
def test_refs_are_the_same_by_what_they_say(one: bytes, other: bytes, same: bool) -> None:
    assert same_ref(one, other) is same
    assert same_ref(other, one) is same


# The short way for poses


@given(
    st.sampled_from([b"3", b"", b"44"]),
    st.sampled_from([b"", b"12", b"9" * 30]),
    st.sampled_from([b"room:hall", b"room:hal", b"room:halli", b"room:ha"]),
    st.sampled_from([b"i_moved", b"li_moved", b"moved", b"i_movedx", b""]),
    st.binary(max_size=20),
    st.integers(-30, 0),
)
@example(b"3", b"1", b"room:hal", b"li_moved", b"pose", 0)
@example(b"3", b"1", b"room:halli", b"_moved", b"pose", 0)
@example(b"3", b"1", b"room:hall", b"i_moved", b"pose", 0)
@example(b"3", b"1", b"room:hall", b"i_moved", b"", 0)
@example(b"", b"31", b"room:hall", b"i_moved", b"pose", 0)
def test_the_short_way_finds_what_the_long_way_finds(
    join_ref: bytes, ref: bytes, topic: bytes, event: bytes, data: bytes, cut: int
) -> None:
    frame = binary_push(join_ref, ref, topic, event, data)
    frame = frame[: len(frame) + cut]
    found = pose_record(frame, b"3", b"room:halli_moved")
    try:
        message = decode_binary(frame)
    except ConnectionFault:
        assert found is None
        return
    ours = (
        message.join_ref == b'"3"' and message.topic == "room:hall" and message.event == "i_moved"
    )
    assert found == (message.payload if ours else None)


def test_the_short_way_takes_no_other_kind() -> None:
    frame = binary_push(b"3", b"1", b"room:hall", b"i_moved", b"pose")
    assert pose_record(frame, b"3", b"room:halli_moved") == b"pose"
    assert pose_record(b"\x02" + frame[1:], b"3", b"room:halli_moved") is None


# Frames of a room


HEAD = Pose((1.0, 2.0, 3.0), (0.0, 0.0, 0.0, 1.0))


def test_a_binary_frame_names_everybody_by_number() -> None:
    moves = {
        f"u{n}": UserMoved(f"u{n}", n, Pose((n / 8, 0.0, 0.0), HEAD.rotation))
        for n in (0, 1, 500, 65_535)
    }
    ((opcode, payload),) = unwrap(RoomFrames("hall", wrap).merged("binary", moves, 0.0))
    assert opcode == BINARY
    assert payload[:17] == b"\x02\x09\x05room:hallposes"
    poses = unpack_poses(payload[17:])
    assert {n: pose.position[0] for n, pose in poses.items()} == {
        n: n / 8 for n in (0, 1, 500, 65_535)
    }
    assert len(payload) == 17 + 4 * 16


@pytest.mark.parametrize(
    ("seconds", "stamp"), [(0.0, 0), (1.2349, 1234), (65.535, 65_535), (65.536, 0), (1e6, 51_712)]
)
def test_a_stamped_frame_begins_with_the_time_of_its_tick(seconds: float, stamp: int) -> None:
    moves = {"ann": UserMoved("ann", 7, HEAD)}
    ((opcode, payload),) = unwrap(RoomFrames("hall", wrap).merged("stamped", moves, seconds))
    assert opcode == BINARY
    assert payload[:20] == b"\x02\x09\x08room:hallposes_at"
    assert int.from_bytes(payload[20:22], "little") == stamp
    assert payload[22:] == pack_pose(7, HEAD)


def test_a_record_that_came_as_one_is_passed_on_as_it_came() -> None:
    frames = RoomFrames("hall", wrap)
    move = UserMoved("ann", 7, check_push(pack_push(HEAD)))
    ((_, payload),) = unwrap(frames.merged("binary", {"ann": move}, 0.0))
    assert payload[17:] == pack_pose(7, HEAD)


def test_nobody_moved_is_an_empty_frame_or_none() -> None:
    frames = RoomFrames("hall", wrap)
    assert frames.merged("json", {}, 0.0) == b""
    assert len(unwrap(frames.merged("batch", {}, 0.0))) == 1


@given(short_text, short_text)
def test_names_are_escaped(room_id: str, user_id: str) -> None:
    if len(room_id.encode()) > 200:
        return
    frames = RoomFrames(room_id, wrap).merged("json", {user_id: UserMoved(user_id, 1, HEAD)}, 0.0)
    ((_, payload),) = unwrap(frames)
    _, _, topic, event, content = json.loads(payload)
    assert (topic, event) == (f"room:{room_id}", "stoc")
    assert content["payload"]["user_id"] == user_id


def test_a_message_frame_is_put_together_from_json() -> None:
    ((opcode, payload),) = unwrap(
        V2(wrap).frame(b"3", NULL, b'"room:hall"', b"phx_error", b'{"reason":"x"}')
    )
    assert opcode == TEXT
    assert json.loads(payload) == [3, None, "room:hall", "phx_error", {"reason": "x"}]


def test_messages_are_frozen() -> None:
    message: Any = Message(NULL, NULL, "t", "e", b"")
    with pytest.raises(AttributeError):
        message.topic = "other"
