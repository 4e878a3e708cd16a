"""Kick, ban and mute in a live room: who may do it to whom, and who comes in afterwards."""

from collections.abc import Mapping
from contextlib import suppress
from itertools import product
from typing import Any

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from trio.testing import MockClock

from tests.rooms.fake_client import FakeClient, Line
from tests.rooms.gated_store import GatedStore
from tests.rooms.house import House, open_house
from tests.rooms.site import make_site
from xr.features import FEATURES
from xr.features.moderation import Moderation
from xr.features.roles import Roles
from xr.roles import Capability, Role, may
from xr.rooms.asking import ask
from xr.rooms.audit import MOST_UNWRITTEN, Act
from xr.rooms.feature import Member, member_of
from xr.rooms.standings import MOST as MOST_STANDINGS
from xr.rooms.standings import Bar, Standing
from xr.rooms.tenure import Tenure
from xr.rooms.visitors import MOST, Visitors
from xr.wire.reasons import Reason
from xr.wire.refusals import Refused

OLGA = Member("olga", Role.OWNER)
STAFF = {"olga": Role.OWNER, "mo": Role.MODERATOR, "max": Role.MEMBER}


async def make_room(store: GatedStore, **roles: Role) -> str:
    """A room with an owner, a moderator and a member, and others as told."""
    room_id = await store.create_room("A room", {}, "olga")
    standings = {user_id: Standing(role) for user_id, role in {**STAFF, **roles}.items()}
    await store.save_standings(Tenure(room_id), standings)
    return room_id


async def do(
    house: House, room_id: str, by: str | None, act: str, user_id: str, **more: Any
) -> Any:
    return await ask(house.lobby.supervisor, room_id, act, {"user_id": user_id, **more}, by)


async def enter(house: House, room_id: str, user_id: str, address: str = "") -> FakeClient:
    client = FakeClient(user_id)
    client.address = address or client.address
    await house.enter(client, room_id)
    return client


async def reason(house: House, room_id: str, user_id: str, address: str = "") -> str:
    """Why the user does not get in; "" if they do, and they leave again."""
    try:
        client = await enter(house, room_id, user_id, address)
    except Refused as refusal:
        return refusal.reason
    client.leave()
    return ""


def acts(client: FakeClient) -> list[Any]:
    """The acts that a client was told of since the last time."""
    return [(e["act"], e["user_id"], e["by"]) for name, e in _events(client) if name == "moderated"]


def _events(client: FakeClient) -> list[Line]:
    return [line for line in client.told() if isinstance(line[1], Mapping)]


async def test_a_kick_ends_every_membership_at_once_and_lasts_ten_minutes(
    autojump_clock: MockClock,
) -> None:
    async with open_house(features=FEATURES) as house:
        room_id = await make_room(house.store)
        olga = await enter(house, room_id, "olga")
        phone, laptop = [await enter(house, room_id, "bob") for _ in range(2)]
        laptop.leave(goodbye=False)  # in grace, it counts as present
        await do(house, room_id, "mo", "kick", "bob")
        assert phone.heard[-1] == ("dismissed", "kicked")
        await trio.sleep(0.1)
        assert house.lobby.who(room_id) == ["olga"]
        assert acts(olga) == [("kick", "bob", "mo")]
        await trio.sleep(590)
        assert await reason(house, room_id, "bob") == "kicked"
        await trio.sleep(10)
        assert await reason(house, room_id, "bob") == ""


async def test_a_kick_stops_a_join_that_is_on_its_way(autojump_clock: MockClock) -> None:
    async with open_house(features=FEATURES) as house:
        room_id = await make_room(house.store)
        await enter(house, room_id, "olga")
        await enter(house, room_id, "bob")
        gate = house.store.shut("load_visit")
        answers: list[str] = []

        async def join() -> None:
            answers.append(await reason(house, room_id, "bob"))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(join)
            await trio.testing.wait_all_tasks_blocked()
            room = house.lobby.room(room_id)
            assert room is not None
            kick = room.intents["kick"]
            room.obey(kick, OLGA, kick.payload(user_id="bob"))
            gate.set()
        assert answers == ["kicked"]
        await trio.sleep(0.1)
        assert house.lobby.who(room_id) == ["olga"]


async def test_a_kick_outlives_its_room_and_a_ban_its_lifting_does_not(
    autojump_clock: MockClock,
) -> None:
    async with open_house(features=FEATURES, idle=1) as house:
        room_id = await make_room(house.store)
        (await enter(house, room_id, "bob")).leave()
        await do(house, room_id, "mo", "kick", "bob")
        await do(house, room_id, "mo", "ban", "cem")
        await trio.sleep(5)
        assert house.lobby.room(room_id) is None
        assert await reason(house, room_id, "bob") == "kicked"
        assert await reason(house, room_id, "cem") == "banned"
        await do(house, room_id, "mo", "unban", "cem")
        await do(house, room_id, "mo", "unban", "bob")
        await trio.sleep(5)
        assert house.lobby.room(room_id) is None
        assert [await reason(house, room_id, user) for user in ("bob", "cem")] == ["", ""]


