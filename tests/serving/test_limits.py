"""The limits of one client, one address and one room, and the refusals over them."""

import pytest
import trio

from tests.serving.conftest import Launch
from tests.serving.crowd import discard, move
from tests.serving.process import Server
from tests.serving.raw import Head, RawSocket, message, upgrade
from xr.wire.record import unpack_poses

SECONDS = 30


async def attempt(server: Server, *, address: str | None = None, **options: str) -> Head:
    """Try to open a websocket; ``address`` is who a proxy says it is for."""
    extra = [f"X-Forwarded-For: {address}"] if address else []
    raw = await server.connect(**options)
    await raw.send(upgrade(token=server.identity.sign_token("somebody"), extra=extra))
    head = await raw.head()
    assert head is not None
    return head


async def refused(server: Server, reason: str) -> float:
    return (await server.metrics()).get(f'xr_refused_total{{reason="{reason}"}}', 0)


class TestSockets:
    async def test_of_one_address(self, launch: Launch) -> None:
        server = launch(max_per_address=3)
        with trio.fail_after(SECONDS):
            first = await server.websocket()
            for _ in range(2):
                await server.websocket()
            head = await attempt(server)
            assert head.status == 503
            assert "retry-after" in head.headers
            assert (await attempt(server, source="127.0.0.2")).status == 101
            await first.aclose()
            while (await attempt(server)).status != 101:
                pass
            assert await refused(server, "too many connections from this address") >= 1

    async def test_of_one_address_behind_a_proxy(self, launch: Launch) -> None:
        """The proxy's own address is not what counts; what a stranger says of itself is not."""
        server = launch(max_per_address=2, trusted_proxies="127.0.0.1")
        with trio.fail_after(SECONDS):
            for address in ("192.0.2.1", "192.0.2.2", "2001:db8::1"):
                for _ in range(2):
                    assert (await attempt(server, address=address)).status == 101
                assert (await attempt(server, address=address)).status == 503
            same_household = await attempt(server, address="2001:db8::2")
            assert same_household.status == 503
            made_up = await attempt(server, address="198.51.100.9, 192.0.2.1")
            assert made_up.status == 503
            for i in range(2):
                head = await attempt(server, address=f"203.0.113.{i}", source="127.0.0.9")
                assert head.status == 101
            head = await attempt(server, address="203.0.113.7", source="127.0.0.9")
            assert head.status == 503

    async def test_of_the_server(self, launch: Launch) -> None:
        server = launch(max_clients=3)
        with trio.fail_after(SECONDS):
            for i in range(3):
                assert (await attempt(server, source=f"127.0.0.{i + 2}")).status == 101
            assert (await attempt(server)).status == 503
            assert await refused(server, "the server is full") == 1
            assert (await server.health())[0] == 200

    async def test_zero_is_no_limit(self, launch: Launch) -> None:
        server = launch(max_clients=0, max_per_address=0, max_per_room=0, join_rate=0)
        with trio.fail_after(SECONDS):
            room_id = await server.make_room()
            for _ in range(120):
                await server.member(room_id)
            assert (await server.metrics())["xr_users"] == 120


class TestJoins:
    async def test_of_one_address(self, launch: Launch) -> None:
        """Bursts of twice the rate; what is over is refused under its ref, and costs nothing."""
        server = launch(join_rate=5, message_rate=0)
        with trio.fail_after(SECONDS):
            room_id = await server.make_room()
            client = await server.websocket()
            statuses = [await join_status(client, room_id) for _ in range(15)]
            assert statuses[:10] == ["ok"] * 10
            assert "too many joins" in statuses[10:]
            elsewhere = await server.websocket(source="127.0.0.2")
            assert await join_status(elsewhere, room_id) == "ok"
            while await join_status(client, room_id) != "ok":
                pass
            assert await refused(server, "too many joins") >= 1

    async def test_of_one_room(self, launch: Launch) -> None:
        server = launch(max_per_room=2)
        with trio.fail_after(SECONDS):
            room_id, other = await server.make_room("full"), await server.make_room("other")
            first = await server.member(room_id, "first")
            await server.member(room_id, "second")
            third = await server.websocket("third")
            assert await join_status(third, room_id) == "room is full"
            assert await join_status(third, other) == "ok"
            again = await server.websocket("second")
            assert await join_status(again, room_id) == "ok"  # the same user, a second tab
            await first.push(f"room:{room_id}", "phx_leave", {}, join_ref="join")
            await first.until("phx_close")
            while await join_status(third, room_id) != "ok":
                pass
            assert await refused(server, "room is full") >= 1

    @pytest.mark.parametrize("room_id", ["nowhere", "", "x" * 150, "../etc", "é", "a\0b"])
    async def test_of_no_room(self, server: Server, room_id: str) -> None:
        with trio.fail_after(SECONDS):
            async with await server.websocket() as client:
                assert await join_status(client, room_id) == "no such room"


