"""Whether somebody is away: their page is hidden, or their headset lies aside."""

from typing import ClassVar

from xr.rooms.feature import Feature, Intent, Member, Rate
from xr.wire.messages import Message


class IAmAway(Message, frozen=True, kw_only=True):
    """Say that you look elsewhere, or that you are back. A newcomer is not away."""

    away: bool


class Attention(Feature):
    """The attention of those in one room. It is a part of their state, and kept nowhere.

    It belongs to the user: the newest word of any of their connections holds. So a page that is
    looked at says so again when it is told that its own user is away.
    """

    def look_away(self, member: Member, payload: IAmAway) -> None:
        """Tell everybody, if it is news."""
        self.site.people.change(member.user_id, away=payload.away)

    intents: ClassVar = {
        "i_am_away": Intent(IAmAway, look_away, rate=Rate(a_second=1, burst=5)),
    }
