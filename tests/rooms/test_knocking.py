"""Doors of open rooms: locks, passwords and invites, as joins meet them."""

from typing import Any

import pytest
import trio

from tests.rooms.fake_client import FakeClient
from tests.rooms.gated_store import HALL, GatedStore
from tests.rooms.house import SIGNER, House, open_house
from xr.roles import Role
from xr.rooms.invites import Invite
from xr.rooms.passwords import TRIES
from xr.rooms.protocols import Knock
from xr.rooms.standings import Standing
from xr.rooms.tenure import Tenure
from xr.wire.reasons import Reason
from xr.wire.refusals import Refused


async def store_with(**options: Any) -> GatedStore:
    store = GatedStore()
    await store.save_options(Tenure(HALL), options)
    return store


def guest(user_id: str, tab: str | None = None, **words: str) -> FakeClient:
    client = FakeClient(user_id, tab=tab)
    client.knock = Knock(**words)
    return client


async def refusal(house: House, client: FakeClient) -> Refused:
    with pytest.raises(Refused) as caught:
        await house.lobby.join(HALL, client, None, client.knock)
    return caught.value


async def why(house: House, user_id: str, room_id: str = HALL) -> Reason | None:
    """The reason that a user would be given before they join."""
    answer = await house.lobby.refusal(room_id, user_id, "192.0.2.1")
    return None if answer is None else answer.reason


async def test_a_password_is_asked_for_and_then_known_until_it_changes() -> None:
    store = await store_with(password="tea", password_epoch=1)
    async with open_house(store) as house:
        assert (await refusal(house, guest("ann"))).reason is Reason.PASSWORD_NEEDED
        assert (await refusal(house, guest("ann", password="te"))).reason is Reason.WRONG_PASSWORD
        await house.enter(ann := guest("ann", password="tea"))
        await house.enter(guest("ann"))
        ann.leave()
    async with open_house(store) as house:
        room = await house.enter(guest("ann"))
        room.door.ledger.put("password", "coffee")
        room.door.ledger.put("password_epoch", 2)
        await house.enter(guest("ann", tab="another"))  # is inside
    async with open_house(store) as house:
        assert (await refusal(house, guest("ann"))).reason is Reason.PASSWORD_NEEDED
        assert (await refusal(house, guest("ann", password="tea"))).reason is Reason.WRONG_PASSWORD
        await house.enter(guest("ann", password="coffee"))


async def test_who_is_refused_has_left_no_trace() -> None:
    store = await store_with(password="tea", password_epoch=1)
    async with open_house(store, idle=1.0) as house:
        await refusal(house, guest("ann", password="te"))
        assert house.lobby.present() == {HALL: 0}
        await trio.sleep(2)
        assert house.lobby.present() == {}
    assert await store.poses(HALL) == {}


async def test_wrong_passwords_are_limited_by_address_and_right_ones_are_not() -> None:
    store = await store_with(password="tea", password_epoch=1)
    async with open_house(store) as house:
        for number in range(TRIES):
            assert (
                await refusal(house, guest(f"g{number}", address="a", password="x"))
            ).reason is Reason.WRONG_PASSWORD
        late = await refusal(house, guest("late", address="a", password="tea"))
        assert late.reason is Reason.TOO_FAST
        assert late.response["retry_after"] == 12
        for number in range(4 * TRIES):
            await house.enter(guest(f"pupil{number}", address="b", password="tea"))
        await trio.sleep(12)
        await house.enter(guest("late", address="a", password="tea"))


async def test_a_room_without_a_password_takes_any_and_counts_none() -> None:
    async with open_house() as house:
        for number in range(4 * TRIES):
            await house.enter(guest(f"g{number}", address="a", password="old"))


async def test_a_lock_lets_in_those_with_a_role_and_those_inside() -> None:
    store = GatedStore()
    await store.save_standings(Tenure(HALL), {"mia": Standing(Role.MEMBER)})
    async with open_house(store, grace=5.0) as house:
        room = await house.enter(bob := guest("bob"))
        room.door.ledger.put("locked", True)
        closed = await refusal(house, guest("cat"))
        assert closed.reason is Reason.ROOM_IS_LOCKED
        assert str(closed.response["detail"]).endswith(".")
        await house.enter(guest("mia"))
        bob.leave(goodbye=False)
        await trio.sleep(4)
        await house.enter(bob := guest("bob"))
        bob.leave(goodbye=False)
        await trio.sleep(6)
        assert (await refusal(house, guest("bob"))).reason is Reason.ROOM_IS_LOCKED


async def test_an_invite_opens_lock_and_password_and_gives_its_role() -> None:
    store = await store_with(locked=True, password="tea", password_epoch=1)
    now = 0.0
    await store.save_invites(
        Tenure(HALL),
        {
            "mod": Invite(Role.MODERATOR, "own", now),
            "guest": Invite(Role.GUEST, "own", now),
            "old": Invite(Role.OWNER, "own", now - 10, now - 1),
        },
    )
    sign = SIGNER.sign_invite
    async with open_house(store) as house:
        room = await house.enter(guest("ann", invite=sign(HALL, "mod")))
        assert room.standings["ann"].role is Role.MODERATOR
        await house.enter(guest("bob", invite=sign(HALL, "guest")))
        assert room.standings["bob"].role is Role.GUEST
        for text in (sign(HALL, "old"), sign("attic", "mod"), sign(HALL, "none"), "mod", ""):
            answer = await refusal(house, guest("eve", invite=text))
            assert answer.reason is Reason.ROOM_IS_LOCKED
            assert "invite" in str(answer.response["detail"])
        room.door.invites.put("mod", None)
        assert (
            await refusal(house, guest("eve", invite=sign(HALL, "mod")))
        ).reason is Reason.ROOM_IS_LOCKED
        room.door.ledger.put("locked", False)
    async with open_house(store) as house:
        await house.enter(guest("bob"))  # came by an invite, and needs no password
        room = await house.enter(ann := guest("ann", invite=sign(HALL, "guest")))
        assert ann.standing.role is Role.MODERATOR  # an invite takes no role away


async def test_a_capacity_narrows_the_limit_of_the_server() -> None:
    store = await store_with(capacity=1)
    async with open_house(store, limit=5) as house:
        await house.enter(guest("ann"))
        await house.enter(bob := guest("bob"))
        assert bob.heard == [("refused", Reason.ROOM_IS_FULL)]
        assert await why(house, "bob", HALL) is Reason.ROOM_IS_FULL
        assert await why(house, "ann", HALL) is None


async def test_a_password_that_changes_during_the_comparison_is_compared_anew() -> None:
    store = await store_with(password="tea", password_epoch=1)
    async with open_house(store) as house:
        compared: list[str | None] = []

        async def verify(password: str, hashed: str | None) -> bool:
            compared.append(hashed)
            if len(compared) == 1:
                room = house.lobby.room(HALL)
                assert room is not None
                room.door.ledger.put("password", "coffee")
                room.door.ledger.put("password_epoch", 2)
            return password == hashed

        house.verify = verify
        closed = await refusal(house, guest("ann", password="tea"))
        assert closed.reason is Reason.WRONG_PASSWORD
        assert compared == ["tea", "coffee"]


async def test_the_answer_before_a_join_is_that_of_the_join() -> None:
    store = await store_with(locked=True)
    async with open_house(store) as house:
        assert await why(house, "ann", HALL) is Reason.ROOM_IS_LOCKED
        assert await why(house, "ann", "attic") is Reason.NO_SUCH_ROOM
        assert house.lobby.options(HALL) is not None
        assert house.lobby.options("attic") is None
