"""A bot's frames are those that the server reads, and the other way round."""

import msgspec
import pytest

from tests.people import state
from xr.bots import frames
from xr.bots.identity import read_page
from xr.channels.room_frames import RoomFrames
from xr.channels.serializer import decode_binary, decode_text
from xr.errors import XrError
from xr.events import UserJoined, UserLeft, UserMoved
from xr.pages.socket import token_of
from xr.pose import Pose, decode_pose
from xr.wire.messages import Poses
from xr.wire.record import unpack_push

POSE = Pose((1.0, 1.7, -2.5), (0.0, 0.6, 0.0, 0.8))
MOVES = {"ann": UserMoved("ann", 3, POSE), "ben": UserMoved("ben", 65535, POSE)}


def _payloads(form: Poses) -> frames.Received:
    """A tick as the server's encoder writes it, read as a bot reads it."""
    encoder = RoomFrames("tea", lambda opcode, data: bytes([opcode]) + data)
    frame = encoder.merged(form, MOVES, 0.0)
    return frames.read(frame[1:].decode() if frame[0] == 1 else frame[1:])


def test_the_server_reads_a_text_push() -> None:
    message = decode_text(frames.push("1", "7", "room:tea", "phx_join", {"a": 1}).encode())
    assert (message.join_ref, message.ref) == (b'"1"', b'"7"')
    assert (message.topic, message.event) == ("room:tea", "phx_join")
    assert msgspec.json.decode(message.payload) == {"a": 1}


def test_the_server_reads_a_heartbeat() -> None:
    message = decode_text(frames.push(None, "7", "phoenix", "heartbeat", {}).encode())
    assert (message.join_ref, message.topic, message.event) == (b"null", "phoenix", "heartbeat")


def test_the_server_reads_a_pose_in_either_form() -> None:
    text, binary = (frames.moved(binary, "7", "room:tea", POSE) for binary in (False, True))
    assert isinstance(text, str)
    assert isinstance(binary, bytes)
    assert decode_pose(decode_text(text.encode()).payload) == POSE
    message = decode_binary(binary)
    assert (message.join_ref, message.ref, message.topic) == (b'"1"', b'"7"', "room:tea")
    assert message.event == "i_moved"
    assert unpack_push(bytes(message.payload)).position == POSE.position


def test_the_server_finds_the_token_among_the_subprotocols() -> None:
    token = "ann.Zx_9-.signature_of_any-length"
    assert token_of(frames.subprotocols(token)) == token
    assert frames.subprotocols(token)[0] == "phoenix"


def test_poses_are_read_in_each_form() -> None:
    binary = _payloads("binary")
    assert (binary.topic, binary.event) == ("room:tea", "poses")
    read = frames.poses(binary.payload)
    assert {n: pose.position for n, pose in read.items()} == {
        3: POSE.position,
        65535: POSE.position,
    }
    batch = _payloads("batch")
    assert (batch.event, batch.payload["event"]) == ("stoc", "users_moved")
    assert batch.payload["payload"]["ben"]["position"] == list(POSE.position)


def test_joins_and_leaves_are_read() -> None:
    encoder = RoomFrames("tea", lambda _, data: data)
    joined = frames.read(encoder.single("json", UserJoined("ann", 3, POSE, state("ann"))).decode())
    assert joined.payload["event"] == "user_joined"
    assert joined.payload["payload"]["n"] == 3
    left = frames.read(encoder.single("json", UserLeft("ann")).decode())
    assert left.payload == {"event": "user_left", "payload": {"user_id": "ann"}}


@pytest.mark.parametrize(
    "frame", ["", "nonsense", "[1, 2]", "{}", "null", b"", b"\x02", b"\x00abc"]
)
def test_what_is_no_message_is_said_so(frame: str | bytes) -> None:
    with pytest.raises(XrError, match="no message"):
        frames.read(frame)


def test_poses_that_are_none_are_said_so() -> None:
    with pytest.raises(XrError, match="poses that are none"):
        frames.poses(b"\x00\x01")


def test_the_identity_is_found_in_the_page() -> None:
    visitor = read_page(
        '<!doctype html><meta charset="utf-8"><meta name="user-id" content="ann">'
        '<meta content="a&amp;b" name="user-token"/><meta name="empty"><p>text'
    )
    assert visitor == ("ann", "a&b")


def test_a_page_without_an_identity_is_said_so() -> None:
    with pytest.raises(XrError, match="no meta element 'user-token'"):
        read_page('<meta name="user-id" content="ann">')
