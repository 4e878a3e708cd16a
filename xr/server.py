"""The server put together from its parts, in one place and without globals."""

import logging
import os
import random
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import trio
from hypercorn.config import Config

from xr import __version__
from xr.channels.endpoint import Endpoint, Limits
from xr.channels.rate_keeper import reading
from xr.channels.room_frames import RoomFrames
from xr.errors import CloseCode, StoreError
from xr.features import FEATURES
from xr.identity import Identity
from xr.metrics import Metrics
from xr.operations import delete_rooms
from xr.pages.addresses import parse_address
from xr.pages.app import create_app
from xr.pages.exposition import registry
from xr.pages.services import Health, Services
from xr.pages.socket import admit
from xr.rooms.lobby import Lobby
from xr.rooms.room import Building, RoomSettings
from xr.serving.carrier import Carrier
from xr.serving.framing import build_frame
from xr.serving.listen import Floor
from xr.settings import Settings, unknown_names
from xr.signals import receive_signals
from xr.store.lock import acquire
from xr.store.protocol import Store
from xr.store.secret import load_secret, remember_secret
from xr.store.sqlite import open_store
from xr.store.watch import watch
from xr.wire.reasons import Reason

log = logging.getLogger(__name__)

DRAIN = 4.0
"""Seconds that rooms have to write their poses when the server stops."""
TIDY_EVERY = 3600.0
_DAY = 86_400.0
UNENTERED_DAYS = 1
"""Days after which a room that a visitor made, and nobody ever entered, goes."""

Stop = Callable[[], Awaitable[None]]


class Server:
    """One server: the lobby with its rooms, the endpoint, the pages, and the floor below."""

    def __init__(
        self, settings: Settings, store: Store, secret: str, rng: random.Random | None = None
    ) -> None:
        self.settings = settings
        self.store = store
        self.metrics = Metrics()
        self.identity = Identity(secret)
        self.lobby = Lobby(self._building(), rng or random.Random())
        self.endpoint = Endpoint(
            self.lobby,
            build_frame,
            Limits(
                clients=settings.max_clients,
                per_address=settings.max_per_address,
                messages=settings.message_rate,
                joins=settings.join_rate,
            ),
            self.metrics,
        )
        self.floor = Floor(self.metrics)
        self.services = self._services()

    async def run(
        self, stop: Stop, task_status: trio.TaskStatus[list[str]] = trio.TASK_STATUS_IGNORED
    ) -> None:
        """Serve until ``stop`` returns, then drain. Starts with the URLs it listens on.

        Raises:
            StoreError: in the end there were poses that could not be written, or the database was
                not where it had been.
        """
        app, admitting = create_app(self.services), partial(admit, self.services)
        async with trio.open_nursery() as nursery:
            rooms_ended = trio.Event()
            await nursery.start(self._rooms, rooms_ended, name="lobby")
            await nursery.start(self.endpoint.run, name="endpoint")
            nursery.start_soon(
                watch, self.store, self.settings.flush_interval, name="watch the database"
            )
            nursery.start_soon(self._tidy_hourly, self.services, name="hourly upkeep")

            async def stop_and_drain() -> None:
                await stop()
                await self._drain(rooms_ended)

            await self.floor.serve(app, admitting, self._config(), stop_and_drain, task_status)
            nursery.cancel_scope.cancel()
        unsaved = self.lobby.statistics().unsaved
        if unsaved:
            raise StoreError(f"{unsaved} changes could not be written: see the log")
        await self.store.check_place()

    def reload(self) -> None:
        """Load anew what may have changed on disk while the server runs; nobody is dropped."""
        self.floor.reload_certificates()
        log.info("server.reloaded")

    def _building(self) -> Building:
        settings = self.settings
        return Building(
            store=self.store,
            encoder=lambda room_id: RoomFrames(room_id, build_frame),
            settings=RoomSettings(
                grace=settings.grace,
                idle=settings.room_idle,
                flush_interval=settings.flush_interval,
                limit=settings.max_per_room,
                tick=settings.tick,
            ),
            metrics=self.metrics,
            features=FEATURES,
        )

    async def _rooms(self, ended: trio.Event, task_status: trio.TaskStatus[None]) -> None:
        try:
            await self.lobby.run(task_status)
        finally:
            ended.set()

    async def _drain(self, rooms_ended: trio.Event) -> None:
        """Close every websocket with 1012, then wait until the rooms have written their poses."""
        log.info("server.draining clients=%d", len(self.endpoint))
        self.lobby.drain()
        self.floor.close_all(CloseCode.RESTART, Reason.RESTARTING)
        with trio.move_on_after(DRAIN) as scope:
            await rooms_ended.wait()
        if scope.cancelled_caught:
            log.error("server.undrained: not all poses were written within %g s", DRAIN)
        else:
            await self.floor.farewell()

    def _services(self) -> Services:
        return Services(
            settings=self.settings,
            store=self.store,
            identity=self.identity,
            web=web_folder(),
            present=self.lobby.present,
            who=self.lobby.who,
            close_room=self.lobby.close,
            always_spawn=self.lobby.always_spawn,
            forget=self._forget,
            kick=self.endpoint.kick,
            health=self._health,
            registry=registry(self.metrics, self.lobby.present, self.endpoint.__len__),
            refused=self.metrics.refused,
            refusal=self.endpoint.refusal,
            refuse=self.endpoint.refuse,
            is_full=self.lobby.is_full,
            connect=self._connect,
        )

    def _connect(self, version: str, user_id: str, address: str, carrier: Carrier) -> None:
        socket = self.endpoint.connect(user_id, address, carrier, version)
        carrier.serve(socket, reading(self.settings.message_rate))

    async def _forget(self, user_id: str, room_id: str | None) -> int:
        self.lobby.forget(user_id, room_id)
        return await self.store.forget_poses(user_id, room_id)

    async def _tidy_hourly(self, services: Services) -> None:
        while True:
            try:
                await self._tidy(services)
            except StoreError as error:
                log.warning("upkeep.failed error=%r: tried again in an hour", str(error))
            except Exception:
                log.exception("upkeep.failed: tried again in an hour")
            await trio.sleep(TIDY_EVERY)

    async def _tidy(self, services: Services) -> None:
        """Forget poses that are too old, and rooms of visitors that nobody entered in a day."""
        if self.settings.pose_age:
            count = await self.store.forget_older_than(self.settings.pose_age * _DAY)
            log.info("poses.forgotten count=%d days=%d", count, self.settings.pose_age)
        await delete_rooms(services, never_entered=True, days=UNENTERED_DAYS, by_visitors=True)

    async def _health(self) -> Health:
        if self.lobby.draining:
            return Health("draining", ("the server is stopping",))
        if not self.lobby.running:
            return Health("failed", ("the lobby does not run: restart the server",))
        reasons = [f"poses of room {room} cannot be written" for room in self.lobby.failing]
        try:
            await self.store.check()
        except StoreError as error:
            reasons.append(str(error))
        return Health("degraded" if reasons else "ok", tuple(reasons))

    def _config(self) -> Config:
        """Hypercorn's part: HTTP/1.1 and TLS; websockets leave it after the upgrade."""
        settings = self.settings
        config = Config()
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        config.bind = [f"{host}:{settings.port}"]
        config.alpn_protocols = ["http/1.1"]
        config.read_timeout = 20
        config.ssl_handshake_timeout = 10
        config.keep_alive_timeout = 15
        config.h11_max_incomplete_size = 32 * 1024
        config.include_server_header = False
        config.errorlog = logging.getLogger("hypercorn.error")  # else each line comes twice
        if settings.tls_certificate is not None:
            config.certfile = str(settings.tls_certificate)
            config.keyfile = str(settings.tls_key)
        return config


