"""The whole server within the test's own process: from the settings to the drain."""

import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import trio
import trustme
from prometheus_client import CollectorRegistry
from trio_websocket import ConnectionClosed, WebSocketConnection, wrap_client_stream

from xr import __version__
from xr.pages.exposition import registry
from xr.pose import Pose
from xr.rooms.audit import Act
from xr.rooms.entities import Entities
from xr.rooms.tenure import Tenure
from xr.server import Server, warn_if_unnamed
from xr.settings import Settings
from xr.standalone import Standalone
from xr.store.memory import MemoryStore
from xr.wire.reasons import Reason

SECRET = "a secret of the tests"
SECONDS = 30
ENTITIES: Entities = {"spawn": {"spawn_point": True, "position": [5.0, 0.0, 5.0]}}
SETTINGS = Settings(port=0, grace=0.1)


class RunningServer:
    """A server that runs, with a room, and what a client needs to reach it."""

    def __init__(self, server: Server, url: str, trust: ssl.SSLContext | None) -> None:
        self.server = server
        self.url = url
        self.trust = trust
        self.stop = trio.Event()

    @asynccontextmanager
    async def visit(self, user_id: str) -> AsyncIterator[WebSocketConnection]:
        """A websocket whose TCP connection is ours: trio-websocket would leave it open."""
        token = self.server.identity.sign_token(user_id)
        path = f"/socket/websocket?vsn=2.0.0&user_token={token}"
        port = urlsplit(self.url).port or 0
        stream: trio.SocketStream | trio.SSLStream[trio.SocketStream]
        if self.trust is None:
            stream = await trio.open_tcp_stream("127.0.0.1", port)
        else:
            stream = await trio.open_ssl_over_tcp_stream(
                "localhost", port, ssl_context=self.trust, https_compatible=True
            )
        async with stream, trio.open_nursery() as nursery:
            client = await wrap_client_stream(nursery, stream, f"localhost:{port}", path)
            yield client
            await client.aclose()
            nursery.cancel_scope.cancel()

    async def join(self, client: WebSocketConnection) -> Any:
        """Join the room; returns the user snapshot."""
        await client.send_message(json.dumps(["1", "1", "room:hall", "phx_join", {}]))
        return await until(client, "user_snapshot")


async def until(client: WebSocketConnection, event: str) -> Any:
    while True:
        message = json.loads(await client.get_message())
        if message[3] == event:
            return message[4]


async def ended(client: WebSocketConnection) -> tuple[int, str | None]:
    """The code and the reason of the server's close frame."""
    with pytest.raises(ConnectionClosed) as closed:
        await until(client, "never")
    assert closed.value.reason is not None
    return closed.value.reason.code, closed.value.reason.reason


@asynccontextmanager
async def run_server(
    settings: Settings = SETTINGS,
    store: MemoryStore | None = None,
    trust: ssl.SSLContext | None = None,
) -> AsyncIterator[RunningServer]:
    store = store or MemoryStore()
    store.add_room("hall", "Hall", ENTITIES)
    server = Server(settings, store, SECRET)
    with trio.fail_after(SECONDS):
        async with trio.open_nursery() as nursery:
            stop = trio.Event()
            (url,) = await nursery.start(Standalone(server).run, stop.wait)
            running = RunningServer(server, url, trust)
            running.stop = stop
            yield running
            stop.set()


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Settings, ssl.SSLContext]:
    """Settings with a certificate, and who trusts it."""
    authority = trustme.CA()
    issued = authority.issue_cert("localhost")
    chain, key = tmp_path / "chain.pem", tmp_path / "key.pem"
    issued.private_key_pem.write_to_path(key)
    for blob in issued.cert_chain_pems:
        blob.write_to_path(chain, append=True)
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    return replace(SETTINGS, tls_certificate=chain, tls_key=key), trust


@pytest.fixture(params=["plain", "tls"])
def either(request: pytest.FixtureRequest) -> tuple[Settings, ssl.SSLContext | None]:
    """A plain server, and one with TLS."""
    if request.param == "plain":
        return SETTINGS, None
    settings, trust = request.getfixturevalue("certificate")
    return settings, trust


async def test_two_meet_and_the_drain_keeps_their_places(
    either: tuple[Settings, ssl.SSLContext | None],
) -> None:
    settings, trust = either
    store = MemoryStore()
    async with run_server(settings, store, trust) as running:  # noqa: SIM117 - outlives the visits
        async with running.visit("ann") as ann, running.visit("ben") as ben:
            assert set(await running.join(ann)) == {"ann"}
            assert set(await running.join(ben)) == {"ann", "ben"}
            move = {"position": [1, 2, 3], "rotation": [0, 0, 0, 1]}
            await ann.send_message(json.dumps(["1", "2", "room:hall", "i_moved", move]))
            seen = await until(ben, "stoc")
            while seen["event"] != "user_moved":
                seen = await until(ben, "stoc")
            assert seen["payload"] == {"user_id": "ann", **move}
            running.stop.set()
            for client in (ann, ben):
                assert (await ended(client))[0] == 1012
    assert (await store.poses("hall"))["ann"] == Pose((1.0, 2.0, 3.0), (0.0, 0.0, 0.0, 1.0))
    assert running.server.metrics.members == 0


async def read(server: Server) -> CollectorRegistry:
    return registry(server.metrics, await server.monitor.measure(), server.settings)


