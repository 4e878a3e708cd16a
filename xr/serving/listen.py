"""Listens and serves: Hypercorn's worker with our guarded connections, and a polite listener."""

import errno
import logging
import os
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import trio
from hypercorn.app_wrappers import ASGIWrapper
from hypercorn.config import Config
from hypercorn.trio.lifespan import Lifespan
from hypercorn.trio.worker_context import WorkerContext
from hypercorn.typing import ASGIFramework, ConnectionState, LifespanState

from xr.errors import SettingsError
from xr.metrics import Metrics
from xr.serving.certificate import Certificate
from xr.serving.connection import Connection
from xr.serving.guard import GuardedConnection
from xr.serving.handshake import Admit
from xr.serving.keeper import keep
from xr.serving.patience import Patience
from xr.serving.reader import Reader
from xr.serving.tls import TlsStream

log = logging.getLogger(__name__)

GRACE = 1.0
"""Seconds that HTTP requests under way have to end when the server stops."""
FAREWELL = 1.0
"""Seconds that websockets have to see their close frame and end when the server stops."""
_LOOK = 0.02
USER_TIMEOUT_MS = 10_000
BACKLOG = 1024
_FULL = {errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS}
_PAUSE = 0.1
_REFUSED_AT_ONCE = 20
_REQUEST = 65_536
_SORRY = (
    b"HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\nretry-after: 5\r\n"
    b"content-type: text/plain\r\ncontent-length: 19\r\n\r\nThe server is full.\n"[:-1]
)


class PoliteListener(trio.abc.Listener[trio.SocketStream]):
    """Out of file descriptors, it gives up one in reserve to refuse whoever waits, and rests."""

    def __init__(self, plain: socket.socket, metrics: Metrics) -> None:
        self._plain = plain
        self._listener = trio.SocketListener(trio.socket.from_stdlib_socket(plain))
        self._metrics = metrics
        self._reserve = _spare()
        self._full = False

    async def accept(self) -> trio.SocketStream:
        """The next connection; raises nothing for want of descriptors."""
        while True:
            try:
                stream = await self._listener.accept()
            except OSError as error:
                if error.errno not in _FULL:
                    raise
                self._refuse()
                await trio.sleep(_PAUSE)
            else:
                self._full = False
                return stream

    async def aclose(self) -> None:
        """Stop listening."""
        self._give_up_reserve()
        await self._listener.aclose()

    def _refuse(self) -> None:
        if not self._full:
            self._full = True
            log.warning("listener.full: out of file descriptors; raise the limit (ulimit -n)")
        self._give_up_reserve()
        with suppress(OSError):  # nobody waits any more
            for _ in range(_REFUSED_AT_ONCE):
                waiting, _ = self._plain.accept()
                self._metrics.refused["out of file descriptors"] += 1
                with waiting, suppress(OSError):  # the one who waited is gone
                    waiting.setblocking(False)
                    waiting.send(_SORRY)
                    waiting.shutdown(socket.SHUT_WR)
                    waiting.recv(_REQUEST)  # what is left unread would undo the answer
        self._reserve = _spare()

    def _give_up_reserve(self) -> None:
        if self._reserve is not None:
            os.close(self._reserve)
            self._reserve = None


class TlsListener(trio.abc.Listener[TlsStream]):
    """Whoever comes gets the certificate that is in use then."""

    def __init__(self, listener: PoliteListener, certificate: Certificate) -> None:
        self._listener = listener
        self._certificate = certificate

    async def accept(self) -> TlsStream:
        """The next connection; its handshake is for its own task to wait for."""
        return TlsStream(await self._listener.accept(), self._certificate.context)

    async def aclose(self) -> None:
        """Stop listening."""
        await self._listener.aclose()


def _spare() -> int | None:
    """A descriptor that is good for nothing but to be closed; None if there is none left."""
    try:
        return os.open(os.devnull, os.O_RDONLY)
    except OSError:
        return None


