"""The idle timeout of an HTTP connection, as a deadline of its reads."""

import trio


class IdleTimeout:
    """Replaces Hypercorn's task that ends an idle connection; a deadline needs no task.

    ``idle`` is the seconds for a whole request to arrive, ``quiet`` those for any byte. Connections
    that wait for a request are in ``waiting``, for the server to end them when it stops.
    """

    def __init__(self, idle: float, quiet: float, waiting: set["IdleTimeout"]) -> None:
        self._idle = idle
        self._quiet = quiet
        self._waiting = waiting
        self._until: float | None = None  # while idle: when that must have ended
        self._scope = trio.CancelScope()

    async def restart(self, _task_group: object, _action: object) -> None:
        """Start the idle timeout; called by Hypercorn."""
        self._until = trio.current_time() + self._idle
        self._scope.deadline = min(self._scope.deadline, self._until)
        self._waiting.add(self)

    async def stop(self) -> None:
        """Stop the idle timeout, since a request has arrived; called by Hypercorn."""
        self.over()

    def progress(self) -> None:
        """Extend the deadline: while the peer takes an answer, it need not send."""
        if self._until is None:
            self._scope.deadline = trio.current_time() + self._quiet

    def over(self) -> None:
        """Wait for no request any more."""
        self._until = None
        self._waiting.discard(self)

    def reading(self) -> trio.CancelScope:
        """Make a scope to read in; when it ends without bytes, the connection ends."""
        until = trio.current_time() + self._quiet
        if self._until is not None:
            until = min(until, self._until)
        self._scope = trio.CancelScope(deadline=until)
        return self._scope

    def end(self) -> None:
        """End the connection's wait for a request now."""
        self._until = trio.current_time()
        self._scope.cancel()
