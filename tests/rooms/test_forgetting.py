"""A user who is being forgotten: nothing that was read meanwhile brings anything of them back."""

import trio
from trio.testing import MockClock

from tests.channels.backend import Backend, open_backend, pose, settled
from tests.rooms.gated_store import HALL, LOCKED
from xr.features.chat import Chat
from xr.features.profile import Profiles
from xr.roles import Role
from xr.rooms.lifecycle import Ending
from xr.rooms.standings import Standing
from xr.rooms.tenure import Tenure
from xr.store.protocol import UserRecord

FEATURES = (Profiles, Chat)


async def remember(backend: Backend, user_id: str) -> None:
    """Have the store know a profile, a pose, a role and a line of somebody; then nobody is in."""
    browser = await backend.visitor(user_id)
    browser.push("i_am", {"name": "Ann", "color": "#112233"})
    browser.push("say", {"text": "hello"})
    browser.push("i_moved", pose(3))
    await settled()
    await trio.sleep(6)
    browser.end()
    await trio.sleep(40)  # the room is idle, and ends
    await backend.store.save_standings(Tenure(HALL), {user_id: Standing(Role.MEMBER)})
    assert backend.lobby.room(HALL) is None
    kept = await backend.store.load_user(user_id)
    assert kept.profile is not None
    assert kept.poses.keys() == kept.lines.keys() == kept.standings.keys() == {HALL}


async def forget(backend: Backend, user_id: str) -> None:
    with backend.lobby.forgetting():
        backend.lobby.forget_user(user_id)
        await backend.store.forget_user(user_id)


async def test_a_room_that_opens_meanwhile_waits_for_the_store(autojump_clock: MockClock) -> None:
    async with open_backend(features=FEATURES) as backend, trio.open_nursery() as nursery:
        await remember(backend, "ann")
        gate = backend.store.shut("forget_user")
        nursery.start_soon(forget, backend, "ann")
        await settled()
        bob = backend.browser("bob")
        bob.join()
        await settled()
        assert backend.lobby.room(HALL) is None
        gate.set()
        await settled()
        bob.push("say", {"text": "hi"})  # has all lines written
        await trio.sleep(6)
        assert await backend.store.load_user("ann") == UserRecord()


async def test_a_room_that_was_read_before_is_read_again(autojump_clock: MockClock) -> None:
    async with open_backend(features=FEATURES) as backend:
        await remember(backend, "ann")
        gate = backend.store.shut("load_room done")
        bob = backend.browser("bob")
        bob.join()
        await settled()
        await forget(backend, "ann")
        gate.set()
        await settled()
        bob.push("say", {"text": "hi"})
        await trio.sleep(6)
        assert await backend.store.load_user("ann") == UserRecord()


async def test_a_join_on_its_way_is_as_one_of_a_stranger(autojump_clock: MockClock) -> None:
    async with open_backend(features=FEATURES) as backend:
        await remember(backend, "ann")
        bob = await backend.visitor("bob")
        gate = backend.store.shut("load_visit done")
        ann = backend.browser("ann")
        ann.join()
        await settled()
        bob.told()
        await forget(backend, "ann")
        gate.set()
        await settled()
        (joined,) = [payload for event, payload in bob.stoc() if event == "user_joined"]
        assert joined["name"] != "Ann"
        assert joined["position"][0] != 3.0


async def test_two_who_are_forgotten_at_once_hold_up_joins_until_both_are_gone(
    autojump_clock: MockClock,
) -> None:
    async with open_backend(features=FEATURES) as backend, trio.open_nursery() as nursery:
        lobby = backend.lobby
        with lobby.forgetting():
            with lobby.forgetting():
                nursery.start_soon(backend.visitor, "cat")
                await settled()
            await settled()
            assert lobby.who(HALL) == []
        await settled()
        assert lobby.who(HALL) == ["cat"]


async def test_changes_that_wait_for_the_disk_are_without_the_user(
    autojump_clock: MockClock,
) -> None:
    async with open_backend(features=FEATURES) as backend:
        await backend.visitor("bob")
        room = backend.lobby.room(HALL)
        assert room is not None
        room.standings.put("ann", Standing(Role.OWNER, muted=True))
        room.standings.give("bob", Role.OWNER)
        room.door.invites.make("for-all", Role.GUEST, "ann", None)
        room.door.let_in.put("ann", 0)
        writes = ("save_standings", "save_invites", "save_let_in")
        backend.store.failures |= dict.fromkeys((*writes, "load_room"), LOCKED)
        await backend.lobby.close(HALL, Ending.FAILED)
        assert backend.lobby.statistics().unsaved >= 4
        await forget(backend, "ann")
        backend.store.failures.clear()
        await trio.sleep(10)  # the room is opened again to write them
        assert backend.lobby.statistics().unsaved == 0
        kept = await backend.store.load_user("ann")
        assert kept == UserRecord(standings={HALL: Standing(muted=True)})
        assert (await backend.store.load_user("bob")).standings[HALL].role is Role.OWNER


async def test_an_invite_no_longer_says_by_whom_it_was_made(autojump_clock: MockClock) -> None:
    async with open_backend(features=FEATURES) as backend:
        await backend.visitor("bob")
        room = backend.lobby.room(HALL)
        assert room is not None
        room.door.invites.make("for-all", Role.GUEST, "ann", None)
        await forget(backend, "ann")
        await trio.sleep(10)
        assert await backend.store.load_user("ann") == UserRecord()
        record = await backend.store.load_room(HALL)
        assert record is not None
        assert record.invites["for-all"].made_by is None
