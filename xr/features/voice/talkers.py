"""The users who talk now, each with a slot of their newest packets."""

from collections import deque

import msgspec

from xr.rates import Bucket
from xr.wire.voice import VoicePacket, pack_voice

SLOT = 3
"""Packets of a talker that wait for the relay. Full: the oldest is dropped."""
OLDEST = 0.2
"""Seconds after which a packet is not sent any more."""
QUIET = 1.0
"""Seconds without a packet after which a user counts as a talker no longer."""
PACKETS_A_SECOND = 60
BYTES_A_SECOND = 4_000
"""Rates of one user over all their connections: 60 packets and 32 kbit/s, and as much at once."""


class Slotted(msgspec.Struct, frozen=True, gc=False):
    """A record for the listeners, and when its packet came, in seconds of Trio's clock."""

    at: float
    record: bytes


class Talker:
    """A user who talks. ``number`` is their ``n``."""

    def __init__(self, user_id: str, number: int, now: float) -> None:
        self.user_id = user_id
        self.number = number
        self.last = now
        self._slot: deque[Slotted] = deque()
        self._packets = Bucket(PACKETS_A_SECOND, PACKETS_A_SECOND)
        self._bytes = Bucket(BYTES_A_SECOND, BYTES_A_SECOND)

    @property
    def waits(self) -> bool:
        """True while a packet of theirs waits for the relay."""
        return bool(self._slot)

    def may_send(self, size: int) -> bool:
        """Whether a packet of ``size`` bytes is within the rates; if so it is counted."""
        return self._packets.take() and self._bytes.take(size)

    def put(self, packet: VoicePacket, now: float) -> int:
        """Keep a packet for the relay; returns how many older ones were dropped for it."""
        self.last = now
        self._slot.append(Slotted(now, pack_voice(self.number, packet)))
        dropped = max(0, len(self._slot) - SLOT)
        for _ in range(dropped):
            self._slot.popleft()
        return dropped

    def take(self, now: float) -> bytes:
        """Take the records that wait, in order, without those that are too old."""
        records = b"".join([each.record for each in self._slot if now - each.at <= OLDEST])
        self._slot.clear()
        return records

    def is_quiet(self, now: float) -> bool:
        """Whether nothing has come for a while."""
        return now - self.last > QUIET and not self._slot
