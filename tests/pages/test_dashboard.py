"""The operator's page: how one gets in, that nobody else does, and its forms."""

import threading
import time
from collections.abc import Mapping
from typing import Any

import pytest
import trio
from quart import Response
from trio.testing import MockClock

from tests.pages.app_under_test import Parts, make_parts
from tests.pages.open_rooms import open_site
from xr.features.chat import OPERATOR
from xr.identity import OPERATOR_COOKIE, OPERATOR_SECONDS, Identity
from xr.monitoring.history import Sample
from xr.monitoring.vitals import Health
from xr.pages.dashboard import FORMS, USED, WRONG
from xr.pages.dashboard_view import program_of
from xr.pages.plots import plots
from xr.roles import Role
from xr.settings import Settings
from xr.tickets import MOST, SECONDS, Tickets

PASSWORD = "open sesame"
FAR: dict[str, Any] = {"client": ("203.0.113.9", 1)}
PATHS = ("/admin", "/admin/live", "/admin/rooms")


async def get(parts: Parts, path: str, cookie: str = "", **headers: str) -> Response:
    if cookie:
        headers["Cookie"] = f"{OPERATOR_COOKIE}={cookie}"
    return await parts.app.test_client().get(path, headers=headers, scope_base=FAR)


async def post(
    parts: Parts, path: str, form: Mapping[str, str], cookie: str = "", **headers: str
) -> Response:
    if cookie:
        headers["Cookie"] = f"{OPERATOR_COOKIE}={cookie}"
    return await parts.app.test_client().post(path, form=form, headers=headers, scope_base=FAR)


def cookie_in(response: Response) -> str:
    """The value of the operator's cookie that an answer sets."""
    name, _, value = response.headers["Set-Cookie"].partition("=")
    assert name == OPERATOR_COOKIE
    return str(value.partition(";")[0])


# Getting in


async def test_a_stranger_is_told_how_to_get_in_and_nothing_else() -> None:
    parts = make_parts()
    parts.server.health = Health("degraded", ("a secret reason",))
    await parts.store.create_room("Secret hall", {})
    for path in PATHS:
        response = await get(parts, path)
        text = await response.get_data(as_text=True)
        assert response.status_code == 403
        assert "xr admin-link" in text
        assert "ecret" not in text
        assert "password" not in text, "there is none"
    for name in FORMS:
        assert (await post(parts, f"/admin/act/{name}", {})).status_code == 403


async def test_a_ticket_opens_the_page_once_and_looking_at_it_does_not_use_it_up(
    autojump_clock: MockClock,
) -> None:
    parts = make_parts()
    ticket = parts.services.tickets.make()
    for _ in range(2):
        response = await get(parts, f"/admin?ticket={ticket}")
        assert response.status_code == 200
        assert "Set-Cookie" not in response.headers
    entered = await post(parts, "/admin/enter", {"ticket": ticket})
    assert (entered.status_code, entered.headers["Location"]) == (303, "/admin")
    assert (await get(parts, "/admin", cookie_in(entered))).status_code == 200
    again = await post(parts, "/admin/enter", {"ticket": ticket})
    assert again.status_code == 403
    assert USED in await again.get_data(as_text=True)
    late = parts.services.tickets.make()
    await trio.sleep(SECONDS)
    assert (await get(parts, f"/admin?ticket={late}")).status_code == 403
    assert (await post(parts, "/admin/enter", {"ticket": late})).status_code == 403


async def test_tickets_are_bounded_and_the_oldest_goes() -> None:
    tickets = Tickets()
    first, *others = [tickets.make() for _ in range(MOST + 1)]
    assert len(tickets) == MOST
    assert not tickets.take(first)
    assert all(tickets.take(each) for each in others)


async def test_the_cookie_is_of_this_page_alone() -> None:
    parts = make_parts(Settings(public_url="https://rooms.example.org"))
    entered = await post(parts, "/admin/enter", {"ticket": parts.services.tickets.make()})
    flags = set(entered.headers["Set-Cookie"].split("; ")[1:])
    wanted = {f"Max-Age={OPERATOR_SECONDS}", "HttpOnly", "Path=/admin", "SameSite=Strict", "Secure"}
    assert flags == wanted
    left = await post(parts, "/admin/leave", {}, cookie_in(entered))
    assert cookie_in(left) == ""
    assert "Max-Age=0" in left.headers["Set-Cookie"]


async def test_a_password_opens_it_and_few_wrong_ones_are_heard(
    autojump_clock: MockClock,
) -> None:
    parts = make_parts(Settings(admin_password=PASSWORD))
    right = await post(parts, "/admin/enter", {"password": PASSWORD})
    assert (await get(parts, "/admin", cookie_in(right))).status_code == 200
    for _ in range(5):
        wrong = await post(parts, "/admin/enter", {"password": "open barley"})
        assert wrong.status_code == 403
        assert WRONG in await wrong.get_data(as_text=True)
    late = await post(parts, "/admin/enter", {"password": PASSWORD})
    assert late.status_code == 429
    assert int(late.headers["Retry-After"]) > 0
    assert parts.server.metrics.refused["admin"] == 6


