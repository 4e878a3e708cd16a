"""The binary pose record, described in ``docs/protocol.md``; its other half is ``web/src``.

A record is a kind byte, the user's number ``n`` (u16, only from the server) and one placement of 13
bytes for the head and, with hands, for each hand. ``LAYOUTS`` is the table of kinds.
"""

import math
import struct
from collections.abc import Mapping

import msgspec

from xr.errors import InvalidPose
from xr.pose import LIMIT, Placement, Pose, Quaternion, Vector

HANDS, LEFT, RIGHT = 1, 2, 4
"""Bits of the kind: the record has both hands; the left, the right one is tracked."""

UNITS = 800
"""Units of a coordinate in a metre. It is a signed 24-bit count of 1.25 mm: ±10,485 m."""
_FURTHEST = int(LIMIT) * UNITS
STEPS = 511
"""Steps to each side of zero in the ten bits of a quaternion's component, at most 1/√2 in size."""
_SCALE = STEPS * math.sqrt(2)
_LONGEST = 2 * STEPS**2  # the square of a length of one, in steps
_OTHERS = ((1, 2, 3), (0, 2, 3), (0, 1, 3), (0, 1, 2))
_placement = struct.Struct("<BhBhBhI")  # a 24-bit number is a byte and the 16 bits above it
PLACEMENT = _placement.size
"""Bytes of a position and a rotation."""
_ABSENT = bytes(PLACEMENT)
_kind_and_number = struct.Struct("<BH")

HEAD_RECORD = 3 + PLACEMENT
"""Bytes of a numbered record of a head alone."""
HANDS_RECORD = 3 + 3 * PLACEMENT
"""Bytes of a numbered record of a head and two hands."""


class Layout(msgspec.Struct, frozen=True):
    """The parts of a push of one kind: bytes in all, and where its tracked placements begin."""

    size: int
    left: int = 0  # 0: not tracked
    right: int = 0
    untracked: tuple[int, ...] = ()  # hands that are in the record and mean nothing


_HEAD, _FIRST, _SECOND = 1, 1 + PLACEMENT, 1 + 2 * PLACEMENT
_WITH_HANDS = 1 + 3 * PLACEMENT

LAYOUTS: Mapping[int, Layout] = {
    0: Layout(1 + PLACEMENT),
    HANDS: Layout(_WITH_HANDS),
    HANDS | LEFT: Layout(_WITH_HANDS, left=_FIRST, untracked=(_SECOND,)),
    HANDS | RIGHT: Layout(_WITH_HANDS, right=_SECOND, untracked=(_FIRST,)),
    HANDS | LEFT | RIGHT: Layout(_WITH_HANDS, left=_FIRST, right=_SECOND),
}


class PackedPose(msgspec.Struct, frozen=True, gc=False):
    """A pose as the record that a client pushed: checked, and unpacked only where it is read."""

    push: bytes


AnyPose = Pose | PackedPose
"""A pose as it came: typed from JSON, packed from a binary push."""


def check_push(data: bytes) -> PackedPose:
    """Check the record that a client pushes, without unpacking it.

    Raises:
        InvalidPose: wrong length, an unknown kind, a coordinate beyond the limit, or a rotation
            that is longer than one.
    """
    if not data:
        raise InvalidPose("an empty record")
    layout = LAYOUTS.get(data[0])
    if layout is None:
        raise InvalidPose(f"unknown kind of record {data[0]}")
    if len(data) != layout.size:
        raise InvalidPose(f"a record of kind {data[0]} has {layout.size} bytes, not {len(data)}")
    _check_placement(data, _HEAD)
    if data[0]:
        if layout.left:
            _check_placement(data, layout.left)
        if layout.right:
            _check_placement(data, layout.right)
        if data[0] == HANDS:  # neither is tracked: a head alone
            return PackedPose(b"\0" + data[_HEAD:_FIRST])
        for offset in layout.untracked:  # unchecked bytes of a client reach nobody
            data = data[:offset] + _ABSENT + data[offset + PLACEMENT :]
    return PackedPose(data)


def _check_placement(data: bytes, offset: int) -> None:
    low_x, x, low_y, y, low_z, z, bits = _placement.unpack_from(data, offset)
    if not (
        -_FURTHEST <= x << 8 | low_x <= _FURTHEST
        and -_FURTHEST <= y << 8 | low_y <= _FURTHEST
        and -_FURTHEST <= z << 8 | low_z <= _FURTHEST
    ):
        raise InvalidPose(f"a coordinate beyond ±{LIMIT:g} m")
    a = (bits >> 20 & 1023) - STEPS
    b = (bits >> 10 & 1023) - STEPS
    c = (bits & 1023) - STEPS
    if a * a + b * b + c * c > _LONGEST:  # three quarters is the most, if the fourth is largest
        raise InvalidPose("a rotation that is longer than one")


