import json
import math
import random
import struct
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from xr.errors import InvalidPose
from xr.pose import LIMIT, Placement, Pose, Quaternion, checked, decode_pose, normalised
from xr.wire.record import (
    HANDS,
    HANDS_RECORD,
    HEAD_RECORD,
    LEFT,
    RIGHT,
    check_push,
    pack,
    pack_pose,
    pack_push,
    unpack_poses,
    unpack_push,
)

HERE: dict[str, Any] = {"position": [1, 1.7, -2], "rotation": [0, 0, 0, 1]}
UPRIGHT = (0.0, 0.0, 0.0, 1.0)
UNIT = 0.00125
"""A count of the record, in metres."""
WORST_ANGLE = 0.28
"""Degrees lost where all four components are alike and all three errors add up."""

numbers = st.floats(-LIMIT, LIMIT)
vectors = st.tuples(numbers, numbers, numbers)
components = st.floats(-1, 1)
rotations = (
    st.tuples(components, components, components, components)
    .filter(lambda q: math.hypot(*q) > 1e-6)
    .map(normalised)
)
placements = st.builds(Placement, vectors, rotations)
poses = st.builds(
    Pose, vectors, rotations, left=st.none() | placements, right=st.none() | placements
)


def encoded(value: object) -> bytes:
    return json.dumps(value).encode()


def angle(one: Quaternion, other: Quaternion) -> float:
    """Degrees between two rotations; exact for small angles too, unlike the arc cosine."""
    sign = 1 if sum(a * b for a, b in zip(one, other, strict=True)) >= 0 else -1
    half = math.dist(one, [sign * b for b in other]) / 2
    return math.degrees(4 * math.asin(min(1.0, half)))


def assert_near(found: Pose | Placement | None, wanted: Pose | Placement | None) -> None:
    """The same place within half a count, and the same direction as far as ten bits can say."""
    if found is None or wanted is None:
        assert found is wanted
        return
    for one, other in zip(found.position, wanted.position, strict=True):
        assert abs(one - other) <= UNIT / 2 * 1.000001
    assert angle(found.rotation, wanted.rotation) < WORST_ANGLE
    assert math.hypot(*found.rotation) == pytest.approx(1, abs=1e-12)


# JSON


def test_a_pose_is_read() -> None:
    assert decode_pose(encoded(HERE)) == Pose((1.0, 1.7, -2.0), UPRIGHT)


def test_a_pose_is_read_from_a_raw_payload() -> None:
    assert decode_pose(msgspec.Raw(encoded(HERE))) == Pose((1.0, 1.7, -2.0), UPRIGHT)


def test_hands_are_read_and_normalised() -> None:
    hand = {"position": [0.5, 1, 2], "rotation": [0, 2, 0, 0]}
    pose = decode_pose(encoded({**HERE, "left": hand, "right": None}))
    assert pose.left == Placement((0.5, 1.0, 2.0), (0.0, 1.0, 0.0, 0.0))
    assert pose.right is None
    assert decode_pose(encoded({**HERE, "right": hand})).right == pose.left


def test_unknown_keys_are_ignored() -> None:
    assert decode_pose(encoded({**HERE, "mood": {"deep": [None, True]}})) == decode_pose(
        encoded(HERE)
    )


@pytest.mark.parametrize("edge", [LIMIT, -LIMIT])
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_the_limit_is_inside_and_a_step_further_is_not(edge: float, axis: int) -> None:
    position = [0.0, 0.0, 0.0]
    position[axis] = edge
    pose = decode_pose(encoded({**HERE, "position": position}))
    assert pose.position == tuple(position)
    position[axis] = math.nextafter(edge, 2 * edge)
    with pytest.raises(InvalidPose, match="position"):
        decode_pose(encoded({**HERE, "position": position}))


DEEP = b"[" * 30_000 + b"]" * 30_000

