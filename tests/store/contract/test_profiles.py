"""The contract of a store: profiles (``rooms.protocols.ProfileStore``)."""

from tests.clock import Clock
from tests.store.examples import STANDING
from xr.profile import Profile, default_profile
from xr.rooms.tenure import Tenure
from xr.store.protocol import Store

ANN = Profile("Ann Ω ☕", "#4d9de0", "fox")
BOB = Profile("Bob", "#000000", "ghost")


async def profile_of(store: Store, room_id: str, user_id: str) -> Profile | None:
    return (await store.load_visit(room_id, user_id)).profile


async def test_a_profile_holds_in_every_room(store: Store) -> None:
    hall, attic = [await store.create_room(name, {}) for name in ("Hall", "Attic")]
    await store.save_profiles({"ann": ANN, "bob": BOB})
    await store.save_profiles({"bob": ANN})
    await store.save_profiles({})
    for room_id in (hall, attic):
        assert await profile_of(store, room_id, "ann") == ANN
        assert await profile_of(store, room_id, "bob") == ANN
        assert await profile_of(store, room_id, "cat") == default_profile("cat")


async def test_who_is_forgotten_has_no_profile(store: Store) -> None:
    room_id = await store.create_room("Hall", {})
    await store.save_poses(Tenure(room_id), {"ann": STANDING, "bob": STANDING})
    await store.save_profiles({"ann": ANN, "bob": BOB})
    await store.forget_pose("ann", room_id)
    assert await profile_of(store, room_id, "ann") == ANN
    await store.forget_user("ann")
    assert await profile_of(store, room_id, "ann") == default_profile("ann")
    assert await profile_of(store, room_id, "bob") == BOB


async def test_the_profiles_of_several_users(store: Store) -> None:
    await store.save_profiles({"ann": ANN, "bob": BOB})
    found = await store.profiles_of(["bob", "cat", "it's"])
    assert found == {"bob": BOB, "cat": default_profile("cat"), "it's": default_profile("it's")}
    assert await store.profiles_of([]) == {}


async def test_a_profile_goes_with_its_user_by_age(store: Store, clock: Clock) -> None:
    room_id = await store.create_room("Hall", {})
    await store.save_poses(Tenure(room_id), {"ann": STANDING})
    await store.save_profiles({"ann": ANN})
    clock.time += 100.0
    await store.forget_older_than(50.0)
    assert await profile_of(store, room_id, "ann") == default_profile("ann")
