"""Where somebody's head and hands are, and how that is checked and packed.

Metres and unit quaternions ``x, y, z, w`` in Babylon's left-handed frame, y up. The binary record
is described in ``docs/protocol.md``; ``web/src/record.ts`` is its other half.
"""

import math
import struct
from typing import Annotated

import msgspec

from xr.errors import InvalidPose

LIMIT = 10_000.0
"""The furthest coordinate from the origin that is accepted, in metres."""

Coordinate = Annotated[float, msgspec.Meta(ge=-LIMIT, le=LIMIT)]
Vector = tuple[Coordinate, Coordinate, Coordinate]
Quaternion = tuple[float, float, float, float]


class Placement(msgspec.Struct, frozen=True, gc=False):
    """A position in metres and a unit quaternion: one tracked thing."""

    position: Vector
    rotation: Quaternion


class Pose(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A user's head, and the hands or controllers where there are any."""

    position: Vector
    rotation: Quaternion
    left: Placement | None = None
    right: Placement | None = None


_decoder = msgspec.json.Decoder(Pose)


def decode_pose(payload: bytes | msgspec.Raw) -> Pose:
    """Read and check the JSON payload of an ``i_moved``; quaternions come back at unit length.

    Raises:
        InvalidPose: not a pose; the message says what is wrong and where.
    """
    try:
        pose = _decoder.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidPose(str(error)) from error
    return checked(pose)


def checked(pose: Pose) -> Pose:
    """The same pose with every quaternion at unit length.

    Raises:
        InvalidPose: a quaternion has no direction.
    """
    rotation = normalised(pose.rotation)
    if pose.left is None and pose.right is None:
        return pose if rotation is pose.rotation else Pose(pose.position, rotation)
    return Pose(pose.position, rotation, _checked_hand(pose.left), _checked_hand(pose.right))


def _checked_hand(hand: Placement | None) -> Placement | None:
    return hand and Placement(hand.position, normalised(hand.rotation))


def normalised(rotation: Quaternion) -> Quaternion:
    """The quaternion at unit length.

    Raises:
        InvalidPose: its length is zero (below 1e-9) or not a number.
    """
    x, y, z, w = rotation
    square = x * x + y * y + z * z + w * w
    if abs(square - 1.0) < 1e-12:
        return rotation
    length = math.hypot(x, y, z, w)
    if length < 1e-9 or not math.isfinite(length):
        raise InvalidPose(f"rotation {list(rotation)} has no direction")
    return (x / length, y / length, z / length, w / length)


# The binary record: kind, the user's number, then 13 bytes for each tracked thing.

HANDS, LEFT, RIGHT = 1, 2, 4
WHOLE = (0, HANDS | LEFT | RIGHT)
"""Kinds of record whose every byte is checked, so that it may be passed on as it came."""
_UNITS = 800  # a coordinate is a signed 24-bit count of 1.25 mm: ±10,485 m
_FURTHEST = int(LIMIT) * _UNITS
_STEPS = 511  # a quaternion component, at most 1/√2 in size, in ten bits
_SCALE = _STEPS * math.sqrt(2)
_OTHERS = ((1, 2, 3), (0, 2, 3), (0, 1, 3), (0, 1, 2))
_placement = struct.Struct("<BhBhBhI")  # a 24-bit number is a byte and the 16 bits above it
_PLACEMENT = _placement.size
_ABSENT = bytes(_PLACEMENT)
_kind_and_number = struct.Struct("<BH")
HEAD_RECORD = 3 + _PLACEMENT
HANDS_RECORD = 3 + 3 * _PLACEMENT


def pack_pose(number: int, pose: Pose) -> bytes:
    """The record of one user in a ``poses`` frame: 16 bytes, with hands 42.

    ``number`` is the user's ``n``, 0–65535. Positions are rounded to 1.25 mm,
    rotations to about 0.1°.
    """
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


def number_push(number: int, push: bytes) -> bytes:
    """The record of one user in a ``poses`` frame, from a push of one of the ``WHOLE`` kinds that
    ``unpack_push`` has read.
    """
    return _kind_and_number.pack(push[0], number) + push[1:]


def unpack_push(data: bytes) -> Pose:
    """Read the record that a client pushes: kind, head, and the hands if the kind says so.

    Raises:
        InvalidPose: wrong length, an unknown kind, a coordinate beyond the limit, or a rotation
            that is longer than one.
    """
    if not data:
        raise InvalidPose("an empty record")
    kind = data[0]
    if kind == 0:
        expected = 1 + _PLACEMENT
    elif kind & HANDS and kind <= HANDS | LEFT | RIGHT:
        expected = 1 + 3 * _PLACEMENT
    else:
        raise InvalidPose(f"unknown kind of record {kind}")
    if len(data) != expected:
        raise InvalidPose(f"a record of kind {kind} has {expected} bytes, not {len(data)}")
    head = _unpack_placement(data, 1)
    if kind == 0:
        return Pose(head.position, head.rotation)
    return Pose(
        head.position,
        head.rotation,
        _unpack_placement(data, 1 + _PLACEMENT) if kind & LEFT else None,
        _unpack_placement(data, 1 + 2 * _PLACEMENT) if kind & RIGHT else None,
    )


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


def _pack_placement(position: Vector, rotation: Quaternion) -> bytes:
    x, y, z = round(position[0] * _UNITS), round(position[1] * _UNITS), round(position[2] * _UNITS)
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
        | (round(rotation[i] * scale) + _STEPS) << 20
        | (round(rotation[j] * scale) + _STEPS) << 10
        | (round(rotation[k] * scale) + _STEPS)
    )


def _unpack_placement(data: bytes, offset: int) -> Placement:
    low_x, x, low_y, y, low_z, z, rotation = _placement.unpack_from(data, offset)
    x, y, z = x << 8 | low_x, y << 8 | low_y, z << 8 | low_z
    if abs(x) > _FURTHEST or abs(y) > _FURTHEST or abs(z) > _FURTHEST:
        raise InvalidPose(f"a coordinate beyond ±{LIMIT:g} m")
    return Placement((x / _UNITS, y / _UNITS, z / _UNITS), _unpack_rotation(rotation))


def _unpack_rotation(bits: int) -> Quaternion:
    a = ((bits >> 20 & 1023) - _STEPS) / _SCALE
    b = ((bits >> 10 & 1023) - _STEPS) / _SCALE
    c = ((bits & 1023) - _STEPS) / _SCALE
    square = a * a + b * b + c * c
    if square > 1.0:  # three quarters is the most, when the fourth is the largest
        raise InvalidPose("a rotation that is longer than one")
    rest = math.sqrt(1.0 - square)
    largest = bits >> 30
    if largest == 3:
        return (a, b, c, rest)
    if largest == 0:
        return (rest, a, b, c)
    return (a, rest, b, c) if largest == 1 else (a, b, rest, c)
