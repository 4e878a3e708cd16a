"""A server below a path, at several addresses, and in a frame of another site."""

import re
from typing import Any

import pytest
from trio.testing import MockClock

from tests.pages.app_under_test import Parts, make_parts
from tests.pages.open_rooms import open_site
from tests.pages.test_at_once import scope_of
from tests.pages.test_each_role import ROUTES, answer_of, prepare
from tests.pages.test_entrance import handshake
from xr.errors import SettingsError
from xr.identity import COOKIE
from xr.pages.at_once import AtOnce
from xr.pages.gate import sane_path
from xr.pages.socket import admit
from xr.serving.handshake import Admitted, Rejected
from xr.setting_sources import load_settings
from xr.settings import Settings

BELOW = load_settings({"XR_PUBLIC_URL": "https://Example.org/xr/"})
LAN = "http://192.168.1.20:8000"


@pytest.mark.parametrize(
    ("url", "origin", "prefix"),
    [
        ("https://example.org/Xr/a.b/", "https://example.org", "/Xr/a.b"),
        ("HTTPS://Rooms.Example.org/", "https://rooms.example.org", ""),
        ("http://localhost:8000/xr", "http://localhost:8000", "/xr"),
    ],
)
def test_a_public_url_may_have_a_path(url: str, origin: str, prefix: str) -> None:
    settings = load_settings({"XR_PUBLIC_URL": url})
    assert (settings.public_origin, settings.prefix) == (origin, prefix)
    assert settings.public_url == origin + prefix


@pytest.mark.parametrize("end", ["/a b", "/x?y", "/x#y", "/x//y", "/ä", '/"', "/%41"])
def test_a_path_is_plain(end: str) -> None:
    with pytest.raises(SettingsError, match="public_url"):
        load_settings({"XR_PUBLIC_URL": f"https://example.org{end}"})


@pytest.mark.parametrize("name", ["XR_ORIGINS", "XR_FRAME_ANCESTORS"])
def test_origins_have_no_path(name: str) -> None:
    found = load_settings({name: f"https://A.example, {LAN}/"})
    assert getattr(found, name.removeprefix("XR_").lower()) == ("https://a.example", LAN)
    with pytest.raises(SettingsError, match="nothing behind that"):
        load_settings({name: "https://a.example/path"})


@pytest.mark.parametrize(
    ("path", "expected"),
    [("/xr", "/"), ("/xr/", "/"), ("/xr/rooms/x", "/rooms/x"), ("/rooms/x", "/rooms/x")],
)
def test_a_proxy_may_take_the_prefix_away_or_not(path: str, expected: str) -> None:
    assert sane_path(scope_of(path), "/xr") == expected
    assert sane_path(scope_of("/xrooms"), "/xr") == "/xrooms"


def links(page: str) -> set[str]:
    found = re.findall(r' (?:href|src|action)="(/[^"]*)"', page)
    assert found
    return set(found)


async def page_of(parts: Parts, path: str, **headers: str) -> str:
    response = await parts.app.test_client().get(path, headers=headers)
    return str(await response.get_data(as_text=True))


@pytest.mark.parametrize("passed_on", [False, True])
@pytest.mark.parametrize("prefix", ["/xr", "/rooms"])
async def test_every_link_begins_with_the_prefix_once(prefix: str, passed_on: bool) -> None:
    below = prefix if passed_on else ""
    parts = make_parts(Settings(public_url=f"https://example.org{prefix}"))
    room_id = await parts.store.create_room('/" href="/evil', {}, "ann")
    ann = {"Cookie": f"{COOKIE}={parts.identity.sign_cookie('ann')}"}
    for path in ("/", f"/rooms/{room_id}", f"/rooms/{room_id}/delete", "/nothing", "/enter"):
        page = await page_of(parts, below + path, **ann)
        found = links(page)
        assert all(link.startswith(f"{prefix}/") for link in found), (path, found)
        assert f"{prefix}/static/pages.css" in found
        if path == "/":
            assert f"{prefix}/rooms/{room_id}" in found
    parts = make_parts()
    assert "/static/pages.css" in links(await page_of(parts, "/"))  # the next server has none


OUTWARD = re.compile(r'="(?:https?://example\.org)?(/(?!xr/)[^"]*)"')


SHOWN = [route for route in ROUTES if route[0] == "GET" or not route[1].startswith("/admin/")]


