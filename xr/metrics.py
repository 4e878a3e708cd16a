"""The server's counters: plain numbers that the parts raise and that ``/metrics`` shows.

One value is made at start and handed to the parts; only the event loop's thread changes it.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate

BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds of the buckets of a histogram, in seconds; above them is one more bucket."""


class Histogram:
    """How often something took how long. ``counts`` are by bucket of ``BOUNDS``, not summed up."""

    __slots__ = ("counts", "seconds")

    def __init__(self) -> None:
        self.counts = [0] * (len(BOUNDS) + 1)
        self.seconds = 0.0  # all together

    def observe(self, seconds: float) -> None:
        """Count something that took so long."""
        self.counts[bisect_left(BOUNDS, seconds)] += 1
        self.seconds += seconds

    def quantile(self, share: float, before: Sequence[int]) -> float:
        """The bound within which this share of what came since ``before`` lies; 0 if none came.

        ``before`` are earlier ``counts``. Beyond the last bound it is the last bound.
        """
        counts = [now - then for now, then in zip(self.counts, before, strict=True)]
        wanted = share * sum(counts)
        if not wanted:
            return 0.0
        sums = accumulate(counts)
        found = next(index for index, number in enumerate(sums) if number >= wanted)
        return BOUNDS[min(found, len(BOUNDS) - 1)]


@dataclass
class Metrics:
    """Totals since the start of the process. Counters are by reason or close code."""

    members: int = 0  # a gauge: clients in rooms now
    http_connections: int = 0  # a gauge: those that speak HTTP now, each with its tasks
    messages: int = 0
    poses: int = 0
    voice_packets: int = 0
    joins: int = 0
    ticks: int = 0
    sent_bytes: int = 0
    received_bytes: int = 0
    poses_flushed: int = 0
    flush_failures: int = 0
    room_crashes: int = 0
    connection_faults: int = 0  # connections that ended by an error, before they were websockets
    lagging: int = 0
    paused: int = 0  # times that a peer was not read from for a while, as it sent too much
    refused: Counter[str] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)
    closed: Counter[int] = field(default_factory=Counter)
    tick_lateness: Histogram = field(default_factory=Histogram)
    flush_duration: Histogram = field(default_factory=Histogram)
    join_duration: Histogram = field(default_factory=Histogram)
    http_duration: dict[str, Histogram] = field(
        default_factory=lambda: {kind: Histogram() for kind in ("2xx", "3xx", "4xx", "5xx")}
    )

    def answered(self, status: int, seconds: float) -> None:
        """Count a request of HTTP that was answered with this status within so many seconds."""
        kind = f"{status // 100}xx"
        if kind in self.http_duration:
            self.http_duration[kind].observe(seconds)
