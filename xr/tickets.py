"""Tickets to the operator's page: each opens it once, within ten minutes. They live in memory."""

import secrets

import trio

SECONDS = 600.0
MOST = 16
"""Tickets that are good at a time; a new one takes the place of the oldest."""


class Tickets:
    """The tickets that are not used yet."""

    def __init__(self) -> None:
        self._until: dict[str, float] = {}  # the oldest first

    def __len__(self) -> int:
        return len(self._until)

    def make(self) -> str:
        """A new ticket, of url-safe characters."""
        if len(self._until) >= MOST:
            del self._until[next(iter(self._until))]
        ticket = secrets.token_urlsafe(24)
        self._until[ticket] = trio.current_time() + SECONDS
        return ticket

    def holds(self, ticket: str) -> bool:
        """Whether a ticket is good now."""
        return trio.current_time() < self._until.get(ticket, 0.0)

    def take(self, ticket: str) -> bool:
        """Whether a ticket was good until now; it is used up."""
        good = self.holds(ticket)
        self._until.pop(ticket, None)
        return good
