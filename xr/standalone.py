"""The server as ``xr serve`` runs it: on our own HTTP server, until a signal stops it."""

import logging
from collections.abc import Awaitable, Callable
from functools import partial

import trio
from hypercorn.config import Config

from xr.pages.at_once import AtOnce
from xr.pages.socket import admit
from xr.server import Server, open_server, tell_start
from xr.service_manager import READY, STOPPING, ServiceManager
from xr.serving.http_server import HttpServer
from xr.serving.listeners import PoliteListener, open_listeners
from xr.serving.redirect import redirect
from xr.settings import Settings, redirect_origin
from xr.signals import receive_signals

log = logging.getLogger(__name__)

Stop = Callable[[], Awaitable[None]]


class Standalone:
    """A server and the HTTP server below it."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self.http = HttpServer(server.metrics)

    async def run(
        self, stop: Stop, task_status: trio.TaskStatus[list[str]] = trio.TASK_STATUS_IGNORED
    ) -> None:
        """Serve until ``stop`` returns, then drain. Starts with the URLs it listens on.

        Raises:
            StoreError: in the end there were poses that could not be written, or the database was
                not where it had been.
            SettingsError: an address cannot be bound, or http cannot be led to https.
        """
        server = self._server
        origin = redirect_origin(server.settings)

        async def stop_and_drain() -> None:
            await stop()
            if await server.drain():
                await self.http.farewell()

        async with server.running(), trio.open_nursery() as beside:
            if origin is not None:
                listener = self._listen_to_http()
                metrics = server.metrics
                beside.start_soon(redirect, listener, origin, metrics, name="redirect")
            await self.http.serve(
                server.app,
                partial(admit, server.services),
                AtOnce(server.services),
                http_config(server.settings),
                stop_and_drain,
                task_status,
            )
            beside.cancel_scope.cancel()

    def _listen_to_http(self) -> PoliteListener:
        settings = self._server.settings
        config = Config()
        config.bind = [_bind(settings.host, settings.redirect_port)]
        (listener,), _ = open_listeners(config, None, self._server.metrics)
        log.info("redirect.started port=%d", settings.redirect_port)
        return listener

    def reload(self) -> None:
        """Load anew what may have changed on disk while the server runs; nobody is dropped."""
        self.http.reload_certificates()
        log.info("server.reloaded")


async def serve(settings: Settings, started: Callable[[list[str]], None]) -> None:
    """Serve until told to stop (``xr.signals``); ``started`` is told the URLs.

    Raises:
        StoreError: the database cannot be used, another server holds it, or poses were lost.
        SettingsError: the address cannot be bound, or the certificate cannot be used.
    """
    manager = ServiceManager()
    with receive_signals() as signals:
        async with open_server(settings) as (server, lock), trio.open_nursery() as nursery:
            standalone = Standalone(server)

            def reload() -> None:
                standalone.reload()
                manager.tell_reloaded()

            async def until_stopped() -> None:
                async with trio.open_nursery() as beside:
                    beside.start_soon(manager.feed_watchdog, name="watchdog")
                    await signals.until_stopped(reload)
                    manager.tell(STOPPING)
                    beside.cancel_scope.cancel()

            urls = await nursery.start(standalone.run, until_stopped, name="server")
            lock.publish(urls[0])
            await tell_start(server, " ".join(urls))
            started(urls)
            manager.tell(READY)


def http_config(settings: Settings) -> Config:
    """Hypercorn's part: HTTP/1.1 and TLS; websockets leave it after the upgrade."""
    config = Config()
    config.bind = [_bind(settings.host, settings.port)]
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


def _bind(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
