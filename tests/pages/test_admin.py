import time
from typing import Any

import msgspec
import pytest
from itsdangerous import TimestampSigner
from quart import Response

from tests.pages.app_under_test import LOCAL, SECRET, Parts, make_parts
from tests.store.examples import STANDING
from xr.roles import Role
from xr.rooms.audit import Act
from xr.rooms.standings import Bar, Standing
from xr.rooms.tenure import Tenure
from xr.store.memory import MemoryStore
from xr.wire.reasons import Reason
from xr.wire.refusals import Refused


async def command(parts: Parts, command_name: str, /, **arguments: Any) -> Response:
    return await parts.app.test_client().post(
        f"/admin/{command_name}",
        json=arguments,
        headers={"Authorization": f"Bearer {parts.identity.sign_admin()}"},
        scope_base=LOCAL,
    )


async def done(parts: Parts, command_name: str, /, **arguments: Any) -> dict[str, Any]:
    response = await command(parts, command_name, **arguments)
    answer: dict[str, Any] = await response.get_json()
    assert response.status_code == 200, answer
    assert answer.pop("ok") is True
    return answer


async def refused(parts: Parts, command_name: str, code: int, /, **arguments: Any) -> str:
    response = await command(parts, command_name, **arguments)
    assert response.status_code == code
    answer = await response.get_json()
    assert answer.keys() == {"error"}
    return str(answer["error"])


async def test_rooms_are_made_listed_renamed_and_deleted() -> None:
    now = 1_800_000_000.0
    parts = make_parts(store=MemoryStore(lambda: now))
    made = await done(parts, "rooms-create", name=" Hall ")
    room = await parts.store.load_room(made["id"])
    assert room is not None
    assert room.entities
    parts.server.present = {made["id"]: 2}
    await done(parts, "rooms-rename", room_id=made["id"], name=" Attic ")
    assert parts.server.intents == [(made["id"], "set_room", {"name": "Attic"}, None)]
    assert await done(parts, "rooms-list") == {
        "rooms": [{"id": made["id"], "name": "Hall", "created_at": now, "present": 2}]
    }
    assert await done(parts, "rooms-delete", room_id=made["id"]) == {}
    assert await done(parts, "rooms-list") == {"rooms": []}
    assert parts.server.closed == [made["id"]]


async def test_rooms_that_nobody_entered_are_deleted_in_one_go() -> None:
    now = 1_800_000_000.0
    parts = make_parts(store=MemoryStore(lambda: now))
    for name in ("Hall", "Attic"):
        await done(parts, "rooms-create", name=name)
    now += 86_400
    young = await done(parts, "rooms-create", name="Cellar")
    assert await done(parts, "rooms-delete", never_entered=True, days=1) == {"deleted": 2}
    assert [room.room_id for room in await parts.store.list_rooms()] == [young["id"]]
    assert await done(parts, "rooms-delete", never_entered=True) == {"deleted": 1}
    for arguments in ({}, {"never_entered": True, "room_id": "x"}):
        assert "never_entered" in await refused(parts, "rooms-delete", 400, **arguments)


async def test_a_room_is_set_to_always_spawn_and_back() -> None:
    parts = make_parts()
    room_id = await parts.store.create_room("Hall", {})
    for choice in (True, False):
        await done(parts, "rooms-always-spawn", room_id=room_id, always_spawn=choice)
        asked = (room_id, "set_room", {"always_spawn": choice}, None)
        assert parts.server.intents[-1] == asked


async def test_users_are_forgotten_and_kicked_by_the_running_rooms() -> None:
    parts = make_parts()
    assert await done(parts, "users-forget", user_id="ann") == {"forgotten": 3}
    assert await done(parts, "users-forget", user_id="ann", room_id="r") == {"forgotten": 3}
    assert parts.server.forgotten == [("ann", None), ("ann", "r")]
    parts.server.present, parts.server.who = {"hall": 1, "attic": 0}, {"hall": ["bob"]}
    assert await done(parts, "users-kick", user_id="bob") == {"kicked": 2}
    assert await done(parts, "users-kick", user_id="bob", room_id="r") == {"kicked": 2}
    assert parts.server.kicked == [("bob", None), ("bob", "r")]
    kick = {"user_id": "bob", "minutes": 10}
    assert parts.server.intents == [("hall", "kick", kick, None), ("r", "kick", kick, None)]


async def test_bans_and_mutes_go_to_the_room() -> None:
    parts = make_parts()
    room_id = await parts.store.create_room("Hall", {})
    bob = {"user_id": "bob", "room_id": room_id}
    await done(parts, "users-ban", **bob)
    await done(parts, "users-ban", **bob, hours=2, user_alone=True)
    await done(parts, "users-unban", **bob)
    await done(parts, "users-mute", **bob, muted=True)
    assert [intent[1:3] for intent in parts.server.intents] == [
        ("ban", {"user_id": "bob", "hours": None, "address": True}),
        ("ban", {"user_id": "bob", "hours": 2, "address": False}),
        ("unban", {"user_id": "bob"}),
        ("mute", {"user_id": "bob", "muted": True}),
    ]
    for name, more in (("ban", {}), ("unban", {}), ("mute", {"muted": True})):
        nowhere = {"user_id": "bob", "room_id": "nowhere", **more}
        assert await refused(parts, f"users-{name}", 404, **nowhere) == "no such room"


