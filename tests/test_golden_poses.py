"""The bytes that the browser's half of the record is tested against are ours."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from xr.pose import Pose
from xr.wire.record import pack_pose, pack_push, unpack_poses, unpack_push

GOLDEN: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent.parent / "web" / "tests" / "golden_poses.json").read_text()
)


@pytest.mark.parametrize("case", GOLDEN, ids=lambda case: f"n={case['n']}")
def test_a_golden_pose_is_packed_to_its_bytes(case: dict[str, Any]) -> None:
    pose = msgspec.convert(case["pose"], Pose)
    assert pack_push(pose).hex() == case["push"]
    assert pack_pose(case["n"], pose).hex() == case["record"]


@pytest.mark.parametrize("case", GOLDEN, ids=lambda case: f"n={case['n']}")
def test_golden_bytes_are_packed_again_to_themselves(case: dict[str, Any]) -> None:
    push = bytes.fromhex(case["push"])
    assert pack_push(unpack_push(push)) == push


def test_a_frame_of_all_golden_records_names_every_user() -> None:
    frame = bytes.fromhex("".join(case["record"] for case in GOLDEN))
    poses = unpack_poses(frame)
    assert [(n, pack_push(pose).hex()) for n, pose in poses.items()] == [
        (case["n"], case["push"]) for case in GOLDEN
    ]
