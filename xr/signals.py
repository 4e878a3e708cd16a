"""The signals of a server, and the end of the terminal in which it was started.

SIGTERM and SIGINT stop it; a second one ends the process at once. SIGUSR1 has it log its tasks.
SIGHUP has two meanings: from a service manager it says to load anew what has changed on disk, from
a terminal that the terminal is gone. It is not even certain to come: where ``make`` leads the
session, only ``make`` hears of it. So a server in the foreground of a terminal looks whether that
is still there.
"""

import logging
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager

import trio

from xr.monitoring.tasks import log_tasks

log = logging.getLogger(__name__)

LOOK_EVERY = 1.0
_STOP = (signal.SIGTERM, signal.SIGINT)


class Signals:
    """Signals that came since this was made, by ``receive_signals``."""

    def __init__(self, received: AsyncIterator[int], terminal: bool) -> None:
        self._received = received
        self._terminal = terminal  # in whose foreground the server was started

    async def until_stopped(self, reload: Callable[[], None]) -> None:
        """Return when the server is to stop; call ``reload`` for each SIGHUP before that."""
        async with trio.open_nursery() as nursery:
            if self._terminal:
                nursery.start_soon(self._until_hung_up, nursery.cancel_scope, name="terminal")
            async for number in self._received:
                if number == signal.SIGUSR1:
                    log_tasks()
                    continue
                if number != signal.SIGHUP:
                    log.info("server.signalled signal=%s", signal.Signals(number).name)
                    break
                if self._terminal and not has_terminal():
                    _say_hung_up()
                    break
                reload()
            nursery.cancel_scope.cancel()
        for each in _STOP:
            signal.signal(each, signal.SIG_DFL)  # a second one ends the process at once
        for each in (signal.SIGHUP, signal.SIGUSR1):
            signal.signal(each, signal.SIG_IGN)  # one that comes late ends nothing

    async def _until_hung_up(self, scope: trio.CancelScope) -> None:
        while True:
            await trio.sleep(LOOK_EVERY)
            if not has_terminal():
                _say_hung_up()
                scope.cancel()
                return


@contextmanager
def receive_signals() -> Iterator[Signals]:
    """Take signals within the block. SIGHUP stays ignored if it was (``nohup``)."""
    ignored = signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    numbers = (*_STOP, signal.SIGUSR1, *([] if ignored else [signal.SIGHUP]))
    with trio.open_signal_receiver(*numbers) as received:
        yield Signals(received, terminal=not ignored and in_foreground())


def has_terminal() -> bool:
    """Whether there is a controlling terminal; false from the moment on when it hangs up."""
    descriptor = _open_terminal()
    if descriptor is not None:
        os.close(descriptor)
    return descriptor is not None


def in_foreground() -> bool:
    """Whether this process is in the foreground of a terminal: a job sent behind outlives it."""
    descriptor = _open_terminal()
    if descriptor is None:
        return False
    try:
        return os.tcgetpgrp(descriptor) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(descriptor)


def _open_terminal() -> int | None:
    try:
        return os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY)
    except OSError:
        return None


def _say_hung_up() -> None:
    log.info("terminal.closed: the server ends with it; nohup or a service manager keeps it")
