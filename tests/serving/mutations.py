"""Requests, frames and messages that are nearly right, made from a seed."""

import json
import random
from typing import Any

from tests.serving.client_frames import BINARY, CONTINUATION, TEXT, client_frame, close_payload
from tests.serving.raw import message, upgrade
from xr.pose import Pose
from xr.wire.record import pack_push

TARGETS = [
    "/",
    "/rooms/x",
    "/rooms/%00",
    "/rooms/%ff%fe",
    "/api/rooms",
    "/api/token",
    "/healthz",
    "/metrics",
    "/admin/rooms-list",
    "/assets/../../../etc/passwd",
    "/static/%2e%2e/%2e%2e/app.py",
    "/socket/websocket",
    "/socket/websocket?vsn=1.0.0",
    "/socket/websocket?vsn=3.0.0",
    "/socket/websocket?vsn=2.0.0&user_token=%00",
    "http://[",
    "http://localhost/",
    "//[",
    "*",
    "?",
    "/" + "a" * 9000,
]
HEADERS = [
    "Host: [",
    "Host: other.example",
    "Host:",
    "Content-Length: 5",
    "Content-Length: -1",
    "Content-Length: 99999999999999999999",
    "Transfer-Encoding: chunked",
    "Transfer-Encoding: gzip, chunked",
    "Connection: close",
    "Connection: keep-alive, Upgrade",
    "Upgrade: h2c",
    "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA",
    "Sec-WebSocket-Version: 8",
    "Sec-WebSocket-Key: short",
    "Sec-WebSocket-Protocol: ph\xf6nix",
    "Sec-WebSocket-Protocol: phoenix, base64url.bearer.phx.\xff",
    "Sec-WebSocket-Protocol: base64url.bearer.phx.////",
    "Sec-WebSocket-Extensions: permessage-deflate; =;",
    "Origin: http://evil.example",
    "Origin: http://[",
    "Origin: null",
    "Cookie: xr_user=a.b; xr_user=\xff",
    "Expect: 100-continue",
    "X-Forwarded-For: [, 1.2.3.4",
    "X-Forwarded-Host: ]",
    "Authorization: Bearer \xff",
    "Range: bytes=-1",
    "If-None-Match: \xff",
    "If-Modified-Since: yesterday",
    "X-Long: " + "x" * 40_000,
    "no colon",
    "\x00: zero",
]
NUMBERS = ["NaN", "1e999", "-1e999", "1" * 400, "-0", "0.1e-400", "10000.000001", "01", "1.", "0x1"]
TOPICS = [
    "phoenix",
    "room:nowhere",
    "room:",
    "",
    "room:\u0000",
    "x" * 300,
    "room:é",
    "\ud800",
    "user:x",
]
EVENTS = [
    "phx_join",
    "phx_leave",
    "heartbeat",
    "i_moved",
    "phx_close",
    "phx_error",
    "phx_reply",
    "stoc",
    "access_token",
    "",
    "e" * 300,
]
GOOD_POSE = {"position": [1.0, 2.0, 3.0], "rotation": [0, 0, 0, 1]}


def mangle(data: bytes, rng: random.Random) -> bytes:
    """A few bytes changed, lost, doubled or made up."""
    changed = bytearray(data)
    for _ in range(rng.choice([0, 1, 1, 2, 5])):
        at = rng.randrange(len(changed) + 1)
        span = rng.choice([1, 1, 2, 8, 40])
        kind = rng.randrange(5)
        if kind == 0 and at < len(changed):
            changed[at] ^= 1 << rng.randrange(8)
        elif kind == 1:
            del changed[at : at + span]
        elif kind == 2:
            changed[at:at] = changed[at : at + span]
        elif kind == 3:
            changed[at:at] = rng.randbytes(span)
        else:
            del changed[at:]
    return bytes(changed)


