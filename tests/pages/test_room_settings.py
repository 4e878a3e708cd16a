"""The settings page of a room: its forms ask the room, which is open or is opened for it."""

import json
import re

import pytest
import trio
from trio.testing import MockClock

from tests.channels.backend import settled
from tests.pages.open_rooms import STAFF, Site, open_site
from tests.pages.test_rooms import Page
from xr.errors import StoreError
from xr.operations.room_file import export_room
from xr.roles import Role
from xr.rooms.options import Options, Who
from xr.wire.reasons import Reason

PATH = "/rooms/hall/settings"


async def done(site: Site, user_id: str, name: str, /, **form: str) -> None:
    """Send a form of the page, which leads back to it."""
    answer = await site.post(f"{PATH}/{name}", user_id, **form)
    assert answer.status_code == 303, await answer.get_data()
    assert answer.headers["Location"].startswith(f"{PATH}?saved=")


async def refusal(site: Site, user_id: str, name: str, /, **form: str) -> tuple[int, str]:
    """The status and the sentence of a form that is refused."""
    answer = await site.post(f"{PATH}/{name}", user_id, **form)
    page = await answer.get_data(as_text=True)
    found = re.search(r'role="alert">([^<]+)<', page)
    assert found, page
    return answer.status_code, found[1]


def options(site: Site) -> Options:
    """The options of the open room."""
    found = site.backend.lobby.options("hall")
    assert found is not None
    return found


async def test_an_owner_sets_all_options_and_those_inside_are_told(
    autojump_clock: MockClock,
) -> None:
    async with open_site() as site:
        guest = await site.enter("guest")
        guest.told()
        await done(
            site,
            "owner",
            "options",
            name=" Attic ",
            listed="on",
            capacity="7",
            always_spawn="on",
            who_may_build="everybody",
            who_may_speak="moderators",
            voice="off",
        )
        await settled()
        told = dict(guest.stoc())["room_changed"]
        assert (told["name"], told["listed"], told["capacity"]) == ("Attic", True, 7)
        expected = Options(
            "Attic",
            capacity=7,
            always_spawn=True,
            who_may_build=Who.EVERYBODY,
            who_may_speak=Who.MODERATORS,
            voice=False,
        )
        assert options(site) == expected
        record = await site.backend.store.load_room("hall")
        assert record is not None
        assert record.options == expected
        page = await site.text(f"{PATH}?saved=room", "owner")
        assert "Settings of Attic" in Page(page).text
        assert page.count("Done. It holds now.") == 1
        await done(site, "owner", "options", capacity="")
        assert options(site).capacity is None


async def test_a_lock_and_a_password_hold_at_the_door() -> None:  # a thread hashes: no mock clock
    async with open_site() as site:
        await done(site, "moderator", "lock", locked="on")
        assert options(site).locked
        assert "The room is locked" in await site.text(PATH, "moderator")
        await done(site, "moderator", "lock", locked="off")
        await done(site, "owner", "password", password="sesame")
        assert (options(site).password or "").startswith("$argon2id$")
        closed = await site.backend.lobby.refusal("hall", "guest", "192.0.2.1", None)
        assert closed is not None
        assert closed.reason is Reason.PASSWORD_NEEDED
        page = await site.text(PATH, "owner")
        assert "sesame" not in page
        assert "argon2" not in page
        await done(site, "owner", "password", password="")
        assert options(site).password is None