async def test_a_ban_lasts_as_long_as_told(autojump_clock: MockClock) -> None:
    async with open_house(features=FEATURES) as house:
        room_id = await make_room(house.store)
        await do(house, room_id, None, "ban", "bob", hours=2)
        await do(house, room_id, None, "kick", "bob", minutes=1)  # does not shorten it
        await trio.sleep(2 * 3600 - 5)
        with pytest.raises(Refused, match=r"banned: You are banned .* Come back in a minute\."):
            await enter(house, room_id, "bob")
        await trio.sleep(5)
        assert await reason(house, room_id, "bob") == ""
        await do(house, room_id, None, "ban", "bob")
        await trio.sleep(365 * 86_400)
        with pytest.raises(Refused, match="banned: You are banned from this room"):
            await enter(house, room_id, "bob")


async def test_a_ban_keeps_guests_of_the_address_out_for_a_day(autojump_clock: MockClock) -> None:
    async with open_house(features=FEATURES) as house:
        room_id = await make_room(house.store)
        (await enter(house, room_id, "bob", "home")).leave()  # the one who left is known
        (await enter(house, room_id, "bob", "office")).leave()
        await do(house, room_id, "mo", "ban", "bob")
        for address in ("home", "office"):
            assert await reason(house, room_id, "bob's other name", address) == "banned"
            assert await reason(house, room_id, "max", address) == ""  # a member, not a guest
        assert await reason(house, room_id, "cem", "elsewhere") == ""
        record = await house.store.load_room(room_id)
        assert record is not None
        bar = record.standings["bob"].bar
        assert bar is not None
        assert bar.addresses == ("mark of home", "mark of office")
        await trio.sleep(86_400)
        assert await reason(house, room_id, "bob's other name", "home") == ""
        assert await reason(house, room_id, "bob", "home") == "banned"


async def test_a_ban_without_the_address_holds_the_user_alone(autojump_clock: MockClock) -> None:
    async with open_house(features=FEATURES) as house:
        room_id = await make_room(house.store)
        (await enter(house, room_id, "bob", "school")).leave()
        await do(house, room_id, "mo", "ban", "bob", address=False)
        assert await reason(house, room_id, "cem", "school") == ""
        assert await reason(house, room_id, "bob", "elsewhere") == "banned"


async def test_who_is_banned_loses_their_role(autojump_clock: MockClock) -> None:
    async with open_house(features=FEATURES) as house:
        room_id = await make_room(house.store)
        mo = await enter(house, room_id, "mo")
        await do(house, room_id, "olga", "ban", "mo")
        assert mo.gone
        with pytest.raises(Refused, match="not allowed"):  # no page lets them lift it
            await do(house, room_id, "mo", "unban", "mo")
        await do(house, room_id, "olga", "unban", "mo")
        assert (await enter(house, room_id, "mo")).standing == Standing()


async def test_an_owner_is_never_kept_out(autojump_clock: MockClock) -> None:
    async with open_house(features=FEATURES) as house:
        room_id = await make_room(house.store)
        (await enter(house, room_id, "bob", "home")).leave()
        await do(house, room_id, "olga", "ban", "bob")
        assert await reason(house, room_id, "olga", "home") == ""
        for by, act in product(("mo", None), ("kick", "ban")):
            with pytest.raises(Refused, match="not allowed"):
                await do(house, room_id, by, act, "olga")
        for role in ("owner", "guest"):  # the ban is lifted for good
            await do(house, room_id, "olga", "set_role", "bob", role=role)
            assert await reason(house, room_id, "bob", "home") == ""


async def test_a_mute_takes_chat_and_voice_at_once_and_stays(autojump_clock: MockClock) -> None:
    async with open_house(features=FEATURES, idle=1) as house:
        room_id = await make_room(house.store)
        bob = await enter(house, room_id, "bob")
        await do(house, room_id, "mo", "mute", "bob", muted=True)
        await do(house, room_id, "mo", "mute", "bob", muted=True)
        taken = (Capability.CHAT, Capability.SPEAK)
        assert not any(bob.may(capability) for capability in taken)
        assert bob.may(Capability.MOVE_THINGS)
        bob.leave()
        await trio.sleep(5)
        assert house.lobby.room(room_id) is None
        bob = await enter(house, room_id, "bob")
        assert not any(bob.may(capability) for capability in taken)
        await do(house, room_id, "mo", "mute", "bob", muted=False)
        assert all(bob.may(capability) for capability in taken)
        assert [act.act for act in await house.store.list_acts(room_id)] == ["unmute", "mute"]


async def test_acts_are_told_to_moderators_alone_and_kept(autojump_clock: MockClock) -> None:
    async with open_house(features=FEATURES) as house:
        house.wall_time = 1_000_000.0
        room_id = await make_room(house.store)
        olga, mo, guest = [await enter(house, room_id, user) for user in ("olga", "mo", "guest")]
        await do(house, room_id, "olga", "set_role", "max", role="moderator")
        await trio.sleep(0.5)
        await do(house, room_id, None, "ban", "cem", hours=1)
        await trio.sleep(0.1)
        told = [("role", "max", "olga"), ("ban", "cem", None)]
        assert acts(olga) == acts(mo) == told
        assert acts(guest) == []
        kept = await house.store.list_acts(room_id)
        assert all(1_000_000 <= act.at < 1_000_001 for act in kept)
        assert [replace(act, at=0.0) for act in kept] == [
            Act(0.0, None, "ban", "cem", "hours 1"),
            Act(0.0, "olga", "role", "max", "moderator"),
        ]