REFUSED = {
    "nothing": b"",
    "null": b"null",
    "an array": b"[]",
    "cut off": b'{"position": [1, 2, 3], "rotation": [0, 0',
    "no rotation": b'{"position": [1, 2, 3]}',
    "no position": b'{"rotation": [0, 0, 0, 1]}',
    "NaN": b'{"position": [NaN, 2, 3], "rotation": [0, 0, 0, 1]}',
    "Infinity": b'{"position": [Infinity, 2, 3], "rotation": [0, 0, 0, 1]}',
    "1e999": b'{"position": [1e999, 2, 3], "rotation": [0, 0, 0, 1]}',
    "-1e999 in the rotation": b'{"position": [1, 2, 3], "rotation": [-1e999, 0, 0, 1]}',
    "a string": b'{"position": ["1", 2, 3], "rotation": [0, 0, 0, 1]}',
    "a boolean": b'{"position": [true, 2, 3], "rotation": [0, 0, 0, 1]}',
    "null in it": b'{"position": [null, 2, 3], "rotation": [0, 0, 0, 1]}',
    "two coordinates": b'{"position": [1, 2], "rotation": [0, 0, 0, 1]}',
    "four coordinates": b'{"position": [1, 2, 3, 4], "rotation": [0, 0, 0, 1]}',
    "three components": b'{"position": [1, 2, 3], "rotation": [0, 0, 1]}',
    "five components": b'{"position": [1, 2, 3], "rotation": [0, 0, 0, 1, 0]}',
    "an object": b'{"position": {"x": 1}, "rotation": [0, 0, 0, 1]}',
    "a zero quaternion": b'{"position": [1, 2, 3], "rotation": [0, 0, 0, 0]}',
    "a tiny quaternion": b'{"position": [1, 2, 3], "rotation": [1e-300, 0, 0, 0]}',
    "too long to measure": b'{"position": [1, 2, 3], "rotation": [1e308, 1e308, 1e308, 1e308]}',
    "an integer of 400 digits": b'{"position": [1, 2, 1' + b"0" * 400 + b'], "rotation": []}',
    "not UTF-8": b'{"position": [1, 2, 3], "rotation": [0, 0, 0, 1], "left": "\xff"}',
    "deep within": b'{"left": ' + DEEP + b"}",
    "deep beside": b'{"other": ' + DEEP + b"}",
}


@pytest.mark.parametrize("payload", REFUSED.values(), ids=REFUSED.keys())
def test_what_is_no_pose_is_refused(payload: bytes) -> None:
    with pytest.raises(InvalidPose):
        decode_pose(payload)


@pytest.mark.parametrize("hand", ["left", "right"])
@pytest.mark.parametrize(
    "value",
    [
        {"position": [0, 0, 0], "rotation": [0, 0, 0, 0]},
        {"position": [0, 0, 10_001], "rotation": [0, 0, 0, 1]},
        {"position": [0, 0, 0]},
        [],
        False,
    ],
)
def test_a_wrong_hand_refuses_the_whole_pose(hand: str, value: object) -> None:
    with pytest.raises(InvalidPose):
        decode_pose(encoded({**HERE, hand: value}))


def test_the_reason_says_what_and_where() -> None:
    with pytest.raises(InvalidPose, match=r"got `str`.*rotation\[2\]"):
        decode_pose(encoded({**HERE, "rotation": [0, 0, "up", 1]}))
    with pytest.raises(InvalidPose, match="no direction"):
        decode_pose(encoded({**HERE, "rotation": [0, 0, 0, 0]}))


@given(poses)
def test_a_pose_comes_back_from_json(pose: Pose) -> None:
    assert_near(back := decode_pose(msgspec.json.encode(pose)), pose)
    assert_near(back.left, pose.left)
    assert_near(back.right, pose.right)


# Quaternions


@given(st.tuples(*[st.floats(-1e150, 1e150)] * 4).filter(lambda q: math.hypot(*q) >= 1e-9))
@example((1e-9, 0.0, 0.0, 0.0))
@example((1e150, 1e150, 1e150, 1e150))
def test_a_normalised_quaternion_has_unit_length_and_the_same_direction(q: Quaternion) -> None:
    unit = normalised(q)
    length = math.hypot(*q)
    assert math.hypot(*unit) == pytest.approx(1, abs=1e-12)
    for before, after in zip(q, unit, strict=True):
        assert after == pytest.approx(before / length, abs=1e-11)


def test_normalising_twice_changes_nothing_more() -> None:
    rng = random.Random(7)
    for _ in range(200):
        once = normalised((rng.gauss(0, 1), rng.gauss(0, 1), rng.gauss(0, 1), rng.gauss(0, 1)))
        assert normalised(once) is once


