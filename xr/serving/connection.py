"""A websocket after the upgrade: bytes to messages, frames to bytes, and the close handshake.

It is synchronous and has no task; the reader, which moves the bytes, owns it. Bound: a backlog of
``BACKLOG`` bytes waits for a slow peer; over that the connection closes with 1013, and so does that
of a peer that takes nothing for ``STUCK`` seconds.
"""

from dataclasses import dataclass

import trio

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
    Connected,
    State,
)
from xr.serving.framing import FrameParser, Opcode, build_close, build_frame, parse_close
from xr.serving.intake import CONTROLS
from xr.serving.liveness import QUIET, Liveness, Sign
from xr.serving.protocols import Wire
from xr.wire.reasons import Reason

SILENT = 40.0
IGNORED = 256 * 1024
"""Bytes that a peer may send after our close frame, which it may not have seen yet."""

_PING = build_frame(Opcode.PING, b"")
_OPEN = State.OPEN  # see carrier.py


@dataclass(frozen=True)
class ConnectionStatistics:
    """A connection at one moment: whether it is open, and the bytes that wait for the peer."""

    open: bool
    backlog: int


class Connection(Carrier):
    """A ``channels.socket.Transport`` over a ``Wire``. Times are seconds on Trio's clock."""

    __slots__ = (
        "_backlog",
        "_ignored",
        "_liveness",
        "_parser",
        "_queue",
        "_until",
        "_wire",
    )

    def __init__(self, wire: Wire, metrics: Metrics) -> None:
        super().__init__(metrics)
        now = self.heard
        self._liveness = Liveness()
        self._wire = wire
        self._parser = FrameParser(MAX_MESSAGE)
        self._queue: list[bytes] = []  # an empty deque takes 760 bytes
        self._backlog = 0
        self._ignored = 0  # bytes that came after our close frame
        self._until = now  # once closing: when it is let go

    def take_over(self, connected: Connected, answer: bytes, early: bytes) -> None:
        """Send the handshake's ``answer``, let ``connected`` set the handler, and take the bytes
        that followed the handshake.

        It is one step, so that a client that has the answer is counted.
        """
        self._put(answer)
        if not self.open:
            return  # the peer is gone, and no handler ever knew it
        self.begin(connected)
        if early:
            self.received(early, trio.current_time())

    def statistics(self) -> ConnectionStatistics:
        """Numbers of this moment."""
        return ConnectionStatistics(self.open, self._backlog)

    # Calls of the handler.

    @property
    def behind(self) -> bool:
        """True while frames wait for the peer."""
        return self._backlog > 0

    @property
    def silent(self) -> bool:
        """True while the peer answers nothing."""
        return self._liveness.silent and trio.current_time() - self.heard >= QUIET

    def send(self, frames: bytes) -> None:
        """Send whole frames, or queue what does not go now."""
        if self._state is not _OPEN:
            return
        self._put(frames)
        if self._backlog > BACKLOG:
            self.close(CloseCode.TRY_LATER, Reason.TOO_SLOW)

    def close(self, code: int, reason: str) -> None:
        """Start the close handshake; the wire is released once the peer has ended too."""
        if self._state is not _OPEN:
            return
        self._metrics.closed[int(code)] += 1
        if self._backlog:  # keep the frame that is half sent, and drop the rest
            del self._queue[1:]
            self._backlog = len(self._queue[0])
        self._close(build_close(code, reason), int(code), reason)
        self._tell_soon()

    # Calls of the wire's owner.

    def received(self, data: bytes, now: float) -> None:
        """Take bytes from the peer; empty at its end."""
        if not data:
            self.lost()
            return
        if self._state is not _OPEN:
            self._ignored += len(data)
            if self._ignored > IGNORED:
                self._drop()
            return
        self.heard = now
        self._metrics.received_bytes += len(data)
        messages = self._parser.feed(data)
        for opcode, payload in messages:
            if opcode <= Opcode.BINARY:
                self._handle(opcode, payload)
            elif opcode == Opcode.CLOSE:
                code, reason = parse_close(payload)
                self._metrics.closed[min(code, PRIVATE)] += 1
                self._close(build_frame(Opcode.CLOSE, payload[:2]), code, reason)
            else:
                self._control(opcode, payload)
            if self._state is not _OPEN:
                break
        else:
            if self._parser.fault is not None:
                self._fault(self._parser.fault)
        if self._state is not _OPEN:
            self._tell()
            return
        intake = self._intake
        intake.cost += (len(messages) + self._parser.parts or 1) + (len(data) >> 10)
        if intake.cost >= intake.allowance and intake.paused is None:
            intake.paused = now
            self._metrics.paused += 1
            self._wire.want_read(False)

    def writable(self) -> None:
        """Write the backlog: the peer takes bytes again."""
        self._progress = trio.current_time()
        done = 0
        try:
            for head in self._queue:
                sent = self._wire.write(head)
                self._backlog -= sent
                if sent < len(head):
                    self._queue[done] = head[sent:]
                    return
                done += 1
        except OSError:
            self.lost()
            return
        finally:
            del self._queue[:done]
        self._wire.want_write(False)
        if self._state is not _OPEN:
            self._wire.finish()
        elif self._handler is not None:
            self._handler.backlog_sent()

    def lost(self) -> None:
        """End: the peer is gone, with a close frame or without."""
        self._lose()
        self._tell()

    def beat(self, now: float) -> None:
        """Do the work of each heartbeat: ping, and end a silent, stuck or closing peer in time."""
        if self._state is not _OPEN:
            if now >= self._until:
                self._drop()
        elif now - self.heard > SILENT and self._intake.paused is None:
            self._metrics.closed[LOST] += 1
            self._close(build_close(CloseCode.FAULT, Reason.SILENT), LOST, "")
        elif self._backlog and now - self._progress > STUCK:
            self.close(CloseCode.TRY_LATER, Reason.TOO_SLOW)
        else:
            self._judge(self._liveness.beat(now - self.heard))
        self._refill(now)
        self._tell()

    # Within.

    def _judge(self, sign: Sign) -> None:
        if sign is Sign.ASK:
            self.send(_PING)
        elif sign is not Sign.NOTHING and self._handler is not None:
            self._handler.set_silent(silent=sign is Sign.SILENT)

    def _read_on(self) -> None:
        if self._intake.paused is not None and self._state is not State.CLOSED:
            self._intake.paused = None
            self._wire.want_read(True)

    def _control(self, opcode: int, payload: bytes) -> None:
        self._intake.controls += 1
        if self._intake.controls > CONTROLS:
            self._fault(ConnectionFault(CloseCode.POLICY, Reason.TOO_MANY_CONTROLS))
        elif opcode == Opcode.PING:
            self.send(build_frame(Opcode.PONG, payload))

    def _put(self, frames: bytes) -> None:
        self._metrics.sent_bytes += len(frames)
        sent = 0
        if not self._backlog:
            try:
                sent = self._wire.write(frames)
            except OSError:
                self._lose()
                self._tell_soon()
                return
            if sent == len(frames):
                return
            self._progress = trio.current_time()
            self._metrics.lagging += 1
            self._wire.want_write(True)
            frames = frames[sent:]
        self._queue.append(frames)
        self._backlog += len(frames)

    def _close(self, frame: bytes, code: int, reason: str) -> None:
        """Send the close frame, and give the peer ``LINGER`` seconds to end."""
        self._mark(code, reason)
        self._until = trio.current_time() + LINGER
        self._put(frame)
        self._read_on()  # to see its end
        if not self._backlog and self._state is not State.CLOSED:
            self._wire.finish()

    def _lose(self) -> None:
        """End without a close frame."""
        if self.open:
            self._metrics.closed[LOST] += 1
        self._mark(LOST, "")
        self._drop()

    def _drop(self) -> None:
        if self._become(State.CLOSED):
            self._queue.clear()
            self._backlog = 0
            self._wire.abort()
