"""The HTTP server: Hypercorn's worker with our guarded connections, and our reader."""

import logging
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import trio
from hypercorn.config import Config

from xr.metrics import Metrics
from xr.serving.arrivals import Arrivals, Ends
from xr.serving.certificate import Certificate
from xr.serving.connection import Connection
from xr.serving.guard import GuardedConnection
from xr.serving.handshake import Admit
from xr.serving.http import PlainHttp
from xr.serving.hypercorn_internals import (
    ASGIWrapper,
    ConnectionState,
    Lifespan,
    LifespanState,
    WorkerContext,
)
from xr.serving.idle_timeout import IdleTimeout
from xr.serving.keeper import keep
from xr.serving.listeners import PoliteListener, open_listeners
from xr.serving.protocols import AtOnce
from xr.serving.reader import Reader

if TYPE_CHECKING:
    from hypercorn.typing import ASGIFramework

log = logging.getLogger(__name__)

GRACE = 1.0
"""Seconds that HTTP requests under way have to end when the server stops."""
FAREWELL = 1.0
"""Seconds that websockets have to see their close frame and end when the server stops."""
_LOOK = 0.02


class HttpServer:
    """Listeners, HTTP connections and the reader of websockets."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._reader = Reader(metrics)
        self._waiting: set[IdleTimeout] = set()
        self._certificate: Certificate | None = None

    def reload_certificates(self) -> None:
        """Use a renewed certificate for new handshakes; a bad one is logged and not used."""
        if self._certificate is not None:
            self._certificate.reload()

    def connections(self) -> list[Connection]:
        """All websockets."""
        return self._reader.connections()

    async def farewell(self) -> None:
        """Wait for the peers to end too, at most ``FAREWELL`` seconds.

        Bytes that they still send could otherwise reset the connection before our close frame.
        """
        for _ in range(round(FAREWELL / _LOOK)):
            if not self.connections():
                break
            await trio.sleep(_LOOK)

    async def serve(
        self,
        app: "ASGIFramework",
        admit: Admit,
        at_once: AtOnce,
        config: Config,
        stop: Callable[[], Awaitable[None]],
        task_status: trio.TaskStatus[list[str]] = trio.TASK_STATUS_IGNORED,
    ) -> None:
        """Serve ``app`` on what ``config`` binds until ``stop`` returns, then let requests end.

        The app gets no websockets: ``admit`` decides about each handshake. ``at_once`` is asked
        for an answer before the app. Websockets are read until the very end; the caller's ``stop``
        closes them before it returns. The task status is the URLs that it listens on.

        Raises:
            SettingsError: an address cannot be bound.
        """
        state: LifespanState = {}
        wrapped = ASGIWrapper(app)
        lifespan = Lifespan(wrapped, config, state)
        context = WorkerContext(None)
        async with trio.open_nursery() as background:
            await background.start(lifespan.handle_lifespan, name="lifespan")
            await lifespan.wait_for_startup()
            background.start_soon(self._reader.run, name="reader")
            background.start_soon(keep, self.connections, name="keeper")
            if config.certfile is not None and config.keyfile is not None:
                self._certificate = Certificate(Path(config.certfile), Path(config.keyfile))
                background.start_soon(self._certificate.watch, name="certificate")
            listeners, urls = open_listeners(config, self._certificate, self._metrics)
            connection = partial(
                GuardedConnection,
                wrapped,
                config,
                context,
                ConnectionState(state.copy()),
                admit=admit,
                at_once=at_once,
                reader=self._reader,
                metrics=self._metrics,
                waiting=self._waiting,
            )
            http = partial(_http, wrapped, config, context, at_once)
            arrivals = Arrivals(http, admit, self._reader, self._metrics)
            task_status.started(urls)
            await self._accept(arrivals, connection, listeners, context, stop)
            await lifespan.wait_for_shutdown()
            background.cancel_scope.cancel()

    async def _accept(
        self,
        arrivals: Arrivals,
        connection: Callable[[Any], GuardedConnection],
        listeners: list[PoliteListener],
        context: WorkerContext,
        stop: Callable[[], Awaitable[None]],
    ) -> None:
        """Accept connections until ``stop`` returns; then let requests end, for ``GRACE``."""
        async with trio.open_nursery() as handlers:
            async with trio.open_nursery() as accepting:
                for listener in listeners:
                    accepting.start_soon(
                        _take_all, listener, arrivals, connection, handlers, name="accepting"
                    )
                await stop()
                accepting.cancel_scope.cancel()
            await context.terminated.set()
            for idle_timeout in list(self._waiting):
                idle_timeout.end()
            handlers.cancel_scope.deadline = trio.current_time() + GRACE


async def _take_all(
    listener: PoliteListener,
    arrivals: Arrivals,
    connection: Callable[[Any], GuardedConnection],
    handlers: trio.Nursery,
) -> None:
    """Accept connections until cancelled, each in a task of its own if it needs one."""
    try:
        while True:
            plain = await listener.accept()
            if listener.certificate is not None or not arrivals.answer(plain):
                stream = listener.stream(plain)
                handlers.start_soon(_run, connection, stream, name="connection")
    finally:
        listener.close()


async def _run(connection: Callable[[Any], GuardedConnection], stream: Any) -> None:
    try:
        await connection(stream).run()
    finally:
        await trio.aclose_forcefully(stream)


def _http(
    app: ASGIWrapper, config: Config, context: WorkerContext, at_once: AtOnce, ends: Ends
) -> PlainHttp:
    """The HTTP of a first request without TLS: it neither sends nor starts a task."""
    rest = ConnectionState({}), False, *ends, None
    return PlainHttp(app, config, context, None, *rest, at_once=at_once)
