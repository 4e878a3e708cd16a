"""Bots walk smoothly, look where they go, and stay near."""

import math
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from xr.bots.walk import Walk

seeds = st.integers(0, 2**32)
moments = st.floats(0, 86_400)
START = (3.0, 1.7, -4.0)


def _walk(seed: int) -> Walk:
    return Walk(Random(seed), START)


def _turn(before: tuple[float, ...], after: tuple[float, ...]) -> float:
    """The angle between two rotations."""
    cosine = abs(sum(a * b for a, b in zip(before, after, strict=True)))
    return 2 * math.acos(min(1.0, cosine))


@given(seeds)
def test_a_walk_begins_at_its_start(seed: int) -> None:
    assert math.dist(_walk(seed).pose(0.0).position, START) < 1e-9


@given(seeds, moments)
def test_a_walk_stays_near_and_on_its_feet(seed: int, moment: float) -> None:
    pose = _walk(seed).pose(moment)
    assert math.dist(pose.position, START) <= 5
    assert pose.position[1] == START[1]
    assert math.isclose(math.hypot(*pose.rotation), 1)


@given(seeds, moments)
def test_from_one_pose_to_the_next_is_a_small_step_and_a_small_turn(
    seed: int, moment: float
) -> None:
    walk = _walk(seed)
    before, after = walk.pose(moment), walk.pose(moment + 0.05)
    step = math.dist(before.position, after.position)
    assert 0.002 < step < 0.07  # it never stands still, and never runs
    assert _turn(before.rotation, after.rotation) < math.radians(10)


@given(seeds, moments)
def test_it_looks_where_it_goes(seed: int, moment: float) -> None:
    walk = _walk(seed)
    before, after = walk.pose(moment - 0.0005), walk.pose(moment + 0.0005)
    x, _, z = (b - a for a, b in zip(before.position, after.position, strict=True))
    length = math.hypot(x, z)
    _, sine, _, cosine = walk.pose(moment).rotation
    yaw = 2 * math.atan2(sine, cosine)
    assert math.dist((math.sin(yaw), math.cos(yaw)), (x / length, z / length)) < 0.01


@given(seeds)
def test_the_same_seed_walks_the_same_way(seed: int) -> None:
    assert _walk(seed).pose(12.5) == _walk(seed).pose(12.5)
    assert _walk(seed).pose(12.5) != _walk(seed + 1).pose(12.5)
