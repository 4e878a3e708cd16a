"""How much one connection or one address may do: token buckets on Trio's clock."""

from collections import OrderedDict

import trio

BURST = 2
"""A bucket holds this many seconds' worth."""
_ADDRESSES = 10_000
_LEAST_WAIT = 0.001


class Bucket:
    """Allows ``rate`` things a second, and bursts of twice as many. A rate of 0 allows all."""

    __slots__ = ("_at", "_rate", "_tokens")

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._tokens = rate * BURST
        self._at = trio.current_time()

    def take(self) -> bool:
        """Whether one more is allowed now; if so it is counted."""
        if not self._rate:
            return True
        now = trio.current_time()
        self._tokens = min(self._rate * BURST, self._tokens + (now - self._at) * self._rate)
        self._at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True

    def wait(self) -> float:
        """Seconds until one is allowed again; a little more than none, lest sums be inexact."""
        return max(_LEAST_WAIT, (1 - self._tokens) / self._rate) if self._rate else 0.0


class Addresses:
    """A bucket for each address; when there are too many, the longest unused goes."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def take(self, address: str) -> bool:
        """Whether this address may do one more now."""
        if not self._rate:
            return True
        bucket = self._buckets.get(address)
        if bucket is None:
            bucket = self._buckets[address] = Bucket(self._rate)
            if len(self._buckets) > _ADDRESSES:
                self._buckets.popitem(last=False)
        self._buckets.move_to_end(address)
        return bucket.take()
