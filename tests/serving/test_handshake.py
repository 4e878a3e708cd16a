"""A websocket's handshake by itself: which requests are one, which are good, what is answered."""

from contextlib import suppress
from typing import Any

import h11
import pytest
import trio
from hypercorn.config import Config
from hypercorn.protocol.h11 import H11Protocol
from hypercorn.protocol.ws_stream import WSStream
from hypercorn.trio.worker_context import WorkerContext
from hypercorn.typing import ConnectionState
from hypothesis import given
from hypothesis import strategies as st

from xr.serving.handshake import Admit, Admitted, Rejected, asks_for_websocket, read_handshake
from xr.serving.http import PlainHttp

ASK = [
    (b"Host", b"localhost"),
    (b"Connection", b"Upgrade"),
    (b"Upgrade", b"websocket"),
    (b"Sec-WebSocket-Version", b"13"),
    (b"Sec-WebSocket-Key", b"dGhlIHNhbXBsZSBub25jZQ=="),
]
Headers = list[tuple[bytes, bytes]]


def request(headers: Headers, method: bytes = b"GET", version: bytes = b"1.1") -> h11.Request:
    return h11.Request(method=method, target=b"/", headers=headers, http_version=version)


def changed(name: bytes, value: bytes | None) -> Headers:
    rest = [item for item in ASK if item[0] != name]
    return rest if value is None else [*rest, (name, value)]


def http_of(kind: type[H11Protocol]) -> Any:
    """Hypercorn's HTTP, or ours, with nothing around it."""

    async def ignore(*_: object) -> None:
        return None

    class Tasks:
        async def spawn_app(self, *_: object) -> Any:
            return ignore

    peers = ("127.0.0.1", 50000), ("127.0.0.1", 8000)
    tasks: Any = Tasks()
    its: Any = None
    state = ConnectionState({})
    return kind(its, Config(), WorkerContext(None), tasks, state, False, *peers, ignore)


def answered(admit: Admit, *more: tuple[bytes, bytes], behind: bytes = b"") -> tuple[bytes, bytes]:
    """The answer to a good handshake with ``more`` headers, and the bytes that came early."""
    client = h11.Connection(h11.CLIENT)
    sent = client.send(request([*ASK, *more])) or b""

    async def run() -> tuple[bytes, bytes]:
        http = http_of(PlainHttp)
        http.connection.receive_data(sent + behind)
        await http._handle_events()
        assert http.answerable
        answer, meaning = http.open(http.upgrade, admit)
        assert isinstance(meaning, Admitted) is answer.startswith(b"HTTP/1.1 101 ")
        return answer, http.early

    return trio.run(run)


odd = st.sampled_from([b"", b" ", b"\xa0", b"\x85", b",", b", ", b"x", b"\xff"])
words = st.sampled_from([b"websocket", b"WebSocket", b"upgrade", b"Upgrade", b"keep-alive", b"h2c"])
values = st.lists(odd | words, max_size=4).map(b"".join).map(bytes.strip)


@given(
    st.lists(st.tuples(st.sampled_from([b"Connection", b"Upgrade"]), values), max_size=4),
    st.sampled_from([b"GET", b"get", b"POST"]),
)
def test_all_that_hypercorn_takes_for_a_websocket_is_one_to_us(
    headers: Headers, method: bytes
) -> None:
    """Else it would come to the app, which has no answer for it."""
    asked = request([(b"Host", b"localhost"), *headers], method)

    async def run() -> None:
        its = http_of(H11Protocol)
        with suppress(h11.LocalProtocolError, UnicodeDecodeError):  # it answers before it was asked
            await its._create_stream(asked)
        if isinstance(its.stream, WSStream):
            assert asks_for_websocket(asked)

    trio.run(run)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (b"Sec-WebSocket-Key", None),
        (b"Sec-WebSocket-Version", None),
        (b"Sec-WebSocket-Version", b"8"),
        (b"Upgrade", b"websocket, h2c"),
        (b"Sec-WebSocket-Protocol", b"ph\xf6nix"),
        (b"Content-Length", b"5"),
        (b"Transfer-Encoding", b"chunked"),
    ],
)
def test_a_bad_handshake_is_known_as_one(name: bytes, value: bytes | None) -> None:
    asked = request(changed(name, value))
    assert asks_for_websocket(asked)
    assert read_handshake(asked) is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (b"Connection", b"keep-alive, UPGRADE"),
        (b"Upgrade", b"WebSocket"),
        (b"Content-Length", b"0"),
    ],
)
def test_a_good_handshake_may_be_written_otherwise(name: bytes, value: bytes) -> None:
    asked = request(changed(name, value))
    assert asks_for_websocket(asked)
    assert read_handshake(asked) is not None


def test_a_handshake_of_http_1_0_is_none() -> None:
    assert read_handshake(request(ASK, version=b"1.0")) is None


def accept(_: object) -> Admitted:
    return Admitted(lambda _: None, "phoenix")


def test_what_is_accepted_is_answered_as_the_standard_shows() -> None:
    offer = (b"Sec-WebSocket-Protocol", b"chat, phoenix")
    answer, _ = answered(accept, offer)
    head = answer.decode().lower().split("\r\n")
    assert head[0].startswith("http/1.1 101 ")
    assert "upgrade: websocket" in head
    assert "connection: upgrade" in head
    assert "sec-websocket-protocol: phoenix" in head
    assert "sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo=" in head  # RFC 6455 section 1.3


def test_nothing_is_compressed() -> None:
    offers = (
        (b"Sec-WebSocket-Protocol", b"phoenix"),
        (
            b"Sec-WebSocket-Extensions",
            b"permessage-deflate; client_max_window_bits",
        ),
    )
    answer, _ = answered(accept, *offers)
    assert answer.startswith(b"HTTP/1.1 101 ")
    assert b"extensions" not in answer.lower()


def test_what_comes_behind_the_handshake_is_kept() -> None:
    _, early = answered(accept, (b"Sec-WebSocket-Protocol", b"phoenix"), behind=b"\x81\x80abcd")
    assert early == b"\x81\x80abcd"


def test_a_refusal_ends_the_connection() -> None:
    answer, _ = answered(lambda _: Rejected(403, "why", "no", [(b"x-why", b"so")]))
    assert answer.startswith(b"HTTP/1.1 403 ")
    assert b"\r\nx-why: so\r\n" in answer
    assert b"\r\nconnection: close\r\n" in answer.lower()
    assert answer.endswith(b"\r\n\r\nno\n")


def test_a_bad_handshake_is_told_which_version_is_spoken() -> None:
    answer, _ = answered(accept, (b"Content-Length", b"2"), behind=b"hi")
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"\r\nsec-websocket-version: 13\r\n" in answer.lower()


def test_a_fault_in_who_admits_is_a_fault_of_the_server(caplog: pytest.LogCaptureFixture) -> None:
    def fail(_: object) -> Rejected:
        raise ZeroDivisionError

    answer, _ = answered(fail)
    assert answer.startswith(b"HTTP/1.1 500 ")
    assert "handshake.failed" in caplog.text
