"""The contract of a store: how users stand in rooms (``rooms.protocols.StandingStore``)."""

from collections.abc import Mapping

import pytest

from tests.store.examples import STANDING
from xr.roles import Role
from xr.rooms.standings import PLAIN, Bar, Standing
from xr.rooms.tenure import Tenure
from xr.store.protocol import Store
from xr.wire.reasons import Reason

OWNER = Standing(Role.OWNER)
BANNED = Standing(bar=Bar(Reason.BANNED, None, addresses=("3f2a", "9c"), addresses_until=86_400.5))


async def standings(store: Store, room_id: str) -> Mapping[str, Standing]:
    room = await store.load_room(room_id)
    assert room is not None
    return room.standings


async def roles(store: Store, room_id: str) -> Mapping[str, Role]:
    (found,) = [room for room in await store.list_rooms() if room.room_id == room_id]
    return found.roles


async def test_a_maker_is_the_owner_and_an_operators_room_has_none(store: Store) -> None:
    hall = await store.create_room("Hall", {}, "ann")
    attic = await store.create_room("Attic", {})
    assert await standings(store, hall) == {"ann": OWNER}
    assert await roles(store, hall) == {"ann": Role.OWNER}
    assert await standings(store, attic) == {}
    assert await roles(store, attic) == {}


async def test_the_role_of_somebody_is_asked_of_a_line_of_the_list(store: Store) -> None:
    await store.create_room("Hall", {}, "ann")
    (room,) = await store.list_rooms()
    assert [room.role_of(user) for user in ("ann", "bob", None)] == [
        Role.OWNER,
        Role.GUEST,
        Role.GUEST,
    ]


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("bar", [None, BANNED.bar, Bar(Reason.KICKED, until=1.5)])
@pytest.mark.parametrize("muted", [False, True])
async def test_a_standing_comes_back_as_it_was_saved(
    store: Store, role: Role, muted: bool, bar: Bar | None
) -> None:
    room_id = await store.create_room("Hall", {})
    standing = Standing(role, muted, bar)
    before = store.revision
    await store.save_standings(Tenure(room_id), {"ann": OWNER, "bob": standing})
    expected = {"ann": OWNER, "bob": standing} if standing != PLAIN else {"ann": OWNER}
    assert await standings(store, room_id) == expected
    assert store.revision > before
    await store.save_standings(Tenure(room_id), {"bob": BANNED})
    assert await standings(store, room_id) == {"ann": OWNER, "bob": BANNED}
    assert await roles(store, room_id) == {"ann": Role.OWNER}
    await store.save_standings(Tenure(room_id), {"bob": PLAIN})
    assert await standings(store, room_id) == {"ann": OWNER}


async def test_each_room_has_its_own(store: Store) -> None:
    hall, attic = [await store.create_room("x", {}) for _ in range(2)]
    await store.save_standings(Tenure(hall), {"ann": Standing(Role.MEMBER)})
    assert await standings(store, attic) == {}


async def test_a_room_that_is_gone_takes_none(store: Store) -> None:
    room_id = await store.create_room("Hall", {}, "ann")
    await store.delete_room(room_id)
    await store.save_standings(Tenure(room_id), {"ann": OWNER})
    assert await store.load_room(room_id) is None


async def test_to_forget_a_user_takes_roles_and_leaves_mutes_and_bans(store: Store) -> None:
    room_id = await store.create_room("Hall", {}, "ann")
    muted = Standing(Role.MODERATOR, muted=True)
    await store.save_standings(Tenure(room_id), {"bob": muted, "cem": BANNED})
    await store.forget_pose("ann", room_id)
    assert "ann" in await standings(store, room_id)
    for user_id in ("ann", "bob", "cem"):
        await store.forget_user(user_id)
    assert await standings(store, room_id) == {"bob": Standing(muted=True), "cem": BANNED}


async def test_a_user_with_a_role_is_not_forgotten_by_age(store: Store) -> None:
    room_id = await store.create_room("Hall", {})
    await store.save_poses(Tenure(room_id), {"ann": STANDING, "bob": STANDING})
    await store.save_standings(Tenure(room_id), {"ann": Standing(Role.MEMBER)})
    assert await store.forget_older_than(-1) == 2
    assert [user.user_id for user in await store.list_users()] == ["ann"]
