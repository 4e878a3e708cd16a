"""Poses that say which they are, and the places where one user stood in one room."""

import math
from dataclasses import dataclass, field

from xr.pose import Placement, Pose, Quaternion

STEP = 0.01
"""Metres between two poses with consecutive numbers: some whole units of the binary record."""
_WALKING = 2.0  # height of a head that a client sent; whoever has spawned is lower
_TOLERANCE = 0.002


def numbered_pose(number: int, *, hands: bool) -> Pose:
    """The pose that a client sends as the ``number``-th of all."""
    position = (number * STEP, _WALKING, (number % 7) * STEP)
    rotation = _heading(number)
    if not hands:
        return Pose(position, rotation)
    return Pose(position, rotation, Placement((number * STEP, 1.0, 0.0), rotation), None)


def number_of(pose: Pose) -> int | None:
    """Which pose that is; None if no client has sent it."""
    if abs(pose.position[1] - _WALKING) > _TOLERANCE:
        return None
    return round(pose.position[0] / STEP)


def same(one: Pose, other: Pose) -> bool:
    """Whether they are the same but for the rounding of the binary record."""
    return (
        _close(one, other)
        and (one.left is None) == (other.left is None)
        and (one.right is None) == (other.right is None)
        and (one.left is None or other.left is None or _close(one.left, other.left))
    )


def _close(one: Pose | Placement, other: Pose | Placement) -> bool:
    a, b = one.rotation, other.rotation
    turned = abs(a[0] * b[0] + a[1] * b[1] + a[2] * b[2] + a[3] * b[3])
    return math.dist(one.position, other.position) < _TOLERANCE and turned > 0.9999


def _heading(number: int) -> Quaternion:
    half = number % 628 / 200
    return (0.0, math.sin(half), 0.0, math.cos(half))


@dataclass
class Place:
    """A pose that the room took for a user, and when."""

    pose: Pose
    at: float


@dataclass
class History:
    """Where one user stood in one room, the oldest first; the last is where they stand.

    ``start`` is the index of the first place that may be returned to: those before it have been
    forgotten. ``written`` is the index of the place that the store has, -1 for none; ``forgotten``
    that of the newest that must not come back into the store. ``doubt``: a forgetting failed
    half-way, so that any place, or a new one, is as good as another.
    """

    places: list[Place] = field(default_factory=list)
    start: int = 0
    written: int = -1
    forgotten: int = -1
    doubt: bool = False
    _numbers: dict[int, list[int]] = field(default_factory=dict)

    @property
    def last(self) -> int:
        """The index of the newest place, -1 for none."""
        return len(self.places) - 1

    @property
    def known(self) -> bool:
        """Whether the user must find themselves at the last place again."""
        return self.start <= self.last and self.forgotten < self.last and not self.doubt

    def add(self, pose: Pose, at: float) -> int:
        """The user stands here now."""
        number = number_of(pose)
        if number is not None:
            self._numbers.setdefault(number, []).append(len(self.places))
        self.places.append(Place(pose, at))
        self.doubt = False
        return self.last

    def find(self, pose: Pose) -> int | None:
        """The index of this place, the newest if there are several; None if it is not one."""
        number = number_of(pose)
        among = range(len(self.places)) if number is None else self._numbers.get(number, ())
        for index in reversed(among):
            if same(self.places[index].pose, pose):
                return index
        return None

    def found_again(self, pose: Pose) -> bool:
        """Whether the user may find themselves here on their return, the hands not yet tracked."""
        if pose.left is not None or pose.right is not None:
            return False
        first = self.start if self.doubt else max(self.start, self.last)
        return any(_close(place.pose, pose) for place in self.places[first:])

    def forget(self, asked: int, *, present: bool) -> None:
        """The store has forgotten the user, which was asked for when they stood at ``asked``.

        Users who are present stand where they stand; what came meanwhile may or may not be kept.
        """
        self.written = -1
        self.forgotten = asked
        self.doubt = self.doubt or asked < self.last
        if not present:
            self.start = asked + 1

    def restart(self) -> None:
        """Only what the store has is known."""
        del self.places[self.written + 1 :]
        self._numbers.clear()
        for index, place in enumerate(self.places):
            number = number_of(place.pose)
            if number is not None:
                self._numbers.setdefault(number, []).append(index)
        self.forgotten = min(self.forgotten, self.last)
        self.start = min(self.start, len(self.places))
        self.doubt = False
