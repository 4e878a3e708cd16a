"""A browser's side of websocket and Phoenix framing, as little as the simulated pages need.

Written apart from the server's, so that it can check it. Masks are zeros, which are masks like any
other and cost nothing.
"""

from collections.abc import Iterator

from xr.pose import Pose
from xr.wire.record import pack_push

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
_MASK = bytes(4)


def client_frame(opcode: int, payload: bytes) -> bytes:
    """One frame of a client's."""
    size = len(payload)
    if size < 126:
        head = bytes((0x80 | opcode, 0x80 | size))
    else:
        head = bytes((0x80 | opcode, 0x80 | 126)) + size.to_bytes(2, "big")
    return head + _MASK + payload


def close_frame(code: int | None, reason: str = "") -> bytes:
    """A close frame, or one without a code."""
    payload = b"" if code is None else code.to_bytes(2, "big") + reason.encode()
    return client_frame(CLOSE, payload)


def pose_frame(join_ref: str | None, topic: str, pose: Pose) -> bytes:
    """A binary ``i_moved``."""
    parts = [(join_ref or "").encode(), b"", topic.encode(), b"i_moved"]
    sizes = bytes((0, *map(len, parts)))
    return client_frame(BINARY, b"".join((sizes, *parts, pack_push(pose))))


def read_broadcast(payload: bytes) -> tuple[str, str, bytes]:
    """Topic, event and data of a binary broadcast."""
    a = 3 + payload[1]
    b = a + payload[2]
    return payload[3:a].decode(), payload[a:b].decode(), payload[b:]


class FrameReader:
    """Cuts what a server writes into frames."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """Opcode and payload of each frame that is whole now."""
        data = self._rest + data
        offset, size = 0, len(data)
        while size - offset >= 2:
            length, start = data[offset + 1], offset + 2
            if length == 126:
                length, start = int.from_bytes(data[start : start + 2], "big"), start + 2
            if start > size or start + length > size:
                break
            opcode, offset = data[offset] & 15, start + length
            self._rest = data[offset:]
            yield opcode, data[start:offset]
        self._rest = data[offset:]
