import base64
import logging
from typing import Any

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st
from trio.testing import MockClock

from tests.pages.app_under_test import LOCAL, SECRET, Parts, make_parts
from tests.serving.short_wire import ShortWire
from xr.identity import Identity
from xr.metrics import Metrics
from xr.pages.services import BAD_TOKEN_BURST
from xr.pages.socket import admit, token_of
from xr.serving.connection import Connection
from xr.serving.handshake import Admitted, Rejected
from xr.settings import Settings
from xr.wire.reasons import Reason

BEARER = "base64url.bearer.phx."


def ask(
    parts: Parts, path: str, subprotocols: list[str] | None = None, **headers: str
) -> Admitted | Rejected:
    """The answer to a handshake."""
    target, _, query = path.partition("?")
    scope: Any = {
        **LOCAL,
        "type": "websocket",
        "scheme": "ws",
        "path": target,
        "query_string": query.encode(),
        "headers": [(name.lower().encode(), text.encode()) for name, text in headers.items()],
        "subprotocols": subprotocols or [],
    }
    return admit(parts.services, scope)


def answer(
    parts: Parts, path: str, subprotocols: list[str] | None = None, **headers: str
) -> tuple[int, str]:
    """The refusal's code and text."""
    refused = ask(parts, path, subprotocols, **headers)
    assert isinstance(refused, Rejected)
    assert b"content-security-policy" in dict(refused.headers)
    return refused.status, refused.text


def admitted(
    parts: Parts, path: str, subprotocols: list[str] | None = None, **headers: str
) -> list[tuple[str, str]]:
    """The user and address that were let in."""
    accepted = ask(parts, path, subprotocols, **headers)
    assert isinstance(accepted, Admitted)
    assert parts.server.connected == []  # it is not open yet
    accepted.connected(Connection(ShortWire(), Metrics()))
    return parts.server.connected


def bearer(token: str) -> str:
    return BEARER + base64.b64encode(token.encode()).decode().rstrip("=")


async def test_a_known_user_is_accepted_and_handed_over() -> None:
    parts = make_parts()
    assert admitted(parts, parts.socket_path("ann")) == [("ann", "127.0.0.1")]
    assert parts.server.asked == ["127.0.0.1"]


async def test_the_token_may_come_as_a_subprotocol() -> None:
    parts = make_parts()
    offered = ["phoenix", bearer(parts.identity.sign_token("ann"))]
    path = "/socket/websocket?vsn=2.0.0"
    assert admitted(parts, path, offered) == [("ann", "127.0.0.1")]


@pytest.mark.parametrize("offered", [True, False])
async def test_the_answer_names_phoenix_if_the_client_did(offered: bool) -> None:
    parts = make_parts()
    token = bearer(parts.identity.sign_token("ann"))
    path = "/socket/websocket?vsn=2.0.0"
    accepted = ask(parts, path, ["phoenix", token] if offered else [token])
    assert isinstance(accepted, Admitted)
    assert accepted.subprotocol == ("phoenix" if offered else None)


@pytest.mark.parametrize("vsn", ["2.0.0", "2.1", "2."])
async def test_any_version_2_is_spoken(vsn: str) -> None:
    parts = make_parts()
    assert admitted(parts, parts.socket_path("ann", vsn))
    assert parts.server.versions == ["2"]


async def test_version_1_is_spoken_too() -> None:
    parts = make_parts()
    assert admitted(parts, parts.socket_path("ann", "1.0.0"))
    assert parts.server.versions == ["1"]


@pytest.mark.parametrize("vsn", ["", "1", "1.0.1", "1.1.0", "3.0.0", "20.0", "2"])
async def test_no_other_version_is_spoken(vsn: str) -> None:
    parts = make_parts()
    code, text = answer(parts, parts.socket_path("ann", vsn))
    assert code == 400
    assert "vsn" in text


async def test_without_a_version_it_is_refused() -> None:
    assert (answer(make_parts(), "/socket/websocket"))[0] == 400


@pytest.mark.parametrize("origin", ["http://pc.localhost", "HTTP://Pc.LocalHost:80"])
async def test_our_own_origin_is_welcome(origin: str) -> None:
    parts = make_parts()
    assert admitted(parts, parts.socket_path(), Host="pc.localhost", Origin=origin)


@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "https://rooms.example", "http://rooms.example:8000", "null", ""],
)
async def test_another_origin_is_refused(origin: str) -> None:
    parts = make_parts()
    code, text = answer(parts, parts.socket_path(), Host="pc.localhost", Origin=origin)
    assert code == 403
    assert "XR_PUBLIC_URL" in text


async def test_a_name_that_was_pointed_here_opens_nothing() -> None:
    parts = make_parts()
    path = parts.socket_path()
    code, text = answer(parts, path, Host="evil.example", Origin="http://evil.example")
    assert code == 403
    assert "XR_PUBLIC_URL=http://evil.example" in text


async def test_where_a_public_url_is_set_it_is_the_origin() -> None:
    parts = make_parts(Settings(public_url="https://rooms.example"))
    origin = "https://rooms.example"
    assert admitted(parts, parts.socket_path(), Host="127.0.0.1:8000", Origin=origin)
    code, _ = answer(
        make_parts(Settings(public_url="https://rooms.example")),
        parts.socket_path(),
        Host="localhost",
        Origin="http://localhost",
    )
    assert code == 403


