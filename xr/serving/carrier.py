"""The side of a websocket that its handler sees, whatever carries the messages below.

A carrier hands whole messages to the handler, counts them against what may be read in a second,
and tells the handler of the end. The handler may be in the middle of a change when it sends or
closes. So these only mark an end, and the handler hears of it when its call has returned: from the
owner's call that is under way, or else on Trio's next turn.
"""

import logging
from collections.abc import Callable
from enum import IntEnum, auto

import trio

from xr.errors import CloseCode, ConnectionFault
from xr.metrics import Metrics
from xr.rates import UNLIMITED
from xr.serving.intake import Intake
from xr.serving.protocols import Handler
from xr.wire.reasons import Reason

log = logging.getLogger(__name__)

MAX_MESSAGE = 65_536
"""Bytes of a message; a larger one closes its connection with 1009."""
BACKLOG = 768 * 1024
"""Bytes that may wait for a slow peer; over it the connection closes with 1013."""
STUCK = 10.0
"""Seconds in which a peer takes nothing, after which it is closed with 1013."""
LINGER = 2.0
"""Seconds that a peer has to take our close frame and end its side."""
LOST = 1006
"""Stands for an end without a close frame, never sent (RFC 6455 section 7.4.1)."""
PRIVATE = 3000
"""Close codes from here on are anybody's, and counted together."""


class State(IntEnum):
    """The states of a websocket, in their only order."""

    OPEN = auto()
    CLOSING = auto()
    """It is over, and the last frames are on their way."""
    CLOSED = auto()
    """What carried it is let go."""


_OPEN = State.OPEN  # asked for each frame, and Python 3.11 takes 0.15 µs to look it up


class Carrier:
    """One websocket, as far as its handler is concerned. Times are seconds on Trio's clock."""

    __slots__ = ("_end", "_handler", "_intake", "_metrics", "_progress", "_state", "heard")

    def __init__(self, metrics: Metrics) -> None:
        now = trio.current_time()
        self.heard = now
        self._progress = now  # when the peer took something last
        self._metrics = metrics
        self._handler: Handler | None = None
        self._intake = Intake()
        self._state = State.OPEN
        self._end: tuple[int, str] | None = None  # the handler has yet to be told of it

    def serve(self, handler: Handler, allowance: float = UNLIMITED) -> None:
        """Give everything that comes to ``handler``, once, before any message comes.

        ``allowance`` is how much is read in a second: see ``Intake``.
        """
        self._handler = handler
        self._intake.allow(allowance)
        if not self.open:  # closed while the handler was being made
            self._tell_soon()

    def begin(self, connected: "Connected") -> None:
        """Let ``connected`` give it a handler."""
        try:
            connected(self)
        except Exception:
            log.exception("connection.failed")
            self.close(CloseCode.FAULT, Reason.FAULT)

    # The transport that a handler uses.

    @property
    def open(self) -> bool:
        """False from the end on, of which the handler may not have heard yet."""
        return self._state is _OPEN

    @property
    def behind(self) -> bool:
        """True while frames wait for the peer."""
        raise NotImplementedError

    def send(self, frames: bytes) -> None:
        """Send whole frames, or queue what does not go now."""
        raise NotImplementedError

    def close(self, code: int, reason: str) -> None:
        """Send a close frame, and let go once the peer has ended too."""
        raise NotImplementedError

    # What the owner calls.

    def lost(self) -> None:
        """The peer is gone, without a close frame."""
        raise NotImplementedError

    def beat(self, now: float) -> None:
        """Once a second or so: end what is silent, stuck or done, and read on."""
        raise NotImplementedError

    def excuse(self, seconds: float, now: float) -> None:
        """Hold these last seconds neither against a silent peer nor against one that is stuck."""
        self.heard = min(now, self.heard + seconds)
        self._progress = min(now, self._progress + seconds)
        if self._intake.paused is not None:
            self._intake.paused = min(now, self._intake.paused + seconds)

    # Within.

    def _read_on(self) -> None:
        """Read again, if that was paused."""
        raise NotImplementedError

    def _handle(self, opcode: int, payload: bytes) -> None:
        try:
            if self._handler is not None:
                self._handler.receive(opcode, payload)
        except ConnectionFault as fault:
            self._fault(fault)
        except Exception:
            log.exception("connection.failed")
            self.close(CloseCode.FAULT, Reason.FAULT)

    def _refill(self, now: float) -> None:
        """Allow the next second's worth, and read on if that is enough."""
        since = self._intake.paused
        enough = self._intake.beat()
        if since is None or not self.open:
            return
        self.heard = now  # there is more of it, which we have not read
        self._intake.paused = now
        try:
            if self._handler is not None:
                self._handler.held_back(since, now)
        except ConnectionFault as fault:
            self._fault(fault)
        if enough:
            self._read_on()

    def _fault(self, fault: ConnectionFault) -> None:
        address = "unknown" if self._handler is None else self._handler.address
        log.info("connection.fault code=%d reason=%r address=%s", fault.code, fault.reason, address)
        self.close(fault.code, fault.reason)

    def _mark(self, code: int, reason: str) -> None:
        """It is over, as the handler will hear when it is in the middle of nothing."""
        if self._become(State.CLOSING):
            self._end = (code, reason)
            self._tell_soon()

    def _become(self, state: State) -> bool:
        """Go on to a state; False, and nothing changes, if that is not ahead."""
        if state <= self._state:
            return False
        self._state = state
        return True

    def _tell_soon(self) -> None:
        trio.lowlevel.current_trio_token().run_sync_soon(self._tell, idempotent=True)

    def _tell(self) -> None:
        """Tell the handler of the end, once; what goes wrong in it ends here."""
        if self._end is None or self._handler is None:
            return
        end, self._end = self._end, None
        try:
            self._handler.closed(*end)
        except Exception:
            log.exception("connection.failed")


Connected = Callable[[Carrier], None]
"""Gives a carrier its handler."""
