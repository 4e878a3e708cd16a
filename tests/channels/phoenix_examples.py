"""Frames of ours for the npm package phoenix to read, and what it should find in them.

Run as a program it prints them for ``phoenix_frames.mjs``.
"""

import base64
import json
from typing import Any

from tests.people import state, state_json
from xr.channels.room_frames import RoomFrames
from xr.channels.serializer import NULL, TEXT, V2, Message, reply_frame
from xr.events import ConnectionsChanged, UserJoined, UserLeft, UserMoved
from xr.pose import Placement, Pose
from xr.rooms.view import UsersView
from xr.wire.record import pack_pose

TOPIC = "room:hall"
HEAD = Pose((1.0, 1.75, -2.5), (0.0, 0.6, 0.0, 0.8))
LEFT = Placement((0.5, 1.25, -2.0), (0.5, 0.5, 0.5, 0.5))
HANDS = Pose(HEAD.position, HEAD.rotation, LEFT, Placement((1.5, 1.0, -2.0), LEFT.rotation))
MOVES = {"ann": UserMoved("ann", 7, HEAD), "bob": UserMoved("bob", 65_535, HANDS)}
JOIN = Message(b'"3"', b'"3"', TOPIC, "phx_join", b"{}")

HEAD_JSON = {"position": [1.0, 1.75, -2.5], "rotation": [0.0, 0.6, 0.0, 0.8]}
HANDS_JSON = {
    **HEAD_JSON,
    "left": {"position": [0.5, 1.25, -2.0], "rotation": [0.5] * 4},
    "right": {"position": [1.5, 1.0, -2.0], "rotation": [0.5] * 4},
}


def wrap(opcode: int, payload: bytes) -> bytes:
    """A frame that says which kind it is and where it ends."""
    return bytes([opcode]) + len(payload).to_bytes(4, "big") + payload


def unwrap(frames: bytes) -> list[tuple[int, bytes]]:
    """The frames of ``wrap``: opcodes and payloads. Fails on anything but whole frames."""
    found = []
    while frames:
        size = int.from_bytes(frames[1:5], "big")
        assert len(frames) >= 5 + size
        found.append((frames[0], frames[5 : 5 + size]))
        frames = frames[5 + size :]
    return found


def _stoc(event: str, payload: object) -> list[Any]:
    return [None, None, TOPIC, "stoc", {"event": event, "payload": payload}]


def _users() -> bytes:
    """The payload of a ``user_snapshot``."""
    view = UsersView()
    for user_id, move in MOVES.items():
        view.folds[UserJoined](UserJoined(user_id, move.number, move.pose, state(user_id)))
    return view.welcome()


def ours() -> dict[str, tuple[bytes, list[list[Any]]]]:
    """Our frames by name, with the messages that are in them."""
    room = RoomFrames("hall", wrap)
    ann = {"user_id": "ann", **HEAD_JSON}
    bob = {"user_id": "bob", **HANDS_JSON}
    changed = ConnectionsChanged({"ann": ("a1", "a2")}, {"bob": ("b1",)})
    diff = {
        "joins": {"ann": {"metas": [{"phx_ref": "a1"}, {"phx_ref": "a2"}]}},
        "leaves": {"bob": {"metas": [{"phx_ref": "b1"}]}},
    }
    records = pack_pose(7, HEAD) + pack_pose(65_535, HANDS)
    refused = {"status": "error", "response": {"reason": "no such room"}}
    return {
        "reply": (
            reply_frame(V2(wrap), JOIN, "error", {"reason": "no such room"}),
            [["3", "3", TOPIC, "phx_reply", refused]],
        ),
        "close": (
            V2(wrap).frame(b'"3"', b'"3"', b'"room:hall"', b"phx_close", b"{}"),
            [["3", "3", TOPIC, "phx_close", {}]],
        ),
        "snapshot": (
            V2(wrap).frame(b'"3"', NULL, b'"room:hall"', b"user_snapshot", _users()),
            [
                [
                    "3",
                    None,
                    TOPIC,
                    "user_snapshot",
                    {
                        "ann": {"n": 7, **HEAD_JSON, **state_json("ann")},
                        "bob": {"n": 65_535, **HANDS_JSON, **state_json("bob")},
                    },
                ]
            ],
        ),
        "joined": (
            room.single("json", UserJoined("ann", 7, HEAD, state("ann"))),
            [_stoc("user_joined", {"n": 7, **ann, **state_json("ann")})],
        ),
        "left": (room.single("json", UserLeft("ann")), [_stoc("user_left", {"user_id": "ann"})]),
        "presence": (
            room.single("json", changed),
            [[None, None, TOPIC, "presence_diff", diff]],
        ),
        "json": (
            room.merged("json", MOVES, 0.0),
            [_stoc("user_moved", ann), _stoc("user_moved", bob)],
        ),
        "batch": (
            room.merged("batch", MOVES, 0.0),
            [_stoc("users_moved", {"ann": HEAD_JSON, "bob": HANDS_JSON})],
        ),
        "binary": (
            room.merged("binary", MOVES, 0.0),
            [[None, None, TOPIC, "poses", {"base64": base64.b64encode(records).decode()}]],
        ),
    }


if __name__ == "__main__":
    print(
        json.dumps(
            [
                {
                    "name": name,
                    "text": opcode == TEXT,
                    "base64": base64.b64encode(payload).decode(),
                }
                for name, (frames, _) in ours().items()
                for opcode, payload in unwrap(frames)
            ]
        )
    )
