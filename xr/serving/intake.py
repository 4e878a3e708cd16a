"""The read allowance of a peer, in units of the time that reading costs.

A frame costs one, of any kind: a message, a fragment, a ping; so does each KiB, and a read that
completes no frame. Over the allowance the peer is not read until a later heartbeat: the bytes wait
in the kernel, and TCP slows the sender down. Nothing is lost. The connection's owner owns this
state.
"""

from xr.rates import UNLIMITED

CONTROLS = 200
"""Pings and pongs that a peer may send between two heartbeats, which the message rate does not
count. A peer that sends more is closed with 1008."""


class Intake:
    """The cost of reading one peer, against ``allowance`` a second and twice that at once.

    ``paused`` is the time since which nothing is read, in seconds on Trio's clock, or None.
    """

    __slots__ = ("allowance", "controls", "cost", "paused")

    def __init__(self) -> None:
        self.allowance = UNLIMITED
        self.controls = 0  # since the last beat
        self.cost = 0.0  # of what was read; each second takes one allowance off
        self.paused: float | None = None

    def allow(self, allowance: float) -> None:
        """Set the allowance a second, from now on."""
        self.allowance = allowance
        self.cost = -allowance

    def beat(self) -> bool:
        """Add a second's allowance; returns whether a paused peer can be read again."""
        self.controls = 0
        self.cost = max(-self.allowance, self.cost - self.allowance)
        return self.paused is not None and self.cost < self.allowance