async def test_bans_and_acts_are_listed() -> None:
    now = time.time()
    parts = make_parts()
    room_id = await parts.store.create_room("Hall", {})
    forever = Bar(Reason.BANNED, None, ("mark",), now + 60)
    standings = {
        "ann": Standing(Role.OWNER, bar=forever),
        "bob": Standing(bar=forever),
        "cem": Standing(muted=True, bar=Bar(Reason.KICKED, now + 60)),
        "dan": Standing(bar=Bar(Reason.KICKED, now - 60)),
    }
    await parts.store.save_standings(Tenure(room_id), standings)
    assert await done(parts, "rooms-bans", room_id=room_id) == {
        "bans": [
            {"user_id": "bob", "reason": "banned", "until": None, "addresses": 1},
            {"user_id": "cem", "reason": "kicked", "until": now + 60, "addresses": 0},
        ],
        "muted": ["cem"],
    }
    old, new = (
        Act(now - 31 * 86_400, None, "ban", "bob"),
        Act(now, "ann", "kick", "cem", "minutes 1"),
    )
    await parts.store.save_acts(Tenure(room_id), {"1": old, "2": new})
    acts = (await done(parts, "rooms-audit", room_id=room_id))["acts"]
    assert acts == [msgspec.structs.asdict(act) for act in (new, old)]
    for name in ("rooms-bans", "rooms-audit"):
        assert await refused(parts, name, 404, room_id="nothing") == "no such room"


async def test_nobody_is_kicked_where_nobody_is() -> None:
    parts = make_parts(kick=lambda *_: 0)
    assert "nobody" in await refused(parts, "users-kick", 404, user_id="bob")


async def test_users_are_listed_with_the_rooms_that_they_are_in() -> None:
    now = 1_800_000_000.0
    parts = make_parts(store=MemoryStore(lambda: now))
    hall, attic = [await parts.store.create_room(name, {}) for name in ("Hall", "Attic")]
    await parts.store.save_poses(Tenure(hall), {"ann": STANDING, "bob": STANDING})
    now += 7200
    await parts.store.save_poses(Tenure(attic), {"bob": STANDING})
    parts.server.present = {attic: 2}
    parts.server.who = {attic: ["bob", "new"]}
    bob = {"id": "bob", "last_seen": now, "in": [attic]}
    ann = {"id": "ann", "last_seen": now - 7200, "in": []}
    new = {"id": "new", "last_seen": None, "in": [attic]}
    assert await done(parts, "users-list") == {"users": [bob, new, ann]}
    assert await done(parts, "users-list", room_id=attic) == {"users": [bob, new]}
    assert await done(parts, "users-list", room_id=hall) == {"users": [bob, ann]}
    assert await done(parts, "rooms-who", room_id=attic) == {"users": ["bob", "new"]}
    assert await done(parts, "rooms-who", room_id=hall) == {"users": []}
    for name in ("users-list", "rooms-who"):
        assert await refused(parts, name, 404, room_id="nothing") == "no such room"


async def test_a_role_is_given_to_a_user() -> None:
    parts = make_parts()
    room_id = await parts.store.create_room("Hall", {}, "ann")
    bob = {"user_id": "bob", "role": "moderator"}
    assert "nobody with this id" in await refused(parts, "rooms-role", 404, room_id=room_id, **bob)
    await parts.store.save_poses(Tenure(room_id), {"bob": STANDING})
    parts.server.who = {room_id: ["new"]}
    assert await done(parts, "rooms-role", room_id=room_id, **bob) == {}
    new = {"user_id": "new", "role": "owner"}
    assert await done(parts, "rooms-role", room_id=room_id, **new) == {}
    assert parts.server.intents == [
        (room_id, "set_role", bob, None),
        (room_id, "set_role", new, None),
    ]
    assert await refused(parts, "rooms-role", 404, room_id="nothing", **bob) == "no such room"
    assert "king" in await refused(
        parts, "rooms-role", 400, room_id=room_id, user_id="bob", role="king"
    )


async def test_roles_are_listed_the_highest_first() -> None:
    parts = make_parts()
    room_id = await parts.store.create_room("Hall", {}, "zoe")
    roles = {"bob": Role.MEMBER, "ann": Role.MODERATOR, "cem": Role.MEMBER}
    standings = {user_id: Standing(role) for user_id, role in roles.items()}
    await parts.store.save_standings(Tenure(room_id), standings)
    listed = (await done(parts, "rooms-roles", room_id=room_id))["roles"]
    assert [each["user_id"] for each in listed] == ["zoe", "ann", "bob", "cem"]
    assert listed[0]["role"] == "owner"
    assert await refused(parts, "rooms-roles", 404, room_id="nothing") == "no such room"


