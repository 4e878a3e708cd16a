"""A user who is being forgotten: nothing that was read meanwhile brings anything of them back."""

import trio
from trio.testing import MockClock

from tests.channels.backend import Backend, open_backend, pose, settled
from tests.rooms.gated_store import HALL
from xr.features.chat import Chat
from xr.features.profile import Profiles
from xr.roles import Role
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
    with backend.lobby.forgetting(user_id):
        await backend.store.forget_poses(user_id)


async def test_a_room_that_opens_meanwhile_waits_for_the_store(autojump_clock: MockClock) -> None:
    async with open_backend(features=FEATURES) as backend, trio.open_nursery() as nursery:
        await remember(backend, "ann")
        gate = backend.store.shut("forget_poses")
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
        with lobby.forgetting("ann"):
            with lobby.forgetting("bob"):
                nursery.start_soon(backend.visitor, "cat")
                await settled()
            await settled()
            assert lobby.who(HALL) == []
        await settled()
        assert lobby.who(HALL) == ["cat"]