def handshake(rng: random.Random, token: str) -> bytes:
    """A request, mostly to upgrade."""
    extra = rng.sample(HEADERS, rng.choice([0, 0, 1, 2]))
    if rng.random() < 0.6:
        without = rng.choice([(), (), (), ("Host",), ("Sec-WebSocket-Key",), ("Upgrade",)])
        path = "/socket/websocket?vsn=2.0.0" if rng.random() < 0.7 else rng.choice(TARGETS)
        data = upgrade(path, token, extra=extra, without=without)
    else:
        method = rng.choice(["GET", "GET", "HEAD", "POST", "PUT", "OPTIONS", "CONNECT", "PRI", "é"])
        version = rng.choice(["1.1", "1.1", "1.0", "2.0", "0.9", "9.9"])
        lines = [f"{method} {rng.choice(TARGETS)} HTTP/{version}", "Host: localhost", *extra]
        data = "\r\n".join([*lines, "", ""]).encode("latin1", "replace")
    if rng.random() < 0.3:
        data += rng.choice([b"\x81", client_frame(TEXT, b"[]"), rng.randbytes(50), data])
    return mangle(data, rng) if rng.random() < 0.6 else data


def frame(rng: random.Random) -> bytes:
    """One to five frames."""
    return b"".join(_frame(rng) for _ in range(rng.randint(1, 5)))


def _frame(rng: random.Random) -> bytes:
    payload = rng.choice(
        [
            b"",
            rng.randbytes(rng.choice([1, 2, 60, 125, 126, 3000])),
            json.dumps(["1", "1", "phoenix", "heartbeat", {}]).encode(),
            close_payload(rng.randrange(900, 5100), rng.randbytes(rng.choice([0, 3]))),
        ]
    )
    opcode = rng.choice([CONTINUATION, TEXT, BINARY, 8, 9, 10])
    if rng.random() < 0.9:
        data = client_frame(opcode, payload, final=rng.random() < 0.8)
    else:
        data = client_frame(
            rng.choice([opcode, 3, 15]),
            payload,
            reserved=rng.choice([0, 0, 1, 2, 4]),
            mask=None if rng.random() < 0.3 else rng.randbytes(4),
            length=rng.choice([len(payload), len(payload) + 1, 1 << 40, (1 << 64) - 1]),
            form=64,
        )
    return mangle(data, rng) if rng.random() < 0.5 else data


def channel_message(rng: random.Random, room_id: str) -> bytes:
    """A message of Phoenix Channels, in a frame that is right."""
    topic = f"room:{room_id}" if rng.random() < 0.7 else rng.choice(TOPICS)
    event = rng.choice(EVENTS)
    if rng.random() < 0.3:
        return _binary(rng, topic, event)
    refs: list[Any] = [
        rng.choice(["join", "1", 1, None, 1.5, True, [], {}, "r" * 100]) for _ in range(2)
    ]
    payload: Any = rng.choice(
        [{}, None, [], "text", 7, GOOD_POSE, {"poses": "binary"}, {"poses": 7}, {"tab": "t" * 100}]
    )
    items: list[Any] = [*refs, topic, event, _mutated(payload, rng)]
    if rng.random() < 0.2:
        del items[rng.randrange(5) :]
    text = json.dumps(items, ensure_ascii=rng.random() < 0.5).encode(errors="surrogatepass")
    while b'"@"' in text:
        text = text.replace(b'"@"', rng.choice(NUMBERS).encode(), 1)
    if rng.random() < 0.02:
        text = b"[" * 30_000
    return client_frame(TEXT, mangle(text, rng) if rng.random() < 0.3 else text)


def _mutated(value: Any, rng: random.Random) -> Any:
    """The value with something odd in its place or within it; "@" stands for an odd number."""
    if rng.random() < 0.3:
        return rng.choice(
            [None, True, "@", "x" * 5000, [], {}, [[[[[[]]]]]], "\ud800", "\0", {"": ""}, -1]
        )
    if isinstance(value, dict):
        return {key: _mutated(item, rng) for key, item in value.items()}
    if isinstance(value, list):
        return [_mutated(item, rng) if rng.random() < 0.3 else item for item in value]
    return value


def _binary(rng: random.Random, topic: str, event: str) -> bytes:
    pose = pack_push(Pose((1.0, 2.0, 3.0), (0.0, 0.0, 0.0, 1.0)))
    payload = rng.choice(
        [pose, pose, b"", rng.randbytes(14), rng.randbytes(40), rng.randbytes(900)]
    )
    if len(topic) > 200 or len(event) > 200 or "\ud800" in topic:
        return client_frame(BINARY, rng.randbytes(60))
    data = message(topic, event, payload, ref="1", join_ref=rng.choice(["join", None, "2"]))
    if rng.random() < 0.5:
        return data
    body = bytes(byte ^ data[2 + (i & 3)] for i, byte in enumerate(data[6:]))
    return client_frame(BINARY, mangle(body if len(data) < 132 else body[2:], rng))
