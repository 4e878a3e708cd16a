"""Gestures that everybody sees: a wave, a clap, a heart, a laugh. Nothing of them is kept."""

from typing import ClassVar, Literal

from xr.events import Event
from xr.rooms.feature import Feature, Intent, Member, Rate
from xr.wire.messages import Message

Kind = Literal["wave", "clap", "heart", "laugh"]


class React(Message, frozen=True, kw_only=True):
    """Show a gesture to everybody."""

    kind: Kind


class Reacted(Event, frozen=True):
    """A user shows a gesture."""

    wire: ClassVar[str] = "reacted"

    user_id: str
    kind: Kind


class Reactions(Feature):
    """The gestures in one room. They have no state."""

    events: ClassVar = (Reacted,)

    def react(self, member: Member, payload: React) -> None:
        """Show everybody the gesture."""
        self.site.stream.publish(Reacted(member.user_id, payload.kind))

    intents: ClassVar = {"react": Intent(React, react, rate=Rate(a_second=2, burst=5))}
