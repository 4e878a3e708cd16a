"""The server put together from its parts, in one place and without globals.

It listens nowhere: ``standalone.py`` puts it on our HTTP server, ``asgi.py`` on another.
"""

import logging
import os
import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import trio

from xr import __version__
from xr.channels.endpoint import Endpoint, Limits
from xr.channels.rate_keeper import reading
from xr.channels.room_frames import RoomFrames
from xr.errors import CloseCode, StoreError
from xr.features import FEATURES
from xr.features.visit_log import VisitLog
from xr.features.voice import Voice
from xr.identity import Identity
from xr.metrics import Metrics
from xr.monitoring.monitor import Monitor
from xr.operations.rooms import delete_rooms
from xr.pages.app import create_app
from xr.pages.services import Services
from xr.rates import parse_address
from xr.rooms.asking import ask
from xr.rooms.building import Building
from xr.rooms.feature import Feature
from xr.rooms.lifecycle import Ending
from xr.rooms.lobby import Lobby
from xr.rooms.settings import RoomSettings
from xr.rooms.users import send_out, settle
from xr.rooms.writing import write
from xr.serving.carrier import Carrier
from xr.serving.framing import build_frame
from xr.setting_sources import unknown_names
from xr.settings import Settings
from xr.store.lock import Lock, acquire
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


class Server:
    """One server: lobby with its rooms, endpoint and pages. ``now`` gives unix seconds."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        secret: str,
        rng: random.Random | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.settings = settings
        self.store = store
        self.metrics = Metrics()
        self.identity = Identity(
            secret, password=settings.password, admin_password=settings.admin_password
        )
        building = _building(settings, store, self.metrics, self.identity, now)
        self.lobby = Lobby(building, rng or random.Random())
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
        self.monitor = Monitor(settings, store, self.lobby, self.endpoint, self.metrics, now)
        self.services = self._services()
        self.app = create_app(self.services)
        self._rooms_ended = trio.Event()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Keep rooms open and the store tidy within the block.

        Raises:
            StoreError: in the end there were poses that could not be written, or the database was
                not where it had been.
        """
        async with trio.open_nursery() as nursery:
            await nursery.start(self._rooms, name="lobby")
            await nursery.start(self.endpoint.run, name="endpoint")
            nursery.start_soon(
                watch, self.store, self.settings.flush_interval, name="watch the database"
            )
            nursery.start_soon(self._tidy_hourly, name="hourly upkeep")
            nursery.start_soon(self.monitor.run, name="monitor")
            yield
            nursery.cancel_scope.cancel()
        unsaved = self.lobby.statistics().unsaved
        if unsaved:
            raise StoreError(f"{unsaved} poses could not be written: see the log")
        await self.store.check_place()

    async def drain(self) -> bool:
        """Close every websocket with 1012 and wait until the rooms have written their poses.

        False if they have not within ``DRAIN`` seconds.
        """
        log.info("server.draining clients=%d", len(self.endpoint))
        self.lobby.drain()
        self.endpoint.close_all(CloseCode.RESTART, Reason.RESTARTING)
        with trio.move_on_after(DRAIN) as scope:
            await self._rooms_ended.wait()
        if scope.cancelled_caught:
            log.error("server.undrained: not all poses were written within %g s", DRAIN)
        return not scope.cancelled_caught

    async def _rooms(self, task_status: trio.TaskStatus[None]) -> None:
        try:
            await self.lobby.run(task_status)
        finally:
            self._rooms_ended.set()

    def _services(self) -> Services:
        return Services(
            settings=self.settings,
            store=self.store,
            identity=self.identity,
            web=web_folder(),
            present=self.lobby.present,
            who=self.lobby.who,
            close_room=self.lobby.close,
            stop_room=partial(self.lobby.close, why=Ending.STOPPED),
            forget_pose=self._forget_pose,
            forget_user=self._forget_user,
            ask=partial(ask, self.lobby.supervisor),
            kick=self.endpoint.kick,
            write=partial(write, self.lobby.supervisor),
            settle=partial(settle, self.lobby.supervisor),
            send_out=self._send_out,
            health=self.monitor.health,
            measure=self.monitor.measure,
            metrics=self.metrics,
            refusal=self.endpoint.refusal,
            refuse=self.endpoint.refuse,
            knock=self.lobby.refusal,
            options=self.lobby.options,
            record=self.lobby.record,
            look=self.lobby.look,
            connect=self._connect,
            open_sockets=self.endpoint.open_sockets,
            history=self.monitor.history,
            warnings=self.monitor.warnings,
        )

    def _connect(
        self, version: str, user_id: str, address: str, agent: str, carrier: Carrier
    ) -> None:
        socket = self.endpoint.connect(user_id, address, carrier, version, agent)
        carrier.serve(socket, reading(self.settings.message_rate))

    async def _send_out(self, user_id: str) -> None:
        self.endpoint.kick(user_id, reason=Reason.FORGOTTEN)
        await send_out(self.lobby.supervisor, user_id)

    async def _forget_pose(self, user_id: str, room_id: str) -> int:
        with self.lobby.forgetting():
            self.lobby.forget_pose(user_id, room_id)
            return await self.store.forget_pose(user_id, room_id)

    async def _forget_user(self, user_id: str) -> int:
        with self.lobby.forgetting():
            self.lobby.forget_user(user_id)
            return await self.store.forget_user(user_id)

    async def _tidy_hourly(self) -> None:
        while True:
            try:
                await self._tidy()
            except StoreError as error:
                log.warning("upkeep.failed error=%r: tried again in an hour", str(error))
            except Exception:
                log.exception("upkeep.failed: tried again in an hour")
            await trio.sleep(TIDY_EVERY)

    async def _tidy(self) -> None:
        """Forget old poses, chat and acts, and visitors' rooms that nobody entered in a day."""
        if self.settings.pose_age:
            count = await self.store.forget_older_than(self.settings.pose_age * _DAY)
            if count:  # with no news an hour is silent
                log.info("poses.forgotten count=%d days=%d", count, self.settings.pose_age)
        if self.settings.audit_days:
            await self.store.forget_acts(self.settings.audit_days * _DAY)
        await self.store.forget_chat_older_than(self.settings.chat_hours * 3600)
        await delete_rooms(self.services, never_entered=True, days=UNENTERED_DAYS, by_visitors=True)