class Floor:
    """Everything that listens and reads: one per server."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._reader = Reader(metrics)
        self._waiting: set[Patience] = set()
        self._certificate: Certificate | None = None

    def reload_certificates(self) -> None:
        """Take up a renewed certificate, for new handshakes; a bad one is logged and left."""
        if self._certificate is not None:
            self._certificate.reload()

    def connections(self) -> list[Connection]:
        """All websockets."""
        return self._reader.connections()

    def close_all(self, code: int, reason: str) -> None:
        """Close every websocket."""
        for connection in self.connections():
            connection.close(code, reason)

    async def farewell(self) -> None:
        """Wait until the peers have ended too, so that what they still send undoes no close frame.

        No longer than ``FAREWELL``.
        """
        for _ in range(round(FAREWELL / _LOOK)):
            if not self.connections():
                break
            await trio.sleep(_LOOK)

    async def serve(
        self,
        app: ASGIFramework,
        admit: Admit,
        config: Config,
        stop: Callable[[], Awaitable[None]],
        task_status: trio.TaskStatus[list[str]] = trio.TASK_STATUS_IGNORED,
    ) -> None:
        """Serve ``app`` on what ``config`` binds until ``stop`` returns, then let requests end.

        Websockets are no matter of the app's: ``admit`` decides about them.

        Starts with the URLs that it listens on. Websockets are read until the very end; whoever
        stops the server has closed them by the time that ``stop`` returns.
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
            listeners, urls = self._listen(config)
            if self._certificate is not None:
                background.start_soon(self._certificate.watch, name="certificate")
            connection = partial(
                GuardedConnection,
                wrapped,
                config,
                context,
                ConnectionState(state.copy()),
                admit=admit,
                reader=self._reader,
                metrics=self._metrics,
                waiting=self._waiting,
            )
            async with trio.open_nursery() as handlers:
                async with trio.open_nursery() as accepting:
                    serve = partial(trio.serve_listeners, handler_nursery=handlers)
                    accepting.start_soon(
                        serve, partial(_run, connection), listeners, name="accepting"
                    )
                    task_status.started(urls)
                    await stop()
                    accepting.cancel_scope.cancel()
                await context.terminated.set()
                for patience in list(self._waiting):
                    patience.end()
                handlers.cancel_scope.deadline = trio.current_time() + GRACE
            await lifespan.wait_for_shutdown()
            background.cancel_scope.cancel()

    def _listen(self, config: Config) -> tuple[list[Any], list[str]]:
        if config.certfile is not None and config.keyfile is not None:
            self._certificate = Certificate(Path(config.certfile), Path(config.keyfile))
        try:
            sockets = config.create_sockets()
        except OSError as error:
            where = " ".join(config.bind)
            raise SettingsError(
                f"cannot listen on {where}: {error.strerror} ({_cure(error)})"
            ) from error
        listeners: list[Any] = []
        urls = []
        for plain in sockets.insecure_sockets:
            listeners.append(self._listener(plain))
            urls.append(f"http://{_address(plain)}")
        if self._certificate is not None:
            for plain in sockets.secure_sockets:
                listeners.append(TlsListener(self._listener(plain), self._certificate))
                urls.append(f"https://{_address(plain)}")
        return listeners, urls

    def _listener(self, plain: socket.socket) -> PoliteListener:
        # A peer that takes no byte and acknowledges nothing frees its task and buffers in time.
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, USER_TIMEOUT_MS)
        plain.listen(BACKLOG)
        return PoliteListener(plain, self._metrics)


def _cure(error: OSError) -> str:
    """What to do about an address that cannot be bound."""
    if error.errno in (errno.EACCES, errno.EPERM):
        return (
            "a port below 1024 takes a capability, AmbientCapabilities=CAP_NET_BIND_SERVICE in a "
            "systemd unit; else set XR_PORT to 1024 or more, and put a proxy in front"
        )
    return "set XR_HOST and XR_PORT"


async def _run(connection: Callable[[Any], GuardedConnection], stream: Any) -> None:
    await connection(stream).run()


def _address(plain: socket.socket) -> str:
    host, port = plain.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