async def test_without_a_password_none_opens_it() -> None:
    for form in ({"password": ""}, {"password": "None"}, {}):
        assert (await post(make_parts(), "/admin/enter", form)).status_code == 403


def test_a_cookie_ends_with_its_time_and_with_its_password() -> None:
    now = time.time()
    secret = "a secret of the tests"
    identity = Identity(secret, lambda: now)
    cookie = identity.sign_operator()
    assert identity.is_operator(cookie)
    for other in (None, "", cookie + "x", identity.sign_admin(), identity.sign_entry()):
        assert not identity.is_operator(other)
    assert not Identity(secret, lambda: now, admin_password=PASSWORD).is_operator(cookie)
    now += OPERATOR_SECONDS + 2
    assert not identity.is_operator(cookie)


async def test_the_password_of_the_server_does_not_stand_before_it() -> None:
    parts = make_parts(Settings(password="for guests"))
    cookie = parts.identity.sign_operator()
    assert (await get(parts, "/admin", cookie)).status_code == 200
    assert (await get(parts, "/", cookie)).status_code == 403


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}]
)
async def test_a_form_of_another_site_is_refused(headers: dict[str, str]) -> None:
    parts = make_parts()
    room_id = await parts.store.create_room("Hall", {})
    cookie = parts.identity.sign_operator()
    form = {"room_id": room_id}
    refused = await post(parts, "/admin/act/rooms-delete", form, cookie, **headers)
    assert refused.status_code == 403
    assert len(await parts.store.list_rooms()) == 1


# The page


async def test_it_shows_who_is_where_and_what_is_wrong() -> None:
    async with open_site() as site:
        await site.enter("owner")
        site.parts.server.health = Health("degraded", ("the disk is <full>",))
        text = await (
            await get(site.parts, "/admin", site.parts.identity.sign_operator())
        ).get_data(as_text=True)
    assert "degraded: the disk is &lt;full&gt;" in text
    assert '<span class="id">owner</span>' in text
    assert "1 inside" in text
    assert "messages" in text


class Marked(str):
    """A text that notes the thread in which a page is written."""

    __slots__ = ("threads",)
    threads: set[int]

    def __new__(cls, text: str) -> "Marked":
        made = super().__new__(cls, text)
        made.threads = set[int]()
        return made

    def __html__(self) -> str:
        self.threads.add(threading.get_ident())
        return str(self)


@pytest.mark.parametrize("path", ["/admin", "/admin/live"])
async def test_nobody_else_waits_while_a_long_page_is_written(path: str) -> None:
    parts, reason = (
        make_parts(Settings(public_url="http://localhost/xr")),
        Marked("the disk is full"),
    )
    parts.server.health = Health("degraded", (reason,))
    response = await get(parts, path, parts.identity.sign_operator())
    assert "the disk is full" in await response.get_data(as_text=True)
    assert 'action="/xr/admin/' in await response.get_data(as_text=True)
    assert reason.threads
    assert threading.get_ident() not in reason.threads


async def test_the_live_part_is_sent_again_only_when_it_has_changed() -> None:
    parts = make_parts()
    cookie = parts.identity.sign_operator()
    first = await get(parts, "/admin/live", cookie)
    etag = {"If-None-Match": first.headers["ETag"]}
    assert first.headers["Cache-Control"] == "private, no-cache"
    assert (await get(parts, "/admin/live", cookie, **etag)).status_code == 304
    parts.services.history.samples.append(Sample(at=1, users=7))
    assert (await get(parts, "/admin/live", cookie, **etag)).status_code == 200


def test_a_plot_ends_at_the_right_and_fits_its_height() -> None:
    samples = [Sample(at=1000.0, users=0), Sample(at=2800.0, users=20), Sample(at=4600.0, users=10)]
    people = plots(samples)[0]
    assert (people.title, people.now, people.most) == ("People", "10", "20")
    assert people.points == "0.0,60.0 150.0,0.0 300.0,30.0"
    assert plots([])[0].points == ""
    assert plots([Sample(at=0), *samples])[0].points == people.points, "older than an hour"


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0",
            "Firefox, Linux",
        ),
        (
            "Mozilla/5.0 (X11; Linux x86_64; Quest 3) AppleWebKit/537.36 (KHTML, like Gecko) "
            "OculusBrowser/35.1 Chrome/126.0 VR Safari/537.36",
            "Quest browser",
        ),
        ("curl/8.1", "curl/8.1"),
        ("", "a program"),
    ],
)
def test_a_program_is_named_in_two_words(agent: str, words: str) -> None:
    assert program_of(agent) == words


# Its forms


