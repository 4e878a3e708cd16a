"""The task that beats every second for all websockets: pings, and ends the silent and stuck."""

from collections.abc import Callable, Iterable

import trio

from xr.serving.connection import Connection

BEAT = 1.0


async def keep(connections: Callable[[], Iterable[Connection]]) -> None:
    """Beat for the connections there are, every second, until cancelled."""
    while True:
        await trio.sleep(BEAT)
        now = trio.current_time()
        for connection in connections():
            connection.beat(now)
