"""Views: the state of a room as clients see it, folded from the events of its stream.

The reflector owns them: it folds every event at its place in the stream, and shows each view to a
newcomer. A fold is a plain function of one kind of event; it waits for nothing.
"""

from collections.abc import Callable, Mapping
from typing import Any, Generic, Protocol, TypeVar

import msgspec

from xr.events import (
    ConnectionsChanged,
    Event,
    UserChanged,
    UserJoined,
    UserLeft,
    UserMoved,
    pose_fields,
)
from xr.wire import messages

Fold = Callable[[Any], None]
Folds = Mapping[type[Event], Fold]
"""Kind of event → the function that folds it."""

V = TypeVar("V")
_encode = msgspec.json.encode


class View(Protocol):
    """A part of the state that a newcomer is sent, under the event ``name``."""

    name: str

    @property
    def folds(self) -> Folds:
        """The events that change it."""
        ...

    def welcome(self) -> bytes:
        """The payload as JSON, encoded once and kept until the next change."""
        ...


class Table(Generic[V]):
    """A JSON object of values by key. Each value is encoded once, and the whole once a change."""

    def __init__(self, show: Callable[[V], object]) -> None:
        self._show = show
        self._values: dict[str, V] = {}
        self._parts: dict[str, bytes] = {}
        self._changed: dict[str, None] = {}  # the keys whose part is not right
        self._whole = b""

    def __getitem__(self, key: str) -> V:
        return self._values[key]

    def put(self, key: str, value: V) -> None:
        """Set the value of a key, new or known."""
        self._values[key] = value
        self._changed[key] = None
        self._whole = b""

    def drop(self, key: str) -> None:
        """Remove a key that is there."""
        del self._values[key]
        self._parts.pop(key, None)
        self._changed.pop(key, None)
        self._whole = b""

    def encoded(self) -> bytes:
        """The whole object as JSON."""
        if not self._whole:
            for key in self._changed:
                self._parts[key] = _encode({key: self._show(self._values[key])})[1:-1]
            self._changed.clear()
            self._whole = b"{" + b",".join(self._parts.values()) + b"}"
        return self._whole


class UsersView:
    """``user_snapshot``: the users present, with their numbers, newest poses and states."""

    name = "user_snapshot"

    def __init__(self) -> None:
        self._users: Table[UserJoined | UserMoved] = Table(self._show)
        self._states: dict[str, messages.UserState] = {}
        self.folds: Folds = {
            UserJoined: self._joined,
            UserMoved: self._moved,
            UserChanged: self._changed,
            UserLeft: self._left,
        }
        self.welcome = self._users.encoded

    def _joined(self, event: UserJoined) -> None:
        self._states[event.user_id] = event.state
        self._moved(event)

    def _moved(self, event: UserJoined | UserMoved) -> None:
        self._users.put(event.user_id, event)

    def _changed(self, event: UserChanged) -> None:
        user_id = event.user_id
        self._states[user_id] = msgspec.structs.replace(self._states[user_id], **event.changes)
        self._users.put(user_id, self._users[user_id])

    def _left(self, event: UserLeft) -> None:
        del self._states[event.user_id]
        self._users.drop(event.user_id)

    def _show(self, event: UserJoined | UserMoved) -> messages.UserPose:
        state = msgspec.structs.asdict(self._states[event.user_id])
        return messages.UserPose(n=event.number, **pose_fields(event.pose), **state)


class ConnectionsView:
    """``presence_state``: the connections of the users present."""

    name = "presence_state"

    def __init__(self) -> None:
        self._refs: Table[tuple[str, ...]] = Table(messages.metas)
        self.folds: Folds = {
            UserJoined: self._joined,
            ConnectionsChanged: self._changed,
            UserLeft: self._left,
        }
        self.welcome = self._refs.encoded

    def _joined(self, event: UserJoined) -> None:
        self._refs.put(event.user_id, ())

    def _changed(self, event: ConnectionsChanged) -> None:
        for user_id in event.joins.keys() | event.leaves.keys():
            gone = event.leaves.get(user_id, ())
            stay = tuple(ref for ref in self._refs[user_id] if ref not in gone)
            self._refs.put(user_id, stay + event.joins.get(user_id, ()))

    def _left(self, event: UserLeft) -> None:
        self._refs.drop(event.user_id)
