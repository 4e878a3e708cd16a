from typing import Any

import pytest

from tests.pages.app_under_test import LOCAL, make_parts
from xr import __version__
from xr.identity import TOKEN_SECONDS
from xr.monitoring.vitals import Health
from xr.settings import Settings


async def test_rooms_are_listed_with_who_is_present() -> None:
    parts = make_parts()
    client = parts.app.test_client()
    assert await (await client.get("/api/rooms")).get_json() == []
    old = await parts.store.create_room("Hall", {})
    new = await parts.store.create_room("Attic", {})
    parts.server.present = {old: 3, "gone": 9}
    response = await client.get("/api/rooms")
    assert await response.get_json() == [
        {"id": new, "name": "Attic", "present": 0},
        {"id": old, "name": "Hall", "present": 3},
    ]
    assert response.content_type == "application/json"
    assert response.headers["Cache-Control"] == "no-store"


async def test_the_owner_of_a_cookie_gets_a_new_token() -> None:
    now = 1_800_000_000.0
    parts = make_parts(clock=lambda: now)
    room_id = await parts.store.create_room("Hall", {})
    client = parts.app.test_client()
    await client.get(f"/rooms/{room_id}")
    now += 7 * 86400  # the page was left open for a week
    answer = await (await client.get("/api/token")).get_json()
    assert parts.identity.read_token(answer["token"]) == answer["user_id"]
    assert answer["expires_in"] == TOKEN_SECONDS
    (cookie,) = client.cookie_jar or []
    assert parts.identity.read_cookie(cookie.value) == answer["user_id"]


@pytest.mark.parametrize("cookie", [None, "xr_user=ann.forged"])
async def test_without_a_cookie_there_is_no_token(cookie: str | None) -> None:
    headers = {"Cookie": cookie} if cookie else {}
    response = await make_parts().app.test_client().get("/api/token", headers=headers)
    assert response.status_code == 403
    assert "cookie" in (await response.get_json())["error"]


@pytest.mark.parametrize(
    ("health", "code"),
    [
        (Health("ok"), 200),
        (Health("degraded", ("the disk is full",)), 200),
        (Health("draining"), 503),
        (Health("failed", ("the lobby does not run",)), 503),
    ],
)
async def test_health_is_told_by_code_and_word(health: Health, code: int) -> None:
    parts = make_parts()
    parts.server.health = health
    response = await parts.app.test_client().get("/healthz", scope_base=LOCAL)
    assert response.status_code == code
    answer = await response.get_json()
    assert answer.pop("version") == __version__
    assert answer == {"status": health.status, "reasons": list(health.reasons), "hints": []}


async def test_metrics_are_prometheus_text() -> None:
    response = await make_parts().app.test_client().get("/metrics", scope_base=LOCAL)
    assert response.headers["Content-Type"].startswith("text/plain; version=")
    assert "xr_joins_total 0.0" in await response.get_data(as_text=True)


TOKEN = "a token for metrics"


@pytest.mark.parametrize(
    ("token", "headers", "code"),
    [
        (None, {}, 403),
        (None, {"Authorization": "Bearer "}, 403),
        (TOKEN, {}, 403),
        (TOKEN, {"Authorization": "Bearer another token"}, 403),
        (TOKEN, {"Authorization": f"Basic {TOKEN}"}, 403),
        (TOKEN, {"Authorization": f"Bearer {TOKEN}"}, 200),
        (TOKEN, {"Authorization": f"bearer {TOKEN}", "X-Forwarded-For": "192.0.2.1"}, 200),
        (TOKEN, {"Authorization": "Bearer \u00fc"}, 403),
    ],
)
async def test_strangers_read_neither_metrics_nor_reasons(
    token: str | None, headers: dict[str, str], code: int
) -> None:
    parts = make_parts(Settings(metrics_token=token))
    parts.server.health = Health("degraded", ("poses of room secret cannot be written",))
    client = parts.app.test_client()
    stranger: dict[str, Any] = {"client": ("192.0.2.1", 5000)}
    response = await client.get("/metrics", headers=headers, scope_base=stranger)
    assert response.status_code == code
    assert ("xr_joins_total" in await response.get_data(as_text=True)) is (code == 200)
    response = await client.get("/healthz", headers=headers, scope_base=stranger)
    assert response.status_code == 200
    answer = await response.get_json()
    assert answer["status"] == "degraded"
    assert ("reasons" in answer) is ("version" in answer) is (code == 200)


async def test_a_proxy_on_this_machine_does_not_make_strangers_operators() -> None:
    client = make_parts().app.test_client()
    headers = {"X-Forwarded-For": "192.0.2.1"}
    response = await client.get("/metrics", headers=headers, scope_base=LOCAL)
    assert response.status_code == 403
