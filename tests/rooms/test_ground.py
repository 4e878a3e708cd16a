"""The ground around a spawn point, drawn as the bits of a number."""

import math
import random
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from xr.rooms.ground import Place, before, free_of, ring, some_place

metres = st.floats(-8, 8)


def bearing(eyes: Place, place: Place, heading: float) -> float:
    """How far aside of the way that somebody looks a place is, in radians."""
    towards = math.atan2(place[0] - eyes[0], place[1] - eyes[1])
    return abs(math.remainder(towards - heading, math.tau))


@given(st.tuples(metres, metres), st.floats(-7, 7), st.integers(0, 2**32))
def test_the_cells_before_somebody_are_those_in_their_view(
    eyes: Place, heading: float, seed: int
) -> None:
    rng = random.Random(seed)
    seen = ring() & before(eyes, heading)
    for _ in range(20):
        if seen:
            place = some_place(seen, rng)
            assert 1.1 < math.dist(eyes, place) < 4.0
            assert bearing(eyes, place, heading) < math.radians(31)  # half of an upright phone
        other = some_place(ring() & ~seen, rng)
        well_in_view = bearing(eyes, other, heading) < math.radians(17)
        assert not (well_in_view and 1.4 < math.dist(eyes, other) < 3.8)


def test_each_cell_has_the_same_chance() -> None:
    rng = random.Random(1)
    cells = free_of([], ring()) & before((-2.0, -2.0), math.pi / 4)
    found = Counter(some_place(cells, rng) for _ in range(40 * cells.bit_count()))
    assert len(found) == cells.bit_count()
    assert max(found.values()) < 100
