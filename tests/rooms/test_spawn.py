import math
import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xr.pose import LIMIT, Pose, Quaternion, Vector
from xr.rooms.entities import Entities
from xr.rooms.ground import RADIUS, SPACING
from xr.rooms.scenery import things
from xr.rooms.spawn import HEAD_HEIGHT, SpawnArea
from xr.store.furniture import furnish

POINT = (10.0, 0.5, -20.0)
LAPTOP = math.atan(math.tan(0.5) * 1.6)
"""Half of what is seen from left to right at 16:10, in radians; and on a phone held upright."""
PHONE = math.radians(30)


def area(point: Vector, **furniture: dict[str, object]) -> SpawnArea:
    return SpawnArea({"spawn": {"spawn_point": True, "position": [*point]}, **furniture})


EMPTY = area(POINT)


def spawn_pose(point: Vector, others: list[Vector], rng: random.Random) -> Pose:
    """In an empty room; the others look ahead."""
    return area(point).pose([Pose(other, (0.0, 0.0, 0.0, 1.0)) for other in others], rng)


def heading(rotation: Quaternion) -> float:
    x, y, z, w = rotation
    return math.atan2(2 * (x * z + w * y), 1 - 2 * (x * x + y * y))


def aside(pose: Pose, target: Vector) -> float:
    """How far from the middle of the view a target is, in radians."""
    towards = math.atan2(target[0] - pose.position[0], target[2] - pose.position[2])
    return abs(math.remainder(towards - heading(pose.rotation), math.tau))


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


def box(x: float, z: float, width: float, height: float, depth: float) -> dict[str, object]:
    options = {"width": width, "height": height, "depth": depth}
    return {"mesh_builder": ["box", options], "position": [x, height / 2, z]}


@pytest.mark.parametrize("seed", range(100))  # a place is tried so often: one in a million fails
def test_the_first_one_stands_back_and_looks_at_the_middle_of_the_furniture(seed: int) -> None:
    place = area(POINT, one=box(20, -10, 2, 2, 2), other=box(20, -30, 2, 2, 2))
    pose = place.pose([], random.Random(seed))
    x, y, z, w = pose.rotation
    assert math.hypot(x, y, z, w) == pytest.approx(1, abs=1e-12)
    assert (x, z) == (0.0, 0.0)  # upright
    assert aside(pose, (20.0, 0.0, -20.0)) < 1e-9
    assert pose.position[0] < POINT[0] - 1


def seen_by_both(entities: Entities, one: Pose, other: Pose, half: float) -> bool:
    if any(thing.hides(one.position, other.position) for thing in things(entities)):
        return False
    return max(aside(one, other.position), aside(other, one.position)) < half


@pytest.mark.parametrize("half", [LAPTOP, PHONE])
def test_who_meets_for_the_first_time_sees_each_other(half: float) -> None:
    met = 0
    for seed in range(400):
        rng = random.Random(seed)
        entities = furnish(rng)
        place = SpawnArea(entities)
        first = place.pose([], rng)
        met += seen_by_both(entities, first, place.pose([first], rng), half)
    assert met >= 0.99 * 400


@given(st.integers(0, 2**32), st.floats(-math.pi, math.pi))
def test_a_newcomer_appears_where_somebody_looks(seed: int, way: float) -> None:
    """Not where nobody does, if the one who is there looks across the place."""
    there = Pose((10.0, 1.7, -20.0), (0.0, math.sin(way / 2), 0.0, math.cos(way / 2)))
    pose = EMPTY.pose([there], random.Random(seed))
    assert aside(there, pose.position) < PHONE
    assert aside(pose, there.position) < 1e-9
    assert apart(pose.position, there.position) > 1


def test_a_newcomer_looks_at_the_nearest_who_is_not_hidden() -> None:
    near, far = (10.0, 1.7, -15.0), (18.0, 1.7, -20.0)
    people = [Pose(position, (0.0, 1.0, 0.0, 0.0)) for position in (near, far)]
    screen = area(POINT, screen=box(10, -16.5, 30, 3, 0.1))
    for seed in range(20):
        pose = area(POINT).pose(people, random.Random(seed))
        assert aside(pose, min(near, far, key=lambda other: apart(pose.position, other))) < 1e-9
        pose = screen.pose(people, random.Random(seed))
        assert aside(pose, far) < 1e-9


@pytest.mark.parametrize(
    ("kind", "options"),
    [("box", {"size": 4}), ("sphere", {"diameter": 4}), ("cylinder", {"diameter": 4, "height": 9})],
)
def test_nobody_appears_inside_a_thing(kind: str, options: dict[str, object]) -> None:
    thing: dict[str, object] = {"mesh_builder": [kind, options], "position": [11, 1, -20]}
    place = area(POINT, thing=thing)
    rng = random.Random(7)
    for _ in range(100):
        x, _, z = place.pose([], rng).position
        assert max(abs(x - 11), abs(z + 20)) > 2.3


def test_a_low_top_is_a_floor() -> None:
    low = area(POINT, low=box(10, -20, 8, 0.8, 8))  # the point itself is 0.5 m up
    assert apart(low.pose([], random.Random(7)).position, POINT) <= RADIUS
    assert low.pose([], random.Random(7)) == area(POINT, low=box(10, -20, 8, 0.1, 8)).pose(
        [], random.Random(7)
    )


def test_a_turned_box_keeps_its_corners_free_and_a_full_place_keeps_nobody_out() -> None:
    half = math.pi / 8
    wall = {**box(10, -20, 0.2, 3, 20), "rotation": [0, math.sin(half), 0, math.cos(half)]}
    rng = random.Random(8)
    place = area(POINT, wall=wall)
    for _ in range(100):
        x, _, z = place.pose([], rng).position
        assert abs((x - 10) - (z + 20)) / math.sqrt(2) > 0.4
    full = area(POINT, full=box(10, -20, 50, 3, 50)).pose([], rng)
    assert apart(full.position, POINT) <= RADIUS


@pytest.mark.parametrize(
    "components",
    [
        {"mesh_builder": "box"},
        {"mesh_builder": ["box"], "position": ["a", 0, 0], "rotation": [0, 0], "scaling": 3},
        {"mesh_builder": ["box", {"width": "wide"}], "position": [math.nan, 0, 0]},
        {"mesh_builder": ["torus", {}]},
        {"mesh_builder": []},
    ],
)
def test_odd_components_keep_nobody_out(components: dict[str, object]) -> None:
    assert area((50.0, 0.0, 0.0), odd=components).pose([], random.Random(9)).position[1] == 1.7


@pytest.mark.parametrize("position", ["abc", [1], [None, True, {}], 7, [math.inf, 0, 0]])
def test_an_odd_spawn_point_keeps_nobody_out(position: object) -> None:
    place = SpawnArea({"spawn": {"spawn_point": True, "position": position}})
    assert place.point == (0.0, 0.0, 0.0)


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
    far = [(POINT[0] + 100, 0.0, POINT[2]), (POINT[0], 0.0, POINT[2] - 40)]
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
