"""Chat: lines that everybody in a room reads, and that newcomers find. The feature owns them.

Bound: a room keeps the newest ``LINES`` lines; an older one goes, also from the store.
"""

import unicodedata
from collections.abc import Callable, Mapping
from typing import Annotated, ClassVar

import msgspec

from xr.events import Event
from xr.names import shows_something
from xr.roles import Capability, may
from xr.rooms.feature import Feature, Intent, Member, Rate, Site
from xr.rooms.ledger import Ledger
from xr.rooms.protocols import LINES, LONGEST_LINE, Line
from xr.rooms.view import Folds
from xr.wire.messages import Message
from xr.wire.reasons import Reason
from xr.wire.refusals import Refused

OPERATOR = ("operator", "The operator")
"""Id and name under the lines of who runs the server. No user has this id: theirs are longer."""
_HOUR_MS = 3_600_000
_ALL = "lines"
"""The one key of the ledger."""


class Say(Message, frozen=True, kw_only=True):
    """Write a line to everybody in the room: plain text, which may have line breaks."""

    text: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_LINE)]


class SaidId(Message, frozen=True, kw_only=True):
    """The id of the line that you have written."""

    id: str


class Unsay(Message, frozen=True, kw_only=True):
    """Remove a line: your own, or anybody's if you may ``moderate``."""

    id: Annotated[str, msgspec.Meta(min_length=1, max_length=32)]


class Said(Event, frozen=True):
    """A user has written a line; ``at`` is unix milliseconds, ``name`` the user's at that time."""

    wire: ClassVar[str] = "said"

    id: str
    user_id: str
    name: str
    text: str
    at: int


class Unsaid(Event, frozen=True):
    """A line was removed: show it no longer."""

    wire: ClassVar[str] = "unsaid"

    id: str


class ChatLines(Message, frozen=True, kw_only=True):
    """The newest lines in the room, the oldest of them first."""

    lines: list[Said]


class ChatView:
    """``chat``: the lines that a newcomer finds. ``oldest`` gives the time of the oldest one."""

    name = "chat"

    def __init__(self, lines: Mapping[str, Line], oldest: Callable[[], int]) -> None:
        self._oldest = oldest
        self._lines = {line_id: _said(line_id, line) for line_id, line in lines.items()}
        self._whole = b""
        self.folds: Folds = {Said: self._add, Unsaid: self._remove}

    def _add(self, event: Said) -> None:
        self._lines[event.id] = event
        if len(self._lines) > LINES:
            del self._lines[next(iter(self._lines))]
        self._whole = b""

    def _remove(self, event: Unsaid) -> None:
        self._lines.pop(event.id, None)
        self._whole = b""

    def welcome(self) -> bytes:
        """The payload as JSON, encoded once a change or when a line has become too old."""
        oldest = self._oldest()
        for line in list(self._lines.values()):
            if line.at >= oldest:
                break
            self._remove(Unsaid(line.id))
        if not self._whole:
            self._whole = msgspec.json.encode(ChatLines(lines=list(self._lines.values())))
        return self._whole


class Lines(Ledger[str, Mapping[str, Line]]):
    """The lines of one room, by id, the oldest first. They are written together, under one key, so
    that what waits for a disk that fails is never more than the lines of one room.

    ``hours`` 0: nothing is written. ``restored`` is called with each line that an earlier run of
    the room could not write or remove.
    """

    def __init__(self, site: Site, restored: Callable[[str, Line | None], None]) -> None:
        super().__init__("chat", self._save_all)
        self._store, self._tenure = site.store, site.tenure
        self._written = site.settings.chat_hours > 0
        self.kept = dict(site.record.lines) if self._written else {}
        self._restored = restored

    def add(self, line_id: str, line: Line, oldest: int) -> None:
        """Keep a line; those before ``oldest`` go, and the first of more than ``LINES``."""
        self.kept[line_id] = line
        self._changed(oldest)

    def remove(self, line_id: str, oldest: int) -> None:
        """Remove a line that is kept, and those before ``oldest``; from the store too."""
        del self.kept[line_id]
        self._changed(oldest)

    def restore(self, unsaved: Mapping[str, Mapping[str, Line]]) -> None:
        """Take over the lines that an earlier run of the room could not write, for those here."""
        super().restore(unsaved)
        if _ALL not in unsaved:
            return
        before, self.kept = self.kept, dict(unsaved[_ALL])
        for line_id in before.keys() - self.kept.keys():
            self._restored(line_id, None)
        for line_id, line in self.kept.items():
            if line_id not in before:
                self._restored(line_id, line)

    def _changed(self, oldest: int) -> None:
        for first_id, first in list(self.kept.items()):
            if first.at >= oldest and len(self.kept) <= LINES:
                break
            del self.kept[first_id]
        if self._written:
            self.put(_ALL, dict(self.kept))

    async def _save_all(self, changes: Mapping[str, Mapping[str, Line]]) -> None:
        await self._store.save_chat(self._tenure, changes[_ALL])


