"""The snapshot knows poses, and forgets them."""

import trio
from trio.testing import wait_all_tasks_blocked

from tests.rooms.album import Album
from tests.rooms.fake_client import at
from tests.rooms.gated_store import LOCKED


async def test_answers_count_everything_published_before_the_question() -> None:
    album = Album()
    assert album.knows("ann") is None
    album.join("ann", 1)
    assert album.knows("ann") == 1
    album.move("ann", 2)
    assert album.knows("ann") == 2
    album.join("bob", 3)
    assert sorted(pose.position[0] for pose in album.snapshot.present_poses()) == [2, 3]
    album.leave("ann")
    assert [pose.position[0] for pose in album.snapshot.present_poses()] == [3]
    assert album.knows("ann") == 2


async def test_a_stored_pose_is_learnt_unless_a_newer_one_is_known() -> None:
    album = Album()
    album.snapshot.learn("ann", at(1))
    assert album.knows("ann") == 1
    assert album.unsaved() == {}  # the store has it
    album.move("bob", 2)
    album.snapshot.learn("bob", at(1))
    assert album.knows("bob") == 2


async def test_what_an_earlier_run_could_not_write_is_taken_over_and_written() -> None:
    album = Album()
    album.snapshot.restore({"poses": {"ann": at(1)}})
    assert album.knows("ann") == 1
    assert await album.snapshot.flush()
    assert album.store.saved == [{"ann": 1}]


async def test_poses_of_those_who_left_go_once_they_are_written() -> None:
    album = Album()
    album.join("ann", 1)
    album.join("bob", 2)
    album.leave("ann")
    assert album.knows("ann") == 1
    await album.snapshot.flush()
    assert album.knows("ann") is None
    assert album.knows("bob") == 2
    album.leave("bob")
    await album.snapshot.flush()  # his pose has not changed, and is written
    assert album.knows("bob") is None
    assert album.store.saved == [{"ann": 1, "bob": 2}]


async def test_poses_of_those_who_left_stay_while_they_are_not_written() -> None:
    album = Album()
    album.store.failures["save_poses"] = LOCKED
    album.join("ann", 1)
    album.leave("ann")
    assert not await album.snapshot.flush()
    assert album.knows("ann") == 1


async def test_whoever_is_expected_keeps_their_pose() -> None:
    album = Album()
    album.join("ann", 1)
    album.leave("ann")
    album.snapshot.expect("ann")
    album.snapshot.expect("ann")
    await album.snapshot.flush()
    assert album.knows("ann") == 1
    album.snapshot.arrived("ann")
    await album.snapshot.flush()
    assert album.knows("ann") == 1
    assert album.snapshot.expects
    album.snapshot.arrived("ann")
    assert not album.snapshot.expects
    await album.snapshot.flush()
    assert album.knows("ann") is None


async def test_a_forgotten_pose_is_neither_known_nor_written() -> None:
    album = Album()
    album.join("ann", 1)
    album.leave("ann")
    album.join("bob", 2)
    album.snapshot.forget("ann")
    assert album.knows("ann") is None
    await album.snapshot.flush()
    assert album.store.saved == [{"bob": 2}]


async def test_somebody_present_who_is_forgotten_is_written_when_they_move_on() -> None:
    album = Album()
    album.join("ann", 1)
    album.snapshot.forget("ann")
    await album.snapshot.flush()
    assert album.store.saved == []
    assert album.knows("ann") == 1
    album.move("ann", 2)
    await album.snapshot.flush()
    assert album.store.saved == [{"ann": 2}]


async def test_what_is_forgotten_during_a_flush_that_fails_does_not_come_back() -> None:
    album = Album()
    album.store.failures["save_poses"] = LOCKED
    gate = album.store.shut("save_poses")
    album.join("ann", 1)
    album.join("bob", 2)
    album.leave("ann")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(album.snapshot.flush)
        await wait_all_tasks_blocked()
        album.snapshot.forget("ann")
        gate.set()
    assert album.unsaved() == {"bob": 2}
    assert album.knows("ann") is None


async def test_what_is_forgotten_during_a_flush_and_moves_on_is_new() -> None:
    album = Album()
    album.store.failures["save_poses"] = LOCKED
    gate = album.store.shut("save_poses")
    album.join("ann", 1)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(album.snapshot.flush)
        await wait_all_tasks_blocked()
        album.snapshot.forget("ann")
        album.move("ann", 3)
        gate.set()
    assert album.unsaved() == {"ann": 3}


async def test_forgetting_lasts_no_longer_than_the_flush_under_way() -> None:
    album = Album()
    album.join("ann", 1)
    album.snapshot.forget("ann")
    album.store.failures["save_poses"] = LOCKED
    album.move("ann", 2)
    await album.snapshot.flush()
    assert album.unsaved() == {"ann": 2}