async def test_roles_mutes_and_bans_hold_at_once(autojump_clock: MockClock) -> None:
    async with open_site() as site:
        guest, member = await site.enter("guest"), await site.enter("member")
        await done(site, "owner", "role", user_id="member", role="moderator")
        await done(site, "owner", "role", user_id="away", role="member")
        await done(site, "moderator", "mute", user_id="guest", muted="on")
        await settled()
        assert guest.socket.memberships
        page = Page(await site.text(PATH, "moderator"))
        assert "guest, inside, muted" in page.text
        await done(site, "moderator", "ban", user_id="guest", hours="", address="off")
        await settled()
        assert not guest.socket.memberships
        assert member.socket.memberships
        record = await site.backend.store.load_room("hall")
        assert record is not None
        assert record.standings["member"].role is Role.MODERATOR
        assert record.standings["away"].role is Role.MEMBER
        bar = record.standings["guest"].bar
        assert bar is not None
        assert (bar.why, bar.until, bar.addresses) == (Reason.BANNED, None, ())
        page = Page(await site.text(PATH, "moderator"))
        assert "guest, muted, banned" in page.text
        assert "ban" in page.text.partition("Acts of moderation")[2]
        await done(site, "moderator", "unban", user_id="guest")
        await done(site, "moderator", "mute", user_id="guest", muted="off")
        await site.enter("guest")
        await done(site, "moderator", "kick", user_id="guest")
        assert "sent out until" in Page(await site.text(PATH, "owner")).text


async def test_an_invite_is_made_used_and_revoked(autojump_clock: MockClock) -> None:
    async with open_site() as site:
        await done(site, "owner", "lock", locked="on")
        await done(site, "moderator", "invite", role="member", hours="24")
        await done(site, "owner", "invite", role="owner", hours="")
        links = Page(await site.text(PATH, "owner")).all("input", **{"class": "link"})
        assert [link["aria-label"] for link in links] == ["Link for members", "Link for owners"]
        address = links[0]["value"] or ""
        assert address.startswith("http://localhost/rooms/hall?invite=")
        await site.backend.visitor("bob", "room:hall", invite=address.partition("invite=")[2])
        assert "member, inside" in Page(await site.text(PATH, "owner")).text
        # a moderator does not learn the link that would make them an owner
        page = Page(await site.text(PATH, "moderator"))
        assert len(page.all("input", **{"class": "link"})) == 1
        assert "For owners, for good" in page.text
        (button,) = page.all("button", name="id")
        await done(site, "moderator", "revoke", id=button["value"] or "")
        code, text = await refusal(site, "moderator", "revoke", id=button["value"] or "")
        assert (code, text) == (400, "It was revoked, or has expired.")


@pytest.mark.parametrize(
    ("user_id", "name", "form", "code", "word"),
    [
        ("owner", "options", {"name": "a\nb"}, 400, "one line of text"),
        ("owner", "options", {"capacity": "many"}, 400, "not a number: many"),
        ("owner", "options", {"who_may_build": "cats"}, 400, "who_may_build"),
        ("owner", "password", {"password": "abc"}, 400, "password"),
        ("owner", "role", {"user_id": "owner", "role": "guest"}, 400, "needs an owner"),
        ("owner", "role", {"role": "guest"}, 400, "user_id"),
        ("owner", "unban", {"user_id": "member"}, 400, "kept out"),
        ("moderator", "options", {"name": "Mine"}, 403, "no more"),
        ("moderator", "password", {"password": "sesame"}, 403, "no more"),
        ("moderator", "role", {"user_id": "moderator", "role": "owner"}, 403, ""),
        ("moderator", "ban", {"user_id": "owner"}, 403, "lower role"),
        ("moderator", "invite", {"role": "owner"}, 403, "Only an owner"),
    ],
)
async def test_a_refusal_is_told_in_its_section_and_changes_nothing(
    user_id: str,
    name: str,
    form: dict[str, str],
    code: int,
    word: str,
) -> None:
    async with open_site() as site:
        before = await site.backend.store.load_room("hall")
        status, text = await refusal(site, user_id, name, **form)
        assert status == code
        assert word in text
        assert await site.backend.store.load_room("hall") == before


async def test_a_name_that_was_refused_is_shown_as_it_was_typed(
    autojump_clock: MockClock,
) -> None:
    async with open_site() as site:
        answer = await site.post(f"{PATH}/options", "owner", name="x" * 90)
        page = Page(await answer.get_data(as_text=True))
        (field,) = page.all("input", id="name")
        assert field["value"] == "x" * 90


async def test_the_last_owner_who_gives_the_room_away_loses_the_page(
    autojump_clock: MockClock,
) -> None:
    async with open_site() as site:
        await done(site, "owner", "role", user_id="member", role="owner")
        await done(site, "member", "role", user_id="owner", role="guest")
        answer = await site.get(PATH, "owner")
        assert answer.status_code == 404  # it is not listed, and they never were inside
        assert (await site.get(PATH, "member")).status_code == 200


