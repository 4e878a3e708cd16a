"""Tells systemd how the server is: ready, alive, reloading, stopping.

The protocol is that of sd_notify(3): a datagram of ``NAME=value`` lines to the socket that
``NOTIFY_SOCKET`` names. Without one nothing is sent. The server works in either case.
"""

import logging
import os
import socket
import time
from collections.abc import Mapping
from contextlib import suppress

import trio

log = logging.getLogger(__name__)

READY = "READY=1"
STOPPING = "STOPPING=1"
_ALIVE = "WATCHDOG=1"


class ServiceManager:
    """The service manager that started this process, if one did; ``environment`` names it."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        address = environment.get("NOTIFY_SOCKET", "")
        # a leading @ stands for the null byte of Linux' abstract names
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        self._pause = _watchdog_seconds(environment) / 2

    def tell(self, *lines: str) -> None:
        """Send a state; never waits. A message that cannot be sent is logged."""
        if not self._address:
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.setblocking(False)
            try:
                sender.sendto("\n".join(lines).encode(), self._address)
            except OSError as error:
                log.warning("service_manager.unreachable error=%r", str(error))

    def tell_reloaded(self) -> None:
        """Say that a reload began, and that it is done; our reloads take no time."""
        now = f"MONOTONIC_USEC={time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000}"
        self.tell("RELOADING=1", now)
        self.tell(READY)

    async def feed_watchdog(self) -> None:
        """Say that the event loop runs, twice in the time of the watchdog, until cancelled.

        Returns at once if there is no watchdog.
        """
        while self._pause:
            self.tell(_ALIVE)
            await trio.sleep(self._pause)


def _watchdog_seconds(environment: Mapping[str, str]) -> float:
    """The time after which the manager restarts a silent process; 0 if it does not watch us."""
    if environment.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return 0.0
    with suppress(ValueError):
        return max(0, int(environment.get("WATCHDOG_USEC", "0"))) / 1_000_000
    return 0.0
