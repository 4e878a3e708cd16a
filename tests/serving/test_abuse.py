"""Clients that take more than their share: what the others feel of it."""

import resource
import sqlite3
from collections.abc import Iterator

import pytest
import trio

from tests.serving.client_frames import CONTINUATION, PING, PONG, TEXT, client_frame
from tests.serving.conftest import Launch
from tests.serving.crowd import crowd, discard, flood, move
from tests.serving.process import Server, launched
from tests.serving.pulse import pulse
from tests.serving.raw import RawSocket, message, upgrade

pytestmark = pytest.mark.timing

MEGABYTE = 1 << 20


FLOODS = {
    "pings": client_frame(PING) * 10_000,
    "pongs": client_frame(PONG) * 10_000,
    "empty parts": client_frame(TEXT, final=False)
    + client_frame(CONTINUATION, final=False) * 10_000,
    "heartbeats": message("phoenix", "heartbeat", {}, ref="1") * 1000,
    "strangers' topics": message("room:nowhere", "phx_join", {}, ref="1", join_ref="1") * 1000,
    "poses": message("room:x", "i_moved", b"\0" * 14) * 1000,
    "no messages": client_frame(TEXT, b"[" * 100) * 1000,
}


def source_of(name: str) -> str:
    """An address for each flood, since it rests afterwards."""
    return f"127.0.0.{100 + list(FLOODS).index(name)}"


@pytest.fixture(scope="module")
def strict_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that ends whoever is over the rate after two seconds instead of ten."""
    patch = "import xr.channels.rate_keeper as keeper; keeper.ABUSE = 2.0"
    with launched(tmp_path_factory.mktemp("strict"), patch=patch, join_rate=0) as server:
        yield server
        assert "Traceback" not in server.log


@pytest.mark.parametrize("name", FLOODS)
async def test_a_flood_is_ended_and_others_do_not_feel_it(strict_server: Server, name: str) -> None:
    server = strict_server
    with trio.fail_after(30):
        room_id = await server.make_room()
        async with pulse(server, room_id) as beat:
            await beat.until(20)
            start = len(beat.latencies)
            with trio.fail_after(20):
                await flood(await server.websocket(source=source_of(name)), FLOODS[name])
            await beat.at_least(start + 150)
            assert beat.p99(start) < 0.15


@pytest.mark.parametrize("name", ["empty parts", "heartbeats"])
async def test_an_address_rests_after_a_flood(strict_server: Server, name: str) -> None:
    server = strict_server
    with trio.fail_after(30):
        client = await server.websocket(source="127.0.0.2")
        await flood(client, FLOODS[name])
        token = server.identity.sign_token("again")
        status, tries = 503, 0
        while status == 503:
            async with await server.connect(source="127.0.0.2") as again:
                await again.send(upgrade(token=token))
                head = await again.head()
                assert head is not None
                status = head.status
                assert status == 101 or "retry-after" in head.headers
                tries += 1
            await trio.sleep(0.2)
        assert status == 101
        assert tries > 1
        assert (await server.websocket(source="127.0.0.3")).ended is False


async def test_clients_that_stop_reading(launch: Launch) -> None:
    """Five of fifty: the others see no difference, and the five are let go, at little cost."""
    server = launch()
    with trio.fail_after(60):
        room_id = await server.make_room()
        async with pulse(server, room_id) as beat, crowd(server, room_id, 44):
            await beat.until(40)
            before = server.memory
            start = len(beat.latencies)
            for i in range(5):
                await server.member(room_id, f"stuck{i}", buffer=4096)
            most = 0
            with trio.fail_after(15):
                while (await server.metrics())["xr_users"] > 45:
                    most = max(most, server.memory - before)
                    await beat.until(5)
            assert beat.p99(start) < 0.15
            assert most < 5 * MEGABYTE


async def test_a_client_that_asks_without_reading(launch: Launch) -> None:
    """It joins over and over, as fast as the rate allows; each answer is a snapshot."""
    server = launch()
    with trio.fail_after(60):
        room_id = await server.make_room()
        join = message(f"room:{room_id}", "phx_join", {}, ref="1", join_ref="1")
        async with pulse(server, room_id) as beat:
            await beat.until(20)
            before = server.memory
            with trio.fail_after(30):
                await flood(await server.websocket(buffer=4096), join * 10)
            await beat.until(20)
            assert beat.p99(20) < 0.15
        assert server.memory - before < 8 * MEGABYTE


HASTY = """
import xr.pages.app as app
import xr.standalone as standalone

app.BODY_SECONDS = 4

config = standalone.http_config

def hasty(settings):
    made = config(settings)
    made.keep_alive_timeout = 4
    return made

