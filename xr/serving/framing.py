"""Websocket frames as bytes in and bytes out, seen from the server (RFC 6455 sections 5, 7 and 8).

Nothing here waits or owns a socket. A ``FrameParser`` belongs to the task that reads its
connection; it holds at most one message under its bound, one header and the read it was given.
"""

from enum import IntEnum
from struct import Struct

from xr.errors import CloseCode, ConnectionFault
from xr.serving.fragments import Fragments


class Opcode(IntEnum):
    """The kinds of frame (RFC 6455 section 5.2)."""

    CONTINUATION = 0
    TEXT = 1
    BINARY = 2
    CLOSE = 8
    PING = 9
    PONG = 10


Messages = list[tuple[int, bytes]]
"""Opcode and payload of messages and control frames, in order."""

_NO_CODE = 1005  # stands for a close frame without a code, never sent (RFC 6455 section 7.4.1)
_FINAL = 0x80
_MASKED = 0x80
_RESERVED = 0x70
_CONTROL = 0x08
_OPCODES = frozenset(Opcode)
_SMALL = 125  # the longest payload whose length fits the second byte, and of a control frame
_SMALL_HEADER = 6

_small_head = Struct(">BB")
_wide_head = Struct(">BBH")
_huge_head = Struct(">BBQ")
_masked_head = Struct("<BBI")
_CLOSES = frozenset({*range(1000, 1004), *range(1007, 1015), *range(3000, 5000)})

