"""Options and invites of a room, as its owner sets them over a socket."""

from typing import Any

import trio

from tests.channels.backend import Browser, open_backend, settled
from xr.features import FEATURES
from xr.roles import Role
from xr.rooms.standings import Standing
from xr.rooms.tenure import Tenure

OK = {"status": "ok", "response": {}}


async def answer(browser: Browser, event: str, **payload: Any) -> Any:
    """The reply to an intent, of which a thread may do a part: so the clock is the real one."""
    browser.told()
    return await reply_to(browser, browser.push(event, payload))


async def knock(browser: Browser, **payload: Any) -> str:
    """The reason why a join is refused, or "ok"."""
    browser.told()
    reply = await reply_to(browser, browser.join(**payload))
    return str(reply["response"].get("reason", "ok"))


async def reply_to(browser: Browser, ref: str) -> Any:
    replies: dict[str, Any] = {}
    with trio.fail_after(30):
        while ref not in replies:
            await settled()
            replies |= browser.replies()
    return replies[ref]


async def changes(browser: Browser) -> list[dict[str, Any]]:
    """The payloads of ``room_changed``, once there are any."""
    found: list[dict[str, Any]] = []
    with trio.fail_after(30):
        while not found:
            await settled()
            found = [payload for event, payload in browser.stoc() if event == "room_changed"]
    return found


async def test_an_owner_sets_a_lock_a_password_and_invites() -> None:
    async with open_backend(features=FEATURES) as backend:
        standings = {"owner": Standing(Role.OWNER), "mod": Standing(Role.MODERATOR)}
        await backend.store.save_standings(Tenure("hall"), standings)
        owner, mod = await backend.visitor("owner"), await backend.visitor("mod")
        assert await answer(owner, "set_room", locked=True) == OK
        assert await knock(backend.browser("ann")) == "room is locked"
        refused = await answer(mod, "set_room", listed=False)
        assert refused["response"]["reason"] == "not allowed"
        assert await answer(mod, "set_room", locked=False) == OK
        assert await answer(owner, "set_room", password="sesame", capacity=9) == OK
        assert await knock(backend.browser("ann")) == "password needed"
        assert await knock(backend.browser("ann"), password="open") == "wrong password"
        ann = backend.browser("ann")
        assert await knock(ann, password="sesame") == "ok"
        reply = await answer(mod, "invite", role="member")
        text = reply["response"]["url"].partition("?invite=")[2]
        assert await knock(backend.browser("bob"), invite=text) == "ok"
        assert await answer(mod, "revoke", id=reply["response"]["id"]) == OK
        assert await knock(backend.browser("cat"), invite=text) == "password needed"
        higher = await answer(mod, "invite", role="owner")
        assert higher["response"]["reason"] == "not allowed"
        again = await answer(mod, "revoke", id="none")
        assert again["response"]["reason"] == "no such invite"
    room = await backend.store.load_room("hall")
    assert room is not None
    assert (room.options.locked, room.options.capacity, room.options.password_epoch) == (
        False,
        9,
        1,
    )
    assert str(room.options.password).startswith("$argon2id$")
    assert room.standings["bob"].role is Role.MEMBER
    assert room.invites == {}


async def test_changes_are_told_to_all_without_the_password() -> None:
    async with open_backend(features=FEATURES) as backend:
        await backend.store.save_standings(Tenure("hall"), {"owner": Standing(Role.OWNER)})
        owner, ann = await backend.visitor("owner"), await backend.visitor("ann")
        ann.told()
        assert await answer(owner, "set_room", name="Attic", password="sesame") == OK
        (told,) = await changes(ann)
        assert (told["name"], told["password"]) == ("Attic", True)
        nameless = await answer(owner, "set_room", name="")
        assert nameless["response"]["reason"] == "invalid name"
