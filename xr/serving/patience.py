"""How long a connection may be idle, as a deadline for whoever reads it."""

import trio


class Patience:
    """Stands in for Hypercorn's task that ends an idle connection; a deadline needs no task.

    ``idle`` is the seconds for a whole request to come, ``quiet`` those for any byte.
    All that wait for a request are in ``waiting``, for the server to end them when it stops.
    """

    def __init__(self, idle: float, quiet: float, waiting: set["Patience"]) -> None:
        self._idle = idle
        self._quiet = quiet
        self._waiting = waiting
        self._until: float | None = None  # while idle: when that must have ended
        self._scope = trio.CancelScope()

    async def restart(self, _task_group: object, _action: object) -> None:
        """Idle from now on; called by Hypercorn."""
        self._until = trio.current_time() + self._idle
        self._scope.deadline = min(self._scope.deadline, self._until)
        self._waiting.add(self)

    async def stop(self) -> None:
        """Idle no longer: a request has come; called by Hypercorn."""
        self.over()

    def progress(self) -> None:
        """Bytes have gone to the peer: while it takes an answer, it may well be quiet."""
        if self._until is None:
            self._scope.deadline = trio.current_time() + self._quiet

    def over(self) -> None:
        """Nobody waits any more."""
        self._until = None
        self._waiting.discard(self)

    def reading(self) -> trio.CancelScope:
        """A scope to read in; its end without bytes is the connection's."""
        until = trio.current_time() + self._quiet
        if self._until is not None:
            until = min(until, self._until)
        self._scope = trio.CancelScope(deadline=until)
        return self._scope

    def end(self) -> None:
        """No request is waited for from now on."""
        self._until = trio.current_time()
        self._scope.cancel()
