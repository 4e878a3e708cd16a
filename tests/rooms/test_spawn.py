import math
import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xr.pose import LIMIT, Pose, Vector
from xr.rooms.spawn import HEAD_HEIGHT, RADIUS, SPACING, spawn_pose

POINT = (10.0, 0.5, -20.0)


def apart(one: Vector, other: Vector) -> float:
    """Metres on the ground between two places."""
    return math.hypot(one[0] - other[0], one[2] - other[2])


def crowd(count: int, rng: random.Random) -> list[Pose]:
    poses: list[Pose] = []
    for _ in range(count):
        poses.append(spawn_pose(POINT, [pose.position for pose in poses], rng))
    return poses


@given(
    st.integers(0, 2**32),
    st.tuples(*[st.floats(-LIMIT + 5, LIMIT - 5)] * 3),
    st.integers(0, 12),
)
def test_newcomers_appear_around_the_point_at_head_height(
    seed: int, point: Vector, others: int
) -> None:
    rng = random.Random(seed)
    poses: list[Pose] = []
    for _ in range(others + 1):
        poses.append(spawn_pose(point, [pose.position for pose in poses], rng))
    for pose in poses:
        assert 0.4 < apart(pose.position, point) <= RADIUS
        assert pose.position[1] == point[1] + HEAD_HEIGHT
        assert (HEAD_HEIGHT, RADIUS, SPACING) == (1.7, 3.0, 0.6)
    for number, pose in enumerate(poses):
        for other in poses[:number]:
            assert apart(pose.position, other.position) >= SPACING - 1e-9


@given(st.integers(0, 2**32))
def test_a_newcomer_looks_at_the_point(seed: int) -> None:
    pose = spawn_pose(POINT, [], random.Random(seed))
    x, y, z, w = pose.rotation
    assert math.hypot(x, y, z, w) == pytest.approx(1, abs=1e-12)
    assert (x, z) == (0.0, 0.0)  # upright
    forward = (2 * (x * z + w * y), 1 - 2 * (x * x + y * y))  # +z turned by the quaternion
    to_point = (POINT[0] - pose.position[0], POINT[2] - pose.position[2])
    length = math.hypot(*to_point)
    assert forward[0] == pytest.approx(to_point[0] / length, abs=1e-9)
    assert forward[1] == pytest.approx(to_point[1] / length, abs=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_a_room_fills_up_until_there_is_no_place_left(seed: int) -> None:
    rng = random.Random(seed)
    poses: list[Pose] = []
    while True:
        newcomer = spawn_pose(POINT, [pose.position for pose in poses], rng)
        room = min((apart(newcomer.position, p.position) for p in poses), default=LIMIT)
        if room < SPACING - 1e-9:
            break
        poses.append(newcomer)
    assert len(poses) >= 45  # a disc of 3 m holds somewhat more at 0.6 m, packed at random
    places = [pose.position for pose in poses]  # the pattern's cells are up to 0.11 m wide
    free = [
        (x, z)
        for x in (POINT[0] + step / 20 for step in range(-60, 61))
        for z in (POINT[2] + step / 20 for step in range(-60, 61))
        if 0.5 <= apart((x, 0, z), POINT) <= RADIUS
        and min(apart((x, 0, z), place) for place in places) >= SPACING + 0.11
    ]
    assert free == []
    assert apart(newcomer.position, POINT) <= RADIUS  # it comes in all the same
    assert room > 0.2  # and not inside somebody


def test_a_hundred_find_different_places() -> None:
    poses = crowd(100, random.Random(1))
    assert len({pose.position for pose in poses}) == 100
    assert all(apart(pose.position, POINT) <= RADIUS for pose in poses)


def test_more_people_than_fit_keep_nobody_out() -> None:
    rng = random.Random(2)
    ground = [
        (POINT[0] + x / 20, 0.0, POINT[2] + z / 20)
        for x in range(-72, 73, 3)
        for z in range(-72, 73, 3)
    ]
    for count in (150, 400, 1000, len(ground)):
        pose = spawn_pose(POINT, rng.sample(ground, count), rng)
        assert 0.4 < apart(pose.position, POINT) <= RADIUS


def test_those_far_away_do_not_matter() -> None:
    far = [(POINT[0] + 100, 0.0, POINT[2]), (POINT[0], 0.0, POINT[2] + 3.7)]
    assert spawn_pose(POINT, far, random.Random(3)) == spawn_pose(POINT, [], random.Random(3))


def test_height_does_not_keep_people_apart() -> None:
    """Somebody who flies above a place stands in its way, as avatars have bodies."""
    rng = random.Random(4)
    first = spawn_pose(POINT, [], rng)
    above = (first.position[0], first.position[1] + 50, first.position[2])
    for _ in range(50):
        assert apart(spawn_pose(POINT, [above], rng).position, first.position) >= SPACING - 1e-9


def test_the_same_seed_gives_the_same_places_and_another_gives_others() -> None:
    assert crowd(70, random.Random(5)) == crowd(70, random.Random(5))
    assert crowd(3, random.Random(5)) != crowd(3, random.Random(6))


def test_newcomers_spread_all_around() -> None:
    rng = random.Random(8)
    angles = sorted(
        math.atan2(pose.position[2] - POINT[2], pose.position[0] - POINT[0])
        for pose in (spawn_pose(POINT, [], rng) for _ in range(200))
    )
    gaps = [after - before for before, after in pairwise(angles)]
    assert max(*gaps, angles[0] + math.tau - angles[-1]) < 0.3


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("edge", [LIMIT, -LIMIT])
def test_a_point_at_the_end_of_the_world_gives_a_pose_inside_it(axis: int, edge: float) -> None:
    point = [0.0, 0.0, 0.0]
    point[axis] = edge
    x, y, z = point
    for seed in range(20):
        pose = spawn_pose((x, y, z), [], random.Random(seed))
        assert max(map(abs, pose.position)) <= LIMIT
