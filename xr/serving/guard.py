"""Hypercorn's connection, hardened for the open internet, and the hand-over of a websocket.

Hypercorn does HTTP and TLS. Five things are ours, each for a measured reason:

- an error in one connection ends that connection; in Hypercorn's worker it ends the server;
- everything is sent under a deadline; Hypercorn sends in a shielded scope, which one peer that does
  not read holds open for ever, past SIGTERM;
- one scope holds all tasks of a connection. It is cancelled when the peer is gone and when a
  request has taken too long; Hypercorn waits for events that only a successful answer sets;
- an idle connection has a deadline; Hypercorn gives each a task, a tenth of the cost of a join;
- with its upgrade a websocket leaves Hypercorn, and its task, for the ``Reader``. Hypercorn's own
  websocket has no bound for an endless message, accepts compression bombs, and costs a task wake-up
  for each message.
"""

import logging
import socket
from contextlib import suppress
from typing import Any

import h11
import trio

from xr.metrics import Metrics
from xr.serving.carrier import Connected
from xr.serving.connection import SILENT
from xr.serving.handshake import Admit, Admitted, Rejected, note_refusal
from xr.serving.http import PlainHttp
from xr.serving.hypercorn_internals import MAX_RECV, Closed, Event, RawData, TCPServer
from xr.serving.idle_timeout import IdleTimeout
from xr.serving.protocols import AtOnce
from xr.serving.reader import Reader
from xr.serving.tls import TlsStream

log = logging.getLogger(__name__)

SEND_DEADLINE = 10.0
"""Seconds in which a peer must take a part of an HTTP answer; it may be slow, but not still."""
PART = 16_384
REQUEST_DEADLINE = 300.0
"""Seconds from a request to the end of its answer; an upload on a slow line needs minutes."""
CLOSE_DEADLINE = 1.0
_UNSENT = (
    trio.BrokenResourceError,
    trio.ClosedResourceError,
    trio.BusyResourceError,  # it is being closed by another task
    trio.TooSlowError,
)


class GuardedConnection(TCPServer):
    """One TCP or TLS connection; Hypercorn's until a websocket is handed over."""

    def __init__(
        self,
        *arguments: Any,
        admit: Admit,
        at_once: AtOnce,
        reader: Reader,
        metrics: Metrics,
        waiting: set[IdleTimeout],
    ) -> None:
        super().__init__(*arguments)
        config = self.config
        self.idle_task: IdleTimeout = IdleTimeout(  # type: ignore[assignment]  # it does all that is asked
            config.keep_alive_timeout, config.read_timeout or SILENT, waiting
        )
        self._admit = admit
        self._at_once = at_once
        self._reader = reader
        self._metrics = metrics
        self._scope = trio.CancelScope()  # all tasks of the connection while it is HTTP
        self._admitted: Admitted | None = None
        self._answer = self._early = b""  # the handshake's, and what came behind it

    async def run(self) -> None:
        """Serve the connection; an exception ends only this connection."""
        self._metrics.http_connections += 1
        try:
            with self._scope:
                await super().run()
            if self._scope.cancelled_caught:
                await trio.aclose_forcefully(self.stream)
            elif self._admitted is not None:
                self._hand_over(self._admitted.connected)
        except (Exception, BaseExceptionGroup) as error:
            cause = error
            if isinstance(error, BaseExceptionGroup):
                _, other = error.split(trio.Cancelled)
                if other is None:
                    raise
                cause = other
            self._metrics.connection_faults += 1
            log.info("http.failed error=%.200r address=%s", cause, _peer(self.stream))
        finally:
            self.idle_task.over()
            self._metrics.http_connections -= 1

    async def protocol_send(self, event: Event) -> None:
        """Send for Hypercorn, under a deadline; with the connection's end all its tasks end."""
        if isinstance(event, RawData):
            if not await self._send(event.data):
                self._scope.cancel()
        elif isinstance(event, Closed):
            await self._close()
            self._scope.cancel()
        else:
            self._scope.deadline = trio.current_time() + REQUEST_DEADLINE
            await super().protocol_send(event)

    async def _read_data(self) -> None:
        http = self._speak_plainly()
        while http.upgrade is None:
            data = b""
            try:
                with self.idle_task.reading():
                    data = bytes(await self.stream.receive_some(MAX_RECV))
            except (trio.ClosedResourceError, trio.BrokenResourceError):
                pass  # as if the peer had ended
            if not data:
                self._scope.cancel()
                return
            await self.protocol.handle(RawData(data))
        await self._open(http, http.upgrade)

    async def _open(self, http: PlainHttp, upgrade: h11.Request) -> None:
        """Answer a websocket's handshake; admitted, it is handed over when Hypercorn is done."""
        if not http.answerable:
            return  # the bytes behind it were no HTTP, and were answered with 400
        data, answer = http.open(upgrade, self._admit)
        if isinstance(answer, Rejected):
            note_refusal(answer, http.client, self._metrics)
            await self._send(data)
        else:
            self._answer, self._early, self._admitted = data, http.early, answer

    def _hand_over(self, connected: Connected) -> None:
        stream, session, early = self.stream, None, self._early
        if isinstance(stream, TlsStream):
            session = stream.session
            early += session.opened()  # there may be whole records that nobody has asked for
            stream = stream.transport_stream
        plain = socket.socket(fileno=stream.socket.detach())
        self._reader.add(plain, session, connected, self._answer, early)

    async def _send(self, data: bytes) -> bool:
        """Send, each part under a deadline; False if the peer does not take it."""
        async with self.send_lock:
            try:
                for start in range(0, len(data), PART):
                    with trio.fail_after(SEND_DEADLINE):
                        await self.stream.send_all(data[start : start + PART])
                    self.idle_task.progress()
            except _UNSENT:
                return False
        return True

    def _speak_plainly(self) -> PlainHttp:
        """Use our HTTP in place of Hypercorn's."""
        wrapper = self.protocol
        http = wrapper.protocol = PlainHttp(
            wrapper.app,
            wrapper.config,
            wrapper.context,
            wrapper.task_group,
            wrapper.state,
            wrapper.ssl,
            wrapper.client,
            wrapper.server,
            wrapper.send,
            at_once=self._at_once,
        )
        return http

    async def _close(self) -> None:
        """Hypercorn is done: close, unless a websocket was admitted, which goes on."""
        if self._admitted is None:
            # Quart-Trio cancels the task that sends the end of an answer, and this with it.
            with trio.move_on_after(CLOSE_DEADLINE, shield=True):
                await super()._close()


def _peer(stream: trio.abc.Stream) -> str:
    """The peer's address, if the stream still knows it."""
    plain = stream.transport_stream if isinstance(stream, trio.SSLStream) else stream
    if isinstance(plain, trio.SocketStream):
        with suppress(OSError):
            return str(plain.socket.getpeername()[0])
    return "unknown"
