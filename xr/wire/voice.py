"""Packets of voice: a push of one, and the records that listeners get. Little-endian.

Push: ``seq u16 | flags u8 | level u8 | Opus packet``. Record: ``n u16 | seq u16 | flags u8 | len u8
| Opus packet``. The server reads no sound; it checks the length and the first byte (RFC 6716,
section 3.1), so that nobody is sent more than 120 ms of sound in one packet.
"""

import struct

import msgspec

BEGINS, ENDS = 1, 2
"""Flags: the microphone was switched on with this packet, or off. Such a packet may be empty."""

LONGEST_PACKET = 250
"""Bytes of an Opus packet."""
LONGEST_SOUND = 120.0
"""Milliseconds of sound in a packet, the most that Opus allows."""

_push = struct.Struct("<HBB")
_record = struct.Struct("<HHBB")
_SILK = (10.0, 20.0, 40.0, 60.0)
_HYBRID = (10.0, 20.0)
_CELT = (2.5, 5.0, 10.0, 20.0)
_COUNTED = 3  # the code of packets that say how many frames they have
_MOST_FRAMES = 63


class InvalidPacket(Exception):
    """A push that is no packet of voice."""


class VoicePacket(msgspec.Struct, frozen=True, gc=False):
    """A checked packet: its number, flags and sound; ``sound`` is empty or one Opus packet."""

    seq: int
    flags: int
    sound: bytes


def check_voice(data: bytes) -> VoicePacket:
    """Read a push.

    Raises:
        InvalidPacket: wrong length, unknown flags, or a sound that Opus does not allow.
    """
    size = len(data) - _push.size
    if not 0 <= size <= LONGEST_PACKET:
        raise InvalidPacket(f"{len(data)} bytes; a packet has 4 and at most {LONGEST_PACKET} more")
    seq, flags, _ = _push.unpack_from(data)
    if flags & ~(BEGINS | ENDS):
        raise InvalidPacket(f"unknown flags {flags}")
    if not size and not flags:
        raise InvalidPacket("neither sound nor flags")
    sound = data[_push.size :]
    if size and not 0 < duration(sound) <= LONGEST_SOUND:
        raise InvalidPacket("no packet of Opus")
    return VoicePacket(seq, flags, sound)


def pack_voice(number: int, packet: VoicePacket) -> bytes:
    """The record of a packet of the user with this ``n``."""
    return _record.pack(number, packet.seq, packet.flags, len(packet.sound)) + packet.sound


def pack_voice_push(seq: int, flags: int, level: int, sound: bytes) -> bytes:
    """A push, as a client makes it. ``level`` is the loudness, 0–255."""
    return _push.pack(seq, flags, level) + sound


def unpack_voices(data: bytes) -> list[tuple[int, VoicePacket]]:
    """The records of a frame: ``n`` and packet, in order.

    Raises:
        InvalidPacket: cut off.
    """
    found = []
    while data:
        if len(data) < _record.size:
            raise InvalidPacket("a record is cut off")
        number, seq, flags, size = _record.unpack_from(data)
        end = _record.size + size
        if len(data) < end:
            raise InvalidPacket("a record is cut off")
        found.append((number, VoicePacket(seq, flags, data[_record.size : end])))
        data = data[end:]
    return found


def duration(sound: bytes) -> float:
    """Milliseconds of an Opus packet by its first bytes; 0 if it cannot be one."""
    first = sound[0]
    config, code = first >> 3, first & 3
    if config < 12:
        frame = _SILK[config % 4]
    elif config < 16:
        frame = _HYBRID[config % 2]
    else:
        frame = _CELT[config % 4]
    if code == 0:
        return frame
    if code < _COUNTED:  # two frames, of one size or of two
        return 0.0 if code == 1 and len(sound) % 2 == 0 else 2 * frame
    return (sound[1] & _MOST_FRAMES) * frame if len(sound) > 1 else 0.0