async def test_the_page_shows_what_holds_though_it_cannot_be_written(
    autojump_clock: MockClock,
) -> None:
    async with open_site() as site:
        owner = await site.enter("owner")
        site.backend.store.failures["save_standings"] = OSError("the disk is full")
        owner.push("set_role", {"user_id": "guest", "role": "moderator"}, "room:hall")
        assert (await site.get(PATH, "guest")).status_code == 200
        answer = await site.post(f"{PATH}/role", "owner", user_id="ann", role="member")
        assert answer.status_code == 503  # it is done, and told so
        assert "ann" in await site.text(PATH, "guest")
        del site.backend.store.failures["save_standings"]


async def test_an_export_has_all_but_the_secrets(autojump_clock: MockClock) -> None:
    async with open_site() as site:
        guest = await site.enter("guest")
        guest.push("say", {"text": "hello"}, "room:hall")
        await done(site, "owner", "password", password="sesame")
        await done(site, "owner", "ban", user_id="guest", hours="1", address="on")
        await done(site, "owner", "invite", role="member", hours="24")
        answer = await site.get("/rooms/hall/export", "owner")
        assert answer.content_type == "application/json"
        assert 'filename="room-hall.json"' in answer.headers["Content-Disposition"]
        text = await answer.get_data(as_text=True)
        room = json.loads(text)
        assert room["options"]["password"] is None
        assert room["left_out"] == ["poses", "password"]
        assert room["entities"]["spawn"]["spawn_point"] is True
        assert room["standings"]["owner"]["role"] == "owner"
        assert room["standings"]["guest"]["bar"].keys() == {"why", "until"}
        assert [invite["role"] for invite in room["invites"]] == ["member"]
        assert [line["text"] for line in room["lines"].values()] == ["hello"]
        assert not re.search("argon2|192.0.2.1|mark of", text)


async def test_an_export_has_what_was_not_yet_written_or_is_refused(
    autojump_clock: MockClock,
) -> None:
    async with open_site() as site:
        guest = await site.enter("guest")
        for text in ("hello", "bye"):
            guest.push("say", {"text": text}, "room:hall")
            answer = await site.get("/rooms/hall/export", "owner")
            room = json.loads(await answer.get_data(as_text=True))
            assert [line["text"] for line in room["lines"].values()][-1] == text
        whole = (await export_room(site.parts.services, "hall"))["room"]
        assert whole["poses"].keys() == {"guest"}
        site.backend.store.failures["save_chat"] = OSError("the disk is full")
        guest.push("say", {"text": "lost?"}, "room:hall")
        assert (await site.get("/rooms/hall/export", "owner")).status_code == 503
        with pytest.raises(StoreError, match="cannot be written now"):
            await export_room(site.parts.services, "hall")
        del site.backend.store.failures["save_chat"]


async def test_a_foreign_page_sends_no_form(autojump_clock: MockClock) -> None:
    async with open_site() as site:
        cookie = f"xr_user={site.parts.identity.sign_cookie('owner')}"
        for forged in ({"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
            answer = await site.parts.app.test_client().post(
                f"{PATH}/lock", form={"locked": "on"}, headers={"Cookie": cookie, **forged}
            )
            assert answer.status_code == 403
        record = await site.backend.store.load_room("hall")
        assert record is not None
        assert not record.options.locked


async def test_names_of_people_are_never_markup(autojump_clock: MockClock) -> None:
    async with open_site() as site:
        bob = await site.enter("bob")
        bob.push("i_am", {"name": "<b>Bob</b>"}, "room:hall")
        await settled()
        bob.end()
        await trio.sleep(6)  # profiles are written every 5 s
        page = await site.text(PATH, "owner")
        assert "&lt;b&gt;Bob&lt;/b&gt;" in page
        assert "<b>Bob" not in page
        assert set(STAFF) <= set(re.findall(r'class="id">(\w+)<', page))
