"""The port that leads http to https: where to, for which hosts, and its bounds."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
import trio
from trio.testing import MockClock

from tests.serving.conftest import Launch
from tests.serving.raw import RawSocket, connect
from xr.cli import main
from xr.metrics import Metrics
from xr.serving import redirect as module
from xr.serving.listeners import PoliteListener
from xr.serving.redirect import redirect

SECONDS = 30
ORIGIN = "https://rooms.example.org"
GOOD = b"GET /rooms/tea?invite=a%20b HTTP/1.1\r\nHost: rooms.example.org\r\n\r\n"


@asynccontextmanager
async def redirecting(metrics: Metrics | None = None) -> AsyncIterator[int]:
    """The port on which requests are led to ``ORIGIN``, within the block."""
    plain = socket.create_server(("127.0.0.1", 0))
    port = plain.getsockname()[1]
    listener = PoliteListener(plain, metrics or Metrics(), None)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(redirect, listener, ORIGIN, metrics or Metrics())
        yield port
        nursery.cancel_scope.cancel()


async def answer(raw: RawSocket) -> tuple[int, str | None]:
    """Status and location of the answer, after which the connection ends."""
    head = await raw.head()
    assert head is not None, "the connection ended"
    assert head.headers["connection"] == "close"
    assert await raw.rest() == b""
    return head.status, head.headers.get("location")


@pytest.mark.parametrize(
    ("request_line", "host", "target"),
    [
        ("GET /rooms/tea?invite=a%20b HTTP/1.1", "rooms.example.org", "/rooms/tea?invite=a%20b"),
        ("POST / HTTP/1.1", "Rooms.Example.org.:80", "/"),
        ("HEAD //elsewhere.example/ HTTP/1.1", "rooms.example.org:8080", "//elsewhere.example/"),
        ("GET / HTTP/1.0", "rooms.example.org", "/"),
        ("GET / HTTP/1.1", "elsewhere.example", None),
        ("GET / HTTP/1.1", "rooms.example.org.elsewhere.example", None),
        ("GET / HTTP/1.1", "", None),
        ("GET / HTTP/1.1", "[", None),
        ("GET http://rooms.example.org/ HTTP/1.1", "rooms.example.org", None),
        ("CONNECT rooms.example.org:443 HTTP/1.1", "rooms.example.org", None),
        ("OPTIONS * HTTP/1.1", "rooms.example.org", None),
        ("GET /\x01 HTTP/1.1", "rooms.example.org", None),
        ("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "rooms.example.org", None),
        (f"GET /{'x' * 40_000} HTTP/1.1", "rooms.example.org", None),
    ],
)
async def test_our_own_host_is_led_to_https_and_all_else_refused(
    request_line: str, host: str, target: str | None
) -> None:
    with trio.fail_after(SECONDS):
        async with redirecting() as port, await connect(port) as raw:
            await raw.send(f"{request_line}\r\nHost: {host}\r\n\r\n".encode("latin1"))
            expected = (400, None) if target is None else (308, ORIGIN + target)
            assert await answer(raw) == expected


async def test_a_request_in_pieces_and_with_a_body_is_answered() -> None:
    with trio.fail_after(SECONDS):
        async with redirecting() as port, await connect(port) as raw:
            for start in range(0, len(GOOD), 20):
                await raw.send(GOOD[start : start + 20])
                await trio.testing.wait_all_tasks_blocked()
            await raw.send(b"x" * 50_000)
            assert (await answer(raw))[0] == 308


async def test_who_sends_no_request_is_let_go(autojump_clock: MockClock) -> None:
    async with redirecting() as port:
        started = trio.current_time()
        for sent in (b"", GOOD[:-2]):
            async with await connect(port) as raw:
                await raw.send(sent)
                assert await raw.rest() == b""
        assert trio.current_time() - started <= 2 * module.SECONDS + 1


async def test_so_many_at_a_time_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 2)
    monkeypatch.setattr(module, "SECONDS", 10 * SECONDS)
    with trio.fail_after(SECONDS):
        async with (
            redirecting() as port,
            await connect(port) as first,
            await connect(port),
            await connect(port) as raw,
        ):
            await raw.send(GOOD)
            with trio.move_on_after(0.1) as waiting:
                await raw.head()
            assert waiting.cancelled_caught, "a third was served beside two"
            await first.stream.aclose()
            assert (await answer(raw))[0] == 308


async def test_one_address_takes_no_more_than_its_share(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_OF_ONE", 1)
    monkeypatch.setattr(module, "SECONDS", 10 * SECONDS)
    metrics = Metrics()
    with trio.fail_after(SECONDS):
        async with redirecting(metrics) as port, await connect(port) as first:
            async with await connect(port) as second:
                assert await second.rest() == b""
            assert metrics.refused == {"redirect": 1}
            async with await connect(port, source="127.0.0.2") as other:
                await other.send(GOOD)
                assert (await answer(other))[0] == 308
            await first.stream.aclose()
            head = None
            while head is None:  # until the server has seen that its place is free
                async with await connect(port) as third:
                    with suppress(trio.BrokenResourceError):
                        await third.send(GOOD)
                        head = await third.head()
            assert head.status == 308


async def test_a_fault_of_one_connection_ends_it_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    metrics = Metrics()
    with trio.fail_after(SECONDS):
        async with redirecting(metrics) as port:
            with monkeypatch.context() as broken:
                broken.setattr(module, "location", lambda *_: 1 / 0)
                async with await connect(port) as raw:
                    await raw.send(GOOD)
                    assert await raw.head() is None
            async with await connect(port) as raw:
                await raw.send(GOOD)
                assert (await answer(raw))[0] == 308
    assert metrics.connection_faults == 1


async def test_a_server_with_its_own_certificate_answers_on_both_ports(launch_tls: Launch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as found:
        http = found.getsockname()[1]
    server = launch_tls(redirect_port=http, public_url="https://localhost")
    with trio.fail_after(SECONDS):
        async with await connect(http) as raw:
            await raw.send(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert await answer(raw) == (308, "https://localhost/healthz")
        assert (await server.health())[0] == 200
        server.terminate()
    assert await server.exit_code(SECONDS) == 0


def test_without_https_it_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XR_CONFIG", "")
    flags = ["--redirect-port", "80", "--database", str(tmp_path / "xr.db")]
    assert main(["serve", *flags]) == 1
    assert "set XR_TLS_CERTIFICATE" in capfd.readouterr().err
