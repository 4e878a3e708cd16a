"""The users who were let into a room since it opened, and their addresses."""

from collections import OrderedDict

MOST = 1_000
"""Users who are remembered. Full: the one who came longest ago is forgotten."""
MOST_ADDRESSES = 4
"""Addresses of one user that are remembered, the newest ones."""


class Visitors:
    """Users by id, with their addresses. Those who have left are among them. A room owns one."""

    def __init__(self) -> None:
        self._addresses: OrderedDict[str, tuple[str, ...]] = OrderedDict()

    def __contains__(self, user_id: str) -> bool:
        return user_id in self._addresses

    def note(self, user_id: str, address: str) -> None:
        """Note that a user was let in."""
        earlier = [each for each in self.addresses(user_id) if each != address]
        self._addresses[user_id] = (*earlier, address)[-MOST_ADDRESSES:]
        self._addresses.move_to_end(user_id)
        if len(self._addresses) > MOST:
            self._addresses.popitem(last=False)

    def addresses(self, user_id: str) -> tuple[str, ...]:
        """The addresses that the user came from, the newest last."""
        return self._addresses.get(user_id, ())
