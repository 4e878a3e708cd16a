"""The fragments of one websocket message, put together (RFC 6455 section 5.4)."""

import codecs

from xr.errors import CloseCode, ConnectionFault

_TEXT = 1
_FRAGMENTS = 1024  # of one message; more of them cost time and carry nothing
_Utf8Decoder = codecs.getincrementaldecoder("utf-8")


class Fragments:
    """The fragmented message that is under way, checked as it comes: its payload is bounded by the
    parser, its number of fragments by ``_FRAGMENTS``.
    """

    __slots__ = ("_count", "_decoder", "opcode", "payload")

    def __init__(self) -> None:
        self.opcode = 0  # 0 while none is under way
        self.payload = bytearray()
        self._count = 0
        self._decoder: codecs.IncrementalDecoder | None = None  # checks text

    def add(self, opcode: int, payload: bytes, final: bool) -> tuple[int, bytes] | None:
        """Add a fragment; returns the message that it completes.

        Raises:
            ConnectionFault: the message has too many fragments.
            UnicodeDecodeError: the text is not UTF-8.
        """
        if not self.opcode:
            self.opcode = opcode
            self._count = 0
            self._decoder = _Utf8Decoder() if opcode == _TEXT else None
        self._count += 1
        if self._count > _FRAGMENTS:
            raise ConnectionFault(CloseCode.POLICY, f"a message in over {_FRAGMENTS} fragments")
        if self._decoder is not None:
            self._decoder.decode(payload, final)
        self.payload += payload
        if not final:
            return None
        message = self.opcode, bytes(self.payload)
        self.opcode = 0
        self.drop()
        return message

    def drop(self) -> None:
        """Free the payload."""
        self.payload = bytearray()
        self._decoder = None
