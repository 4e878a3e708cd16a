"""The whole server as an ASGI app, for the Trio worker of stock Hypercorn or another Trio server.

    hypercorn --worker-class trio 'xr.asgi:create_app()'

Rooms live in the task of the app's lifespan: it opens the database and the rooms, and after the
server has let go of all connections it writes every pose. docs/architecture.md says what is
different from ``xr serve``.
"""

import logging
import os
import sys
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from xr.errors import XrError, first_of
from xr.logs.writer import logging_to
from xr.server import open_server, tell_start, warn_if_unnamed
from xr.setting_sources import load_settings
from xr.settings import Settings
from xr.store.lock import Lock

if TYPE_CHECKING:
    from hypercorn.typing import (
        ASGIFramework,
        ASGIReceiveCallable,
        ASGISendCallable,
        Scope,
        WWWScope,
    )

log = logging.getLogger(__name__)


class App:
    """An ASGI app that is the server's while its lifespan lasts."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._app: ASGIFramework | None = None
        self._lock: Lock | None = None  # until its holder's address is known

    async def __call__(
        self, scope: "Scope", receive: "ASGIReceiveCallable", send: "ASGISendCallable"
    ) -> None:
        """Serve a request or a websocket, or live a lifespan.

        Raises:
            RuntimeError: the ASGI server serves outside of a lifespan, which the rooms need.
        """
        if scope["type"] == "lifespan":
            with _logging(self._settings):
                await self._live(receive, send)
        elif self._app is None:
            raise RuntimeError("xr.asgi needs an ASGI server with lifespan, such as Hypercorn")
        else:
            self._publish(scope)
            await self._app(scope, receive, send)

    def _publish(self, scope: "WWWScope") -> None:
        """Let the command line find this server where the first request has found it."""
        server = scope.get("server")
        if self._lock is None or server is None:
            return
        host = f"[{server[0]}]" if ":" in server[0] else server[0]
        secure = scope["scheme"] in ("https", "wss")
        self._lock.publish(f"{'https' if secure else 'http'}://{host}:{server[1]}")
        self._lock = None

    async def _live(self, receive: "ASGIReceiveCallable", send: "ASGISendCallable") -> None:
        """Open the server, run it until the shutdown, drain it."""
        await receive()  # lifespan.startup
        started = False
        warn_if_unnamed(self._settings)
        try:
            async with open_server(self._settings) as (server, lock), server.running():
                self._app, self._lock = server.app, lock
                await tell_start(server, "asgi")
                await send({"type": "lifespan.startup.complete"})
                started = True
                await receive()  # lifespan.shutdown
                await server.drain()
        except Exception as error:
            reason = first_of(error)
            if not isinstance(reason, XrError | OSError):
                log.exception("server.failed")
            if started:
                await send({"type": "lifespan.shutdown.failed", "message": str(reason)})
            else:
                await send({"type": "lifespan.startup.failed", "message": str(reason)})
        else:
            await send({"type": "lifespan.shutdown.complete"})
        finally:
            self._app = self._lock = None


def create_app(settings: Settings | None = None) -> App:
    """The app, with these settings, else those of the environment (``XR_...``).

    Raises:
        SettingsError: the environment has an unknown name or a value that cannot be used.
    """
    return App(load_settings(os.environ) if settings is None else settings)


def _logging(settings: Settings) -> AbstractContextManager[None]:
    """Our log on stderr, unless somebody has set up logging already."""
    if logging.getLogger().handlers:
        return nullcontext()
    return logging_to(sys.stderr.fileno(), settings.log, "xr")
