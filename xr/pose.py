"""A pose: the position and rotation of a user's head and hands, checked.

Metres and unit quaternions ``x, y, z, w`` in Babylon's left-handed frame, y up.
"""

import math
from typing import Annotated

import msgspec

from xr.errors import InvalidPose

LIMIT = 10_000.0
"""The furthest coordinate from the origin that is accepted, in metres."""

Coordinate = Annotated[float, msgspec.Meta(ge=-LIMIT, le=LIMIT)]
Vector = tuple[Coordinate, Coordinate, Coordinate]
"""A point ``x, y, z`` in metres, in a left-handed frame, y up."""
Quaternion = tuple[float, float, float, float]
"""A unit quaternion ``x, y, z, w``."""


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
