"""Version 1 of the protocol: what the npm package phoenix 1.2.1 sent, and what it then reads."""

import json
from typing import Any

import pytest
from trio.testing import MockClock

from tests.channels.backend import TOPIC, Backend, open_backend, refused, settled
from tests.channels.phoenix_examples import HANDS, HEAD, unwrap, wrap
from tests.people import state
from xr.channels.room_frames import RoomFrames
from xr.channels.serializer import BINARY, NULL, TEXT, V1, V2, decode_object, reply_frame
from xr.channels.socket import Socket
from xr.errors import ConnectionFault
from xr.events import ConnectionsChanged, Event, UserJoined, UserLeft, UserMoved

JOIN = b'{"topic":"room:hall","event":"phx_join","payload":{"poses":"batch","tab":"t1"},"ref":"1"}'
MOVED = (
    b'{"topic":"room:hall","event":"i_moved","payload":'
    b'{"position":[1,1.75,-2.5],"rotation":[0,0.6,0,0.8]},"ref":"2"}'
)
LEAVE = b'{"topic":"room:hall","event":"phx_leave","payload":{},"ref":"3"}'
HEARTBEAT = b'{"topic":"phoenix","event":"heartbeat","payload":{},"ref":"4"}'
CAPTURED = (JOIN, MOVED, LEAVE, HEARTBEAT)
OK = {"status": "ok", "response": {}}


@pytest.mark.parametrize("frame", CAPTURED)
def test_what_the_old_package_sent_is_read(frame: bytes) -> None:
    sent, message = json.loads(frame), V1(wrap).decode(TEXT, frame)
    assert (message.topic, message.event) == (sent["topic"], sent["event"])
    assert json.loads(bytes(message.payload)) == sent["payload"]
    assert json.loads(message.ref) == sent["ref"]
    assert not message.binary


def test_the_ref_of_a_join_names_the_membership_unless_there_is_a_join_ref() -> None:
    assert decode_object(JOIN).join_ref == b'"1"'
    assert decode_object(MOVED).join_ref == NULL
    frame = JOIN[:-1] + b',"join_ref":"9"}'
    assert decode_object(frame).join_ref == b'"9"'
    assert decode_object(JOIN[:-1] + b',"join_ref":null}').join_ref == b'"1"'


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        b"{}",
        b"[]",
        b'["1","1","room:hall","phx_join",{}]',
        b'{"topic":"t","event":"e","payload":{}}',
        b'{"topic":"t","event":"e","ref":"1"}',
        b'{"topic":1,"event":"e","payload":{},"ref":"1"}',
        b'{"topic":"t","event":"e","payload":{},"ref":true}',
        b'{"topic":"t","event":"e","payload":NaN,"ref":"1"}',
        b'{"topic":"t","event":"e","payload":{},"ref":"1","join_ref":[]}',
        b'{"topic":"t","event":"\xff","payload":{},"ref":"1"}',
        b'{"topic":"t","event":"e","payload":' + b"[" * 5000,
    ],
)
def test_what_is_no_object_ends_the_connection(frame: bytes) -> None:
    with pytest.raises(ConnectionFault) as fault:
        V1(wrap).decode(TEXT, frame)
    assert fault.value.code == 1007


def test_a_reply_has_the_four_fields_and_no_other() -> None:
    message = decode_object(JOIN)
    ((opcode, payload),) = unwrap(reply_frame(V1(wrap), message, "ok", {}))
    assert opcode == TEXT
    wanted = {"topic": "room:hall", "event": "phx_reply", "payload": OK, "ref": "1"}
    assert json.loads(payload) == wanted


def by_version(one: bytes, two: bytes) -> None:
    """The same messages in both: version 1 has no join_ref, and names its fields."""
    ones, twos = unwrap(one), unwrap(two)
    assert ones
    for (opcode, first), (_, second) in zip(ones, twos, strict=True):
        assert opcode == TEXT
        _, ref, topic, event, payload = json.loads(second)
        wanted = {"topic": topic, "event": event, "payload": payload, "ref": ref}
        assert json.loads(first) == wanted


@pytest.mark.parametrize(
    "event",
    [
        UserJoined("ann", 7, HEAD, state("ann")),
        UserLeft("ann"),
        ConnectionsChanged({"ann": ("a1",)}, {"bob": ("b1", "b2")}),
    ],
)
@pytest.mark.parametrize("poses", ["json", "batch"])
def test_everybody_is_told_the_same_in_both_versions(event: Event, poses: Any) -> None:
    frames = RoomFrames("hall", wrap)
    by_version(frames.single(V1.forms[poses], event), frames.single(V2.forms[poses], event))


