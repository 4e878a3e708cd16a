"""The parts that all rooms of a server share."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from xr.metrics import Metrics
from xr.rooms.feature import Feature
from xr.rooms.invites import Signs
from xr.rooms.passwords import Verify, verify_in_thread
from xr.rooms.protocols import FrameEncoder, RoomStore
from xr.rooms.settings import RoomSettings


@dataclass(frozen=True)
class Building:
    """The parts that all rooms of a server share. ``mark`` makes a keyed hash of an address,
    ``now`` gives unix seconds, and ``verify`` compares a password with a hash.
    """

    store: RoomStore
    encoder: Callable[[str], FrameEncoder]
    settings: RoomSettings
    metrics: Metrics
    mark: Callable[[str], str]
    signer: Signs
    features: Sequence[type[Feature]] = ()
    now: Callable[[], float] = time.time
    verify: Verify = verify_in_thread