@pytest.mark.parametrize("token", [None, "", "ann", "ann.x.y"])
async def test_without_a_good_token_nobody_enters(token: str | None) -> None:
    path = "/socket/websocket?vsn=2.0.0" + ("" if token is None else f"&user_token={token}")
    code, text = answer(make_parts(), path)
    assert code == 403
    assert "token" in text


async def test_an_old_token_and_a_cookie_are_no_good_tokens() -> None:
    parts = make_parts()
    old = Identity(SECRET, lambda: 0.0).sign_token("ann")
    for token in (old, parts.identity.sign_cookie("ann"), parts.identity.sign_admin()):
        assert (answer(parts, "/socket/websocket?vsn=2.0.0", [bearer(token)]))[0] == 403


async def test_who_is_not_welcome_hears_why() -> None:
    parts = make_parts()
    parts.server.refusal = Reason.FULL
    refused = ask(parts, parts.socket_path())
    assert isinstance(refused, Rejected)
    assert (refused.status, refused.reason) == (503, "the server is full")
    assert int(dict(refused.headers)[b"retry-after"]) > 0


async def test_capacity_is_not_asked_for_those_who_may_not_enter() -> None:
    parts = make_parts()
    answer(parts, "/socket/websocket?vsn=2.0.0")
    answer(parts, parts.socket_path(), Origin="null")
    assert parts.server.asked == []


async def test_a_plain_request_is_told_what_belongs_here() -> None:
    response = await make_parts().app.test_client().get("/socket/websocket?vsn=2.0.0")
    assert response.status_code == 426
    assert response.headers["Upgrade"] == "websocket"


@pytest.mark.parametrize("path", ["/nothing", "/", "/rooms", "/socket/websocket/"])
async def test_a_websocket_to_anywhere_else_is_refused(path: str) -> None:
    code, text = answer(make_parts(), path)
    assert code == 404
    assert "/socket/websocket" in text


@pytest.mark.parametrize("host", ["a b", "[", "a..b", ""])
async def test_an_odd_host_is_refused_and_writes_no_policy(host: str) -> None:
    refused = ask(make_parts(), "/socket/websocket?vsn=2.0.0", Host=host)
    assert isinstance(refused, Rejected)
    assert refused.status == 400
    policy = dict(refused.headers)[b"content-security-policy"]
    assert b"connect-src 'self';" in policy


async def test_of_a_name_that_comes_twice_the_first_counts() -> None:
    parts = make_parts()
    assert admitted(parts, parts.socket_path("ann") + "&vsn=3.0.0&user_token=x")
    assert answer(parts, parts.socket_path("ann", "3.0.0") + "&vsn=2.0.0")[0] == 400


async def test_a_refusal_is_logged_with_reason_and_address(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    parts = make_parts()
    answer(parts, parts.socket_path("ann"), Origin="http://evil.example/" + "x" * 500)
    answer(parts, parts.socket_path("ann") + "x")
    parts.server.refusal = Reason.FULL
    answer(parts, parts.socket_path("ann"))
    assert [made.getMessage() for made in caplog.records] == [
        "socket.refused status=403 reason='origin' address=127.0.0.1",
        "socket.refused status=403 reason='token' address=127.0.0.1",
        "socket.refused status=503 reason='the server is full' address=127.0.0.1",
    ]


async def test_no_log_line_tells_a_token(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    parts = make_parts()
    path = parts.socket_path("ann")
    token = path.rpartition("=")[2]
    answer(parts, path, Origin="null")
    answer(parts, f"/socket/websocket?vsn=2.0.0&user_token={token}x")
    assert caplog.text.count("socket.refused") == 2
    assert token not in caplog.text


@given(st.from_regex(r"[A-Za-z0-9_.-]{1,200}", fullmatch=True), st.booleans(), st.booleans())
def test_a_bearer_is_read_in_either_alphabet_padded_or_not(
    token: str, url_safe: bool, padded: bool
) -> None:
    encode = base64.urlsafe_b64encode if url_safe else base64.b64encode
    text = encode(token.encode()).decode()
    assert token_of(["phoenix", BEARER + (text if padded else text.rstrip("="))]) == token


@given(st.binary(max_size=60))
def test_either_alphabet_is_read_alike(data: bytes) -> None:
    plain = base64.b64encode(data).decode()
    url_safe = base64.urlsafe_b64encode(data).decode()
    assert token_of([BEARER + plain]) == token_of([BEARER + url_safe])


@given(st.lists(st.text(max_size=30) | st.text(max_size=30).map(BEARER.__add__)))
def test_any_subprotocols_give_a_text_or_none(subprotocols: list[str]) -> None:
    token = token_of(subprotocols)
    assert token is None or isinstance(token, str)


async def test_bad_tokens_are_limited_by_address_and_good_ones_are_not(
    autojump_clock: MockClock,
) -> None:
    parts = make_parts()
    path = "/socket/websocket?vsn=2.0.0&user_token="
    assert [answer(parts, f"{path}no")[0] for _ in range(BAD_TOKEN_BURST)] == [
        403 for _ in range(BAD_TOKEN_BURST)
    ]
    refused = ask(parts, f"{path}no")
    assert isinstance(refused, Rejected)
    assert refused.status == 429
    assert dict(refused.headers)[b"retry-after"] == b"1"
    token = Identity(SECRET).sign_token("ann")
    assert admitted(parts, path + token) == [("ann", LOCAL["client"][0])]
    await trio.sleep(1.1)
    assert answer(parts, f"{path}no")[0] == 403