async def join_status(client: RawSocket, room_id: str) -> str:
    """``ok``, or why it was refused."""
    reply = (await client.join(room_id)).payload
    return "ok" if reply["status"] == "ok" else str(reply["response"]["reason"])


class TestMessages:
    async def test_the_newest_pose_counts_and_the_rest_is_dropped(self, launch: Launch) -> None:
        server = launch(message_rate=10)
        with trio.fail_after(SECONDS):
            room_id = await server.make_room()
            mover = await server.member(room_id, "mover")
            async with await server.websocket("witness") as witness:
                await witness.join(room_id, poses="binary")
                snapshot = await witness.until("user_snapshot")
                number = snapshot.payload["mover"]["n"]
                moves = [move(room_id, float(i)) for i in range(100)]
                await mover.send(b"".join(moves))
                seen: list[float] = []
                while not seen or seen[-1] != 99.0:
                    poses = unpack_poses((await witness.until("poses")).payload)
                    if number in poses:
                        seen.append(poses[number].position[0])
                assert seen == sorted(seen)
            dropped = (await server.metrics())['xr_dropped_total{reason="message rate"}']
            assert 70 <= dropped <= 90

    async def test_within_the_rate_nothing_is_dropped(self, launch: Launch) -> None:
        server = launch()
        with trio.fail_after(SECONDS):
            room_id = await server.make_room()
            mover = await server.member(room_id)
            await mover.send(b"".join(move(room_id, float(i)) for i in range(100)))
            await mover.heartbeat()
            metrics = await server.metrics()
            assert metrics['xr_dropped_total{reason="message rate"}'] == 0

    async def test_whoever_keeps_it_up_is_closed_with_1008(self, launch: Launch) -> None:
        patch = "import xr.channels.rate_keeper as keeper; keeper.ABUSE = 2.0"
        server = launch(message_rate=20, patch=patch)
        with trio.fail_after(SECONDS):
            room_id = await server.make_room()
            abuser = await server.member(room_id)
            code = trio.Event()
            started = trio.current_time()
            async with trio.open_nursery() as nursery:

                async def read() -> None:
                    assert await abuser.close_code() == 1008
                    code.set()

                nursery.start_soon(read)
                while not code.is_set():
                    await abuser.send_quietly(move(room_id, 1.0))
                    await trio.sleep(0.01)
            assert 2.0 < trio.current_time() - started < 8.0
            assert (await server.metrics())['xr_closed_total{code="1008"}'] == 1

    async def test_bursts_with_pauses_are_borne(self, launch: Launch) -> None:
        patch = "import xr.channels.rate_keeper as keeper; keeper.ABUSE = 1.5"
        server = launch(message_rate=20, patch=patch)
        with trio.fail_after(SECONDS):
            async with await server.websocket() as client, trio.open_nursery() as nursery:
                beats = message("phoenix", "heartbeat", {}, ref="1") * 60
                nursery.start_soon(discard, client)
                for _ in range(3):
                    await client.send(beats)
                    await trio.sleep(1.2)
                assert not client.ended
                nursery.cancel_scope.cancel()

    async def test_zero_is_no_limit(self, launch: Launch) -> None:
        server = launch(message_rate=0)
        with trio.fail_after(SECONDS):
            async with await server.websocket() as client:
                for i in range(2000):
                    await client.push("phoenix", "heartbeat", {}, ref=str(i))
                last = await client.until("phx_reply", ref="1999")
                assert last.payload["status"] == "ok"


async def test_refusals_are_in_the_log_once_each(launch: Launch) -> None:
    server = launch(max_clients=1)
    with trio.fail_after(SECONDS):
        await server.websocket()
        for _ in range(3):
            assert (await attempt(server)).status == 503
    server.wait_for_line("socket.refused", 3)
    (line, *others) = [line for line in server.log.splitlines() if "socket.refused" in line]
    assert line.endswith("socket.refused status=503 reason='the server is full' address=127.0.0.1")
    assert len(others) == 2
    assert "Traceback" not in server.log
