"""Faults that were measured in Hypercorn, each held off by a guard of ours."""

import re

import pytest
import trio

from tests.serving.client_frames import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, client_frame
from tests.serving.conftest import Launch
from tests.serving.process import Server
from tests.serving.pulse import pulse
from tests.serving.raw import ABNORMAL, close_code, message, reset, upgrade

SECONDS = 30


@pytest.fixture
def server(either_server: Server) -> Server:
    """The server on each of its two paths."""
    return either_server


async def assert_serving(server: Server) -> None:
    """Pages and websockets both work."""
    assert (await server.health())[0] == 200
    async with await server.websocket() as client:
        assert (await client.heartbeat()).payload["status"] == "ok"


class TestOneConnectionEndsOnlyItself:
    """An error in a connection's task once ended the whole server."""

    @pytest.mark.parametrize("early", [b"\x81", b"\x81\x80", client_frame(TEXT, b"[]"), b"GET"])
    async def test_early_data_with_an_upgrade_to_nowhere(
        self, server: Server, early: bytes
    ) -> None:
        with trio.fail_after(SECONDS):
            for _ in range(5):
                async with await server.connect() as client:
                    await client.send(upgrade("/nowhere") + early)
                    await client.rest()
            await assert_serving(server)

    @pytest.mark.parametrize("early", [b"\x81", client_frame(TEXT, b"[]"), b"\0" * 5000])
    async def test_early_data_with_a_good_upgrade(self, server: Server, early: bytes) -> None:
        """A client must wait for the answer; if what comes is nonsense, nobody else feels it."""
        token = server.identity.sign_token("hasty")
        with trio.fail_after(SECONDS):
            for _ in range(5):
                async with await server.connect() as client:
                    await client.send(upgrade(token=token) + early)
                    await client.head()
            await assert_serving(server)

    @pytest.mark.parametrize(
        "extra",
        [
            ["Content-Length: 5"],
            ["Content-Length: 0"],
            ["Transfer-Encoding: chunked"],
            ["Sec-WebSocket-Protocol: ph\xf6nix"],
            ["Sec-WebSocket-Protocol: phoenix, base64url.bearer.phx.\xff\xfe"],
            ["Sec-WebSocket-Extensions: \xff; =;"],
            ["Expect: 100-continue"],
            ["Origin: http://["],
            ["Cookie: xr_user=\xff\xff"],
            ["X-Forwarded-For: ["],
            ["Host: other"],
            ["HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA"],
        ],
        ids=lambda extra: extra[0].encode().decode("ascii", "replace"),
    )
    @pytest.mark.parametrize("path", ["/nowhere", "/socket/websocket?vsn=2.0.0", "/"])
    async def test_odd_upgrades(self, server: Server, path: str, extra: list[str]) -> None:
        with trio.fail_after(SECONDS):
            async with await server.connect() as client:
                token = server.identity.sign_token("odd")
                await client.send(upgrade(path, token, extra=extra) + b"12345")
                await client.end()
                await client.rest()
            await assert_serving(server)

    @pytest.mark.parametrize(
        "request_text",
        [
            "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, HTTP2-Settings\r\n"
            "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n",
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        ],
        ids=["upgrade to HTTP/2", "HTTP/2 at once"],
    )
    async def test_http_2_is_not_spoken(self, server: Server, request_text: str) -> None:
        """Hypercorn's HTTP/2 has faults of its own and nothing here needs it."""
        with trio.fail_after(SECONDS):
            async with await server.connect() as client:
                await client.send(request_text.encode() + b"\0" * 100)
                answer = await client.rest()
                assert answer.startswith((b"HTTP/1.1 200 ", b"HTTP/1.1 400 "))
            await assert_serving(server)

    async def test_connections_that_end_anywhere(self, server: Server) -> None:
        request = upgrade(token=server.identity.sign_token("ends")) + client_frame(TEXT, b"[]")
        with trio.fail_after(SECONDS):
            for place in range(0, len(request), 7):
                client = await server.connect()
                await client.send(request[:place])
                reset(client)
            await assert_serving(server)

    @pytest.mark.timing
    @pytest.mark.parametrize(
        "start",
        [
            b"",
            b"GET",
            b"GET / HTTP/1.1\r\nHost: localhost\r\n",
            b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
            b"GET ? HTTP/1.1\r\nHost: localhost\r\n\r\n",
            b"GET ? HTTP/1.1\r\nHost: localhost\r\n\r\n" * 2,
            upgrade(without=["Upgrade"]),
        ],
    )
    async def test_a_client_that_ends_is_let_go_at_once(self, server: Server, start: bytes) -> None:
        """Its connection once stood open until the time for keeping alive was over."""
        with trio.fail_after(3):
            async with await server.connect() as client:
                await client.send(start)
                await client.end()
                await client.rest()

    @pytest.mark.timing
    @pytest.mark.parametrize("missing", ["Sec-WebSocket-Key", "Sec-WebSocket-Version", "Host"])
    async def test_a_handshake_that_lacks_something_is_let_go_at_once(
        self, server: Server, missing: str
    ) -> None:
        with trio.fail_after(3):
            async with await server.connect() as client:
                await client.send(upgrade(without=[missing]))
                assert (await client.rest()).startswith(b"HTTP/1.1 400 ")


