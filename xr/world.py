"""The world that an operation is done to: a store, and the live rooms of its server if one runs."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import trio

from xr.store.protocol import Store
from xr.tickets import Tickets


class Ask(Protocol):
    """Asks an intent of a room; ``user_id`` None is the operator."""

    async def __call__(
        self, room_id: str, name: str, payload: Mapping[str, Any], user_id: str | None = None, /
    ) -> Any:
        """The response, once all changes are written; ``rooms/asking.py`` says what it raises."""
        ...


async def _close_nothing(_: str) -> None:
    await trio.lowlevel.checkpoint()


async def _write_nothing(_: str) -> bool:
    await trio.lowlevel.checkpoint()
    return True


@dataclass(frozen=True, kw_only=True)
class World:
    """A store and its live rooms; without a server no room is open, and nobody is present.

    ``present`` gives how many users are present by the ids of the open rooms, and ``who`` the users
    present in a room, in the order of arrival. ``close_room`` is called after a room was deleted.
    ``forget_pose`` takes a user and a room, and ``forget_user`` a user; both return how many poses
    went. ``stop_room`` ends an open room and keeps it: those in it are sent out. ``tickets`` open
    the operator's page. ``kick`` takes a user and a room, or None for all rooms, and returns how
    many connections it has closed. ``ask`` asks an intent of a room, by its name and payload, as
    the operator or as a user, and raises ``Refused`` (``rooms/asking.py``). ``write`` writes the
    unwritten changes of a room, and says whether that worked; it may wait long.
    """

    store: Store
    forget_pose: Callable[[str, str], Awaitable[int]]
    forget_user: Callable[[str], Awaitable[int]]
    ask: Ask
    present: Callable[[], Mapping[str, int]] = dict
    who: Callable[[str], Sequence[str]] = lambda _: ()
    close_room: Callable[[str], Awaitable[None]] = _close_nothing
    stop_room: Callable[[str], Awaitable[None]] = _close_nothing
    kick: Callable[[str, str | None], int] = lambda *_: 0
    write: Callable[[str], Awaitable[bool]] = _write_nothing
    tickets: Tickets = field(default_factory=Tickets)
