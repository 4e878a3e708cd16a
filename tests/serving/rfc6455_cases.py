"""The rules of RFC 6455 for a client's frames: a table of bytes and what must come of them."""

from collections.abc import Iterator
from dataclasses import dataclass

from tests.serving.client_frames import (
    BINARY,
    CLOSE,
    CONTINUATION,
    PING,
    PONG,
    TEXT,
    client_frame,
    close_payload,
    parts,
)

LIMIT = 65536
"""The bound on a message that the table is written for, in bytes."""

Messages = list[tuple[int, bytes]]


@dataclass(frozen=True)
class Case:
    """Bytes of a client, the messages in them, and the close code if they are at fault."""

    name: str
    data: bytes
    messages: Messages
    fault: int | None = None


def cases() -> list[Case]:
    """The whole table."""
    return [
        *_lengths(),
        *_masking(),
        *_headers(),
        *_control_frames(),
        *_fragments(),
        *_bounds(),
        *_utf8(),
        *_closes(),
        *_endings(),
    ]


def _lengths() -> Iterator[Case]:
    for size in (0, 1, 2, 3, 4, 5, 14, 60, 124, 125, 126, 127, 128, 65535, 65536):
        data = bytes(i * 7 & 0xFF for i in range(size))
        yield Case(f"binary of {size} bytes", client_frame(BINARY, data), [(BINARY, data)])
        text = (b"pose" * (size // 4 + 1))[:size]
        yield Case(f"text of {size} bytes", client_frame(TEXT, text), [(TEXT, text)])
    for size, form in ((0, 16), (125, 16), (0, 64), (125, 64), (126, 64), (65535, 64)):
        yield Case(
            f"length {size} in {form} bits",
            client_frame(BINARY, bytes(size), form=form),
            [],
            1002,
        )
    for length in (1 << 63, (1 << 64) - 1):
        yield Case(
            f"length {length:#x}", client_frame(BINARY, b"", length=length, form=64), [], 1002
        )


def _masking() -> Iterator[Case]:
    for mask in (b"\0\0\0\0", b"\xff\xff\xff\xff", b"\1\2\3\4", b"\0\0\0\x80"):
        for size in (1, 6, 60, 126, 4095, 4097, 8193):
            data = bytes(i * 5 & 0xFF for i in range(size))
            yield Case(
                f"{size} bytes under the mask {mask.hex()}",
                client_frame(BINARY, data, mask=mask),
                [(BINARY, data)],
            )
    for opcode in (TEXT, BINARY, CLOSE, PING, PONG):
        yield Case(f"opcode {opcode} without mask", client_frame(opcode, b"", mask=None), [], 1002)
    yield Case("unmasked with payload", client_frame(TEXT, b"hello", mask=None), [], 1002)
    yield Case(
        "unmasked after a good one",
        client_frame(TEXT, b"good") + client_frame(TEXT, b"bad", mask=None),
        [(TEXT, b"good")],
        1002,
    )


def _headers() -> Iterator[Case]:
    for reserved in range(1, 8):
        yield Case(
            f"reserved bits {reserved:03b}", client_frame(TEXT, b"x", reserved=reserved), [], 1002
        )
    for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15):
        yield Case(f"opcode {opcode}", client_frame(opcode, b"x"), [], 1002)
    yield Case(
        "an unknown opcode after a ping",
        client_frame(PING, b"p") + client_frame(3, b"x"),
        [(PING, b"p")],
        1002,
    )
    yield Case("a reserved bit on a ping", client_frame(PING, b"", reserved=4), [], 1002)


def _control_frames() -> Iterator[Case]:
    for opcode in (PING, PONG):
        for size in (0, 1, 125):
            data = b"\xfe" * size
            yield Case(
                f"control {opcode} of {size} bytes", client_frame(opcode, data), [(opcode, data)]
            )
        for size in (126, 65536):
            yield Case(
                f"control {opcode} of {size} bytes", client_frame(opcode, bytes(size)), [], 1002
            )
        yield Case(f"control {opcode} not final", client_frame(opcode, final=False), [], 1002)
    yield Case("a close frame not final", client_frame(CLOSE, final=False), [], 1002)
    yield Case("a close frame of 126 bytes", client_frame(CLOSE, bytes(126)), [], 1002)
    yield Case(
        "ten pings in a row",
        b"".join(client_frame(PING, bytes([i])) for i in range(10)),
        [(PING, bytes([i])) for i in range(10)],
    )


def _fragments() -> Iterator[Case]:
    yield Case("text in two", parts(TEXT, b"ab", b"cd"), [(TEXT, b"abcd")])
    yield Case("binary in three", parts(BINARY, b"a", b"b", b"c"), [(BINARY, b"abc")])
    yield Case("text in three empty parts", parts(TEXT, b"", b"", b""), [(TEXT, b"")])
    yield Case("empty parts around", parts(BINARY, b"", b"x", b""), [(BINARY, b"x")])
    yield Case(
        "a hundred parts", parts(BINARY, *[b"0123456789"] * 100), [(BINARY, b"0123456789" * 100)]
    )
    yield Case(
        "a ping between parts",
        client_frame(TEXT, b"a", final=False)
        + client_frame(PING, b"p")
        + client_frame(CONTINUATION, b"b"),
        [(PING, b"p"), (TEXT, b"ab")],
    )
    yield Case(
        "pongs between all parts",
        client_frame(PONG)
        + client_frame(BINARY, b"a", final=False)
        + client_frame(PONG, b"1")
        + client_frame(CONTINUATION, b"b", final=False)
        + client_frame(PONG, b"2")
        + client_frame(CONTINUATION, b"c")
        + client_frame(PONG, b"3"),
        [(PONG, b""), (PONG, b"1"), (PONG, b"2"), (BINARY, b"abc"), (PONG, b"3")],
    )
    yield Case(
        "a close between parts",
        client_frame(TEXT, b"a", final=False) + client_frame(CLOSE, close_payload(1000)),
        [(CLOSE, close_payload(1000))],
    )
    yield Case("a continuation of nothing", client_frame(CONTINUATION, b"x"), [], 1002)
    yield Case(
        "a continuation of nothing, not final",
        client_frame(CONTINUATION, b"x", final=False),
        [],
        1002,
    )
    yield Case(
        "a continuation after a message",
        client_frame(TEXT, b"a") + client_frame(CONTINUATION, b"b"),
        [(TEXT, b"a")],
        1002,
    )
    yield Case(
        "a continuation after a fragmented message",
        parts(TEXT, b"a", b"b") + client_frame(CONTINUATION, b"c"),
        [(TEXT, b"ab")],
        1002,
    )
    for opcode in (TEXT, BINARY):
        for final in (True, False):
            yield Case(
                f"opcode {opcode}, final {final}, within a message",
                client_frame(TEXT, b"a", final=False) + client_frame(opcode, b"b", final=final),
                [],
                1002,
            )
    yield Case(
        "two fragmented messages",
        parts(TEXT, b"a", b"b") + parts(BINARY, b"c", b"d"),
        [(TEXT, b"ab"), (BINARY, b"cd")],
    )
    pieces = [b"x"] * 1024
    yield Case("as many parts as may be", parts(BINARY, *pieces), [(BINARY, b"".join(pieces))])
    yield Case("a part too many", parts(BINARY, *pieces, b""), [], 1008)
    yield Case("an unfinished message", client_frame(TEXT, b"a", final=False), [])


def _bounds() -> Iterator[Case]:
    for opcode in (TEXT, BINARY):
        yield Case(
            f"opcode {opcode} one byte over the bound, header only",
            client_frame(opcode, b"", length=LIMIT + 1, form=64),
            [],
            1009,
        )
    yield Case("length of 2^63 - 1", client_frame(BINARY, length=(1 << 63) - 1, form=64), [], 1009)
    yield Case(
        "parts up to the bound",
        parts(BINARY, bytes(LIMIT // 2), bytes(LIMIT // 2)),
        [(BINARY, bytes(LIMIT))],
    )
    yield Case(
        "parts one byte over the bound, without that byte",
        client_frame(BINARY, bytes(LIMIT), final=False) + client_frame(CONTINUATION, b"", length=1),
        [],
        1009,
    )
    yield Case(
        "a part that would not fit any more",
        client_frame(TEXT, b"a" * 1000, final=False)
        + client_frame(CONTINUATION, b"", length=LIMIT - 999, form=16),
        [],
        1009,
    )
    yield Case(
        "a ping in a message that is full",
        client_frame(BINARY, bytes(LIMIT), final=False)
        + client_frame(PING, b"p")
        + client_frame(CONTINUATION),
        [(PING, b"p"), (BINARY, bytes(LIMIT))],
    )


_GOOD_TEXT = {
    "two bytes": "ünïcødé".encode(),
    "three bytes": "κόσμε 房間".encode(),
    "four bytes": "🥽👋".encode(),
    "the last code point": b"\xf4\x8f\xbf\xbf",
    "before the surrogates": b"\xed\x9f\xbf",
    "after the surrogates": b"\xee\x80\x80",
    "a zero": b"\0",
    "no character": b"\xef\xbf\xbf",
}
_BAD_TEXT = {
    "a lone continuation byte": b"a\x80",
    "a start without the rest": b"ab\xce",
    "a start followed by a letter": b"\xc3(",
    "three bytes cut to two": b"\xe6\x88",
    "four bytes cut to three": b"\xf0\x9f\xa5",
    "two bytes for a slash": b"\xc0\xaf",
    "three bytes for a slash": b"\xe0\x80\xaf",
    "four bytes for a slash": b"\xf0\x80\x80\xaf",
    "a surrogate": b"\xed\xa0\x80",
    "a pair of surrogates": b"\xed\xa0\x80\xed\xb0\x80",
    "past the last code point": b"\xf4\x90\x80\x80",
    "five bytes": b"\xf8\x88\x80\x80\x80",
    "fe": b"\xfe",
    "ff": b"hello\xff",
}


def _utf8() -> Iterator[Case]:
    for name, text in _GOOD_TEXT.items():
        yield Case(f"text: {name}", client_frame(TEXT, text), [(TEXT, text)])
        pieces = [text[i : i + 1] for i in range(len(text))]
        yield Case(f"text: {name}, byte by byte", parts(TEXT, b"", *pieces), [(TEXT, text)])
        long = text * 200
        yield Case(f"text: {name}, long", client_frame(TEXT, long), [(TEXT, long)])
    for name, text in _BAD_TEXT.items():
        yield Case(f"bad text: {name}", client_frame(TEXT, text), [], 1007)
        pieces = [text[i : i + 1] for i in range(len(text))]
        yield Case(f"bad text: {name}, byte by byte", parts(TEXT, b"", *pieces), [], 1007)
        yield Case(f"bad text: {name}, long", client_frame(TEXT, b"a" * 200 + text), [], 1007)
        yield Case(f"no text: {name}", client_frame(BINARY, text), [(BINARY, text)])
    yield Case(
        "bad text after a ping and before another",
        client_frame(PING) + client_frame(TEXT, b"\xff") + client_frame(PING),
        [(PING, b"")],
        1007,
    )
    yield Case(
        "a first part that can never become text",
        client_frame(TEXT, b"\xc3(", final=False),
        [],
        1007,
    )


def _closes() -> Iterator[Case]:
    yield Case("a close without code", client_frame(CLOSE), [(CLOSE, b"")])
    good = (1000, 1001, 1002, 1003, *range(1007, 1015), 3000, 3999, 4000, 4999)
    for code in good:
        data = close_payload(code)
        yield Case(f"close {code}", client_frame(CLOSE, data), [(CLOSE, data)])
    for code in (0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535):
        yield Case(f"close {code}", client_frame(CLOSE, close_payload(code)), [], 1002)
    yield Case("a close of one byte", client_frame(CLOSE, b"\x03"), [], 1002)
    for name, reason in (
        ("short", b"bye"),
        ("accented", "à bientôt".encode()),
        ("long", b"z" * 123),
    ):
        data = close_payload(1000, reason)
        yield Case(f"a close with a {name} reason", client_frame(CLOSE, data), [(CLOSE, data)])
    bad = close_payload(1000, b"\xc3(")
    yield Case("a close with a reason that is no text", client_frame(CLOSE, bad), [], 1007)


def _endings() -> Iterator[Case]:
    goodbye = close_payload(1001)
    for name, rest in (
        ("a message", client_frame(TEXT, b"late")),
        ("another close", client_frame(CLOSE, goodbye)),
        ("noise", b"\xff\x00\xff\x00" * 8),
    ):
        yield Case(
            f"{name} after the close", client_frame(CLOSE, goodbye) + rest, [(CLOSE, goodbye)]
        )
    yield Case("nothing", b"", [])
    yield Case("half a header", client_frame(TEXT, b"hello")[:1], [])
    yield Case("a header without mask key", client_frame(TEXT, b"hello")[:4], [])
    yield Case("a payload that is not all there", client_frame(TEXT, b"hello")[:-1], [])
    yield Case(
        "a message and half of the next",
        client_frame(TEXT, b"one") + client_frame(BINARY, bytes(200))[:100],
        [(TEXT, b"one")],
    )
    yield Case("HTTP instead of frames", b"GET / HTTP/1.1\r\nHost: here\r\n\r\n", [], 1002)