class TestAClientThatDoesNotRead:
    """One send in a shielded scope once held up everything, SIGTERM too."""

    @pytest.mark.timing
    async def test_neither_others_nor_the_end_wait_for_it(self, launch_either: Launch) -> None:
        server = launch_either()
        with trio.fail_after(30):
            room_id = await server.make_room()
            async with pulse(server, room_id) as beat:
                stuck = [await server.member(room_id, buffer=4096) for _ in range(3)]
                flood = message("phoenix", "heartbeat", {}, ref="r" * 60) * 40
                for client in stuck:
                    await client.send(flood)
                await beat.until(60)
                assert beat.p99() < 0.15
            server.terminate()
            assert await server.exit_code(5) == 0
        assert "Traceback" not in server.log

    async def test_an_answer_that_is_not_read_holds_up_nobody(self, launch: Launch) -> None:
        server = launch()
        with trio.fail_after(30):
            _, page = await server.fetch(f"/rooms/{await server.make_room()}")
            script = re.search(rb'src="(/assets/[^"]+)"', page)
            assert script is not None
            request = b"GET " + script[1] + b" HTTP/1.1\r\nHost: localhost\r\n\r\n"
            for _ in range(3):
                client = await server.connect(buffer=4096)
                await client.send(request * 20)
                await client.head()  # the server has begun, and will not get far
            await assert_serving(server)
            server.terminate()
            assert await server.exit_code(5) == 0


class TestEndlessMessages:
    """A fragmented message once grew without bound, after its 1009 too."""

    @pytest.mark.parametrize("opcode", [TEXT, BINARY])
    async def test_it_ends_with_1009_and_no_memory(self, server: Server, opcode: int) -> None:
        before = server.memory
        chunk = client_frame(CONTINUATION, b"a" * 16_000, final=False)
        with trio.fail_after(SECONDS):
            async with await server.websocket() as client, trio.open_nursery() as nursery:
                await client.send(client_frame(opcode, b"[", final=False))

                async def flood() -> None:
                    while not client.ended:
                        await client.send_quietly(chunk)

                nursery.start_soon(flood)
                assert await client.close_code() in (1009, ABNORMAL)
                assert client.ended
            await assert_serving(server)
        assert server.memory - before < 8 << 20

    async def test_the_code_is_1009(self, server: Server) -> None:
        chunk = client_frame(CONTINUATION, b"a" * 33_000, final=False)
        with trio.fail_after(SECONDS):
            async with await server.websocket() as client:
                await client.send(client_frame(TEXT, b"[", final=False) + chunk + chunk)
                assert await client.close_code() == 1009


async def test_compression_is_never_negotiated(either_server: Server) -> None:
    """A small message that inflates to a huge one once cost 240 MB."""
    offers = ["Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"]
    token = either_server.identity.sign_token("deflated")
    with trio.fail_after(SECONDS):
        async with await either_server.connect() as client:
            await client.send(upgrade(token=token, extra=offers))
            head = await client.head()
            assert head is not None
            assert head.status == 101
            assert "sec-websocket-extensions" not in head.headers
            await client.send(client_frame(TEXT, b"\xaa\x56\x4a", reserved=4))
            assert await client.close_code() == 1002


@pytest.mark.parametrize(("opcode", "code"), [(BINARY, 1002), (TEXT, 1007)])
async def test_an_empty_message_is_a_fault(either_server: Server, opcode: int, code: int) -> None:
    with trio.fail_after(SECONDS):
        async with await either_server.websocket() as client:
            await client.send(client_frame(opcode))
            assert await client.close_code() == code


@pytest.mark.parametrize("size", [500, 990, 1000, 1010, 30_000])
@pytest.mark.parametrize("place", ["message", "payload", "ref"])
async def test_json_that_is_very_deep(server: Server, size: int, place: str) -> None:
    """A decoder may give up on it, at any depth, but that is the client's fault."""
    room_id = await server.make_room()
    deep = "[" * size + "]" * size
    text = {
        "message": deep,
        "payload": f'["join","1","room:{room_id}","i_moved",{deep}]',
        "ref": f'[{deep},"1","phoenix","heartbeat",{{}}]',
    }[place]
    with trio.fail_after(SECONDS):
        async with await server.member(room_id) as client:
            await client.send(client_frame(TEXT, text.encode()) + client_frame(PING))
            while (frame := await client.frame()) is not None and frame[0] not in (CLOSE, PONG):
                pass
            assert frame is not None
            assert frame[0] == PONG or close_code(frame[1]) == 1007


@pytest.mark.parametrize(
    "target",
    ["http://[", "//[", "http://[::1", "http://elsewhere/", "*", "http://localhost:99999999/", "?"],
)
async def test_a_target_that_cannot_be_understood(server: Server, target: str) -> None:
    with trio.fail_after(SECONDS):
        async with await server.connect() as client:
            await client.send(f"GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            head = await client.head()
            assert head is not None
            assert head.status in (400, 404)
            assert head.status == 400 or not target.startswith("http://[")
