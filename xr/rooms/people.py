"""Changes of the state of users who are present: profile, role, microphone and hand.

A change is published in the same moment, so the state here is that of the stream's newest event.
"""

from typing import Any

import msgspec

from xr.events import UserChanged
from xr.rooms.roster import Roster
from xr.rooms.stream import Stream
from xr.wire.messages import UserState


class People:
    """The users present in one room; presence says who they are."""

    def __init__(self, stream: Stream, roster: Roster) -> None:
        self._stream = stream
        self._users = roster.users

    def __getitem__(self, user_id: str) -> UserState:
        return self._users[user_id].state

    def __contains__(self, user_id: object) -> bool:
        return user_id in self._users

    def number_of(self, user_id: str) -> int:
        """The ``n`` of a user who is present."""
        return self._users[user_id].number

    def change(self, user_id: str, **changes: Any) -> None:
        """Change fields of the user's ``UserState``, and tell what became different.

        Nothing happens for a user who is not present.

        Raises:
            RoomFault: the stream cannot take the event.
        """
        user = self._users.get(user_id)
        if user is None:
            return
        before = user.state
        news = {name: value for name, value in changes.items() if getattr(before, name) != value}
        if news:
            user.state = msgspec.structs.replace(before, **news)
            self._stream.publish(UserChanged(user_id, news))
