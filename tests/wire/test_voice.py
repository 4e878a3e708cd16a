"""Packets of voice: checked by length and first bytes, and packed to records."""

import pytest

from xr.wire.voice import (
    BEGINS,
    ENDS,
    LONGEST_PACKET,
    InvalidPacket,
    VoicePacket,
    check_voice,
    duration,
    pack_voice,
    pack_voice_push,
    unpack_voices,
)

SILK_40 = bytes([10 << 3]) + bytes(60)  # wide band, 40 ms in one frame
CELT_20_TWICE = bytes([31 << 3 | 1]) + bytes(80)


def test_a_packet_becomes_a_record_and_comes_back() -> None:
    first = check_voice(pack_voice_push(65_535, BEGINS, 200, SILK_40))
    last = check_voice(pack_voice_push(0, ENDS, 0, b""))
    assert (first, last) == (VoicePacket(65_535, BEGINS, SILK_40), VoicePacket(0, ENDS, b""))
    frame = pack_voice(7, first) + pack_voice(65_535, last)
    assert frame[:6] == bytes.fromhex("0700 ffff 01 3d")
    assert unpack_voices(frame) == [(7, first), (65_535, last)]


@pytest.mark.parametrize(
    ("sound", "milliseconds"),
    [
        (SILK_40, 40),
        (CELT_20_TWICE, 40),
        (bytes([1 << 3]), 20),  # DTX: a packet of one byte
        (bytes([13 << 3]) + bytes(9), 20),
        (bytes([16 << 3]) + bytes(9), 2.5),
        (bytes([31 << 3 | 2, 3]) + bytes(9), 40),
        (bytes([31 << 3 | 3, 6]) + bytes(9), 120),
        (bytes([31 << 3 | 1]) + bytes(9), 0),  # two frames of one size in an odd number of bytes
        (bytes([31 << 3 | 3]), 0),
    ],
)
def test_the_first_bytes_tell_how_long_a_packet_sounds(sound: bytes, milliseconds: float) -> None:
    assert duration(sound) == milliseconds


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0\0\0",
        pack_voice_push(1, 0, 0, b""),
        pack_voice_push(1, 4, 0, SILK_40),
        pack_voice_push(1, 0, 0, bytes([10 << 3]) * (LONGEST_PACKET + 1)),
        pack_voice_push(1, 0, 0, bytes([31 << 3 | 3, 7]) + bytes(9)),  # 140 ms
        pack_voice_push(1, 0, 0, bytes([31 << 3 | 3, 0])),  # no frame at all
        pack_voice_push(1, 0, 0, bytes([11 << 3 | 3, 3])),  # 180 ms
    ],
)
def test_anything_else_is_no_packet(data: bytes) -> None:
    with pytest.raises(InvalidPacket):
        check_voice(data)


@pytest.mark.parametrize("size", [1, 5, 6, 40])
def test_a_frame_that_is_cut_off_is_noticed(size: int) -> None:
    record = pack_voice(1, VoicePacket(1, 0, SILK_40))
    with pytest.raises(InvalidPacket, match="cut off"):
        unpack_voices(record + record[:size])