async def serve(settings: Settings, started: Callable[[list[str]], None]) -> None:
    """Serve until told to stop (``xr.signals``); ``started`` is told the URLs.

    Raises:
        StoreError: the database cannot be used, another server holds it, or poses were lost.
        SettingsError: the address cannot be bound, or the certificate cannot be used.
    """
    for name in unknown_names(os.environ):
        log.warning("settings.unknown name=%s: there is no such setting", name)
    with ExitStack() as stack:
        lock = stack.enter_context(acquire(settings.database))
        signals = stack.enter_context(receive_signals())
        async with open_store(settings.database, settings.synchronous) as store:
            await store.check()
            warn_if_unnamed(settings)
            secret = load_secret(settings)
            remember_secret(settings.database, secret)
            server = Server(settings, store, secret)
            async with trio.open_nursery() as nursery:
                stop = partial(signals.until_stopped, server.reload)
                urls = await nursery.start(server.run, stop, name="server")
                lock.publish(urls[0])
                await _tell_start(server, urls)
                started(urls)
            log.info("server.stopped poses_written=%d", server.metrics.poses_flushed)


async def _tell_start(server: Server, urls: list[str]) -> None:
    log.info(
        "server.started version=%s database=%s rooms=%d url=%s public_url=%s",
        __version__,
        server.settings.database.resolve(),
        len(await server.store.list_rooms()),
        " ".join(urls),
        server.settings.public_url,
    )


def warn_if_unnamed(settings: Settings) -> None:
    """Say that a server which listens to the world knows no name of its own."""
    address = parse_address(settings.host)
    to_itself = settings.host == "localhost" if address is None else address.is_loopback
    if settings.public_url is None and not to_itself:
        log.warning(
            "server.unnamed host=%s: it answers under literal addresses only; to be reached by a "
            "name, set XR_PUBLIC_URL to the address that browsers show",
            settings.host,
        )


def web_folder() -> Path:
    """Where the browser bundle is: beside this file in a wheel, else in the checkout."""
    here = Path(__file__).parent
    packed = here / "_web"
    return packed if packed.is_dir() else here.parent / "web" / "dist"
