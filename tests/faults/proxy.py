"""A TCP proxy that carries bytes as badly as it is told: late, not at all, or only half the way.

It does all that user space can do: delay and jitter, a stall, silence without an end, an end of one
direction, a reset in the middle of a frame. It cannot lose packets, or let a peer's
acknowledgements vanish. To the server, a connection that is ``cut`` is one whose peer still
acknowledges until its buffers are full, and says nothing.
"""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import trio

from tests.serving.raw import RawSocket, connect, reset

READ = 65_536
IN_FLIGHT = 256
"""Reads that a slow lane holds; when it is full, nothing more is read."""


class Link:
    """One connection through the proxy. Owned by its task; faults are asked for from outside."""

    def __init__(self, proxy: "Proxy", client: RawSocket, server: RawSocket) -> None:
        self._proxy = proxy
        self._client = client
        self._server = server
        self._scope = trio.CancelScope()
        self._open = trio.Event()
        self._open.set()
        self._left: int | None = None  # bytes that still reach the server before a reset
        self._silent = False

    def stall(self) -> None:
        """Carry nothing, in either direction, until ``resume``. Nothing is lost."""
        self._open = trio.Event()

    def resume(self) -> None:
        """Carry on."""
        self._open.set()

    def cut(self) -> None:
        """Carry nothing any more; neither side is told, nobody reads."""
        self._silent = True
        self._scope.cancel()

    def reset(self) -> None:
        """End both sides with a TCP reset."""
        reset(self._client)
        reset(self._server)
        self._scope.cancel()

    def reset_after(self, count: int) -> None:
        """Let the server have ``count`` more bytes, and then a reset."""
        self._left = count

    async def half_close(self) -> None:
        """Tell the server that the client sends nothing more; the other direction goes on."""
        await self._server.end()

    async def run(self) -> None:
        """Carry until both directions have ended; cut, until the proxy ends."""
        with self._scope:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._carry, self._client, self._server, True)
                nursery.start_soon(self._carry, self._server, self._client, False)
        if self._silent:
            await trio.sleep_forever()

    async def _carry(self, source: RawSocket, sink: RawSocket, to_server: bool) -> None:
        send, receive = trio.open_memory_channel[tuple[float, bytes]](IN_FLIGHT)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._deliver, receive, sink, to_server)
            due = 0.0
            async with send:
                while await source.receive_more():
                    due = max(due, trio.current_time() + self._proxy.lateness())
                    await send.send((due, bytes(source.received)))
                    source.received.clear()

    async def _deliver(
        self, receive: trio.MemoryReceiveChannel[tuple[float, bytes]], sink: RawSocket, up: bool
    ) -> None:
        async for due, data in receive:
            await trio.sleep_until(due)
            await self._open.wait()
            if up and self._left is not None:
                data = data[: self._left]
                self._left -= len(data)
            await sink.send_quietly(data)
            if up and self._left == 0:
                self.reset()
        await sink.end()


class Proxy:
    """Where clients connect instead of to the server. ``delay`` and ``jitter`` are in seconds."""

    def __init__(self, target: int, seed: int, *, buffer: int = 0) -> None:
        self.port = 0
        self.delay = 0.0
        self.jitter = 0.0
        self.links: dict[int, Link] = {}  # by the client's own port
        self._target = target
        self._buffer = buffer
        self._rng = random.Random(seed)

    def lateness(self) -> float:
        """How late the next bytes are; they never overtake earlier ones."""
        return self.delay + self._rng.random() * self.jitter

    async def run(self, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Listen on a free port and carry, until cancelled."""
        (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
        self.port = int(listener.socket.getsockname()[1])
        task_status.started()
        await trio.serve_listeners(self._serve, [listener])

    async def _serve(self, stream: trio.SocketStream) -> None:
        async with (
            RawSocket(stream) as client,
            await connect(self._target, buffer=self._buffer) as server,
        ):
            link = self.links[stream.socket.getpeername()[1]] = Link(self, client, server)
            await link.run()


@asynccontextmanager
async def proxied(target: int, seed: int, *, buffer: int = 0) -> AsyncIterator[Proxy]:
    """A proxy in front of port ``target``; ``buffer`` is what it takes from a server it has cut."""
    proxy = Proxy(target, seed, buffer=buffer)
    async with trio.open_nursery() as nursery:
        await nursery.start(proxy.run)
        yield proxy
        nursery.cancel_scope.cancel()
