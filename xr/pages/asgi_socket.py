"""A websocket that an ASGI server carries: whole messages to a handler, frames to messages.

A ``Carrier`` like ``serving.connection.Connection``, over the ``websocket`` of a Quart-Trio route.
The tasks of its route own it: one reads, one writes, one beats. Bound: ``BACKLOG`` bytes wait for a
slow peer, over that the websocket closes with 1013; a peer that takes nothing for ``STUCK`` seconds
is closed too. The server's own queues in front of it hold some messages of a client that is not
read (Hypercorn and Quart-Trio ten each), and then TCP brakes the sender.

Nothing of a ping or pong is heard here, so a client is silent that sends no message.
"""

import logging
from collections import deque

import trio
from quart.wrappers import Websocket

from xr.errors import CloseCode, ConnectionFault
from xr.metrics import Metrics
from xr.serving.carrier import (
    BACKLOG,
    LINGER,
    LOST,
    MAX_MESSAGE,
    PRIVATE,
    STUCK,
    Carrier,
)
from xr.serving.framing import Opcode, split_frames
from xr.serving.handshake import Admitted
from xr.serving.keeper import keep
from xr.wire.reasons import Reason

log = logging.getLogger(__name__)

SILENT = 60.0
"""Seconds without a message, after which the peer is gone. Phoenix's own server waits as long, and
its clients send a heartbeat every 30 s."""
FAREWELL = 1.0
"""Seconds that a close frame has on its way when the server ends the task of the websocket."""


class AsgiConnection(Carrier):
    """One websocket, from its admission on. Times are seconds on Trio's clock."""

    __slots__ = ("_backlog", "_changed", "_frames", "_last", "_scope", "_sending")

    def __init__(self, metrics: Metrics) -> None:
        super().__init__(metrics)
        self._frames: deque[bytes] = deque()
        self._backlog = 0
        self._sending = False  # the server has yet to take a message
        self._last = (int(CloseCode.NORMAL), "")  # code and reason of the close frame
        self._scope = trio.CancelScope()  # all of it; once closing, it has a deadline
        self._changed = trio.Event()  # there is something to send or to read, or it is over

    # The transport that a handler uses.

    @property
    def behind(self) -> bool:
        """True while the server waits for the peer to take a message."""
        return self._sending

    def send(self, frames: bytes) -> None:
        """Queue whole frames for the task that writes."""
        if not self.open:
            return
        self._metrics.sent_bytes += len(frames)
        if not self._backlog:
            self._progress = trio.current_time()
        self._frames.append(frames)
        self._backlog += len(frames)
        self._wake()
        if self._backlog > BACKLOG:
            self._frames.clear()
            self.close(CloseCode.TRY_LATER, Reason.TOO_SLOW)

    def close(self, code: int, reason: str) -> None:
        """Send a close frame behind what waits, and let go once the peer has ended too."""
        if self.open:
            self._metrics.closed[int(code)] += 1
            self._close(int(code), reason)
            self._mark(int(code), reason)
            self._tell_soon()

    # Messages of the ASGI server.

    async def run(self, websocket: Websocket, admitted: Admitted) -> None:
        """Accept the websocket and carry its messages until it ends.

        The server cancels it when the peer has gone, of which ``gone`` has heard before, and when
        it stops: then the peer is closed with 1012.
        """
        try:
            with self._scope:
                await websocket.accept(subprotocol=admitted.subprotocol)
                self.begin(admitted.connected)
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(keep, lambda: [self], name="keeper of a websocket")
                    nursery.start_soon(self._read, websocket, name="reader of a websocket")
                    await self._write(websocket)
        except Exception:
            log.exception("connection.failed")
            self.lost()
        finally:
            if self.open:
                self.close(CloseCode.RESTART, Reason.RESTARTING)
                self._tell()
                with trio.move_on_after(FAREWELL, shield=True):
                    await websocket.close(*self._last)

    def gone(self, code: int, reason: str) -> None:
        """The peer has ended it, with this close code as far as the server tells."""
        if self.open:
            self._metrics.closed[min(code, PRIVATE)] += 1
        self._mark(code, reason)
        self._tell()

    def lost(self) -> None:
        """The peer is gone, without a close frame."""
        self.gone(LOST, "")

    def beat(self, now: float) -> None:
        """Once a second: end what is silent or stuck, and read on."""
        if self.open and now - self.heard > SILENT and self._intake.paused is None:
            self._metrics.closed[LOST] += 1
            self._close(CloseCode.FAULT, Reason.SILENT)
            self._mark(LOST, "")
        elif self.open and self._backlog and now - self._progress > STUCK:
            self.close(CloseCode.TRY_LATER, Reason.TOO_SLOW)
        self._refill(now)
        self._tell()

    # Within.

    async def _read(self, websocket: Websocket) -> None:
        """Take every message; after our close frame they are dropped."""
        while True:
            data: str | bytes | None = await websocket.receive()
            if self.open:
                self._take(data)
            while self._intake.paused is not None:
                await self._changed.wait()

    def _take(self, data: str | bytes | None) -> None:
        now = self.heard = trio.current_time()
        # Quart gives None for an empty binary message.
        payload = data.encode() if isinstance(data, str) else data or b""
        self._metrics.received_bytes += len(payload)
        if len(payload) > MAX_MESSAGE:
            self._fault(ConnectionFault(CloseCode.TOO_BIG, f"a message over {MAX_MESSAGE} bytes"))
        else:
            self._handle(Opcode.TEXT if isinstance(data, str) else Opcode.BINARY, payload)
        intake = self._intake
        intake.cost += 1 + (len(payload) >> 10)
        if self.open and intake.cost >= intake.allowance:
            intake.paused = now
            self._metrics.paused += 1

    async def _write(self, websocket: Websocket) -> None:
        """Write what there is, and in the end the close frame; then wait for the peer's end."""
        while self.open or self._frames:
            while self._frames:
                await self._send(websocket, self._frames.popleft())
            if self.open:
                if self._handler is not None:
                    self._handler.backlog_sent()
                await self._changed.wait()
        await websocket.close(*self._last)
        await trio.sleep_forever()

    async def _send(self, websocket: Websocket, frames: bytes) -> None:
        for opcode, payload in split_frames(frames):
            self._sending = True
            await websocket.send(payload.decode() if opcode == Opcode.TEXT else payload)
            self._sending = False
            self._progress = trio.current_time()
        self._backlog -= len(frames)

    def _close(self, code: int, reason: str) -> None:
        """Let the close frame be sent, and give the peer a while to end."""
        self._last = (int(code), str(reason))
        self._scope.deadline = trio.current_time() + LINGER
        self._read_on()

    def _read_on(self) -> None:
        self._intake.paused = None
        self._wake()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = trio.Event()
