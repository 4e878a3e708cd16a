"""A websocket over TLS in our process: the same connection, fed by a task that reads its stream."""

from collections.abc import Callable
from contextlib import suppress

import trio

from xr.metrics import Metrics
from xr.serving.connection import Connection
from xr.serving.reader import READ


class StreamWire:
    """A connection's bytes through a Trio stream; one write is under way at a time."""

    def __init__(self, scope: trio.CancelScope) -> None:
        self._scope = scope
        self._flight = b""
        self._finished = False
        self._reading = trio.Event()  # set while bytes are wanted
        self._reading.set()
        # Rung when there is something to write, or no more. Full means it has been rung already.
        self._ring, self._bell = trio.open_memory_channel[None](1)

    def write(self, data: bytes) -> int:
        """Take the bytes if none are under way."""
        if self._flight:
            return 0
        self._flight = data
        self._wake()
        return len(data)

    def want_write(self, wanted: bool) -> None:
        """Nothing to do: the pump asks for more after every write."""

    def want_read(self, wanted: bool) -> None:
        """Let the reading task read on, or wait."""
        if wanted:
            self._reading.set()
        else:
            self._reading = trio.Event()

    async def readable(self) -> None:
        """Wait until bytes are wanted."""
        await self._reading.wait()

    def finish(self) -> None:
        """The pump ends when all is written."""
        self._finished = True
        self._wake()

    def abort(self) -> None:
        """Stop reading and writing now."""
        self._scope.cancel()

    async def pump(self, stream: trio.SSLStream[trio.SocketStream], connection: Connection) -> None:
        """Write what is there until finished, then our end; a broken stream ends the connection."""
        try:
            while self._flight or not self._finished:
                await self._bell.receive()
                while self._flight:
                    await stream.send_all(self._flight)
                    self._flight = b""
                    connection.writable()
            # Not closed: what the peer still sends would then undo the close frame on its way. Our
            # end goes without TLS's own goodbye, which the close frame has made superfluous.
            await stream.transport_stream.send_eof()
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            connection.lost()

    def _wake(self) -> None:
        with suppress(trio.WouldBlock):  # it has been rung and not yet heard
            self._ring.send_nowait(None)


async def serve_stream(
    stream: trio.SSLStream[trio.SocketStream],
    connected: Callable[[Connection], None],
    early: bytes,
    metrics: Metrics,
    connections: set[Connection],
) -> None:
    """Serve one websocket until its end; meanwhile it is one of ``connections``."""
    scope = trio.CancelScope()
    wire = StreamWire(scope)
    connection = Connection(wire, metrics)
    connections.add(connection)
    try:
        connection.begin(connected, early)
        with scope:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(wire.pump, stream, connection, name="pump of a TLS websocket")
                await _read(stream, wire, connection)
    finally:
        connections.discard(connection)
        connection.lost()
    await trio.aclose_forcefully(stream)


async def _read(
    stream: trio.SSLStream[trio.SocketStream], wire: StreamWire, connection: Connection
) -> None:
    data = b"-"
    while data:
        await wire.readable()
        try:
            data = bytes(await stream.receive_some(READ))
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            data = b""
        connection.received(data, trio.current_time())