async def test_nobody_is_kicked_who_was_never_there(autojump_clock: MockClock) -> None:
    async with open_house(features=FEATURES) as house:
        room_id = await make_room(house.store)
        for act in ("kick", "unban"):
            with pytest.raises(Refused, match="no such user"):
                await do(house, room_id, "mo", act, "nobody")
        assert await house.store.list_acts(room_id) == []


@pytest.mark.parametrize("act", ["kick", "ban", "unban", "mute"])
async def test_who_may_do_what_to_whom(act: str, autojump_clock: MockClock) -> None:
    """Every role tries it on every role, themselves included: only downwards, from moderator on."""
    more = {"muted": True} if act == "mute" else {}
    async with open_house(features=FEATURES) as house:
        for by, to in product(Role, Role):
            room_id = await make_room(house.store, actor=by, target=to)
            if act == "unban" and to is not Role.OWNER:
                await enter(house, room_id, "target")
                await do(house, room_id, None, "kick", "target")
            if act == "kick":
                await enter(house, room_id, "target")
            before = (await house.store.load_room(room_id)).standings  # type: ignore[union-attr]
            allowed = by in (Role.MODERATOR, Role.OWNER) and by.outranks(to)
            if allowed:
                await do(house, room_id, "actor", act, "target", **more)
            else:
                with pytest.raises(Refused, match="not allowed"):
                    await do(house, room_id, "actor", act, "target", **more)
            with pytest.raises(Refused, match="not allowed"):
                await do(house, room_id, "actor", act, "actor", **more)
            after = (await house.store.load_room(room_id)).standings  # type: ignore[union-attr]
            assert (before != after) == allowed


acts_tried = st.tuples(
    st.sampled_from(Role),
    st.sampled_from(["kick", "ban", "unban", "mute", "unmute", "set_role"]),
    st.sampled_from(Role),
    st.sampled_from(Role),
)


@given(st.lists(acts_tried, max_size=15))
def test_whatever_is_tried_nobody_rises_and_a_room_keeps_an_owner(script: list[Any]) -> None:
    """Only an owner's word makes anybody more than they were, and acts go downwards alone."""
    site = make_site()
    intents = {**Moderation(site).bound_intents(), **Roles(site).bound_intents()}
    for role in Role:
        site.standings.put(role.value, Standing(role))
        site.visitors.note(role.value, "home")
    for by, act, to, role in script:
        before = {user: site.standings[user] for user in Role}
        asker, name = before[by], {"unmute": "mute"}.get(act, act)
        more = {"mute": {"muted": True}, "unmute": {"muted": False}, "set_role": {"role": role}}
        intent = intents[name]
        if asker.is_barred(0.0) or not may(asker.role, intent.needs):
            continue  # the room refuses them: tests/channels
        with suppress(Refused):
            intent.obey(member_of(by, asker), intent.payload(user_id=to.value, **more.get(act, {})))
        after = {user: site.standings[user] for user in Role}
        changed = [user for user in Role if before[user] != after[user]]
        assert changed in ([], [to])
        if changed and name == "set_role":
            assert asker.role is Role.OWNER
        elif changed:
            assert asker.role.outranks(before[to].role)
            assert not after[to].role.outranks(before[to].role)
        assert any(standing.role is Role.OWNER for standing in after.values())
        assert not any(s.is_barred(0.0) for s in after.values() if s.role is Role.OWNER)


def test_visitors_are_remembered_up_to_a_bound() -> None:
    visitors = Visitors()
    for number in range(6):
        visitors.note("ann", f"address {number}")
    visitors.note("ann", "address 4")
    assert visitors.addresses("ann") == tuple(f"address {n}" for n in (2, 3, 5, 4))
    for number in range(MOST):
        visitors.note(f"user {number}", "home")
    assert "ann" not in visitors
    assert visitors.addresses("ann") == ()


async def test_acts_that_cannot_be_written_have_a_bound(caplog: pytest.LogCaptureFixture) -> None:
    site = make_site()
    for number in range(MOST_UNWRITTEN + 1):
        site.audit.note("mo", "kick", f"user {number}")
    kept = [act.user_id for act in site.audit.ledger.unsaved.values()]
    assert kept == [f"user {number}" for number in range(1, MOST_UNWRITTEN + 1)]
    assert "audit.lost" in caplog.text


def test_bars_that_have_ended_make_room_for_others() -> None:
    site = make_site()
    for number in range(MOST_STANDINGS):
        site.standings.put(f"user {number}", Standing(bar=Bar(Reason.KICKED, until=-1.0)))
    site.standings.put("one more", Standing(muted=True))
    assert list(site.standings) == ["one more"]
    assert site.standings.unsaved["user 7"] == Standing()