standalone.http_config = hasty
"""


async def test_requests_that_never_end(launch: Launch) -> None:
    """Two hundred of them, byte by byte: a page comes at once, and they are let go."""
    server = launch(patch=HASTY)
    header = b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: "
    body = b"POST /rooms HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9000\r\n\r\nname="
    with trio.fail_after(60):
        slow = [await server.connect() for _ in range(200)]
        for i, client in enumerate(slow):
            await client.send(body if i % 4 == 0 else header)
        waits = []
        async with trio.open_nursery() as nursery:
            for client in slow:
                nursery.start_soon(dribble, client)
            for _ in range(5):
                started = trio.current_time()
                head, _ = await server.fetch("/")
                assert head.status == 200
                waits.append(trio.current_time() - started)
            # The nursery ends when the server has ended all of them.
        assert sorted(waits)[2] < 0.2
        assert server.descriptors < 100


async def dribble(client: RawSocket) -> None:
    async with trio.open_nursery() as nursery:
        nursery.start_soon(drip, client)
        await discard(client)
        nursery.cancel_scope.cancel()


async def drip(client: RawSocket) -> None:
    while True:
        await client.send_quietly(b"x")
        await trio.sleep(1)


async def test_file_descriptors_run_out(launch: Launch) -> None:
    """A client that comes then is told so, the server does not spin, and later all is well."""
    server = launch()
    with trio.fail_after(60):
        room_id = await server.make_room()
        async with await server.member(room_id, "there before") as member:
            before_limit = limit_descriptors(server, server.descriptors + 20)
            waiting = [await server.connect() for _ in range(60)]
            before, started = server.cpu, trio.current_time()
            refused = await count_refused(waiting)
            assert refused >= 20
            assert server.cpu - before < 0.5 * (trio.current_time() - started) + 0.1
            await member.heartbeat()
            for client in waiting:
                await client.aclose()
            limit_descriptors(server, before_limit)
            await until_served(server)
            assert (await server.metrics())[
                'xr_refused_total{reason="out of file descriptors"}'
            ] >= refused
    assert "Traceback" not in server.log


def limit_descriptors(server: Server, limit: int) -> int:
    """Set the soft limit of the running server; returns what it was."""
    soft, hard = resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (limit, hard))
    return soft


async def count_refused(clients: list[RawSocket]) -> int:
    refused = 0
    for client in clients:
        with trio.move_on_after(0.3):
            head = await client.head()
            assert head is not None
            assert head.status == 503
            refused += 1
    return refused


async def until_served(server: Server) -> None:
    while True:
        async with await server.connect() as client:
            await client.send(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            head = await client.head()
            if head is not None and head.status == 200:
                return


async def test_sigterm_with_a_hundred_clients(launch: Launch) -> None:
    """Five of them stuck: all others are told 1012, and each pose that was accepted is kept."""
    server = launch(flush_interval=3600, max_per_room=200)
    with trio.fail_after(60):
        room_id = await server.make_room()
        clients = [await server.member(room_id, f"user{i}") for i in range(95)]
        for i in range(5):
            stuck = await server.member(room_id, f"stuck{i}", buffer=4096)
            await stuck.send(message("phoenix", "heartbeat", {}, ref="r" * 60) * 100)
        async with trio.open_nursery() as nursery:
            for i, client in enumerate(clients):
                await client.send(move(room_id, float(i)))
                await client.heartbeat()  # answered after the pose was taken
            codes: list[int] = []

            async def note_code(client: RawSocket) -> None:
                codes.append(await client.close_code())

            for client in clients:
                nursery.start_soon(note_code, client)
            server.terminate()
            assert await server.exit_code(5) == 0
        assert codes == [1012] * 95
    with sqlite3.connect(server.database) as database:
        places = dict(database.execute("select user_id, x from poses where x >= 0"))
    assert {user: x for user, x in places.items() if user.startswith("user")} == {
        f"user{i}": float(i) for i in range(95)
    }
    assert "Traceback" not in server.log


async def test_movers_are_told_1012_too(launch_either: Launch) -> None:
    """Frames that they still send must not undo the close frame that is on its way to them."""
    server = launch_either()
    with trio.fail_after(30):
        room_id = await server.make_room()
        clients = [await server.member(room_id) for _ in range(20)]
        codes: list[int] = []
        async with trio.open_nursery() as nursery:

            async def mover(client: RawSocket) -> None:
                while not client.ended:
                    await client.send_quietly(move(room_id, 1.0))
                    await trio.sleep(0.002)

            async def reader(client: RawSocket) -> None:
                codes.append(await client.close_code())

            for client in clients:
                nursery.start_soon(mover, client)
                nursery.start_soon(reader, client)
            server.terminate()
            assert await server.exit_code(5) == 0
        assert codes == [1012] * 20
