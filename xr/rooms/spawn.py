"""Places for newcomers: near the spawn point, in sight of those who are there.

Two people who meet for the first time should see each other at once, on a phone that is held
upright, too. So the first one stands back and looks over the spawn point at the furniture, and
each later one appears before the eyes of somebody and looks at the nearest person in sight.
"""

import math
import random
from collections.abc import Iterable
from functools import partial

from xr.pose import LIMIT, Pose, Quaternion, Vector
from xr.rooms.entities import Entities
from xr.rooms.ground import Place, before, cells_where, free_of, ring, some_place
from xr.rooms.scenery import Thing, numbers, things

HEAD_HEIGHT = 1.7
"""Metres of the head above the spawn point."""

_BEHIND = 1.2  # metres that the first one stands back at least
_BODY = 0.4  # metres that a newcomer keeps from things
_LOW = 0.35  # a thing no higher than this is stood on
_HOSTS = 3  # so many people are tried, of those within so many metres of the spawn point
_HOSTS_WITHIN = 8.0
_LOOKED_AT = 5  # so many of the nearest may be hidden, at so many metres at most
_SIGHT = 30.0
_TRIES = 24
_TRIES_IN_VIEW = 4  # before the eyes of each host, where a thing may stand between


class SpawnArea:
    """The surroundings of a room's spawn point: made once, asked for each newcomer."""

    def __init__(self, entities: Entities) -> None:
        self.point = spawn_point(entities)
        self._things = [*things(entities)]
        self._furniture = _middle(self._things, self.point)
        self._open = min(
            (self._apart((thing.x, 0.0, thing.z)) - thing.reach for thing in self._things),
            default=LIMIT,
        )
        self._clear = _clear_of(self._things, self.point) or ring()

    def pose(self, present: Iterable[Pose], rng: random.Random) -> Pose:
        """A pose within ``RADIUS`` of the point: on a free place if there is one, in somebody's
        view if that can be. It looks at the nearest of those whom it sees, else at the furniture.
        """
        people = [*present]
        x, _, z = self.point
        others = [(pose.position[0] - x, pose.position[2] - z) for pose in people]
        free = free_of(others, self._clear)
        place = self._in_view(people, free, rng) or self._anywhere(people, free, rng)
        eyes = self._eyes(place)
        target = self._nearest(eyes, people) or self._furniture
        heading = math.atan2(target[0] - eyes[0], target[2] - eyes[2])  # forward is +z
        return Pose(eyes, (0.0, math.sin(heading / 2), 0.0, math.cos(heading / 2)))

    def _in_view(self, people: list[Pose], free: int, rng: random.Random) -> Place | None:
        """A free place before the eyes of one of those who are near."""
        x, _, z = self.point
        near = [pose for pose in people if math.dist(pose.position, self.point) < _HOSTS_WITHIN]
        for host in rng.sample(near, min(len(near), _HOSTS)):
            stand = (host.position[0] - x, host.position[2] - z)
            seen = free & before(stand, _heading(host.rotation))
            for _ in range(_TRIES_IN_VIEW if seen else 0):
                place = some_place(seen, rng)
                if self._sees(self._eyes(place), host.position):
                    return place
        return None

    def _anywhere(self, people: list[Pose], free: int, rng: random.Random) -> Place:
        """Any free place; for the first one so that the next has room before their eyes."""
        x, _, z = self._furniture
        ahead = (x - self.point[0], z - self.point[2])
        length = math.hypot(*ahead)
        for _ in range(0 if people or length < 1.0 else _TRIES):
            place = some_place(free, rng)
            if (place[0] * ahead[0] + place[1] * ahead[1]) / length < -_BEHIND:
                return place
        return some_place(free, rng)

    def _nearest(self, eyes: Vector, people: list[Pose]) -> Vector | None:
        """The place of the nearest person in sight; only so many are looked at."""
        near = [(math.dist(pose.position, eyes), pose.position) for pose in people]
        for _ in range(min(_LOOKED_AT, len(near))):
            nearest = min(near)
            if nearest[0] >= _SIGHT:
                break
            if self._sees(eyes, nearest[1]):
                return nearest[1]
            near.remove(nearest)
        return None

    def _sees(self, eyes: Vector, other: Vector) -> bool:
        if self._apart(eyes) < self._open and self._apart(other) < self._open:
            return True  # no thing is that near
        return not any(thing.hides(eyes, other) for thing in self._things)

    def _apart(self, position: Vector) -> float:
        return math.hypot(position[0] - self.point[0], position[2] - self.point[2])

    def _eyes(self, place: Place) -> Vector:
        x, y, z = self.point
        return (_inside(x + place[0]), _inside(y + HEAD_HEIGHT), _inside(z + place[1]))


def spawn_point(entities: Entities) -> Vector:
    """The position of the entity with a ``spawn_point``, in metres; without one, the origin.

    A position that is none counts as absent, as with things.
    """
    for components in entities.values():
        if components.get("spawn_point"):
            x, y, z = numbers(components.get("position"), (0.0, 0.0, 0.0))
            return (x, y, z)
    return (0.0, 0.0, 0.0)


def _middle(furniture: list[Thing], point: Vector) -> Vector:
    """The middle of all furniture; in an empty room the point."""
    if not furniture:
        return point
    count = len(furniture)
    return (
        sum(thing.x for thing in furniture) / count,
        0.0,
        sum(thing.z for thing in furniture) / count,
    )


def _heading(rotation: Quaternion) -> float:
    """The direction that somebody faces, seen from above: radians from +z towards +x."""
    x, y, z, w = rotation
    return math.atan2(2 * (x * z + w * y), 1 - 2 * (x * x + y * y))


def _clear_of(furniture: list[Thing], point: Vector) -> int:
    """The cells of the ring where no thing is in the way of a body."""
    x, y, z = point
    cells = ring()
    for thing in furniture:
        if thing.low < y + HEAD_HEIGHT + _BODY and thing.high > y + _LOW:
            cells &= ~cells_where(
                (thing.x - x, thing.z - z),
                thing.reach + _BODY,
                partial(_in_the_way, thing, point),
            )
    return cells


def _in_the_way(thing: Thing, point: Vector, place: Place) -> bool:
    return thing.covers(point[0] + place[0], point[2] + place[1], _BODY)


def _inside(coordinate: float) -> float:
    return max(-LIMIT, min(LIMIT, coordinate))