# A mask times _REPEAT[n] is that mask written over whole words; & _BITS[n] cuts it to n bytes.
_REPEAT = [int.from_bytes(b"\1\0\0\0" * ((n + 3) // 4), "little") for n in range(_SMALL + 1)]
_BITS = [(1 << 8 * n) - 1 for n in range(_SMALL + 1)]
_CHUNK = 4096  # larger payloads are unmasked in pieces, which costs less than one huge number


def build_frame(opcode: int, payload: bytes) -> bytes:
    """Build a final frame of a server: not masked, with the shortest form of its length."""
    length = len(payload)
    if length <= _SMALL:
        return _small_head.pack(_FINAL | opcode, length) + payload
    if length <= 0xFFFF:
        return _wide_head.pack(_FINAL | opcode, 126, length) + payload
    return _huge_head.pack(_FINAL | opcode, 127, length) + payload


def split_frames(frames: bytes) -> Messages:
    """The messages in whole frames that ``build_frame`` has made."""
    messages: Messages = []
    offset = 0
    while offset < len(frames):
        opcode, length = frames[offset] & 15, frames[offset + 1]
        start = offset + 2
        if length > _SMALL:
            start += 2 if length == 126 else 8
            length = int.from_bytes(frames[offset + 2 : start], "big")
        offset = start + length
        messages.append((opcode, frames[start:offset]))
    return messages


def build_close(code: int, reason: str = "") -> bytes:
    """Build a close frame; ``reason`` is cut at a character to the 123 bytes of UTF-8 that fit."""
    text = reason.encode(errors="replace")[: _SMALL - 2].decode(errors="ignore")
    return build_frame(Opcode.CLOSE, code.to_bytes(2, "big") + text.encode())


def parse_close(payload: bytes) -> tuple[int, str]:
    """Return code and reason of a close frame that a ``FrameParser`` accepted; 1005 if empty."""
    if not payload:
        return _NO_CODE, ""
    return int.from_bytes(payload[:2], "big"), payload[2:].decode()


class FrameParser:
    """Turns the bytes of a client into whole messages, however the reads cut them.

    ``fault`` is the reason once the connection must end: 1002 for a breach of the protocol,
    1007 for text that is no UTF-8, 1009 for a message over ``max_message`` bytes, 1008 for one in
    more than 1,024 fragments. ``parts`` counts the fragments in the last ``feed`` that completed no
    message. The size of a message is checked by its headers, before its payload is
    kept.
    """

    __slots__ = (
        "_ended",
        "_fragments",
        "_max",
        "_needed",
        "_pending",
        "fault",
        "parts",
    )

    def __init__(self, max_message: int = 65536) -> None:
        if max_message < _SMALL:
            raise ValueError(f"max_message must be at least {_SMALL}")
        self.fault: ConnectionFault | None = None
        self._max = max_message
        self._ended = False
        self._pending = bytearray()  # the start of a frame that is not whole yet
        self._needed = 0  # bytes needed before the frame can be complete
        self._fragments = Fragments()
        self.parts = 0

    def feed(self, data: bytes) -> Messages:
        """Return each message and control frame that ``data`` completes.

        Messages before a fault are still returned. After a fault, or after the client's close
        frame, data is ignored.
        """
        if self._pending:
            data = self._completed(data)
        elif self._ended:
            return []
        messages: Messages = []
        self.parts = 0
        offset = 0
        size = len(data)
        begun = self._fragments
        try:
            while offset < size:
                # Nearly all that comes is a small whole message, or a pong, which may also come
                # between the fragments of one: taken here, without a call.
                if size - offset >= _SMALL_HEADER:
                    first, second, mask = _masked_head.unpack_from(data, offset)
                    length = second ^ _MASKED
                    whole = (first == 0x82 or first == 0x81) and not begun.opcode
                    if length <= _SMALL and (whole or first == 0x8A):
                        start = offset + _SMALL_HEADER
                        stop = start + length
                        if stop <= size:
                            payload = (
                                int.from_bytes(data[start:stop], "little")
                                ^ (mask * _REPEAT[length] & _BITS[length])
                            ).to_bytes(length, "little")
                            if first == 0x81 and not payload.isascii():
                                payload.decode()
                            messages.append((first & 15, payload))
                            offset = stop
                            continue
                stop = self._take_frame(data, offset, messages)
                if stop == offset:
                    self._pending = bytearray(data[offset:])
                    break
                if self._ended:
                    break
                offset = stop
        except ConnectionFault as fault:
            self._end(fault)
        except UnicodeDecodeError:
            self._end(ConnectionFault(CloseCode.INVALID_DATA, "text is not UTF-8"))
        return messages

    def _completed(self, data: bytes) -> bytes:
        """Return the pending bytes plus ``data`` once a frame can be complete, else ``b""``."""
        self._pending += data
        if len(self._pending) < self._needed:
            return b""
        data = bytes(self._pending)
        self._pending = bytearray()
        return data

    def _end(self, fault: ConnectionFault | None = None) -> None:
        self._ended = True
        self._fragments.drop()
        # Its traceback would keep stack frames, and with them the data, in memory.
        self.fault = fault and fault.with_traceback(None)

    def _take_frame(self, data: bytes, offset: int, messages: Messages) -> int:
        """Take any frame at ``offset``; returns where it ends, or ``offset`` if it is cut off."""
        available = len(data) - offset
        if available < 2:
            self._needed = 2
            return offset
        first = data[offset]
        fragmented = bool(self._fragments.opcode)
        length = _check_header(first, data[offset + 1], fragmented=fragmented)
        header = _SMALL_HEADER
        if length > _SMALL:
            wide = 2 if length == 126 else 8
            if available < 2 + wide:
                self._needed = 2 + wide
                return offset
            length = int.from_bytes(data[offset + 2 : offset + 2 + wide], "big")
            if length <= (_SMALL if wide == 2 else 0xFFFF) or length >> 63:
                raise _breach("a length in a form that is not allowed")
            header += wide
        if not first & _CONTROL and length + len(self._fragments.payload) > self._max:
            raise ConnectionFault(CloseCode.TOO_BIG, f"a message over {self._max} bytes")
        if available < header + length:
            self._needed = header + length
            return offset
        start = offset + header
        payload = _unmask(data[start : start + length], data[start - 4 : start])
        if first & _CONTROL:
            self._take_control(first & 15, payload, messages)
        else:
            self._take_data(first, payload, messages)
        return start + length

    def _take_control(self, opcode: int, payload: bytes, messages: Messages) -> None:
        if opcode == Opcode.CLOSE:
            if payload and (len(payload) < 2 or int.from_bytes(payload[:2], "big") not in _CLOSES):
                raise _breach("a close code that is not allowed")
            payload[2:].decode()
            self._end()
        messages.append((opcode, payload))

    def _take_data(self, first: int, payload: bytes, messages: Messages) -> None:
        """Take a whole message, or a fragment of one."""
        final = bool(first & _FINAL)
        opcode = first & 15
        if final and not self._fragments.opcode:
            if opcode == Opcode.TEXT:
                payload.decode()
            messages.append((opcode, payload))
            return
        message = self._fragments.add(opcode, payload, final)
        if message is not None:
            messages.append(message)
        else:
            self.parts += 1


def _check_header(first: int, second: int, *, fragmented: bool) -> int:
    """Return the seven bits of length in a header's second byte, if the header may stand here.

    ``fragmented`` is True while a fragmented message is under way.
    """
    opcode = first & 15
    length = second & 0x7F
    if first & _RESERVED:
        raise _breach("a reserved bit is set")
    if opcode not in _OPCODES:
        raise _breach(f"unknown opcode {opcode}")
    if not second & _MASKED:
        raise _breach("a frame without mask")
    if opcode & _CONTROL:
        if not first & _FINAL:
            raise _breach("a fragmented control frame")
        if length > _SMALL:
            raise _breach("a control frame that is too long")
    elif fragmented is not (opcode == Opcode.CONTINUATION):
        raise _breach("a continuation of nothing, or a message within a message")
    return length


def _breach(reason: str) -> ConnectionFault:
    return ConnectionFault(CloseCode.PROTOCOL_ERROR, reason)


def _unmask(payload: bytes, mask: bytes) -> bytes:
    """``payload`` xor ``mask`` repeated: as large integers, which Python does in C."""
    size = len(payload)
    if size <= _CHUNK:
        pattern = (mask * (size // 4 + 1))[:size]
        number = int.from_bytes(payload, "little") ^ int.from_bytes(pattern, "little")
        return number.to_bytes(size, "little")
    repeated = int.from_bytes(mask * (_CHUNK // 4), "little")
    whole = size - size % _CHUNK
    pieces = [
        (int.from_bytes(payload[at : at + _CHUNK], "little") ^ repeated).to_bytes(_CHUNK, "little")
        for at in range(0, whole, _CHUNK)
    ]
    pieces.append(_unmask(payload[whole:], mask))
    return b"".join(pieces)
