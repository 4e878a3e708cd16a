"""The heartbeat of all websockets: once a second, pings, and ends silent and stuck peers."""

import logging
from collections.abc import Callable, Iterable

import trio

from xr.serving.carrier import Carrier

log = logging.getLogger(__name__)

BEAT = 1.0
STILL = 5.0
"""Seconds of lateness of a heartbeat that show that this process or its machine was stopped. The
peers were not silent in that time: nothing was read."""


async def keep(connections: Callable[[], Iterable[Carrier]]) -> None:
    """Do the heartbeat of all connections every second, until cancelled."""
    while True:
        due = trio.current_time() + BEAT
        await trio.sleep_until(due)
        now = trio.current_time()
        for connection in connections():
            if now - due > STILL:
                connection.discount_pause(now - due, now)
            try:
                connection.beat(now)
            except Exception:
                log.exception("keeper.failed")
                connection.lost()
