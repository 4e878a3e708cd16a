"""How much one connection or one address may do: token buckets on Trio's clock, and addresses."""

from collections import OrderedDict
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

import trio

Address = IPv4Address | IPv6Address

UNKNOWN = "unknown"

UNLIMITED = 1e9
"""A rate that nothing reaches, where a number is needed: a thousand million a second."""
BURST = 2
"""Unless told otherwise, a bucket holds this many seconds' worth."""
_ADDRESSES = 10_000
_LEAST_WAIT = 0.001
_INEXACT = 1e-6  # sums of floats are: after waiting as long as told, one must be allowed


class Bucket:
    """Allows ``rate`` things a second, and ``burst`` at once. A rate of 0 allows everything."""

    __slots__ = ("_at", "_burst", "_rate", "_tokens")

    def __init__(self, rate: float, burst: float | None = None) -> None:
        self._rate = rate
        self._burst = rate * BURST if burst is None else burst
        self._tokens = self._burst
        self._at = trio.current_time()

    def take(self, count: float = 1) -> bool:
        """Whether one more is allowed now, or ``count`` of them; if so it is counted."""
        if not self._rate:
            return True
        now = trio.current_time()
        tokens = self._tokens + (now - self._at) * self._rate
        if tokens > self._burst:
            tokens = self._burst
        self._at = now
        if tokens < count - _INEXACT:
            self._tokens = tokens
            return False
        self._tokens = tokens - count
        return True

    def give_back(self) -> None:
        """Count one less: it was not what is limited."""
        self._tokens = min(self._burst, self._tokens + 1)

    def wait(self) -> float:
        """Seconds from the last ``take`` until one is allowed, slightly rounded up.

        0 while there is no rate.
        """
        return max(_LEAST_WAIT, (1 - self._tokens) / self._rate) if self._rate else 0.0


class Addresses:
    """A bucket for each address. Beyond 10,000 of them, the longest unused one is forgotten."""

    def __init__(self, rate: float, burst: float | None = None) -> None:
        self._rate = rate
        self._burst = burst
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def __len__(self) -> int:
        return len(self._buckets)

    def take(self, address: str) -> bool:
        """Whether this address may do one more now; if so it is counted."""
        return self.delay(address) == 0

    def delay(self, address: str) -> float:
        """Count one more of this address and return 0, or the seconds until it is allowed."""
        if not self._rate:
            return 0.0
        bucket = self._buckets.get(address)
        if bucket is None:
            bucket = self._buckets[address] = Bucket(self._rate, self._burst)
            if len(self._buckets) > _ADDRESSES:
                self._buckets.popitem(last=False)
        self._buckets.move_to_end(address)
        return 0.0 if bucket.take() else bucket.wait()

    def give_back(self, address: str) -> None:
        """Count one less of this address."""
        bucket = self._buckets.get(address)
        if bucket is not None:
            bucket.give_back()


class Rests:
    """Addresses that stay away for a while. Beyond 10,000, the one told first is let in again."""

    def __init__(self) -> None:
        self._until: OrderedDict[str, float] = OrderedDict()

    def begin(self, address: str, seconds: float) -> None:
        """Let an address rest for so long from now on."""
        self._until[address] = trio.current_time() + seconds
        self._until.move_to_end(address)
        if len(self._until) > _ADDRESSES:
            self._until.popitem(last=False)

    def lasts(self, address: str) -> bool:
        """Whether an address still rests."""
        until = self._until.get(address)
        if until is not None and trio.current_time() >= until:
            del self._until[address]
            until = None
        return until is not None


@lru_cache(maxsize=1024)
def counted(address: Address | None) -> str:
    """The address as limits count it: IPv6 by its /64, since a household gets a whole one."""
    if isinstance(address, IPv6Address):
        return str(IPv6Network((int(address) >> 64 << 64, 64)))
    return UNKNOWN if address is None else str(address)


@lru_cache(maxsize=1024)
def parse_address(text: str) -> Address | None:
    """An address as proxies write it, with or without a port or brackets; None if it is none."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return (isinstance(address, IPv6Address) and address.ipv4_mapped) or address
