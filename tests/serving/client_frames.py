"""A client's side of websocket framing, written apart from the server's so that it can check it."""

import struct
from collections.abc import Iterable
from itertools import pairwise

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
MASK = b"\x37\xfa\x21\x3d"


def client_frame(
    opcode: int,
    payload: bytes = b"",
    *,
    final: bool = True,
    reserved: int = 0,
    mask: bytes | None = MASK,
    length: int | None = None,
    form: int | None = None,
) -> bytes:
    """One frame, also a wrong one.

    ``length`` is what the header says, if it is not the payload's; ``form`` is 7, 16 or 64, the
    bits that the length is written in; without ``mask`` the frame goes unmasked.
    """
    size = len(payload) if length is None else length
    if form is None:
        form = 7 if size < 126 else 16 if size < 1 << 16 else 64
    head = bytes([final << 7 | reserved << 4 | opcode])
    bit = 0 if mask is None else 0x80
    if form == 7:
        head += bytes([bit | size])
    elif form == 16:
        head += struct.pack("!BH", bit | 126, size)
    else:
        head += struct.pack("!BQ", bit | 127, size)
    if mask is None:
        return head + payload
    return head + mask + bytes(byte ^ mask[i & 3] for i, byte in enumerate(payload))


def close_payload(code: int, reason: bytes = b"") -> bytes:
    return struct.pack("!H", code) + reason


def cut(data: bytes, places: Iterable[int]) -> list[bytes]:
    """``data`` in the pieces that lie between ``places``."""
    edges = [0, *sorted(places), len(data)]
    return [data[a:b] for a, b in pairwise(edges)]


def parts(opcode: int, *pieces: bytes) -> bytes:
    """One message in as many frames as there are pieces."""
    last = len(pieces) - 1
    return b"".join(
        client_frame(opcode if i == 0 else CONTINUATION, piece, final=i == last)
        for i, piece in enumerate(pieces)
    )
