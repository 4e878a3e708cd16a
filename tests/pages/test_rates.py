"""How much one address may ask of the pages, and how many rooms it may make."""

from ipaddress import ip_network
from typing import Any

import pytest
import trio
from quart import Response
from trio.testing import MockClock

from tests.pages.app_under_test import Parts, make_parts
from xr.settings import Settings


async def get(parts: Parts, path: str, address: str = "192.0.2.1", **headers: str) -> Response:
    base: dict[str, Any] = {"client": (address, 50000)}
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return await parts.app.test_client().get(path, headers=given, scope_base=base)


async def make_room(parts: Parts, address: str, name: str = "Hall") -> Response:
    base: dict[str, Any] = {"client": (address, 50000)}
    return await parts.app.test_client().post("/rooms", form={"name": name}, scope_base=base)


async def codes(parts: Parts, path: str, count: int, address: str = "192.0.2.1") -> list[int]:
    return [(await get(parts, path, address)).status_code for _ in range(count)]


async def test_an_address_gets_a_burst_of_pages_and_then_its_rate(
    autojump_clock: MockClock,
) -> None:
    parts = make_parts(Settings(page_rate=2))
    assert await codes(parts, "/", 11) == [200] * 10 + [429]
    assert parts.server.metrics.refused == {"page rate": 1}
    await trio.sleep(1)
    assert await codes(parts, "/", 3) == [200, 200, 429]


async def test_addresses_are_counted_apart_and_a_network_of_ipv6_together(
    autojump_clock: MockClock,
) -> None:
    parts = make_parts(Settings(page_rate=1))
    assert await codes(parts, "/", 6, "2001:db8::1") == [200] * 5 + [429]
    assert await codes(parts, "/", 1, "2001:db8::ffff") == [429]
    assert await codes(parts, "/", 1, "2001:db8:0:1::1") == [200]
    assert await codes(parts, "/", 1, "192.0.2.1") == [200]


async def test_behind_a_trusted_proxy_the_visitor_is_counted(autojump_clock: MockClock) -> None:
    parts = make_parts(Settings(page_rate=1, trusted_proxies=(ip_network("10.0.0.0/8"),)))
    for visitor in ("192.0.2.1", "192.0.2.2"):
        answers = [await get(parts, "/", "10.0.0.1", X_Forwarded_For=visitor) for _ in range(6)]
        assert [answer.status_code for answer in answers] == [200] * 5 + [429]


async def test_pages_and_api_calls_share_the_rate_and_files_have_none(
    autojump_clock: MockClock,
) -> None:
    parts = make_parts(Settings(page_rate=1))
    for path in ("/", "/rooms/nothing", "/api/rooms", "/nothing", "/api/token"):
        assert (await get(parts, path)).status_code != 429
    for path in ("/", "/rooms/nothing", "/api/rooms", "/nothing", "/api/token"):
        assert (await get(parts, path)).status_code == 429
    for path in ("/static/pages.css", "/favicon.ico", "/healthz"):
        assert (await get(parts, path)).status_code == 200
    assert (await get(parts, "/metrics")).status_code == 403  # not 429


async def test_the_operators_page_is_counted_for_all_but_commands_of_this_machine(
    autojump_clock: MockClock,
) -> None:
    parts = make_parts(Settings(page_rate=1))
    assert await codes(parts, "/admin/live", 6) == [403] * 5 + [429]
    assert await codes(parts, "/admin/live", 20, "127.0.0.1") == [403] * 20
    assert await codes(parts, "/admin/enter", 6, "127.0.0.1") == [405] * 5 + [429]


async def test_a_refusal_says_when_to_come_back_to_people_and_to_programs(
    autojump_clock: MockClock,
) -> None:
    parts = make_parts(Settings(page_rate=1))
    await codes(parts, "/", 5)
    page, answer = await get(parts, "/"), await get(parts, "/api/rooms")
    assert page.headers["Retry-After"] == answer.headers["Retry-After"] == "1"
    assert page.content_type == "text/html; charset=utf-8"
    assert "Try again in 1 s." in await page.get_data(as_text=True)
    assert answer.content_type == "application/json"
    assert "Try again in 1 s." in (await answer.get_json())["error"]
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]


async def test_zero_is_no_rate(autojump_clock: MockClock) -> None:
    parts = make_parts(Settings(page_rate=0, room_rate=0))
    assert set(await codes(parts, "/nothing", 300)) == {404}
    for _ in range(20):
        assert (await make_room(parts, "192.0.2.1")).status_code == 303


async def test_an_address_makes_so_many_rooms_and_others_make_theirs(
    autojump_clock: MockClock,
) -> None:
    parts = make_parts(Settings(room_rate=6))
    made = [(await make_room(parts, "192.0.2.1")).status_code for _ in range(3)]
    assert made == [303, 303, 429]
    assert parts.server.metrics.refused == {"room rate": 1}
    assert (await make_room(parts, "192.0.2.2")).status_code == 303
    refusal = await make_room(parts, "192.0.2.1")
    assert refusal.headers["Retry-After"] == "600"
    assert "Make the next one in 10 minutes." in await refusal.get_data(as_text=True)
    await trio.sleep(601)
    made = [(await make_room(parts, "192.0.2.1")).status_code for _ in range(2)]
    assert made == [303, 429]
    assert len(await parts.store.list_rooms()) == 4


async def test_a_name_that_is_refused_is_no_room(autojump_clock: MockClock) -> None:
    parts = make_parts(Settings(room_rate=1))
    for _ in range(5):
        assert (await make_room(parts, "192.0.2.1", "")).status_code == 400
    assert (await make_room(parts, "192.0.2.1")).status_code == 303


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:8000", "PC.localhost.", "127.0.0.1:80", "192.0.2.7", "[::1]:1"]
)
async def test_loopback_names_and_literal_addresses_are_the_servers_own(host: str) -> None:
    assert (await get(make_parts(), "/", Host=host)).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "1.2.3.4.evil", "pi"])
async def test_another_name_is_refused_until_the_operator_says_that_it_is_ours(host: str) -> None:
    parts = make_parts()
    for path in ("/", "/api/rooms", "/static/pages.css", "/healthz"):
        response = await get(parts, path, Host=host)
        assert response.status_code == 403
        assert f"XR_PUBLIC_URL=http://{host}" in await response.get_data(as_text=True)
    ours = make_parts(Settings(public_url=f"http://{host}"))
    assert (await get(ours, "/", Host=host)).status_code == 200


async def test_a_page_under_a_name_that_was_pointed_here_makes_no_room() -> None:
    parts = make_parts()
    headers = {"Host": "evil.example", "Origin": "http://evil.example"}
    response = await parts.app.test_client().post("/rooms", form={"name": "x"}, headers=headers)
    assert response.status_code == 403
    assert await parts.store.list_rooms() == []
