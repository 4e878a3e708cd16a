"""The profiles that users choose: name, colour and avatar; and hands that are raised."""

from collections.abc import Callable
from typing import ClassVar

from xr.profile import Profile, clean_avatar, clean_color, clean_name
from xr.rooms.feature import Feature, Intent, Member, Rate, Site
from xr.wire.messages import Message
from xr.wire.reasons import Reason
from xr.wire.refusals import Refused


class IAm(Message, frozen=True, kw_only=True):
    """Choose your name, colour or avatar; what is left out stays."""

    name: str | None = None
    """1 to 32 characters that can be seen, after trimming and in NFC"""

    color: str | None = None
    """``#rrggbb``"""

    avatar: str | None = None
    """One of the shipped kinds"""


class RaiseHand(Message, frozen=True, kw_only=True):
    """Raise your hand, or take it down."""

    up: bool


class Profiles(Feature):
    """The profiles of a room's users, which hold in every room; and their hands."""

    def __init__(self, site: Site) -> None:
        super().__init__(site)
        self._last_hand = 0

    def choose(self, member: Member, payload: IAm) -> None:
        """Change the profile.

        Raises:
            Refused: a value that cannot be, or a user who is not present; nothing has changed then.
        """
        if member.user_id not in self.site.people:
            raise Refused(Reason.NO_SUCH_USER, "Only those who are in the room change there.")
        changes = {
            "name": _clean(clean_name, payload.name, Reason.INVALID_NAME),
            "color": _clean(clean_color, payload.color, Reason.INVALID_COLOR),
            "avatar": _clean(clean_avatar, payload.avatar, Reason.INVALID_AVATAR),
        }
        state = self.site.people[member.user_id]
        shown = Profile(state.name, state.color, state.avatar)
        chosen = {name: text for name, text in changes.items() if text is not None}
        self.site.profiles.choose(member.user_id, shown, chosen)

    def raise_hand(self, member: Member, payload: RaiseHand) -> None:
        """Show the hand to everybody. Each hand that goes up has a later time than the last."""
        people, user_id = self.site.people, member.user_id
        if user_id not in people or people[user_id].hand is payload.up:
            return
        if payload.up:
            self._last_hand = max(int(self.site.now() * 1000), self._last_hand + 1)
        people.change(user_id, hand=payload.up, hand_at=self._last_hand if payload.up else None)

    intents: ClassVar = {
        "i_am": Intent(IAm, choose, rate=Rate(a_second=1, burst=5)),
        "raise_hand": Intent(RaiseHand, raise_hand, rate=Rate(a_second=1, burst=5)),
    }


def _clean(clean: Callable[[str], str], text: str | None, reason: Reason) -> str | None:
    try:
        return None if text is None else clean(text)
    except ValueError as error:
        raise Refused(reason, str(error)) from error