class Chat(Feature):
    """The chat of one room."""

    events: ClassVar = (Said, Unsaid)
    state: ClassVar = {"chat": ChatLines}

    def __init__(self, site: Site) -> None:
        super().__init__(site)
        self._lines = Lines(site, self._tell)
        self.ledgers = [self._lines]
        self.views = [ChatView(self._lines.kept, self._oldest)]

    def say(self, member: Member, payload: Say) -> SaidId:
        """Publish and keep the line."""
        user_id, name = self._author(member)
        text = _text(payload.text)
        last = next(reversed(self._lines.kept.values()), None)
        at = max(self._now(), last.at + 1 if last else 0)  # in order, should the clock be set back
        line = Line(user_id, name, text, at)
        line_id = f"{self.site.rng.getrandbits(64):016x}"
        self._lines.add(line_id, line, self._oldest())
        self._tell(line_id, line)
        return SaidId(id=line_id)

    def unsay(self, member: Member, payload: Unsay) -> None:
        """Remove the line, also from the store."""
        line = self._lines.kept.get(payload.id)
        if line is None:
            raise Refused(Reason.NO_SUCH_LINE, "The line has gone already.")
        if line.user_id != member.user_id and not may(member.role, Capability.MODERATE):
            raise Refused(Reason.NOT_ALLOWED, "Only moderators remove the lines of others.")
        if line.user_id != member.user_id:
            self.site.audit.note(member.user_id, "unsay", line.user_id)
        self._remove(payload.id)

    def forget(self, user_id: str) -> None:
        """Remove all lines of a user, before the store does."""
        for line_id, line in list(self._lines.kept.items()):
            if line.user_id == user_id:
                self._remove(line_id)

    intents: ClassVar = {
        "say": Intent(
            Say, say, reply=SaidId, needs=Capability.CHAT, rate=Rate(a_second=1, burst=5)
        ),
        "unsay": Intent(Unsay, unsay, rate=Rate(a_second=2, burst=10)),
    }

    def _author(self, member: Member) -> tuple[str, str]:
        if not member.user_id:
            return OPERATOR
        if member.user_id not in self.site.people:
            raise Refused(Reason.NO_SUCH_USER, "Only those who are in the room write in it.")
        return member.user_id, self.site.people[member.user_id].name

    def _remove(self, line_id: str) -> None:
        self._lines.remove(line_id, self._oldest())
        self._tell(line_id, None)
        self.site.hurry()

    def _tell(self, line_id: str, line: Line | None) -> None:
        """Publish that a line is there, or that it is gone."""
        self.site.stream.publish(Unsaid(line_id) if line is None else _said(line_id, line))

    def _now(self) -> int:
        return int(self.site.now() * 1000)

    def _oldest(self) -> int:
        hours = self.site.settings.chat_hours
        return int(self._now() - hours * _HOUR_MS) if hours else 0


def _said(line_id: str, line: Line) -> Said:
    return Said(line_id, line.user_id, line.name, line.text, line.at)


def _text(text: str) -> str:
    """A text as somebody typed it, with line breaks of one kind.

    Raises:
        Refused: it shows nothing, or has control characters.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    if any(c not in "\n\t" and unicodedata.category(c) in ("Cc", "Cs") for c in lines):
        raise Refused(Reason.INVALID_PAYLOAD, "A line has no control characters.")
    if not shows_something(lines):
        raise Refused(Reason.INVALID_PAYLOAD, "A line has something to read.")
    return lines