async def test_metrics_tell_what_happened() -> None:
    async with run_server() as running:
        async with running.visit("ann") as ann:
            await running.join(ann)
            server = running.server
            shown = await read(server)
            assert shown.get_sample_value("xr_websockets") == 1
            assert shown.get_sample_value("xr_build_info", {"version": __version__}) == 1
            assert shown.get_sample_value("xr_users") == 1
            assert shown.get_sample_value("xr_joins_total") == 1
            assert shown.get_sample_value("xr_limit", {"setting": "max_clients"}) == 500
            assert shown.get_sample_value("xr_refused_total", {"reason": "host"}) == 0
            assert shown.get_sample_value("xr_join_duration_seconds_count") == 1
            assert server.endpoint.refuse("198.51.100.1") is None
        running.stop.set()
    assert server.endpoint.refuse("198.51.100.1") == "the server is restarting"
    shown = await read(server)
    assert shown.get_sample_value("xr_closed_total", {"code": "1000"}) == 1
    reason = {"reason": "the server is restarting"}
    assert shown.get_sample_value("xr_refused_total", reason) == 1


async def test_a_full_room_has_a_place_for_those_who_are_in_it() -> None:
    async with run_server(replace(SETTINGS, max_per_room=1)) as running:
        lobby = running.server.lobby

        async def why(room_id: str, user_id: str) -> Reason | None:
            refusal = await lobby.refusal(room_id, user_id, "192.0.2.1")
            return None if refusal is None else refusal.reason

        assert await why("hall", "ben") is None
        async with running.visit("ann") as ann:
            await running.join(ann)
            assert await why("hall", "ben") is Reason.ROOM_IS_FULL
            assert await why("hall", "ann") is None
            assert await why("attic", "ben") is Reason.NO_SUCH_ROOM
        running.stop.set()


async def test_old_poses_and_acts_and_rooms_that_nobody_entered_go_at_the_start() -> None:
    now = [0.0]
    store = MemoryStore(lambda: now[0])
    store.add_room("hall", "Hall", ENTITIES)
    await store.create_room("Never entered", ENTITIES, made_by="ann")
    pose = Pose((1.0, 2.0, 3.0), (0.0, 0.0, 0.0, 1.0))
    await store.save_poses(Tenure("hall"), {"old": pose})
    await store.save_acts(Tenure("hall"), {"1": Act(-28 * 86_400, None, "ban", "old")})
    now[0] = 3 * 86_400.0
    await store.save_poses(Tenure("hall"), {"new": pose})
    await store.save_acts(Tenure("hall"), {"2": Act(-26 * 86_400, None, "ban", "new")})
    server = Server(replace(SETTINGS, pose_age=2), store, SECRET)
    with trio.fail_after(SECONDS):
        async with trio.open_nursery() as nursery:
            stop = trio.Event()
            await nursery.start(partial(Standalone(server).run, stop.wait))
            while set(await store.poses("hall")) != {"new"} or len(await store.list_rooms()) > 1:
                await trio.lowlevel.checkpoint()
            stop.set()
    assert set(await store.poses("hall")) == {"new"}
    assert [room.room_id for room in await store.list_rooms()] == ["hall"]
    assert [act.user_id for act in await store.list_acts("hall")] == ["new"]


async def test_a_room_set_to_spawn_takes_effect_while_it_is_open() -> None:
    far = {"position": [40.0, 1.7, 40.0], "rotation": [0.0, 0.0, 0.0, 1.0]}
    appeared = []
    async with run_server() as running, running.visit("ann") as ann:
        await running.join(ann)
        for spawning in (False, False, True, False):
            await running.server.services.ask("hall", "set_room", {"always_spawn": spawning})
            async with running.visit("ben") as ben:
                place = (await running.join(ben))["ben"]["position"]
                appeared.append(place == far["position"])
                await ben.send_message(json.dumps(["1", "2", "room:hall", "i_moved", far]))
                await until(ben, "stoc")
            await _left(ann, "ben")
    assert appeared == [False, True, False, True]


async def _left(watcher: WebSocketConnection, user_id: str) -> None:
    seen = await until(watcher, "stoc")
    while seen != {"event": "user_left", "payload": {"user_id": user_id}}:
        seen = await until(watcher, "stoc")


async def test_a_kicked_client_is_told_to_join_no_more() -> None:
    async with run_server() as running, running.visit("ann") as ann:
        await running.join(ann)
        assert running.server.endpoint.kick("ann") == 1
        assert await until(ann, "phx_close") == {"reason": "kicked"}
        assert await ended(ann) == (1000, "kicked")


@pytest.mark.parametrize(
    ("host", "public_url", "warned"),
    [
        ("0.0.0.0", None, True),
        ("::", None, True),
        ("pi.local", None, True),
        ("127.0.0.1", None, False),
        ("::1", None, False),
        ("localhost", None, False),
        ("0.0.0.0", "https://rooms.example.org", False),
    ],
)
def test_a_server_that_listens_to_the_world_without_a_name_says_so(
    host: str, public_url: str | None, warned: bool, caplog: pytest.LogCaptureFixture
) -> None:
    warn_if_unnamed(Settings(host=host, public_url=public_url))
    assert ("server.unnamed" in caplog.text) == warned
    assert ("XR_PUBLIC_URL" in caplog.text) == warned