def _building(
    settings: Settings,
    store: Store,
    metrics: Metrics,
    identity: Identity,
    now: Callable[[], float],
) -> Building:
    """The parts that the rooms of a server share."""
    return Building(
        store=store,
        encoder=lambda room_id: RoomFrames(room_id, build_frame),
        settings=RoomSettings(
            grace=settings.grace,
            idle=settings.room_idle,
            flush_interval=settings.flush_interval,
            limit=settings.max_per_room,
            tick=settings.tick,
            chat_hours=settings.chat_hours,
        ),
        metrics=metrics,
        mark=identity.mark_address,
        signer=identity,
        now=now,
        features=_features(settings),
    )


def _features(settings: Settings) -> list[type[Feature]]:
    """The features of the rooms, as the operator wants them."""
    wanted = [each for each in FEATURES if settings.voice == "on" or each is not Voice]
    return wanted + [VisitLog] * (settings.log_visits == "on")


@asynccontextmanager
async def open_server(settings: Settings) -> AsyncIterator[tuple[Server, Lock]]:
    """The server on its database, which is this process's alone within the block.

    Raises:
        StoreError: the database cannot be used, or another server holds it.
    """
    for name in unknown_names(os.environ):
        log.warning("settings.unknown name=%s: there is no such setting", name)
    with acquire(settings.database) as lock:
        async with open_store(settings.database, settings.synchronous) as store:
            await store.check()
            secret = load_secret(settings)
            remember_secret(settings.database, secret)
            server = Server(settings, store, secret)
            yield server, lock
            log.info("server.stopped poses_written=%d", server.metrics.poses_flushed)


async def tell_start(server: Server, url: str) -> None:
    """Log that the server has started."""
    log.info(
        "server.started version=%s database=%s rooms=%d url=%s public_url=%s",
        __version__,
        server.settings.database.resolve(),
        len(await server.store.list_rooms()),
        url,
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
    """The folder of the browser bundle: beside this file in a wheel, else in the checkout."""
    here = Path(__file__).parent
    packed = here / "_web"
    return packed if packed.is_dir() else here.parent / "web" / "dist"
