"""How much is read of one peer in a second, counted in the unit in which reading costs time.

A frame costs one, whatever it is: a message, a fragment of one, a ping; so does each KiB, and a
read that completes no frame. Over the allowance nothing is read of the peer until a later beat:
the bytes wait in the kernel, and TCP brakes the sender. Nothing is lost by it. The connection's
owner owns this state.
"""

from xr.rates import UNLIMITED

CONTROLS = 200
"""Pings and pongs that a peer may send between two beats; the rate of messages does not cover them,
and a peer that sends more has nothing good in mind: closed with 1008."""


class Intake:
    """What has been read of one peer, against ``allowance`` a second and twice that at once.

    ``paused`` is since when nothing is read, in seconds on Trio's clock; None while all is read.
    """

    __slots__ = ("allowance", "controls", "cost", "paused")

    def __init__(self) -> None:
        self.allowance = UNLIMITED
        self.controls = 0  # since the last beat
        self.cost = 0.0  # of what was read; each second takes one allowance off
        self.paused: float | None = None

    def allow(self, allowance: float) -> None:
        """Let so much be read a second, from now on."""
        self.allowance = allowance
        self.cost = -allowance

    def beat(self) -> bool:
        """A second is over. Whether there is an allowance again, if there was none."""
        self.controls = 0
        self.cost = max(-self.allowance, self.cost - self.allowance)
        return self.paused is not None and self.cost < self.allowance
