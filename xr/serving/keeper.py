"""The task that beats every second for all websockets: pings, and ends the silent and stuck."""

import logging
from collections.abc import Callable, Iterable

import trio

from xr.serving.carrier import Carrier

log = logging.getLogger(__name__)

BEAT = 1.0
STILL = 5.0
"""A beat that comes so many seconds late shows that this process stood still: it was stopped, or
its machine was. Its peers were not silent in that time, for nobody listened."""


async def keep(connections: Callable[[], Iterable[Carrier]]) -> None:
    """Beat for the connections there are, every second, until cancelled."""
    while True:
        due = trio.current_time() + BEAT
        await trio.sleep_until(due)
        now = trio.current_time()
        for connection in connections():
            if now - due > STILL:
                connection.excuse(now - due, now)
            try:
                connection.beat(now)
            except Exception:
                log.exception("keeper.failed")
                connection.lost()
