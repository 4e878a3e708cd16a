"""The page about the visitor: seen, downloaded and deleted, in open rooms too."""

import json
from typing import Any

import trio
from trio.testing import MockClock

from tests.channels.backend import settled
from tests.pages.app_under_test import make_parts
from tests.pages.open_rooms import open_site
from tests.pages.test_rooms import Page
from tests.rooms.gated_store import LOCKED
from xr.settings import Settings
from xr.store.protocol import UserRecord


async def test_a_stranger_has_nothing_stored(autojump_clock: MockClock) -> None:
    async with open_site() as site:
        assert "nothing is stored about you" in await site.text("/me", None)
        assert json.loads(await site.text("/me/data", None)) == {"user_id": None}
        page = await site.text("/me", "stranger")
        assert "made from your id and not stored" in page
        assert "hall" not in page
        assert (await site.post("/me/forget", None)).status_code == 303


async def test_a_visitor_sees_and_downloads_all_that_is_stored(autojump_clock: MockClock) -> None:
    async with open_site() as site:
        member, guest = await site.enter("member"), await site.enter("guest")
        member.push("i_am", {"name": "<i>Mia</i>", "avatar": "fox"}, "room:hall")
        member.push("say", {"text": "hello <b>all</b>"}, "room:hall")
        guest.push("say", {"text": "not yours"}, "room:hall")
        await settled()
        for browser in (member, guest):
            browser.end()
        await trio.sleep(6)  # profiles are written every 5 s
        text = await site.text("/me", "member")
        page = Page(text)
        for words in ("<i>Mia</i>", "hello <b>all</b>", "you are a member", "lines of chat: 1"):
            assert words in page.text
        assert "where you stood last" in page.text
        assert "not yours" not in text
        kept = json.loads(await site.text("/me/data", "member"))
        assert kept["user_id"] == "member"
        assert kept["profile"]["name"] == "<i>Mia</i>"
        assert kept["poses"].keys() == {"hall"}
        assert kept["standings"]["hall"]["role"] == "member"
        assert [line["text"] for line in kept["lines"]["hall"]] == ["hello <b>all</b>"]


async def test_to_be_forgotten_reaches_open_rooms_and_leaves_nothing(
    autojump_clock: MockClock,
) -> None:
    async with open_site() as site:
        member, guest = await site.enter("member"), await site.enter("guest")
        member.push("i_am", {"name": "Mia"}, "room:hall")
        member.push("say", {"text": "hello"}, "room:hall")
        await settled()
        guest.told()
        assert "Delete all about you?" in await site.text("/me/forget", "member")
        answer = await site.post("/me/forget", "member")
        assert answer.headers["Location"] == "/me?forgotten"
        await settled()
        assert site.backend.lobby.who("hall") == ["guest"]
        told = [event for event, _ in guest.stoc()]
        assert {"user_left", "unsaid"} <= set(told)
        ended = [payload for *_, event, payload in member.told() if event == "phx_close"]
        assert ended == [{"reason": "forgotten"}], "not as somebody whom a moderator sends out"
        assert member.transport.closed == (1000, "forgotten")
        assert await site.backend.store.load_user("member") == UserRecord()
        guest.end()
        assert "is deleted" in await site.text("/me?forgotten", "member")
    # the room has ended, and has written all that it had
    assert await site.backend.store.load_user("member") == UserRecord()


async def test_a_visitor_who_is_inside_sees_what_they_just_did(autojump_clock: MockClock) -> None:
    async with open_site() as site:
        member = await site.enter("member")
        member.push("i_am", {"name": "Mia"}, "room:hall")
        member.push("say", {"text": "just now"}, "room:hall")
        await settled()
        page = Page(await site.text("/me", "member"))
        assert "Mia" in page.text
        assert "just now" in page.text
        assert "You are inside now: hall. Deleting all about you sends you out." in page.text
        asked = Page(await site.text("/me/forget", "member"))
        assert "Deleting this sends you out" in asked.text
        member.end()
        await trio.sleep(6)
        assert "sends you out" not in await site.text("/me/forget", "member")


async def test_a_disk_that_fails_is_told_and_a_visitor_who_was_cut_off_is_forgotten(
    autojump_clock: MockClock,
) -> None:
    async with open_site() as site:
        member = await site.enter("member")
        member.push("say", {"text": "not written"}, "room:hall")
        await settled()
        site.backend.store.failures["save_chat"] = LOCKED
        page = Page(await site.text("/me", "member"))
        assert "cannot be written at the moment" in page.text
        assert "not written" not in page.text
        del site.backend.store.failures["save_chat"]
        member.end(code=1006)  # in grace
        assert site.backend.lobby.who("hall") == ["member"]
        before = trio.current_time()
        await site.post("/me/forget", "member")
        assert trio.current_time() == before
        assert site.backend.lobby.who("hall") == []
        await trio.sleep(6)
        assert await site.backend.store.load_user("member") == UserRecord()


async def test_an_owner_is_told_which_rooms_stay(autojump_clock: MockClock) -> None:
    async with open_site() as site:
        page = Page(await site.text("/me/forget", "owner"))
        assert page.all("a", href="/rooms/hall/settings")
        assert not Page(await site.text("/me/forget", "member")).all("li")
        await site.post("/me/forget", "owner")
        assert (await site.get("/rooms/hall/settings", "owner")).status_code == 404


async def test_a_foreign_page_forgets_nobody(autojump_clock: MockClock) -> None:
    async with open_site() as site:
        headers = {
            "Cookie": f"xr_user={site.parts.identity.sign_cookie('member')}",
            "Origin": "http://evil.example",
        }
        answer = await site.parts.app.test_client().post("/me/forget", headers=headers)
        assert answer.status_code == 403
        assert (await site.backend.store.load_user("member")).standings


async def test_the_data_that_is_kept_is_told_by_the_settings_of_this_server() -> None:
    for path in ("/", "/me"):
        page = await make_parts().app.test_client().get(path, headers={"Host": "localhost"})
        assert 'href="/privacy"' in await page.get_data(as_text=True)
    settings: dict[str, Any] = {"pose_age": 7, "chat_hours": 3, "audit_days": 1}
    for chosen, told in (
        (settings, ("7 days without a change", "after 3 hours,", "after 1 day.")),
        (dict.fromkeys(settings, 0), ("the visitor is deleted.", "chat is in memory only")),
    ):
        answer = await make_parts(Settings(**chosen)).app.test_client().get("/privacy")
        text = Page(await answer.get_data(as_text=True)).text
        for words in told:
            assert words in text
    assert "days" not in text.replace("400 days after your last visit", "")
