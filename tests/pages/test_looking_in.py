"""``GET /api/rooms/<id>/look``: a room as somebody sees it who has not entered."""

import pytest
import trio

from tests.pages.app_under_test import make_parts
from xr.settings import Settings


async def test_an_open_room_is_shown_as_a_newcomer_would_be_sent_it() -> None:
    parts = make_parts()
    room_id = await parts.store.create_room("Hall", {"old": {"color": [1, 0, 0]}})
    parts.server.look[room_id] = {
        "snapshot": b'{"new": {"color": [0, 1, 0]}}',
        "user_snapshot": b'{"ann": {"n": 1}}',
        "presence_state": b"{}",
    }
    response = await parts.app.test_client().get(f"/api/rooms/{room_id}/look")
    assert response.status_code == 200
    assert response.content_type == "application/json"
    assert response.headers["Cache-Control"] == "no-store"
    assert await response.get_json() == {
        "snapshot": {"new": {"color": [0, 1, 0]}},
        "user_snapshot": {"ann": {"n": 1}},
    }


async def test_a_room_that_is_not_open_is_shown_from_the_store() -> None:
    parts = make_parts()
    entities = {"box": {"color": [1, 0, 0]}}
    room_id = await parts.store.create_room("Hall", entities)
    response = await parts.app.test_client().get(f"/api/rooms/{room_id}/look")
    assert await response.get_json() == {"snapshot": entities, "user_snapshot": {}}
    assert "Set-Cookie" not in response.headers, "who looks need not be known"


@pytest.mark.parametrize("path", ["/api/rooms/nothing/look", "/api/rooms//look"])
async def test_there_is_nothing_to_see_in_no_room(path: str) -> None:
    response = await make_parts().app.test_client().get(path)
    assert response.status_code == 404


async def test_looks_are_counted_as_pages_are(autojump_clock: trio.testing.MockClock) -> None:
    parts = make_parts(Settings(page_rate=1))
    room_id = await parts.store.create_room("Hall", {})
    client = parts.app.test_client()
    codes = [(await client.get(f"/api/rooms/{room_id}/look")).status_code for _ in range(8)]
    assert codes[0] == 200
    assert codes[-1] == 429
