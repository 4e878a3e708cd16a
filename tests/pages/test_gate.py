from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.pages.app_under_test import make_parts
from xr.pages.gate import sane_path
from xr.settings import Settings


def scope(path: str, *hosts: str) -> Any:
    return {
        "type": "http",
        "path": path,
        "headers": [(b"host", host.encode("latin1")) for host in hosts],
    }


WASM = "'wasm-unsafe-eval'"
"""For Opus in WebAssembly; it allows no script."""


def policy_of(headers: Any) -> dict[str, list[str]]:
    directives = headers["Content-Security-Policy"].split("; ")
    return {name: rest for name, *rest in (directive.split() for directive in directives)}


@pytest.mark.parametrize("path", ["/", "/nothing", "/api/rooms", "/static/pages.css", "/rooms"])
async def test_every_answer_is_marked(path: str) -> None:
    headers = (await make_parts().app.test_client().get(path)).headers
    policy = policy_of(headers)
    assert policy["default-src"] == ["'none'"]
    assert policy["script-src"] == ["'self'", WASM]
    assert policy["style-src"] == ["'self'"]
    assert policy["frame-ancestors"] == policy["base-uri"] == ["'none'"]
    assert policy["form-action"] == ["'self'"]
    assert "unsafe" not in headers["Content-Security-Policy"].replace(WASM, "")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "xr-spatial-tracking=(self)" in headers["Permissions-Policy"]
    assert "microphone=(self)" in headers["Permissions-Policy"]
    assert headers["Cache-Control"]


@pytest.mark.parametrize(
    ("public_url", "scheme", "host", "expected"),
    [
        (None, "http", "localhost:8000", "ws://localhost:8000"),
        (None, "https", "Rooms.example", "wss://rooms.example"),
        ("https://rooms.example", "http", "localhost", "wss://rooms.example"),
    ],
)
async def test_websockets_are_allowed_by_their_own_origin(
    public_url: str | None, scheme: str, host: str, expected: str
) -> None:
    client = make_parts(Settings(public_url=public_url)).app.test_client()
    response = await client.get("/", headers={"Host": host}, scheme=scheme)
    assert policy_of(response.headers)["connect-src"] == ["'self'", expected]


@pytest.mark.parametrize("host", ["a; script-src *", "a b", "[", "a..b", "ä", "", "x" * 70])
async def test_an_odd_host_is_refused_and_writes_no_policy(host: str) -> None:
    sent = []

    async def send(event: Any) -> None:
        sent.append(event)

    async def receive() -> Any:
        raise AssertionError("nothing is read of a request that is refused")

    asked: Any = {**scope("/", host), "scheme": "http", "method": "GET"}
    await make_parts().app(asked, receive, send)
    assert sent[0]["status"] == 400
    headers = {name.decode().title(): value.decode() for name, value in sent[0]["headers"]}
    assert policy_of(headers)["connect-src"] == ["'self'"]
    assert policy_of(headers)["script-src"] == ["'self'", WASM]
    assert sent[-1]["more_body"] is False


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/", "/"),
        ("/rooms/x", "/rooms/x"),
        ("http://a.example/rooms/x", "/rooms/x"),
        ("HTTP://A.EXAMPLE", "/"),
        ("http://b.example/rooms/x", None),
        ("ftp://a.example/", None),
        ("http://[", None),
        ("http://[x]/", None),
        ("a.example:443", None),
        ("*", None),
        ("rooms", None),
        ("", None),
    ],
)
def test_a_target_is_a_path_or_a_url_of_this_host(path: str, expected: str | None) -> None:
    assert sane_path(scope(path, "a.example")) == expected


def test_two_hosts_are_none_and_an_old_client_has_none() -> None:
    assert sane_path(scope("/", "a.example", "a.example")) is None
    assert sane_path(scope("/")) == "/"
    assert sane_path(scope("http://a.example/")) is None


@given(st.text(), st.text(alphabet=st.characters(codec="latin1")))
def test_any_target_and_host_give_a_path_or_none(path: str, host: str) -> None:
    found = sane_path(scope(path, host))
    assert found is None or found.startswith("/")