async def test_a_password_that_a_form_sets_is_not_logged(
    autojump_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    async with open_site() as site:
        form = {"room_id": "hall", "password": "barley corn"}
        cookie = site.parts.identity.sign_operator()
        assert (await post(site.parts, "/admin/act/rooms-set", form, cookie)).status_code == 303
    assert "admin.asked command=rooms-set" in caplog.text
    assert "barley" not in caplog.text


async def test_a_room_is_closed_and_opened_again(autojump_clock: MockClock) -> None:
    async with open_site() as site:
        guest = await site.enter("guest")
        cookie = site.parts.identity.sign_operator()
        form = {"room_id": "hall"}
        done = await post(site.parts, "/admin/act/rooms-close", form, cookie)
        assert (done.status_code, done.headers["Location"]) == (303, "/admin?done=rooms-close")
        assert site.parts.services.present() == {}
        room = await site.backend.store.load_room("hall")
        assert room is not None
        assert room.options.locked
        assert "guest" in await site.backend.store.poses("hall"), "the place is kept"
        assert not guest.socket.joined("hall")
        await post(site.parts, "/admin/act/rooms-set", form | {"locked": "false"}, cookie)
        room = await site.backend.store.load_room("hall")
        assert room is not None
        assert not room.options.locked


async def test_a_line_is_said_to_one_room_or_to_all(autojump_clock: MockClock) -> None:
    async with open_site() as site:
        guest = await site.enter("guest")
        cookie = site.parts.identity.sign_operator()
        for form in ({"text": "We close at ten."}, {"text": "Now!", "room_id": "hall"}):
            done = await post(site.parts, "/admin/act/rooms-announce", form, cookie)
            assert done.status_code == 303
        gone = {"text": "Hello", "room_id": "nothing"}
        assert (
            await post(site.parts, "/admin/act/rooms-announce", gone, cookie)
        ).status_code == 404
        room = await site.backend.store.load_room("hall")
        assert room is not None
        lines = [(line.user_id, line.name, line.text) for line in room.lines.values()]
        assert lines == [(*OPERATOR, "We close at ten."), (*OPERATOR, "Now!")]
        assert guest.socket.joined("hall")


async def test_people_are_acted_on_by_forms(autojump_clock: MockClock) -> None:
    async with open_site() as site:
        await site.enter("guest")
        cookie = site.parts.identity.sign_operator()
        guest = {"room_id": "hall", "user_id": "guest"}

        async def act(name: str, **fields: str) -> None:
            response = await post(site.parts, f"/admin/act/{name}", guest | fields, cookie)
            assert response.status_code == 303, await response.get_data(as_text=True)

        await act("users-mute", muted="true")
        await act("rooms-role", role="owner")
        room = site.backend.lobby.record("hall")
        assert room is not None
        assert (room.standings["guest"].role, room.standings["guest"].muted) == (Role.OWNER, True)
        await act("rooms-role", role="guest")
        await act("users-kick")
        assert site.parts.services.who("hall") == []
        await act("users-unban")
        await act("users-ban", hours="24")
        text = await (await get(site.parts, "/admin", cookie)).get_data(as_text=True)
        assert "banned until" in text
        assert "Let in again" in text


@pytest.mark.parametrize(
    ("name", "form", "code", "words"),
    [
        ("rooms-close", {"room_id": "nothing"}, 404, "no such room"),
        ("rooms-delete", {"room_id": " "}, 400, "name one room"),
        ("users-ban", {"user_id": "ann"}, 400, "room_id"),
        ("rooms-role", {"room_id": "x", "user_id": "y", "role": "king"}, 400, "king"),
    ],
)
async def test_a_refusal_is_told_on_the_page(
    name: str, form: dict[str, str], code: int, words: str
) -> None:
    parts = make_parts()
    response = await post(parts, f"/admin/act/{name}", form, parts.identity.sign_operator())
    assert response.status_code == code
    assert words in await response.get_data(as_text=True)


async def test_rooms_are_found_and_then_deleted_by_name_maker_and_age() -> None:
    parts = make_parts()
    cookie = parts.identity.sign_operator()
    for name, maker in (("Test 1", "ann"), ("test 2", "bob"), ("Hall <b>", "ann")):
        await parts.store.create_room(name, {}, maker)

    async def names() -> set[str]:
        return {room.name for room in await parts.store.list_rooms()}

    shown = await (await get(parts, "/admin/rooms?matching=TEST*", cookie)).get_data(as_text=True)
    assert "2 rooms fit" in shown
    assert "Hall" not in shown
    everything = await (await get(parts, "/admin/rooms", cookie)).get_data(as_text=True)
    assert "Hall &lt;b&gt;" in everything
    assert "Delete all of them" not in everything, "never all rooms with one press"
    assert "0 rooms fit" in await (await get(parts, "/admin/rooms?days=1", cookie)).get_data(
        as_text=True
    )
    assert (await get(parts, "/admin/rooms?days=many", cookie)).status_code == 200
    both = {"matching": "test*", "made_by": "bob"}
    assert (await post(parts, "/admin/act/rooms-delete", both, cookie)).status_code == 303
    assert await names() == {"Test 1", "Hall <b>"}
    await post(parts, "/admin/act/rooms-delete", {"days": "1"}, cookie)
    assert await names() == {"Test 1", "Hall <b>"}
    await post(parts, "/admin/act/rooms-delete", {"made_by": "ann"}, cookie)
    assert await names() == set()
