"""The contract of a store: poses and visits (``rooms.protocols.PoseStore``)."""

import math

import pytest

from tests.store.examples import KNEELING, POINTING, STANDING, WAVING
from xr.errors import ValueRefused
from xr.pose import Placement, Pose
from xr.profile import default_profile
from xr.rooms.protocols import Visit
from xr.rooms.tenure import Tenure
from xr.store.protocol import Store


async def test_a_visit_is_the_pose(store: Store) -> None:
    room_id = await store.create_room("Hall", {}, "ann")
    for pose in (None, STANDING):
        if pose is not None:
            await store.save_poses(Tenure(room_id), {"ann": pose, "bob": KNEELING})
        assert await store.load_visit(room_id, "ann") == Visit(pose, default_profile("ann"))
    assert await store.load_visit(room_id, "bob") == Visit(KNEELING, default_profile("bob"))
    for where, user_id in ((room_id, "cat"), ("nowhere", "ann")):
        assert await store.load_visit(where, user_id) == Visit(None, default_profile(user_id))
    await store.forget_user("ann")
    assert await store.load_visit(room_id, "ann") == Visit(None, default_profile("ann"))


NAN = float("nan")
INFINITY = float("inf")
GOOD = (0.0, 0.0, 0.0, 1.0)
BAD_POSES = {
    "far": Pose((10_001.0, 0.0, 0.0), GOOD),
    "deep": Pose((0.0, -10_000.5, 0.0), GOOD),
    "infinite": Pose((0.0, 0.0, INFINITY), GOOD),
    "nan": Pose((0.0, NAN, 0.0), GOOD),
    "long": Pose((0.0, 0.0, 0.0), (0.0, 0.0, 0.0, 1.01)),
    "turned nan": Pose((0.0, 0.0, 0.0), (NAN, 0.0, 0.0, 1.0)),
    "hand far": Pose((0.0, 0.0, 0.0), GOOD, left=Placement((0.0, 1e9, 0.0), GOOD)),
    "hand nan": Pose((0.0, 0.0, 0.0), GOOD, right=Placement((NAN, 0.0, 0.0), GOOD)),
    "hand long": Pose(
        (0.0, 0.0, 0.0), GOOD, right=Placement((0.0, 0.0, 0.0), (2.0, 0.0, 0.0, 0.0))
    ),
}


@pytest.mark.parametrize("pose", [STANDING, WAVING, POINTING])
async def test_a_pose_comes_back_exactly(store: Store, pose: Pose) -> None:
    room_id = await store.create_room("x", {})
    await store.save_poses(Tenure(room_id), {"ann": pose})
    assert (await store.load_visit(room_id, "ann")).pose == pose


async def test_no_digit_of_a_pose_is_lost(store: Store) -> None:
    room_id = await store.create_room("x", {})
    pose = Pose((math.pi * 1000, 1 / 3, -1e-7), (0.1, math.sqrt(0.5), math.sqrt(0.24), 0.5))
    await store.save_poses(Tenure(room_id), {"ann": pose})
    assert (await store.load_visit(room_id, "ann")).pose == pose


async def test_a_newer_pose_replaces_the_old_with_its_hands(store: Store) -> None:
    room_id = await store.create_room("x", {})
    await store.save_poses(Tenure(room_id), {"ann": WAVING, "ben": STANDING})
    await store.save_poses(Tenure(room_id), {"ann": KNEELING})
    assert await store.poses(room_id) == {"ann": KNEELING, "ben": STANDING}


async def test_poses_are_kept_per_room(store: Store) -> None:
    here = await store.create_room("here", {})
    there = await store.create_room("there", {})
    await store.save_poses(Tenure(here), {"ann": STANDING})
    await store.save_poses(Tenure(there), {"ann": KNEELING})
    assert (await store.load_visit(here, "ann")).pose == STANDING
    assert (await store.load_visit(there, "ann")).pose == KNEELING


async def test_saving_nothing_is_fine(store: Store) -> None:
    room_id = await store.create_room("x", {})
    await store.save_poses(Tenure(room_id), {})
    assert await store.poses(room_id) == {}


@pytest.mark.parametrize("bad", BAD_POSES.values(), ids=BAD_POSES.keys())
async def test_a_second_wall_refuses_what_is_no_pose_and_the_whole_batch(
    store: Store, bad: Pose
) -> None:
    room_id = await store.create_room("x", {})
    await store.save_poses(Tenure(room_id), {"ann": STANDING})
    with pytest.raises(ValueRefused, match="a value was refused"):
        await store.save_poses(Tenure(room_id), {"ann": KNEELING, "ben": bad, "cem": KNEELING})
    assert await store.poses(room_id) == {"ann": STANDING}
