"""A websocket as its handler sees it, independent of the transport below.

A carrier hands whole messages to the handler, counts them against the read allowance, and tells
the handler of the end. The handler may be in the middle of a change when it sends or closes, so
``send`` and ``close`` only mark an end. The handler is told when its call has returned: by the
owner's call that is under way, or else on Trio's next turn.
"""

import logging
from abc import ABC, abstractmethod
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
"""The code for an end without a close frame, never sent (RFC 6455 section 7.4.1)."""
PRIVATE = 3000
"""The first close code that applications define; all of these are counted together."""


class State(IntEnum):
    """The states of a websocket, in their only order."""

    OPEN = auto()
    CLOSING = auto()
    """The end is decided, and the close frame is on its way."""
    CLOSED = auto()
    """The transport is released."""


_OPEN = State.OPEN  # asked for each frame, and Python 3.11 takes 0.15 µs to look it up


class Carrier(ABC):
    """A websocket with a handler. Times are seconds on Trio's clock."""

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
        """Set the handler of all messages; called once, before any message comes.

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

    # Calls of the handler.

    @property
    def open(self) -> bool:
        """False once the end is marked, though the handler may not have been told yet."""
        return self._state is _OPEN

    @property
    @abstractmethod
    def behind(self) -> bool:
        """True while frames wait for the peer."""
        ...

    @property
    def silent(self) -> bool:
        """True while the peer answers nothing; never where nothing is known of pongs."""
        return False

    @abstractmethod
    def send(self, frames: bytes) -> None:
        """Send whole frames, or queue what does not go now."""
        ...

    @abstractmethod
    def close(self, code: int, reason: str) -> None:
        """Start the close handshake; the transport is released once the peer has ended too."""
        ...

    # Calls of the owner.

    @abstractmethod
    def lost(self) -> None:
        """End without a close frame: the peer is gone."""
        ...

    @abstractmethod
    def beat(self, now: float) -> None:
        """Do the work of each heartbeat: end a silent or stuck peer, and resume reading."""
        ...

    def discount_pause(self, seconds: float, now: float) -> None:
        """Discount these last seconds from the silence of the peer and the time it is stuck."""
        self.heard = min(now, self.heard + seconds)
        self._progress = min(now, self._progress + seconds)
        if self._intake.paused is not None:
            self._intake.paused = min(now, self._intake.paused + seconds)

    # Within.

    @abstractmethod
    def _read_on(self) -> None:
        """Resume reading, if it is paused."""
        ...

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
        """Add a second's allowance, and resume reading if that is enough."""
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
        """Mark the end. The caller has the handler told: now, or soon if the handler called."""
        if self._become(State.CLOSING):
            self._end = (code, reason)

    def _become(self, state: State) -> bool:
        """Go forward to a state; return False, and change nothing, if it is not ahead."""
        if state <= self._state:
            return False
        self._state = state
        return True

    def _tell_soon(self) -> None:
        """Tell the handler on Trio's next turn: it may be in the middle of a change."""
        trio.lowlevel.current_trio_token().run_sync_soon(self._tell, idempotent=True)

    def _tell(self) -> None:
        """Tell the handler of the end, once; its exceptions are logged."""
        if self._end is None or self._handler is None:
            return
        end, self._end = self._end, None
        try:
            self._handler.closed(*end)
        except Exception:
            log.exception("connection.failed")


Connected = Callable[[Carrier], None]
"""Gives a carrier its handler."""
