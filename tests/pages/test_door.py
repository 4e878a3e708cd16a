"""The door: a page whose websocket failed is told why, in a word and in a sentence."""

from typing import Any

import pytest

from tests.pages.app_under_test import LOCAL, Parts, make_parts
from xr.pages.door import TEXTS
from xr.settings import Settings
from xr.wire.reasons import Reason
from xr.wire.refusals import Refused

PUBLIC = "https://rooms.example.org"


async def ask(parts: Parts, query: str = "", user: str | None = "ann", **headers: str) -> Any:
    if user is not None:
        headers["Cookie"] = f"xr_user={parts.identity.sign_cookie(user)}"
    response = await parts.app.test_client().get(
        f"/api/door{query}", headers=headers, scope_base=LOCAL
    )
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    return await response.get_json()


async def reason(parts: Parts, query: str = "", user: str | None = "ann", **headers: str) -> str:
    """Why the door is closed; "" if it is open."""
    answer = await ask(parts, query, user, **headers)
    if answer["open"]:
        assert answer == {"open": True}
        return ""
    assert answer.keys() == {"open", "reason", "text"}
    assert answer["text"].endswith(".")
    return str(answer["reason"])


async def test_it_is_open_to_whom_a_cookie_or_a_token_names() -> None:
    parts = make_parts()
    assert await reason(parts) == ""
    bearer = f"Bearer {parts.identity.sign_token('ann')}"
    assert await reason(parts, user=None, Authorization=bearer) == ""


async def test_asking_is_not_counted_as_a_refusal() -> None:
    parts = make_parts()
    parts.server.refusal = Reason.FULL
    assert await reason(parts) == Reason.FULL
    assert parts.server.asked == []


@pytest.mark.parametrize("refusal", [Reason.RESTARTING, Reason.FULL, Reason.ADDRESS_FULL])
async def test_a_refusal_of_the_server_is_told_in_a_sentence(refusal: Reason) -> None:
    parts = make_parts()
    parts.server.refusal = refusal
    answer = await ask(parts)
    assert answer == {"open": False, "reason": refusal, "text": TEXTS[refusal]}


async def test_a_token_that_is_no_good_is_told_even_beside_a_good_cookie() -> None:
    parts = make_parts()
    assert await reason(parts, Authorization="Bearer ann.forged") == "token"
    assert await reason(parts, user=None, Authorization="Bearer ann.forged") == "cookie"
    assert await reason(parts, user=None) == "cookie"


async def test_rooms_that_are_missing_or_full_are_told() -> None:
    parts = make_parts()
    room_id = await parts.store.create_room("Hall", {})
    assert await reason(parts, f"?room={room_id}") == ""
    assert await reason(parts, "?room=none") == "no such room"
    assert await reason(parts, "?room=none", user=None) == "no such room"
    parts.server.doors[room_id] = Reason.ROOM_IS_FULL
    assert await reason(parts, f"?room={room_id}") == "room is full"


async def test_the_reason_that_a_guest_cannot_mend_by_waiting_comes_first() -> None:
    parts = make_parts()
    parts.server.refusal = Reason.FULL
    assert await reason(parts, "?room=none") == "no such room"
    assert await reason(parts, user=None) == "cookie"
    parts.server.refusal = Reason.RESTARTING
    assert await reason(parts, "?room=none&origin=https://evil.example") == parts.server.refusal


async def test_a_page_under_another_address_is_sent_to_the_right_one() -> None:
    parts = make_parts(Settings(public_url=PUBLIC))
    assert await reason(parts, f"?origin={PUBLIC}") == ""
    answer = await ask(parts, "?origin=http://192.168.1.7:8000")
    assert answer["reason"] == "origin"
    assert PUBLIC in answer["text"]


async def test_behind_a_proxy_that_hides_the_host_the_setting_is_named() -> None:
    parts = make_parts()
    answer = await ask(parts, f"?origin={PUBLIC}")
    assert answer["reason"] == "origin"
    assert "XR_PUBLIC_URL" in answer["text"]
    assert PUBLIC in answer["text"]
    assert await reason(parts, Origin=PUBLIC) == "origin"
    assert await reason(parts, "?origin=http://localhost") == ""


@pytest.mark.parametrize("origin", ["null", "https://a.example/<b>", "https://" + "a." * 200])
async def test_no_odd_text_of_a_stranger_comes_back(origin: str) -> None:
    answer = await ask(make_parts(), f"?origin={origin}")
    assert answer["reason"] == "origin"
    assert origin not in answer["text"]


async def test_somebody_who_is_kept_out_is_told_so_and_nobody_else() -> None:
    parts = make_parts()
    room_id = await parts.store.create_room("Hall", {})
    sentence = "A moderator has sent you out of this room. Come back in 10 minutes."
    knock = (room_id, "ann", "127.0.0.1")
    parts.server.barred[knock] = Refused(Reason.KICKED, sentence, retry_after=600)
    answer = await ask(parts, f"?room={room_id}")
    assert answer == {"open": False, "reason": "kicked", "text": sentence}
    assert (await ask(parts, f"?room={room_id}", "ben"))["open"]
    assert (await ask(parts))["open"]
