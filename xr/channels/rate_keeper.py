"""The message rate of one socket: which messages count, which pose waits, and when it is abuse.

The socket, whose caller reads the connection, owns this state; the task that lets held poses
through runs beside it and changes it only between two waits.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import trio

from xr.errors import CloseCode, ConnectionFault
from xr.rates import UNLIMITED, Bucket
from xr.wire.reasons import Reason
from xr.wire.record import AnyPose

ABUSE = 10.0
"""Seconds over the message rate after which a connection is closed."""
LULL = 1.0
"""Seconds of rest that gain nothing. The part of a rest beyond them is subtracted from the time
over the rate: so a client that rests from time to time is never closed, while the pauses that a
flood itself causes do not help it."""
LEAST_HOLD = 0.05
"""Seconds that a pose is held at least: a flood then wakes a task once a tick, not for a pose."""
READ_AHEAD = 4
"""Times the message rate that is read of a socket, in frames and KiB. So a client that is somewhat
over its rate is heard, and the newest pose counts; one that floods waits at its own end."""
LEAST_READ = 128.0
"""Frames and KiB a second that are read at any rate: two of the largest messages."""

Spawn = Callable[[Callable[[], Awaitable[Any]], str], None]


class Mover(Protocol):
    """A membership, as far as held poses are concerned."""

    def move(self, pose: AnyPose) -> None:
        """Hand a pose to the room."""
        ...


class RateKeeper(Bucket):
    """A bucket of messages that keeps the newest pose of each membership when it is empty.

    ``held`` has at most one pose for each membership of the socket.
    """

    __slots__ = ("_over", "_over_last", "_releasing", "_spawn", "held", "messages")

    def __init__(self, rate: float, spawn: Spawn) -> None:
        super().__init__(rate)
        self.held: dict[Mover, AnyPose] = {}
        self.messages = 0  # that have come, allowed or not
        self._spawn = spawn
        self._releasing = False  # a task waits for the rate to allow what is held
        self._over = 0.0  # seconds over the rate, rests counted back
        self._over_last: float | None = None  # when something was over the rate

    def over(self, since: float, now: float) -> None:
        """Count that more came than is allowed between these times, or at one moment.

        Raises:
            ConnectionFault: that has been so for ``ABUSE`` seconds.
        """
        last = since if self._over_last is None else self._over_last
        rest = max(0.0, since - last)
        if rest > LULL:
            self._over = max(0.0, self._over - (rest - LULL))
        else:
            self._over += rest
        self._over += now - max(since, last)
        self._over_last = now
        if self._over >= ABUSE:
            raise ConnectionFault(CloseCode.POLICY, Reason.TOO_MANY_MESSAGES)

    def hold(self, mover: Mover, pose: AnyPose) -> None:
        """Keep a pose until the rate allows one; it takes the place of an earlier one."""
        self.held[mover] = pose
        if not self._releasing:
            self._releasing = True
            self._spawn(self._release, "held pose")

    async def _release(self) -> None:
        """Let the held poses through once the rate allows it."""
        try:
            while self.held:
                await trio.sleep(max(LEAST_HOLD, self.wait()))
                if self.held and self.take():
                    mover, pose = self.held.popitem()
                    mover.move(pose)
        finally:
            self._releasing = False


def reading(message_rate: float) -> float:
    """Frames and KiB a second that are read of a socket with this message rate; 0 is no rate."""
    return max(LEAST_READ, READ_AHEAD * message_rate) if message_rate else UNLIMITED
