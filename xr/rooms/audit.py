"""The record of moderation in a room: each act is told to moderators and kept for a while."""

import logging
import random
from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from xr.events import Moderated
from xr.rooms.ledger import Ledger, Save
from xr.rooms.stream import Stream

log = logging.getLogger(__name__)

MOST_UNWRITTEN = 1_000
"""Acts that wait for a disk that fails. Full: the oldest is given up, and the log says so."""


class Act(msgspec.Struct, frozen=True):
    """An act of moderation: unix seconds, the user who did it (None: the operator), and to whom."""

    at: float
    by: str | None
    act: str
    user_id: str
    detail: str = ""


@dataclass(frozen=True)
class Audit:
    """The acts of one room that are not yet written, by a random id."""

    stream: Stream
    ledger: Ledger[str, Act]
    rng: random.Random
    now: Callable[[], float]

    def note(self, by: str, act: str, user_id: str, detail: str = "") -> None:
        """Tell the moderators of an act and keep it; ``by`` is a user, or "" for the operator."""
        self.stream.publish(Moderated(act, user_id, by or None, detail))
        unwritten = self.ledger.unsaved
        if len(unwritten) >= MOST_UNWRITTEN:
            self.ledger.drop(next(iter(unwritten)))
            log.error("audit.lost: %d acts wait to be written", MOST_UNWRITTEN)
        key = f"{self.rng.getrandbits(64):016x}"
        self.ledger.put(key, Act(self.now(), by or None, act, user_id, detail))


def make_audit(stream: Stream, save: Save, rng: random.Random, now: Callable[[], float]) -> Audit:
    """The audit of a room; ``now`` gives unix seconds."""
    return Audit(stream, Ledger("acts", save), rng, now)
