"""The last hour of a server: a sample every ten seconds."""

from collections import deque
from dataclasses import dataclass

EVERY = 10.0
"""Seconds between two samples."""
HOUR = 3600.0
SAMPLES = int(HOUR / EVERY)


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A server at one moment, ``at`` in unix seconds.

    ``cpu`` is the share of a core and ``sent`` bytes a second, both since the sample before;
    ``lateness`` seconds that 99 of 100 ticks since then kept within; ``memory`` resident bytes.
    """

    at: float
    users: int = 0
    websockets: int = 0
    cpu: float = 0.0
    memory: int = 0
    lateness: float = 0.0
    unwritten: float = 0.0
    sent: float = 0.0


class History:
    """The samples of an hour, the oldest first; the oldest goes for a new one."""

    def __init__(self) -> None:
        self.samples: deque[Sample] = deque(maxlen=SAMPLES)

    @property
    def last(self) -> Sample | None:
        """The newest sample."""
        return self.samples[-1] if self.samples else None