@pytest.mark.parametrize(
    "q", [(0.0, 0.0, 0.0, 0.0), (9e-10, 0.0, 0.0, 0.0), (math.inf, 0.0, 0.0, 1.0), (math.nan,) * 4]
)
def test_a_quaternion_without_direction_is_refused(q: Quaternion) -> None:
    with pytest.raises(InvalidPose, match="no direction"):
        normalised(q)


def test_a_pose_that_is_right_is_kept_as_it_is() -> None:
    pose = Pose((1.0, 2.0, 3.0), UPRIGHT)
    assert checked(pose) is pose


# The binary record


@given(poses, st.integers(0, 65_535))
@example(Pose((LIMIT, -LIMIT, LIMIT), (0.5, -0.5, 0.5, -0.5)), 65_535)
@example(Pose((0.0, 0.0, 0.0), normalised((1.0, 1.0, 0.0, 0.0))), 0)
@example(Pose((0.0, 0.0, 0.0), normalised((0.0, -1.0, 0.0, -1.0))), 0)
def test_a_record_round_trip_stays_within_half_a_count_and_ten_bits(
    pose: Pose, number: int
) -> None:
    record = pack_pose(number, pose)
    assert len(record) == (HANDS_RECORD if pose.left or pose.right else HEAD_RECORD)
    assert unpack_poses(record) == {number: unpack_push(pack_push(pose))}
    back = unpack_poses(record)[number]
    assert_near(back, pose)
    assert_near(back.left, pose.left)
    assert_near(back.right, pose.right)


def test_a_rotation_is_kept_to_about_a_tenth_of_a_degree() -> None:
    rng = random.Random(3)
    errors = []
    for _ in range(2000):
        q = normalised((rng.gauss(0, 1), rng.gauss(0, 1), rng.gauss(0, 1), rng.gauss(0, 1)))
        errors.append(angle(unpack_push(pack_push(Pose((0.0, 0.0, 0.0), q))).rotation, q))
    errors.sort()
    assert errors[1000] < 0.1
    assert errors[1900] < 0.15


@given(poses)
def test_an_unpacked_pose_is_packed_to_the_same_bytes_or_the_same_place(pose: Pose) -> None:
    once = unpack_push(pack_push(pose))
    twice = unpack_push(pack_push(once))
    assert once.position == twice.position
    assert angle(once.rotation, twice.rotation) < WORST_ANGLE


@given(st.binary(max_size=60))
def test_any_bytes_are_a_pose_within_bounds_or_refused(data: bytes) -> None:
    try:
        pose = unpack_push(data)
    except InvalidPose:
        return
    hands = [hand for hand in (pose.left, pose.right) if hand is not None]
    for place in [Placement(pose.position, pose.rotation), *hands]:
        assert max(map(abs, place.position)) <= LIMIT
        assert math.hypot(*place.rotation) == pytest.approx(1, abs=1e-12)
    assert len(pack_push(pose)) <= len(data)


@given(st.binary(min_size=4, max_size=4))
@example(b"\x00\x00\x00\x00")
@example(b"\xff\xff\xff\xff")
def test_any_rotation_bits_are_a_unit_quaternion_or_refused(data: bytes) -> None:
    bits = int.from_bytes(data, "little")
    parts = [(bits >> shift & 1023) - 511 for shift in (20, 10, 0)]
    square = sum(part * part for part in parts) / (2 * 511**2)
    push = b"\x00" + bytes(9) + data
    if square > 1:
        with pytest.raises(InvalidPose, match="longer than one"):
            unpack_push(push)
    else:
        rotation = unpack_push(push).rotation
        assert math.hypot(*rotation) == pytest.approx(1, abs=1e-12)
        assert rotation[bits >> 30] >= 0


def placement(x: int, rotation: int = 3 << 30 | 511 << 20 | 511 << 10 | 511) -> bytes:
    return x.to_bytes(3, "little", signed=True) + bytes(6) + struct.pack("<I", rotation)


NOBODY = bytes(13)
"""In the place of a hand that is not tracked."""


