"""The server's counters: plain numbers that the parts raise and that ``/metrics`` shows.

One value is made at start and handed to the parts; only the event loop's thread changes it.
"""

from collections import Counter
from dataclasses import dataclass, field


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
    bytes_sent: int = 0
    bytes_received: int = 0
    poses_flushed: int = 0
    flush_seconds: float = 0.0
    flush_failures: int = 0
    room_crashes: int = 0
    connection_faults: int = 0  # connections that ended by an error, before they were websockets
    lagging: int = 0
    paused: int = 0  # times that a peer was not read from for a while, as it sent too much
    refused: Counter[str] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)
    closed: Counter[int] = field(default_factory=Counter)
