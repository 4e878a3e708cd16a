"""What stands in a new room: boxes of one hue family, and a spawn point with room around it."""

import colorsys
import math
from random import Random
from typing import Any

from xr.rooms.entities import Entities

BOXES = (5, 20)
"""How many boxes there are, at least and at most."""
EDGES = (1.0, 10.0)
"""The length of a box's edge in metres."""
FIELD = 25.0
"""Every corner of every box is within so many metres of the origin."""
SPAWN_FIELD = 10.0
"""The spawn point is within so many metres of the origin."""
CLEARING = 4.0
"""No box comes closer to the spawn point, so that nobody appears inside one."""
HUE_SPREAD = 0.05
"""The hues of one room differ from its own by at most this part of the colour circle."""

_MARGIN = 0.001  # metres; places are rounded to a millimetre, which keeps a room's snapshot short


def furnish(random: Random) -> Entities:
    """Boxes that rest on the ground, and one spawn point. The same ``random`` gives the same."""
    spawn_x, spawn_z = _somewhere(random, SPAWN_FIELD)
    entities: dict[str, dict[str, Any]] = {
        "spawn": {"spawn_point": True, "position": [spawn_x, 0.0, spawn_z]}
    }
    hue = random.random()
    for number in range(1, random.randint(*BOXES) + 1):
        entities[f"box-{number}"] = _box(random, hue, (spawn_x, spawn_z))
    return entities


def _box(random: Random, hue: float, spawn: tuple[float, float]) -> dict[str, Any]:
    width, height, depth = (round(random.uniform(*EDGES), 2) for _ in range(3))
    x, z = _clear_place(random, width, height, depth, spawn)
    half_angle = random.uniform(0, math.pi) / 2  # a box turned by half a turn looks the same
    shade = colorsys.hls_to_rgb(
        (hue + random.uniform(-HUE_SPREAD, HUE_SPREAD)) % 1.0,
        random.uniform(0.35, 0.7),
        random.uniform(0.4, 0.8),
    )
    return {
        "mesh_builder": ["box", {"width": width, "height": height, "depth": depth}],
        "position": [x, round(height / 2, 3), z],
        "rotation": [0.0, round(math.sin(half_angle), 6), 0.0, round(math.cos(half_angle), 6)],
        "color": [round(part, 3) for part in shade],
    }


def _clear_place(
    random: Random, width: float, height: float, depth: float, spawn: tuple[float, float]
) -> tuple[float, float]:
    """Where the box's middle goes: with whatever turn, it is in the field and off the clearing."""
    half_diagonal = math.hypot(width, depth) / 2
    reach = math.sqrt(FIELD**2 - height**2) - half_diagonal
    clear = CLEARING + half_diagonal + _MARGIN
    place = _somewhere(random, reach)
    while math.dist(place, spawn) < clear:
        place = _somewhere(random, reach)
    return place


def _somewhere(random: Random, radius: float) -> tuple[float, float]:
    """A place in the disc around the origin, all equally likely."""
    angle = random.uniform(0, 2 * math.pi)
    distance = (radius - _MARGIN) * math.sqrt(random.random())
    return round(distance * math.cos(angle), 3), round(distance * math.sin(angle), 3)
