"""Furniture of a new room: a plaza, garden, hall or night, and free ground at the spawn point.

A kind is a layout of boxes around the spawn point and a palette. All boxes of a room are tints of
one hue. The kind is kept as ``room_kind`` of the spawn point: clients choose ground and sky by it.
"""

import colorsys
import math
from collections.abc import Callable, Iterator
from random import Random
from typing import Any, NamedTuple

from xr.rooms.entities import Entities

BOXES = (5, 20)
"""The number of boxes, at least and at most."""
EDGES = (1.0, 10.0)
"""The length of a box's edge in metres."""
FIELD = 25.0
"""Every corner of every box is within so many metres of the origin."""
SPAWN_FIELD = 3.0
"""The spawn point is within so many metres of the origin."""
CLEARING = 4.0
"""No box comes closer to the spawn point, so that nobody appears inside one."""
GAP = 0.4
"""Metres between two boxes, at least."""
HUE_SPREAD = 0.02
"""The hues of one room differ from its own by at most this part of the colour circle."""
LAMPLIGHT = [1.0, 0.78, 0.45]
"""The ``glow`` of a lantern, RGB."""

_TRIES = 12
_SEAT = 0.5  # metres of a seat above the ground; the rest of its least edge is in the ground


class _Role(NamedTuple):
    """Use of a box: the tints that it may have, each a lightness and a saturation."""

    tints: tuple[tuple[float, float], ...]
    glows: bool = False


_HOUSE = _Role(((0.74, 0.42), (0.66, 0.4), (0.81, 0.46), (0.58, 0.36)))
_PILLAR = _Role(((0.86, 0.4), (0.8, 0.38)))
_BENCH = _Role(((0.78, 0.34), (0.72, 0.32)))
_HEDGE = _Role(((0.42, 0.36), (0.47, 0.38), (0.38, 0.34)))
_BUSH = _Role(((0.52, 0.4), (0.58, 0.42)))
_STONE = _Role(((0.7, 0.16), (0.76, 0.18)))
_TOWER = _Role(((0.3, 0.38), (0.37, 0.36), (0.25, 0.4), (0.43, 0.34)))
_DARK_BENCH = _Role(((0.5, 0.28), (0.45, 0.3)))
_LANTERN = _Role(((0.8, 0.4),), glows=True)


class _Box(NamedTuple):
    """A box around the spawn point: metres, and ``turn`` in radians about y."""

    x: float
    z: float
    turn: float
    width: float
    height: float
    depth: float
    role: _Role
    buried: float = 0.0

    @property
    def corners(self) -> list[tuple[float, float]]:
        sine, cosine = math.sin(self.turn), math.cos(self.turn)
        halves = [(w * self.width / 2, d * self.depth / 2) for w, d in _SQUARE]
        return [(self.x + w * cosine + d * sine, self.z - w * sine + d * cosine) for w, d in halves]


_SQUARE = ((1, 1), (1, -1), (-1, -1), (-1, 1))
Layout = Callable[[Random], Iterator[list[_Box]]]
"""Yields for each place the boxes that may stand there; the first that fits is taken."""


def furnish(random: Random, kind: str | None = None) -> Entities:
    """Boxes on the ground and one spawn point. The same ``random`` gives the same.

    Raises:
        KeyError: there is no such kind of room.
    """
    kind = kind or random.choice([*KINDS])
    layout, hues = KINDS[kind]
    hue = random.choice(hues)
    spawn = _somewhere(random, SPAWN_FIELD)
    entities: dict[str, dict[str, Any]] = {
        "spawn": {
            "spawn_point": True,
            "room_kind": kind,
            "position": [round(spawn[0], 3), 0.0, round(spawn[1], 3)],
        }
    }
    boxes: list[_Box] = []
    for choice in layout(random):
        box = next((box for box in choice if _fits(box, boxes, spawn)), None)
        if box is not None and len(boxes) < BOXES[1]:
            boxes.append(box)
            entities[f"box-{len(boxes)}"] = _components(random, hue, box, spawn)
    return entities


def _plaza(random: Random) -> Iterator[list[_Box]]:
    """Houses around a place, seats in a ring, and two pillars where the ring is open."""
    front = random.uniform(0, math.tau)
    yield from _seats(random, front, _BENCH)
    for side in (-0.34, 0.34):
        yield [_facing(front + side, 9.0, 1.2, 6.5, 1.2, _PILLAR)]
    yield from _around(random, random.randint(6, 8), (14, 18), (5, 9), (3.5, 9.5), (4, 7), _HOUSE)


def _garden(random: Random) -> Iterator[list[_Box]]:
    """Stone seats, low hedges in a ring, round them bushes, and high hedges behind."""
    front = random.uniform(0, math.tau)
    yield from _seats(random, front, _STONE, most=4)
    for index in range(5):
        angle = front + (index + 0.5) * math.tau / 5
        yield [_facing(angle, 8.0, 4.2, 1.1, 1.2, _HEDGE)]
    yield from _around(random, 5, (11, 13), (1.4, 2.2), (1.4, 2.6), (1.4, 2.2), _BUSH)
    yield from _around(random, 6, (17, 19), (7, 10), (3, 5.5), (1.6, 2.4), _HEDGE)


def _hall(random: Random) -> Iterator[list[_Box]]:
    """Two rows of pillars with benches between, which lead to a wall behind a low stage."""
    front = random.uniform(0, math.tau)
    height = round(random.uniform(5.5, 8), 2)
    yield [_at(front, 0, 16.5, 10, height, 1.2, _HOUSE)]
    yield [_at(front, 0, 12.5, 7, 1, 3.4, _PILLAR, buried=0.7)]
    for side in (-7.0, 7.0):
        for along in (-9.0, -3.0, 3.0, 9.0):
            yield [_at(front, side, along, 1.2, height, 1.2, _PILLAR)]
        for along in (-6.0, 0.0, 6.0):
            yield [_at(front, side, along, 1.0, 1.0, 2.6, _BENCH, buried=1.0 - _SEAT)]
        yield [_at(front, side * 1.9, random.uniform(-6, 6), 2.5, 4.5, 9, _HOUSE)]