@pytest.mark.parametrize("counts", [8_000_000, -8_000_000])
def test_a_record_at_the_limit_is_inside_and_a_count_further_is_not(counts: int) -> None:
    assert unpack_push(b"\x00" + placement(counts)).position[0] == counts / 800
    further = counts + (1 if counts > 0 else -1)
    with pytest.raises(InvalidPose, match="beyond"):
        unpack_push(b"\x00" + placement(further))
    with pytest.raises(InvalidPose, match="beyond"):
        unpack_push(bytes([HANDS | RIGHT]) + placement(0) + NOBODY + placement(further))


@pytest.mark.parametrize("kind", [2, 4, 6, 8, 9, 16, 255])
@pytest.mark.parametrize("size", [14, 40])
def test_an_unknown_kind_of_record_is_refused(kind: int, size: int) -> None:
    with pytest.raises(InvalidPose, match="unknown kind"):
        unpack_push(bytes([kind]) + bytes(size - 1))


@pytest.mark.parametrize("kind", [0, HANDS, HANDS | LEFT, HANDS | RIGHT, HANDS | LEFT | RIGHT])
def test_a_push_of_any_other_length_is_refused(kind: int) -> None:
    right = 40 if kind else 14
    hands = [placement(0) if kind & tracked else NOBODY for tracked in (LEFT, RIGHT)]
    whole = bytes([kind]) + placement(0) + b"".join(hands) + bytes(20)
    for size in range(1, len(whole)):
        if size == right:
            assert unpack_push(whole[:size]).position == (0.0, 0.0, 0.0)
        else:
            with pytest.raises(InvalidPose, match=f"has {right} bytes, not {size}"):
                unpack_push(whole[:size])


def test_an_empty_push_is_refused() -> None:
    with pytest.raises(InvalidPose, match="empty"):
        unpack_push(b"")


def test_a_hand_that_is_not_tracked_is_none() -> None:
    left = unpack_push(bytes([HANDS | LEFT]) + placement(800) + placement(1600) + NOBODY)
    assert left.left == Placement((2.0, 0.0, 0.0), UPRIGHT)
    assert left.right is None
    right = unpack_push(bytes([HANDS | RIGHT]) + placement(800) + NOBODY + placement(2400))
    assert right.left is None
    assert right.right == Placement((3.0, 0.0, 0.0), UPRIGHT)
    neither = unpack_push(bytes([HANDS]) + placement(800) + NOBODY + NOBODY)
    assert neither == Pose((1.0, 0.0, 0.0), UPRIGHT)


@pytest.mark.parametrize("kind", [HANDS, HANDS | LEFT, HANDS | RIGHT])
def test_bytes_in_the_place_of_a_hand_that_is_not_tracked_are_ignored(kind: int) -> None:
    pose = unpack_push(bytes([kind]) + placement(0) + placement(1) + placement(1))
    assert (pose.left is None) == (not kind & LEFT)
    assert (pose.right is None) == (not kind & RIGHT)


@given(poses, st.integers(0, 65_535))
def test_a_push_that_was_read_is_a_record_once_it_has_its_number(pose: Pose, number: int) -> None:
    assert pack(number, check_push(pack_push(pose))) == pack_pose(number, pose)


def test_a_poses_frame_that_is_cut_off_is_refused() -> None:
    hand = Placement((0.0, 0.0, 0.0), UPRIGHT)
    frame = pack_pose(1, Pose((1.0, 0.0, 0.0), UPRIGHT)) + pack_pose(
        2, Pose((2.0, 0.0, 0.0), UPRIGHT, None, hand)
    )
    whole = {0, HEAD_RECORD, len(frame)}
    for size in range(len(frame) + 1):
        if size in whole:
            assert list(unpack_poses(frame[:size])) == [1, 2][: sorted(whole).index(size)]
        else:
            with pytest.raises(InvalidPose, match="cut off"):
                unpack_poses(frame[:size])


def test_the_record_is_laid_out_as_documented() -> None:
    """docs/protocol.md, worked out by hand: 1 m is 800 counts, and -1 m is 0xfffce0."""
    half = math.sqrt(0.5)
    pose = Pose((1.0, -1.0, 0.00125), (half, 0.0, 0.0, -half))
    bits = 0 << 30 | 511 << 20 | 511 << 10 | 0  # x is largest; then y, z, and w = -√½
    assert pack_pose(0x1234, pose) == (
        bytes.fromhex("00 3412 200300 e0fcff 010000") + struct.pack("<I", bits)
    )