async def test_a_refusal_of_the_room_is_told_as_a_sentence() -> None:
    async def refuse(*_: object) -> None:
        raise Refused(Reason.LAST_OWNER, "A room needs an owner.")

    parts = make_parts(ask=refuse)
    room_id = await parts.store.create_room("Hall", {}, "ann")
    await parts.store.save_poses(Tenure(room_id), {"ann": STANDING})
    arguments = {"room_id": room_id, "user_id": "ann", "role": "guest"}
    assert await refused(parts, "rooms-role", 400, **arguments) == "A room needs an owner."


async def test_poses_are_forgotten_by_age() -> None:
    parts = make_parts()
    asked: list[float] = []

    async def forget_older_than(seconds_ago: float) -> int:
        asked.append(seconds_ago)
        return 7

    parts.store.forget_older_than = forget_older_than  # type: ignore[method-assign]
    assert await done(parts, "poses-forget", days=1.5) == {"forgotten": 7}
    assert asked == [1.5 * 86400]


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("rooms-rename", {"name": "x"}),
        ("rooms-delete", {}),
        ("rooms-always-spawn", {"always_spawn": True}),
    ],
)
async def test_an_unknown_room_is_an_error(name: str, arguments: dict[str, Any]) -> None:
    parts = make_parts()
    assert await refused(parts, name, 404, room_id="nothing", **arguments) == "no such room"
    assert parts.server.closed == []


@pytest.mark.parametrize(
    ("name", "arguments", "word"),
    [
        ("rooms-create", {}, "name"),
        ("rooms-create", {"name": " "}, "needs a name"),
        ("rooms-create", {"name": "x" * 81}, "81"),
        ("rooms-create", {"name": "x", "colour": "red"}, "colour"),
        ("rooms-delete", {"room_id": 1}, "room_id"),
        ("rooms-list", {"all": True}, "all"),
        ("users-kick", {}, "user_id"),
        ("poses-forget", {"days": -1}, "days"),
        ("poses-forget", {"days": "1"}, "days"),
        ("rooms-rename", {"room_id": "x" * 101, "name": "x"}, "room_id"),
        ("rooms-create", {"name": "x", "made_by": "ann"}, "made_by"),
    ],
)
async def test_a_wrong_argument_is_named(name: str, arguments: dict[str, Any], word: str) -> None:
    parts = make_parts()
    assert word in await refused(parts, name, 400, **arguments)
    assert await parts.store.list_rooms() == []


async def test_an_unknown_command_is_an_error() -> None:
    await refused(make_parts(), "rooms-burn", 404)


async def attempt(parts: Parts, token: str, **scope_and_headers: Any) -> int:
    headers = {"Authorization": token, **scope_and_headers.get("headers", {})}
    response = await parts.app.test_client().post(
        "/admin/rooms-create",
        json={"name": "Hall"},
        headers=headers,
        scope_base=scope_and_headers.get("scope", LOCAL),
    )
    made = await parts.store.list_rooms()
    assert len(made) == (1 if response.status_code == 200 else 0)
    return response.status_code


@pytest.mark.parametrize(
    "token", ["", "Bearer", "Bearer ", "Bearer admin.x.y", "Basic {}", "Bearer  {}", "{}"]
)
async def test_only_who_knows_the_secret_commands(token: str) -> None:
    parts = make_parts()
    assert await attempt(parts, token.format(parts.identity.sign_admin())) == 403


async def test_a_visitors_token_is_none_of_the_operators() -> None:
    parts = make_parts()
    for token in (parts.identity.sign_token("ann"), parts.identity.sign_cookie("ann")):
        assert await attempt(parts, f"Bearer {token}") == 403


async def test_a_token_is_good_for_a_minute() -> None:
    now = 1_800_000_000.0
    parts = make_parts(clock=lambda: now)
    token = f"Bearer {parts.identity.sign_admin()}"
    now += 61
    assert await attempt(parts, token) == 403
    now -= 1
    assert await attempt(parts, token) == 200


async def test_any_signer_with_the_secret_and_the_salt_will_do() -> None:
    token = TimestampSigner(SECRET, salt="xr.admin").sign("whatever").decode()
    assert await attempt(make_parts(), f"bearer {token}") == 200


@pytest.mark.parametrize(
    ("scope", "headers"),
    [
        ({"client": ("203.0.113.9", 1)}, {}),
        ({"client": None}, {}),
        (LOCAL, {"X-Forwarded-For": "127.0.0.1"}),
        (LOCAL, {"Via": "1.1 proxy"}),
    ],
)
async def test_from_elsewhere_not_even_the_token_helps(
    scope: dict[str, Any], headers: dict[str, str]
) -> None:
    parts = make_parts()
    token = f"Bearer {parts.identity.sign_admin()}"
    assert await attempt(parts, token, scope=scope, headers=headers) == 403


async def test_commands_are_posts() -> None:
    response = await make_parts().app.test_client().get("/admin/rooms-list", scope_base=LOCAL)
    assert response.status_code == 405
    assert (await response.get_json()).keys() == {"error"}


async def test_a_command_is_logged_without_its_token(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(0)
    parts = make_parts()
    token = parts.identity.sign_admin()
    assert await attempt(parts, f"Bearer {token}") == 200
    assert "admin.asked command=rooms-create" in caplog.text
    assert token not in caplog.text
