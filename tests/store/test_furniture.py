"""A new room: whatever the seed, it is pleasant, legal, and nobody appears inside a box."""

import colorsys
import itertools
import math
from collections.abc import Iterator
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xr.rooms.entities import Entities
from xr.store.furniture import KINDS, furnish

seeds = st.integers(0, 2**32)
SLACK = 1e-9


def _boxes(entities: Entities) -> list[Any]:
    return [components for components in entities.values() if "mesh_builder" in components]


def _spawn(entities: Entities) -> list[float]:
    (spawn,) = [things for things in entities.values() if things.get("spawn_point") is True]
    assert set(spawn) == {"spawn_point", "position", "room_kind"}
    position: list[float] = spawn["position"]
    return position


def _corners(box: Any) -> list[tuple[float, float]]:
    """Where the four upright edges stand, turned about y as Babylon turns: left-handed."""
    _, size = box["mesh_builder"]
    x, _, z = box["position"]
    _, sine, _, cosine = box["rotation"]
    angle = 2 * math.atan2(sine, cosine)
    return [
        (
            x + dx * math.cos(angle) + dz * math.sin(angle),
            z - dx * math.sin(angle) + dz * math.cos(angle),
        )
        for dx, dz in itertools.product(
            (-size["width"] / 2, size["width"] / 2), (-size["depth"] / 2, size["depth"] / 2)
        )
    ]


@given(seeds)
def test_five_to_twenty_boxes_stand_on_the_ground_in_the_field(seed: int) -> None:
    entities = furnish(Random(seed))
    boxes = _boxes(entities)
    assert 5 <= len(boxes) <= 20
    assert len(entities) == len(boxes) + 1
    for box in boxes:
        kind, size = box["mesh_builder"]
        assert kind == "box"
        assert set(size) == {"width", "height", "depth"}
        assert all(1 <= edge <= 10 for edge in size.values())
        top = box["position"][1] + size["height"] / 2
        assert math.isclose(top, size["height"]) or 0.29 < top < 0.51, "a seat, or a step"
        for x, z in _corners(box):
            assert math.hypot(x, size["height"], z) <= 25 + SLACK


@given(seeds)
def test_boxes_are_turned_about_the_vertical_only(seed: int) -> None:
    for box in _boxes(furnish(Random(seed))):
        x, y, z, w = box["rotation"]
        assert x == z == 0
        assert math.isclose(math.hypot(y, w), 1, abs_tol=1e-5)


@given(seeds)
def test_boxes_are_of_one_hue_family(seed: int) -> None:
    colors = [box["color"] for box in _boxes(furnish(Random(seed)))]
    assert all(0 <= part <= 1 for color in colors for part in color)
    hues = [colorsys.rgb_to_hls(*color)[0] for color in colors]
    for one, other in itertools.combinations(hues, 2):
        apart = abs(one - other)
        assert min(apart, 1 - apart) <= 0.11  # a tenth of the circle, and what rounding adds


@given(seeds)
def test_the_spawn_point_is_on_the_ground_near_the_middle(seed: int) -> None:
    x, y, z = _spawn(furnish(Random(seed)))
    assert y == 0
    assert math.hypot(x, z) <= 10 + SLACK


@given(seeds)
def test_nobody_appears_inside_a_box(seed: int) -> None:
    entities = furnish(Random(seed))
    x, _, z = _spawn(entities)
    for box in _boxes(entities):
        corners = _corners(box)
        assert all(math.dist(corner, (x, z)) >= 4 - SLACK for corner in corners)
        _, size = box["mesh_builder"]
        middle = (box["position"][0], box["position"][2])
        assert math.dist(middle, (x, z)) >= 4 + max(size["width"], size["depth"]) / 2 - SLACK


@given(seeds)
def test_the_same_seed_gives_the_same_room_and_all_of_it_is_json(seed: int) -> None:
    entities = furnish(Random(seed))
    assert furnish(Random(seed)) == entities
    assert msgspec.json.decode(msgspec.json.encode(entities)) == entities


def test_rooms_differ() -> None:
    rooms = [msgspec.json.encode(furnish(Random(seed))) for seed in range(50)]
    assert len(set(rooms)) == 50
    assert len({len(_boxes(furnish(Random(seed)))) for seed in range(50)}) > 5


@given(seeds)
def test_no_box_is_inside_another(seed: int) -> None:
    """On one line at least, along a side of one of the two, they do not overlap."""
    for one, other in itertools.combinations(_boxes(furnish(Random(seed))), 2):
        assert any(
            max(first) < min(second) or max(second) < min(first)
            for first, second in _along_sides(one, other)
        )


def _along_sides(*boxes: Any) -> Iterator[tuple[list[float], list[float]]]:
    for box in boxes:
        (x, z), *neighbours, _ = _corners(box)
        for u, v in neighbours:
            first, second = (
                [(a - x) * (u - x) + (b - z) * (v - z) for a, b in _corners(it)] for it in boxes
            )
            yield first, second


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_has_seats_or_steps_and_says_which_it_is(kind: str) -> None:
    for seed in range(40):
        entities = furnish(Random(seed), kind)
        assert entities["spawn"]["room_kind"] == kind
        tops = [it["position"][1] + it["mesh_builder"][1]["height"] / 2 for it in _boxes(entities)]
        assert sum(top < 0.6 for top in tops) >= 4
        assert len(tops) >= 10


def test_the_kind_comes_from_the_seed() -> None:
    kinds = [furnish(Random(seed))["spawn"]["room_kind"] for seed in range(40)]
    assert {*kinds} == {*KINDS}


def test_only_lanterns_of_the_night_glow() -> None:
    for kind in KINDS:
        glowing = [it for it in _boxes(furnish(Random(1), kind)) if "glow" in it]
        assert bool(glowing) == (kind == "night")
