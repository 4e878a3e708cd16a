"""The one ordered stream of a room: numbered events, fanned out to the inboxes of its tasks.

Publishing is synchronous and never waits. A move waits in one slot for its user, so an inbox
holds at most one move of each user, and the joins and leaves that its task has not yet read.
"""

from collections import deque
from typing import TypeVar

import msgspec
import trio

from xr.errors import RoomFault
from xr.events import ClientAttached, Event, UserLeft, UserMoved

INBOX = 16_384
"""Entries that an inbox holds. Full is a fault of the room: its task no longer reads."""


class Entry(msgspec.Struct):
    """An event and its number in the stream, from 1. A newer move takes the older one's place."""

    number: int
    event: Event


E = TypeVar("E", bound=Event)


class Inbox:
    """What one task of the room has yet to read; owned by that task.

    With ``hurry`` false the bell does not ring for moves: they wait for whatever comes next.
    ``pressing`` says that a newcomer is among what is unread, who rings the bell in any case.
    """

    def __init__(self, name: str, bound: int = INBOX, *, hurry: bool = True) -> None:
        self._name = name
        self._bound = bound
        self._hurry = hurry
        self._entries: deque[Entry] = deque()
        self._moves: dict[str, Entry] = {}
        self.pressing = False
        # Rung when there is something to read. Full means it has been rung already.
        self._ring, self._bell = trio.open_memory_channel[None](1)

    def __len__(self) -> int:
        return len(self._entries)

    def put(self, number: int, event: Event) -> None:
        """Add an event behind all others; a move replaces its user's unread one where it stands.

        Raises:
            RoomFault: the inbox is full.
        """
        if type(event) is UserMoved:
            waiting = self._moves.get(event.user_id)
            if waiting is not None:
                waiting.number, waiting.event = number, event
                return
            entry = self._moves[event.user_id] = Entry(number, event)
        else:
            if type(event) is UserLeft:
                self._moves.pop(event.user_id, None)  # a later move is another visit's
            entry = Entry(number, event)
            self.pressing = self.pressing or type(event) is ClientAttached
        if len(self._entries) >= self._bound:
            raise RoomFault(f"the {self._name} task has {self._bound} unread events")
        self._entries.append(entry)
        if type(event) is not UserMoved or (self._hurry and len(self._entries) == 1):
            self.ring()

    def ring(self) -> None:
        """Wake the task, though there may be nothing to read."""
        try:
            self._ring.send_nowait(None)
        except trio.WouldBlock:
            return  # it has been rung and not yet heard

    async def wait(self) -> None:
        """Until the bell rings. Cancellation loses nothing: what is unread stays."""
        await self._bell.receive()

    def drain(self) -> list[Entry]:
        """Everything unread, in order."""
        entries = list(self._entries)
        self._entries.clear()
        self._moves.clear()
        self.pressing = False
        return entries


class Stream:
    """Numbers events and hands each to every inbox, in one order for all."""

    def __init__(self) -> None:
        self.number = 0
        self._inboxes: list[Inbox] = []

    def subscribe(self, name: str, *, hurry: bool = True) -> Inbox:
        """A new inbox, which gets what is published from now on."""
        inbox = Inbox(name, hurry=hurry)
        self._inboxes.append(inbox)
        return inbox

    def publish(self, event: E) -> E:
        """Append the event and return it.

        Raises:
            RoomFault: a task of the room no longer reads.
        """
        self.number += 1
        for inbox in self._inboxes:
            inbox.put(self.number, event)
        return event
