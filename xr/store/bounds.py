"""The part of a database's work on values that a store without one does by itself."""

from typing import Any

import msgspec

from xr.errors import ValueRefused
from xr.pose import LIMIT, Placement, Pose

_UNIT = 1.001


def check_pose(pose: Pose) -> None:
    """Check a pose and its hands.

    Raises:
        ValueRefused: a number is out of bounds.
    """
    for place in (pose, pose.left, pose.right):
        if place is not None and not _within_bounds(place):
            raise ValueRefused(f"a value was refused: {place}")


def _within_bounds(place: Pose | Placement) -> bool:
    return all(-LIMIT <= value <= LIMIT for value in place.position) and all(
        -_UNIT <= value <= _UNIT for value in place.rotation
    )


def as_kept(value: Any) -> Any:
    """The value as it comes back from a store, which keeps JSON; nobody else holds parts of it."""
    return msgspec.json.decode(msgspec.json.encode(value))
