"""The one ordered stream of a room: numbered events, fanned out to the inboxes of its tasks.

Publishing is synchronous and never waits. Of the events that merge, an inbox holds the newest one
for each key; of the others, those that its task has not yet read.
"""

from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

import msgspec
import trio

from xr.errors import RoomFault
from xr.events import Event

INBOX = 16_384
"""Entries that an inbox holds. Full is a fault of the room: its task no longer reads."""


class Entry(msgspec.Struct):
    """An event and its number in the stream, from 1. A newer one that merges takes its place."""

    number: int
    event: Event


E = TypeVar("E", bound=Event)


class Inbox:
    """The events that one task of the room has yet to read; owned by that task.

    ``wake_on_merge=False``: an event that merges does not wake the task; it is read with the next
    event of another kind. ``attaching`` is set while a newcomer is among the unread.
    """

    def __init__(self, name: str, bound: int = INBOX, *, wake_on_merge: bool = True) -> None:
        self.name = name
        self._bound = bound
        self._wake_on_merge = wake_on_merge
        self._entries: deque[Entry] = deque()
        self._merging: defaultdict[type[Event], dict[str, Entry]] = defaultdict(dict)
        self.attaching = trio.Event()
        self._woken = trio.Event()

    def __len__(self) -> int:
        return len(self._entries)

    def put(self, number: int, event: Event) -> None:
        """Add an event behind all others; one that merges replaces the unread one in its place.

        Raises:
            RoomFault: the inbox is full.
        """
        merges = event.merges
        if merges is not None:
            key = getattr(event, merges)
            unread = self._merging[type(event)]
            entry = unread.get(key)
            if entry is not None:
                entry.number, entry.event = number, event
                return
            entry = unread[key] = Entry(number, event)
        else:
            if event.ends is not None:
                self._end(event, event.ends)
            entry = Entry(number, event)
            if event.attaches is not None:
                self.attaching.set()
        if len(self._entries) >= self._bound:
            raise RoomFault(f"the {self.name} task has {self._bound} unread events")
        self._entries.append(entry)
        if merges is None or (self._wake_on_merge and len(self._entries) == 1):
            self.wake()

    def _end(self, event: Event, field: str) -> None:
        """Stop merging by ``field``: a later event of the key must not replace one of before."""
        key = getattr(event, field)
        for kind, unread in self._merging.items():
            if kind.merges == field:
                unread.pop(key, None)

    @property
    def woken(self) -> bool:
        """True if ``wait`` would return at once."""
        return self._woken.is_set()

    def wake(self) -> None:
        """Wake the task, though there may be nothing to read."""
        self._woken.set()

    async def wait(self) -> None:
        """Wait until the task is woken. Cancellation loses nothing: the unread stays."""
        await self._woken.wait()
        self._woken = trio.Event()

    def take_all(self) -> list[Entry]:
        """Take all unread events, in order; the task then sleeps until the next one."""
        entries = list(self._entries)
        self._entries.clear()
        self._merging.clear()
        if self.attaching.is_set():
            self.attaching = trio.Event()
        if self._woken.is_set():
            self._woken = trio.Event()
        return entries


@dataclass(frozen=True)
class StreamStatistics:
    """Numbers of a stream at one moment: events so far, and the unread ones of each inbox."""

    events: int
    unread: Mapping[str, int]


class Stream:
    """Numbers events and hands each to every inbox, in one order for all."""

    def __init__(self) -> None:
        self.number = 0
        self._inboxes: list[Inbox] = []
        self._of_merging: list[Inbox] = []  # those that get the events which merge, too

    def subscribe(self, name: str, *, merging: bool = True, wake_on_merge: bool = True) -> Inbox:
        """Make an inbox, which gets the events that are published from now on.

        ``merging=False``: without those that merge, which are most of them.
        """
        inbox = Inbox(name, wake_on_merge=wake_on_merge)
        if merging:
            self.attach(inbox)
        else:
            self._inboxes.append(inbox)
        return inbox

    def attach(self, inbox: Inbox) -> None:
        """Give this inbox the events that are published from now on, after all other inboxes."""
        self._inboxes.append(inbox)
        self._of_merging.append(inbox)

    def statistics(self) -> StreamStatistics:
        """Numbers of this moment."""
        return StreamStatistics(self.number, {inbox.name: len(inbox) for inbox in self._inboxes})

    def publish(self, event: E) -> E:
        """Append the event and return it.

        Raises:
            RoomFault: a task of the room no longer reads.
        """
        self.number += 1
        for inbox in self._inboxes if event.merges is None else self._of_merging:
            inbox.put(self.number, event)
        return event
