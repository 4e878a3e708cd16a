"""Whether a peer still answers. One that is quiet is asked by a ping, and soon counts as silent.

The answer is awaited in heartbeats and not by the clock: a process that was stopped for a moment
has not listened in it, and reads what has come before its next heartbeat.
"""

from enum import Enum, auto

QUIET = 3.0
"""Seconds without a byte of the peer, after which the next heartbeat asks."""
ANSWER = 2
"""Heartbeats that the answer may take."""
AGAIN = 15
"""Heartbeats from one ping to the next while nothing is answered."""


class Sign(Enum):
    """The news of a heartbeat."""

    NOTHING = auto()
    ASK = auto()
    """Send a ping."""
    SILENT = auto()
    """From now on the peer is silent."""
    HEARD = auto()
    """It was silent, and is heard again."""


class Liveness:
    """The liveness of one peer; its connection owns it."""

    __slots__ = ("_asked",)

    def __init__(self) -> None:
        self._asked = 0  # heartbeats since the peer is quiet

    @property
    def silent(self) -> bool:
        """Whether the peer was silent at the last heartbeat."""
        return self._asked > ANSWER

    def beat(self, quiet: float) -> Sign:
        """Judge a peer of whom nothing came for so many seconds; called by each heartbeat."""
        if quiet < QUIET:
            asked, self._asked = self._asked, 0
            return Sign.HEARD if asked > ANSWER else Sign.NOTHING
        self._asked += 1
        if self._asked % AGAIN == 1:
            return Sign.ASK
        return Sign.SILENT if self._asked == ANSWER + 1 else Sign.NOTHING
