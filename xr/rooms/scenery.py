"""The solid things of a room, which decide where a newcomer appears and looks.

Pure functions over entities. Everything is taken as a box that is turned about the vertical only:
round things fill theirs, tilted ones get the upright box around them.
"""

import math
from collections.abc import Iterator
from typing import Any

import msgspec

from xr.pose import Vector
from xr.rooms.entities import Entities

_UPRIGHT = 1e-3  # an x or z in a quaternion below this is no tilt


class Thing(msgspec.Struct, frozen=True):
    """An upright box: its middle, half its edges, its turn, its lower and upper end."""

    x: float
    z: float
    half_width: float
    half_depth: float
    cos: float
    sin: float
    low: float
    high: float

    @property
    def reach(self) -> float:
        """Metres from its middle to its furthest corner on the ground."""
        return math.hypot(self.half_width, self.half_depth)

    def covers(self, x: float, z: float, margin: float) -> bool:
        """Whether a place on the ground is below or in it, or closer than ``margin`` metres."""
        across, along = self._local(x - self.x, z - self.z)
        return abs(across) < self.half_width + margin and abs(along) < self.half_depth + margin

    def hides(self, eye: Vector, other: Vector) -> bool:
        """Whether it stands between two points."""
        from_x, from_z = self._local(eye[0] - self.x, eye[2] - self.z)
        to_x, to_z = self._local(other[0] - self.x, other[2] - self.z)
        middle, half_height = (self.low + self.high) / 2, (self.high - self.low) / 2
        first, last = 0.0, 1.0
        for start, end, half in (
            (from_x, to_x, self.half_width),
            (from_z, to_z, self.half_depth),
            (eye[1] - middle, other[1] - middle, half_height),
        ):
            way = end - start
            if abs(way) < 1e-9:
                if abs(start) > half:
                    return False
                continue
            near, far = sorted(((-half - start) / way, (half - start) / way))
            first, last = max(first, near), min(last, far)
        return first < last

    def _local(self, x: float, z: float) -> tuple[float, float]:
        return x * self.cos - z * self.sin, x * self.sin + z * self.cos


def things(entities: Entities) -> Iterator[Thing]:
    """The entities that have a shape. Components that are not as they should be count as absent."""
    for components in entities.values():
        match components.get("mesh_builder"):
            case [("box" | "sphere" | "cylinder") as kind, *more]:
                options = more[0] if more and isinstance(more[0], dict) else {}
                yield _thing(_edges(kind, options), components)


def _edges(kind: str, options: dict[str, Any]) -> list[float]:
    """Edges of the box around a shape, by the names and defaults of Babylon's builders."""

    def read(*names: str, otherwise: float = 1.0) -> float:
        for name in names:
            if isinstance(options.get(name), int | float):
                return float(options[name])
        return otherwise

    if kind == "box":
        return [read(edge, "size") for edge in ("width", "height", "depth")]
    if kind == "sphere":
        return [read(edge, "diameter") for edge in ("diameterX", "diameterY", "diameterZ")]
    across = max(read("diameterTop", "diameter"), read("diameterBottom", "diameter"))
    return [across, read("height", otherwise=2.0), across]


def _thing(edges: list[float], components: Any) -> Thing:
    x, y, z = numbers(components.get("position"), (0.0, 0.0, 0.0))
    scaling = numbers(components.get("scaling"), (1.0, 1.0, 1.0))
    turn = numbers(components.get("rotation"), (0.0, 0.0, 0.0, 1.0))
    width, height, depth = (abs(edge * by) / 2 for edge, by in zip(edges, scaling, strict=True))
    if abs(turn[0]) > _UPRIGHT or abs(turn[2]) > _UPRIGHT:
        reach = math.hypot(width, height, depth)
        return Thing(x, z, reach, reach, 1.0, 0.0, y - reach, y + reach)
    heading = 2 * math.atan2(turn[1], turn[3])
    return Thing(x, z, width, depth, math.cos(heading), math.sin(heading), y - height, y + height)


def numbers(value: Any, otherwise: tuple[float, ...]) -> tuple[float, ...]:
    """The finite numbers of a component; ``otherwise`` where it has not as many as that."""
    try:
        found = tuple(float(number) for number in value)
    except (TypeError, ValueError):
        return otherwise
    fit = len(found) == len(otherwise) and all(map(math.isfinite, found))
    return found if fit else otherwise
