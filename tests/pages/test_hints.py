"""Forgotten settings are named once, when a request shows it."""

import logging
from typing import Any

import pytest

from tests.pages.app_under_test import make_parts
from xr.pages.hints import Hints
from xr.setting_sources import load_settings


def scope(peer: str | None, *headers: tuple[bytes, bytes]) -> Any:
    return {"client": (peer, 5000) if peer else None, "headers": headers}


FORWARDED = (b"X-Forwarded-For", b"203.0.113.9")


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    found = [record.getMessage().partition(":")[0] for record in caplog.records]
    caplog.clear()
    return found


@pytest.mark.parametrize("peer", ["127.0.0.1", "172.17.0.1", "::1", "::ffff:10.0.0.2"])
def test_a_proxy_nearby_that_is_not_trusted_is_named_once(
    peer: str, caplog: pytest.LogCaptureFixture
) -> None:
    hints, named = Hints(), peer.removeprefix("::ffff:")
    hints.look(scope(peer), load_settings({}))
    hints.look(scope(peer, FORWARDED), load_settings({"XR_TRUSTED_PROXIES": named}))
    assert told(caplog) == []
    for _ in range(3):
        hints.look(scope(peer, FORWARDED), load_settings({}))
    assert f"XR_TRUSTED_PROXIES={named}" in caplog.text
    (text,) = hints.texts
    assert text.endswith(f"XR_TRUSTED_PROXIES={named}")
    assert [line.partition(" ")[0] for line in told(caplog)] == ["proxy.untrusted"]


@pytest.mark.parametrize("peer", ["8.8.8.8", "2001:4860::1", None])
def test_a_stranger_who_sends_the_header_is_no_proxy_of_ours(
    peer: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    Hints().look(scope(peer, FORWARDED), load_settings({}))
    assert told(caplog) == []


def test_few_warnings_are_given_to_strangers_and_none_with_odd_text(
    caplog: pytest.LogCaptureFixture,
) -> None:
    hints = Hints()
    for odd in ("null", "https://a b", "x" * 300, "https://rooms.example/path"):
        hints.foreign_origin(odd, "http://127.0.0.1:8000")
    assert told(caplog) == []
    for number in range(100):
        hints.foreign_origin(f"https://{number}.example", "http://127.0.0.1:8000")
    assert len(told(caplog)) == len(hints.texts) == 8


async def test_a_proxy_that_lets_no_websocket_through_is_suspected_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    client = make_parts().app.test_client()
    for _ in range(2):
        assert (await client.get("/socket/websocket?vsn=2.0.0")).status_code == 426
    lines = told(caplog)
    assert lines.count("socket.plain") == 1
    refused = "page.refused status=426 reason='upgrade required' address="
    assert len([line for line in lines if line.startswith(refused)]) == 2


async def test_a_page_behind_a_proxy_that_hides_the_host_names_the_setting(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING)
    parts = make_parts()
    client = parts.app.test_client()
    headers = {"Origin": "https://rooms.example", "X-Forwarded-For": "203.0.113.9"}
    base: Any = {"client": ("127.0.0.1", 1)}
    for _ in range(2):
        await client.post("/rooms", headers=headers, scope_base=base, form={"name": "x"})
    lines = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert [line.partition(" ")[0] for line in lines] == ["proxy.untrusted", "origin.foreign"]
    assert "origin=https://rooms.example own=http://localhost: if" in lines[1]
    assert "XR_PUBLIC_URL" in lines[1]