@pytest.mark.parametrize(("method", "rule"), SHOWN)
async def test_no_answer_leads_out_of_the_path(
    method: str, rule: str, autojump_clock: MockClock
) -> None:
    settings = Settings(page_rate=0, room_rate=0, public_url="https://example.org/xr")
    async with open_site(settings) as site:
        answer = await answer_of(site, method, rule, "owner", await prepare(site))
        if answer.status_code < 300 or answer.status_code >= 400:  # browsers show no body of those
            text = await answer.get_data(as_text=True)
            assert set(OUTWARD.findall(text)) <= {"/"}  # the field `next` of a password page
        assert answer.headers.get("Location", "/xr/").startswith("/xr/")
        for cookie in answer.headers.getlist("Set-Cookie"):
            assert "; Path=/xr; " in cookie


async def test_redirects_and_cookies_stay_below_it() -> None:
    client = make_parts(BELOW).app.test_client()
    made = await client.post("/xr/rooms", form={"name": "Tea"})
    assert (made.status_code, made.headers["Location"]) == (303, "/xr/")
    assert "; Path=/xr; SameSite=Lax; Secure" in made.headers["Set-Cookie"]
    assert (await client.get("/xr/rooms")).headers["Location"] == "/xr/"


async def test_pages_at_once_are_the_same() -> None:
    parts = make_parts(BELOW)
    room_id = await parts.store.create_room("Tea", {})
    await parts.services.catalogue.rooms()
    reply = AtOnce(parts.services)(scope_of(f"/xr/rooms/{room_id}"))
    assert reply is not None
    assert all(link.startswith("/xr/") for link in links(reply.body.decode()))


def asked(parts: Parts, path: str, origin: str) -> Any:
    scope = handshake(parts.identity.sign_token("ann"))
    return {**scope, "path": path, "headers": [*scope["headers"], (b"origin", origin.encode())]}


@pytest.mark.parametrize("path", ["/socket/websocket", "/xr/socket/websocket"])
async def test_a_websocket_is_let_in_below_it_by_its_origin(path: str) -> None:
    parts = make_parts(BELOW)
    assert isinstance(admit(parts.services, asked(parts, path, "https://example.org")), Admitted)
    foreign = asked(parts, path, "https://example.org.evil")
    assert isinstance(admit(parts.services, foreign), Rejected)


async def test_several_addresses() -> None:
    settings = load_settings({"XR_PUBLIC_URL": "https://a.example", "XR_ORIGINS": LAN})
    parts = make_parts(settings)
    client = parts.app.test_client()
    for host, origin, code in (
        ("a.example", "https://a.example", 303),
        ("192.168.1.20:8000", LAN, 303),
        ("a.example", LAN, 403),  # a page of the one may not send a form to the other
        ("192.168.1.20:8000", "http://evil.example", 403),
    ):
        headers = {"Host": host, "Origin": origin}
        made = await client.post("/rooms", form={"name": "Tea"}, headers=headers)
        assert made.status_code == code, (host, origin)
    page = await client.get("/", headers={"Host": "192.168.1.20:8000"})
    assert "ws://192.168.1.20:8000" in page.headers["Content-Security-Policy"]
    path = "/socket/websocket"
    assert isinstance(admit(parts.services, asked(parts, path, LAN)), Admitted)
    assert isinstance(admit(parts.services, asked(parts, path, "http://evil.example")), Rejected)


@pytest.mark.parametrize("framed", [False, True])
async def test_a_frame_of_another_site(framed: bool) -> None:
    ancestors = ("https://example.org",) if framed else ()
    parts = make_parts(Settings(frame_ancestors=ancestors))
    response = await parts.app.test_client().get("/", scheme="https")
    allowed = "https://example.org" if framed else "'none'"
    assert f"frame-ancestors {allowed};" in response.headers["Content-Security-Policy"]
    for path in ("/admin", "/admin/live"):
        hidden = await parts.app.test_client().get(path, scheme="https")
        assert "frame-ancestors 'none';" in hidden.headers["Content-Security-Policy"]
    cookie = response.headers["Set-Cookie"]
    assert cookie.endswith("SameSite=None; Secure; Partitioned" if framed else "Lax; Secure")
    plain = await parts.app.test_client().get("/")
    assert plain.headers["Set-Cookie"].endswith("SameSite=Lax")  # None is for https only


@pytest.mark.parametrize(("scheme", "expected"), [("https", "max-age=2592000"), ("http", None)])
async def test_browsers_are_told_to_stay_with_https_by_choice(
    scheme: str, expected: str | None
) -> None:
    for days, told in ((30, expected), (0, None)):
        client = make_parts(Settings(hsts_days=days)).app.test_client()
        for path in ("/", "/nothing", "/healthz"):
            answer = await client.get(path, scheme=scheme)
            assert answer.headers.get("Strict-Transport-Security") == told