def _night(random: Random) -> Iterator[list[_Box]]:
    """Dark towers around lanterns and seats."""
    front = random.uniform(0, math.tau)
    yield from _seats(random, front, _DARK_BENCH, most=5)
    for index in range(5):
        angle = front + (index + 0.5) * math.tau / 5
        height = random.uniform(1.8, 3)
        yield [_facing(angle, random.uniform(7.5, 9.5), 1.0, height, 1.0, _LANTERN)]
    yield from _around(random, random.randint(7, 9), (13, 18), (3, 6), (5, 9.8), (3, 6), _TOWER)


KINDS: dict[str, tuple[Layout, tuple[float, ...]]] = {
    "plaza": (_plaza, (0.035, 0.075, 0.1, 0.53, 0.97)),
    "garden": (_garden, (0.25, 0.3, 0.35)),
    "hall": (_hall, (0.06, 0.11, 0.47, 0.57, 0.95)),
    "night": (_night, (0.56, 0.64, 0.72, 0.8)),
}
"""Kind of room → its layout, and its hand-picked hues, as parts of the colour circle."""


def _seats(random: Random, front: float, role: _Role, most: int = 7) -> Iterator[list[_Box]]:
    """Seats in a ring, which is open to the front."""
    count = random.randint(4, most)
    for index in range(1, count + 1):
        angle = front + index * math.tau / (count + 1)
        yield [_facing(angle, 5.6, 2.2, 1.0, 1.0, role, buried=1.0 - _SEAT)]


Range = tuple[float, float]


def _around(
    random: Random,
    count: int,
    distance: Range,
    width: Range,
    height: Range,
    depth: Range,
    role: _Role,
) -> Iterator[list[_Box]]:
    """So many boxes in a circle, each of a size of its own."""
    first = random.uniform(0, math.tau)
    for index in range(count):
        angle = first + (index + random.uniform(-0.18, 0.18)) * math.tau / count
        yield [
            _facing(
                angle,
                random.uniform(*distance),
                round(random.uniform(*width), 2),
                round(random.uniform(*height), 2),
                round(random.uniform(*depth), 2),
                role,
            )
            for _ in range(_TRIES)
        ]


def _facing(
    angle: float,
    distance: float,
    width: float,
    height: float,
    depth: float,
    role: _Role,
    buried: float = 0.0,
) -> _Box:
    """A box whose front looks at the spawn point. Angles go from +z to +x."""
    return _at(angle, 0.0, distance, width, height, depth, role, buried)


def _at(
    front: float,
    right: float,
    ahead: float,
    width: float,
    height: float,
    depth: float,
    role: _Role,
    buried: float = 0.0,
) -> _Box:
    """A box so many metres right and ahead of the spawn point, seen along ``front``."""
    sine, cosine = math.sin(front), math.cos(front)
    x, z = right * cosine + ahead * sine, ahead * cosine - right * sine
    return _Box(x, z, front % math.pi, width, height, depth, role, buried)


def _fits(box: _Box, others: list[_Box], spawn: tuple[float, float]) -> bool:
    """Whether it is in the field, off the clearing, and apart from the others."""
    reach = math.sqrt(FIELD**2 - box.height**2) - 0.01
    if any(math.hypot(x + spawn[0], z + spawn[1]) > reach for x, z in box.corners):
        return False
    half = max(box.width, box.depth) / 2
    return math.hypot(box.x, box.z) > CLEARING + half and all(_apart(box, it) for it in others)


def _apart(one: _Box, other: _Box) -> bool:
    """Whether a line with ``GAP`` on it runs between the two, along a side of one of them."""
    for turn in (one.turn, other.turn, one.turn + math.pi / 2, other.turn + math.pi / 2):
        sine, cosine = math.sin(turn), math.cos(turn)
        first, second = ([x * cosine - z * sine for x, z in box.corners] for box in (one, other))
        if min(first) - max(second) > GAP or min(second) - max(first) > GAP:
            return True
    return False


def _components(
    random: Random, hue: float, box: _Box, spawn: tuple[float, float]
) -> dict[str, Any]:
    lightness, saturation = random.choice(box.role.tints)
    own_hue = (hue + random.uniform(-HUE_SPREAD, HUE_SPREAD)) % 1.0
    size = {"width": box.width, "height": round(box.height, 2), "depth": box.depth}
    components: dict[str, Any] = {
        "mesh_builder": ["box", size],
        "position": [
            round(box.x + spawn[0], 3),
            round(size["height"] / 2 - box.buried, 3),
            round(box.z + spawn[1], 3),
        ],
        "rotation": [0.0, round(math.sin(box.turn / 2), 6), 0.0, round(math.cos(box.turn / 2), 6)],
        "color": [round(part, 3) for part in colorsys.hls_to_rgb(own_hue, lightness, saturation)],
    }
    if box.role.glows:
        components["glow"] = LAMPLIGHT
    return components


def _somewhere(random: Random, radius: float) -> tuple[float, float]:
    """A place in the disc around the origin, all equally likely, to a millimetre."""
    angle = random.uniform(0, math.tau)
    distance = (radius - 0.001) * math.sqrt(random.random())
    return round(distance * math.cos(angle), 3), round(distance * math.sin(angle), 3)