def unpack(pose: AnyPose) -> Pose:
    """The pose with its numbers at hand."""
    return _unpack_checked(pose.push) if type(pose) is PackedPose else pose  # type: ignore[return-value]


def pack(number: int, pose: AnyPose) -> bytes:
    """The record of one user in a ``poses`` frame: 16 bytes, with hands 42.

    ``number`` is the user's ``n``, 0–65535. Positions are rounded to 1.25 mm,
    rotations to about 0.1°.
    """
    if type(pose) is PackedPose:
        push = pose.push
        return _kind_and_number.pack(push[0], number) + push[1:]
    return pack_pose(number, pose)  # type: ignore[arg-type]


def pack_pose(number: int, pose: Pose) -> bytes:
    """The record of one user from numbers; ``pack`` says how large and how exact."""
    body = _pack_placement(pose.position, pose.rotation)
    left, right = pose.left, pose.right
    if left is None and right is None:
        return _kind_and_number.pack(0, number) + body
    kind = HANDS | (LEFT if left else 0) | (RIGHT if right else 0)
    return b"".join(
        (
            _kind_and_number.pack(kind, number),
            body,
            _pack_placement(left.position, left.rotation) if left else _ABSENT,
            _pack_placement(right.position, right.rotation) if right else _ABSENT,
        )
    )


def pack_push(pose: Pose) -> bytes:
    """The same record without ``n``, as a client pushes it in a binary ``i_moved``."""
    record = pack_pose(0, pose)
    return record[:1] + record[3:]


def unpack_push(data: bytes) -> Pose:
    """Read the record that a client pushes: kind, head, and the hands if the kind says so.

    Raises:
        InvalidPose: see ``check_push``.
    """
    return unpack(check_push(data))


def unpack_poses(data: bytes) -> dict[int, Pose]:
    """Read the data of a ``poses`` frame: each user's pose by ``n``.

    Raises:
        InvalidPose: cut off or not made of records.
    """
    poses: dict[int, Pose] = {}
    offset = 0
    while offset < len(data):
        size = HANDS_RECORD if data[offset] & HANDS else HEAD_RECORD
        record = data[offset : offset + size]
        if len(record) != size:
            raise InvalidPose("a poses frame is cut off")
        number = int.from_bytes(record[1:3], "little")
        poses[number] = unpack_push(record[:1] + record[3:])
        offset += size
    return poses


def _unpack_checked(push: bytes) -> Pose:
    layout = LAYOUTS[push[0]]
    position, rotation = _numbers(push, _HEAD)
    return Pose(
        position,
        rotation,
        Placement(*_numbers(push, layout.left)) if layout.left else None,
        Placement(*_numbers(push, layout.right)) if layout.right else None,
    )


def _numbers(data: bytes, offset: int) -> tuple[Vector, Quaternion]:
    low_x, x, low_y, y, low_z, z, rotation = _placement.unpack_from(data, offset)
    position = (
        (x << 8 | low_x) / UNITS,
        (y << 8 | low_y) / UNITS,
        (z << 8 | low_z) / UNITS,
    )
    return position, _unpack_rotation(rotation)


def _pack_placement(position: Vector, rotation: Quaternion) -> bytes:
    x, y, z = round(position[0] * UNITS), round(position[1] * UNITS), round(position[2] * UNITS)
    return _placement.pack(
        x & 255, x >> 8, y & 255, y >> 8, z & 255, z >> 8, _pack_rotation(rotation)
    )


def _pack_rotation(rotation: Quaternion) -> int:
    """Smallest three: the largest component's index, then the others as ten bits each.

    The largest follows from the unit length; its sign is made positive, since q and -q turn alike.
    """
    largest = rotation.index(max(rotation, key=abs))
    scale = _SCALE if rotation[largest] >= 0 else -_SCALE
    i, j, k = _OTHERS[largest]
    return (
        largest << 30
        | (round(rotation[i] * scale) + STEPS) << 20
        | (round(rotation[j] * scale) + STEPS) << 10
        | (round(rotation[k] * scale) + STEPS)
    )


def _unpack_rotation(bits: int) -> Quaternion:
    a = ((bits >> 20 & 1023) - STEPS) / _SCALE
    b = ((bits >> 10 & 1023) - STEPS) / _SCALE
    c = ((bits & 1023) - STEPS) / _SCALE
    fourth = math.sqrt(max(0.0, 1.0 - a * a - b * b - c * c))  # 0.0: rounding at exactly one
    largest = bits >> 30
    if largest == 3:
        return (a, b, c, fourth)
    if largest == 0:
        return (fourth, a, b, c)
    return (a, fourth, b, c) if largest == 1 else (a, b, fourth, c)
