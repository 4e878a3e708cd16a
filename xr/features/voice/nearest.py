"""The talkers that a listener hears: the nearest ones, found by a grid. Pure; metres."""

import math
from collections.abc import Iterator, Mapping, Set

from xr.pose import Vector

RANGE = 25.0
"""A talker is heard from here on."""
SLACK = 2.0
"""A talker who is heard counts as so much nearer: nobody flickers at an edge."""
MOST = 8
"""Talkers that one listener hears at a time."""

_CELL = RANGE + SLACK
_AROUND = [(x, z) for x in (-1, 0, 1) for z in (-1, 0, 1)]


class Talkers:
    """The places of a room's talkers, in cells as wide as a voice reaches.

    A listener looks at nine cells, so a room of many groups costs each listener its own group.
    Those on the ``stage`` are heard everywhere, before those who are near.
    """

    def __init__(self, places: Mapping[str, Vector], stage: Set[str] = frozenset()) -> None:
        self._stage = stage & places.keys()
        self._cells: dict[tuple[int, int], list[tuple[str, Vector]]] = {}
        for user_id, place in places.items():
            self._cells.setdefault(_cell(place), []).append((user_id, place))

    def heard_at(self, place: Vector, before: Set[str], never: Set[str]) -> frozenset[str]:
        """The nearest talkers for a listener who hears ``before`` now, without ``never``."""
        stage = self._stage - never
        near = []
        for user_id, other in self._near(place):
            if user_id in never or user_id in stage:
                continue
            distance = math.dist(place, other) - (SLACK if user_id in before else 0.0)
            if distance <= RANGE:
                near.append((distance, user_id))
        places = MOST - len(stage)
        if len(near) > places:
            near.sort()
        return frozenset([*stage, *[user_id for _, user_id in near[:places]]])

    def _near(self, place: Vector) -> Iterator[tuple[str, Vector]]:
        column, row = _cell(place)
        for x, z in _AROUND:
            yield from self._cells.get((column + x, row + z), ())


def _cell(place: Vector) -> tuple[int, int]:
    return math.floor(place[0] / _CELL), math.floor(place[2] / _CELL)
