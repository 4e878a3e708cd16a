"""The ground around a spawn point as cells, each free or not.

It is drawn as one number, a bit a cell, so that what is done to a cell is done to all at once:
a search takes 20 to 80 µs, among ten people or a hundred. Places are metres from the point.
"""

import math
import random
from collections.abc import Callable, Iterable
from functools import cache

RADIUS = 3.0
"""Metres from the spawn point, horizontally, at most."""
SPACING = 0.6
"""Metres between a newcomer and anybody else, while there is room."""

Place = tuple[float, float]
"""Metres from the spawn point along x and z."""

_NEAREST = 0.5
_CELL = 0.075
_EDGE = round((RADIUS + SPACING) / _CELL)  # half a side of the square that is drawn, in cells
_CORNER = (_EDGE + 0.5) * _CELL  # metres from the point to the outer side of the first cell
_RING = round(RADIUS / _CELL)
# A person at the edge of the square takes no ground of another row: each row has a margin behind
# it, which is also the next one's margin in front.
_ROW = 2 * _EDGE + 1 + round(SPACING / _CELL) + 2
_NEAR = (RADIUS + SPACING) ** 2
_MIDDLE = _EDGE * _ROW + _EDGE
_SLACK = _CELL * math.sqrt(2) / 2  # people stand within a cell, not at its centre
_CLOSER = (SPACING, SPACING / 2, SPACING / 4)  # tried in turn as the place fills
_DENSEST = 0.91  # the share of a plane that circles cover when packed as close as can be

_CLOSE, _FAR = 1.2, 3.9  # metres to somebody before whose eyes one stands
_REACH = round(_FAR / _CELL)
_HALF_VIEW = math.radians(24)  # to either side; a phone held upright shows 30°
_DIRECTIONS = 32
_TURN = math.tau / _DIRECTIONS
_EACH_ROW = sum(1 << row * _ROW for row in range(2 * _REACH + 1))


def free_of(others: Iterable[Place], cells: int) -> int:
    """Select the cells that are far enough from the others; all of them if none is."""
    taken = [
        int((z + _CORNER) / _CELL) * _ROW + int((x + _CORNER) / _CELL)
        for x, z in others
        if x * x + z * z < _NEAR  # those further away are in nobody's way
    ]
    drawn = bytearray((2 * _EDGE + 1) * _ROW // 8 + 1)
    for cell in taken:
        drawn[cell >> 3] |= 1 << (cell & 7)
    people = int.from_bytes(drawn, "little")
    for spacing in _CLOSER:
        if len(taken) > _DENSEST * (2 * RADIUS / spacing + 1) ** 2:
            continue  # so many do not fit at this distance
        free = cells & ~_around(people, spacing + _SLACK)
        if free:
            return free
    return cells


def before(place: Place, heading: float) -> int:
    """The cells before the eyes of somebody at a place who looks that way, in radians from +z."""
    x, z = (round(each / _CELL) for each in place)
    view = _view(round(heading / _TURN) % _DIRECTIONS)
    # Only the columns of the ring: what is beyond a row's end would be at the next one's begin.
    first, last = max(0, _REACH - _RING - x), min(2 * _REACH, _REACH + _RING - x)
    view &= (((1 << max(0, last + 1 - first)) - 1) << first) * _EACH_ROW
    shift = _MIDDLE - _REACH * (_ROW + 1) + z * _ROW + x
    return view << shift if shift >= 0 else view >> -shift


@cache
def _view(direction: int) -> int:
    """The cells seen by somebody at the middle of a square of ``_REACH`` cells to each side."""
    cells = 0
    for row in range(-_REACH, _REACH + 1):
        last = math.sqrt(_REACH**2 - row**2)
        first = -last
        for side in (-1, 1):
            edge = direction * _TURN + side * _HALF_VIEW
            # Inside of this edge are the cells with side * (x cos - z sin) <= 0.
            crossing = row * math.tan(edge)
            if side * math.cos(edge) > 0:
                last = min(last, crossing)
            else:
                first = max(first, crossing)
        wide = math.floor(last) - math.ceil(first) + 1
        start = (row + _REACH) * _ROW + math.ceil(first) + _REACH
        cells |= ((1 << max(0, wide)) - 1) << start
    return cells & ~_around(1 << _REACH * (_ROW + 1), _CLOSE)


def cells_where(middle: Place, reach: float, taken: Callable[[Place], bool]) -> int:
    """The cells within ``reach`` metres of ``middle`` along x and z whose centre is taken."""
    drawn = bytearray((2 * _EDGE + 1) * _ROW // 8 + 1)
    columns, rows = (
        range(
            max(-_RING, math.floor((each - reach) / _CELL)),
            min(_RING, math.ceil((each + reach) / _CELL)) + 1,
        )
        for each in middle
    )
    for row in rows:
        for column in columns:
            if taken((column * _CELL, row * _CELL)):
                cell = _MIDDLE + row * _ROW + column
                drawn[cell >> 3] |= 1 << (cell & 7)
    return int.from_bytes(drawn, "little")


def some_place(cells: int, rng: random.Random) -> Place:
    """The centre of one of these cells, any with the same chance; there must be one."""
    left = rng.randrange(cells.bit_count())  # so many of them come before it
    cell, length = 0, cells.bit_length()
    while length > 1:
        half = length // 2
        lower = cells & ((1 << half) - 1)
        count = lower.bit_count()
        if left < count:
            cells, length = lower, half
        else:
            cells, length, left, cell = cells >> half, length - half, left - count, cell + half
    return _centre(cell)


def _centre(cell: int) -> Place:
    row, column = divmod(cell, _ROW)
    return ((column - _EDGE) * _CELL, (row - _EDGE) * _CELL)


@cache
def ring() -> int:
    """The cells where a newcomer may appear."""
    middle = 1 << _MIDDLE
    return _around(middle, RADIUS * 0.999) & ~_around(middle, _NEAREST)


def _around(cells: int, radius: float) -> int:
    """These cells and all within ``radius`` metres of them."""
    around, wide, half = 0, cells, 0
    for row, its_half in _disc(radius):
        for step in range(half + 1, its_half + 1):
            wide |= cells << step | cells >> step
        half = its_half
        around |= wide << row * _ROW | wide >> row * _ROW
    return around


@cache
def _disc(radius: float) -> tuple[tuple[int, int], ...]:
    """A disc's rows from its rim to its middle: how far from the middle, and half how long."""
    return tuple(
        (row, int(math.sqrt(radius**2 - (row * _CELL) ** 2) / _CELL))
        for row in range(int(radius / _CELL), -1, -1)
    )