@pytest.mark.parametrize("poses", ["json", "batch"])
def test_moves_are_the_same_in_both_versions(poses: Any) -> None:
    frames = RoomFrames("hall", wrap)
    moves = {"ann": UserMoved("ann", 7, HEAD), "bob": UserMoved("bob", 9, HANDS)}
    by_version(
        frames.merged(V1.forms[poses], moves, 0.0), frames.merged(V2.forms[poses], moves, 0.0)
    )


class OldClient:
    """A client of version 1."""

    def __init__(self, backend: Backend, user_id: str) -> None:
        self.frames: list[Any] = []
        self.behind = False
        self.silent = False
        self.open = True
        self.socket: Socket = backend.endpoint.connect(user_id, "192.0.2.7", self, "1")

    def send(self, frames: bytes) -> None:
        for opcode, payload in unwrap(frames):
            assert opcode == TEXT
            self.frames.append(json.loads(payload))
            assert self.frames[-1].keys() == {"topic", "event", "payload", "ref"}

    def close(self, code: int, reason: str) -> None:
        self.open = False

    def push(self, event: str, payload: object, ref: str) -> None:
        message = {"topic": TOPIC, "event": event, "payload": payload, "ref": ref}
        self.socket.receive(TEXT, json.dumps(message).encode())

    def heard(self) -> list[tuple[str, Any, Any]]:
        """Event, ref and payload of what came since the last time."""
        frames, self.frames = self.frames, []
        return [(frame["event"], frame["ref"], frame["payload"]) for frame in frames]


async def test_an_old_client_visits_a_room_with_new_ones(autojump_clock: MockClock) -> None:
    async with open_backend() as backend:
        bob = await backend.visitor("bob", poses="binary")
        ann = OldClient(backend, "ann")
        ann.socket.receive(TEXT, HEARTBEAT)
        assert ann.heard() == [("phx_reply", "4", OK)]
        ann.socket.receive(TEXT, JOIN)
        await settled()
        heard = ann.heard()
        assert heard[0] == ("phx_reply", "1", OK)
        assert [event for event, _, _ in heard[1:]] == [
            "snapshot",
            "user_snapshot",
            "presence_state",
        ]
        assert list(heard[2][2]) == ["bob", "ann"]
        bob.told()
        ann.socket.receive(TEXT, MOVED)
        await settled()
        ((event, ref, payload),) = ann.heard()
        assert (event, ref, payload["event"]) == ("stoc", None, "users_moved")
        assert payload["payload"]["ann"]["position"] == [1, 1.75, -2.5]
        assert [message[4] for message in bob.told()] == [{1: 1.0}]
        ann.push("dance", {}, "5")
        assert ann.heard() == [("phx_reply", "5", refused("unknown event"))]
        ann.socket.receive(TEXT, LEAVE)
        assert ann.heard() == [("phx_reply", "3", OK), ("phx_close", "1", {})]
        ann.socket.closed(1001, "")


async def test_an_old_client_that_joins_again_knows_which_membership_was_closed(
    autojump_clock: MockClock,
) -> None:
    async with open_backend() as backend:
        ann = OldClient(backend, "ann")
        for ref in ("1", "2"):
            ann.push("phx_join", {}, ref)
            await settled()
        heard = [line for line in ann.heard() if line[0] in ("phx_reply", "phx_close")]
        assert heard == [("phx_reply", "1", OK), ("phx_close", "1", {}), ("phx_reply", "2", OK)]
        ann.socket.closed(1001, "")


async def test_an_old_client_gets_no_binary_poses(autojump_clock: MockClock) -> None:
    async with open_backend() as backend:
        ann = OldClient(backend, "ann")
        ann.push("phx_join", {"poses": "binary"}, "1")
        reason = "invalid join: version 1 (vsn) has no binary poses"
        assert ann.heard() == [("phx_reply", "1", refused(reason))]
        assert backend.metrics.refused == {"invalid join": 1}
        ann.socket.closed(1001, "")


async def test_a_binary_frame_of_an_old_client_ends_it(autojump_clock: MockClock) -> None:
    """Also one that would be a good pose of its membership in version 2."""
    async with open_backend() as backend:
        ann = OldClient(backend, "ann")
        ann.socket.receive(TEXT, JOIN)
        await settled()
        ann.socket.receive(TEXT, MOVED)
        names = (b"1", b"2", TOPIC.encode(), b"i_moved")
        push = bytes([0, *map(len, names)]) + b"".join(names) + bytes(18)
        with pytest.raises(ConnectionFault) as fault:
            ann.socket.receive(BINARY, push)
        assert fault.value.code == 1002
        assert backend.metrics.poses == 1
        ann.socket.closed(1002, "")
