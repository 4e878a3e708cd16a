"""Moderation: kick, ban and mute. The room owns its standings; nothing else is kept here."""

from typing import Annotated, ClassVar

from msgspec import Meta
from msgspec.structs import replace

from xr.roles import Capability, Role
from xr.rooms.feature import Feature, Intent, Member
from xr.rooms.standings import PLAIN, Bar, Standing
from xr.wire.messages import Message, SomeUser
from xr.wire.reasons import Reason
from xr.wire.refusals import Refused

ADDRESS_HOURS = 24
"""Hours for which a ban keeps out the addresses of the user too."""
_MINUTE = 60.0
_HOUR = 3600.0


class Kick(Message, frozen=True, kw_only=True):
    """Send a user out of the room; they cannot come back for so many minutes."""

    user_id: SomeUser
    minutes: Annotated[float, Meta(gt=0, le=1440)] = 10


class Ban(Message, frozen=True, kw_only=True):
    """Send a user out and keep them out, also one who is away; they lose their role."""

    user_id: SomeUser

    hours: Annotated[float, Meta(gt=0, le=87_600)] | None = None
    """For how long; null: until somebody lifts it"""

    address: bool = True
    """Also keep out guests who come from the same address, for 24 hours at most"""


class Unban(Message, frozen=True, kw_only=True):
    """Let a user in again who was kicked or banned."""

    user_id: SomeUser


class Mute(Message, frozen=True, kw_only=True):
    """Take chat and voice from a user, or give them back. It lasts until it is lifted."""

    user_id: SomeUser
    muted: bool


class Moderation(Feature):
    """The acts of moderators in one room."""

    def kick(self, member: Member, payload: Kick) -> None:
        """Close all memberships of the user, and refuse their joins for a while."""
        user_id, site = payload.user_id, self.site
        standing = self._standing_below(member, user_id)
        if user_id not in site.visitors and standing == PLAIN:
            raise Refused(Reason.NO_SUCH_USER, "Nobody with this id was here lately.")
        until = site.now() + payload.minutes * _MINUTE
        if not standing.is_barred(until):  # a ban that lasts longer stays
            site.standings.put(user_id, replace(standing, bar=Bar(Reason.KICKED, until)))
        site.audit.note(member.user_id, "kick", user_id, f"minutes {payload.minutes:g}")
        site.expel(user_id, Reason.KICKED)

    def ban(self, member: Member, payload: Ban) -> None:
        """Close all memberships of the user, and refuse their joins until it ends."""
        user_id, site = payload.user_id, self.site
        standing = self._standing_below(member, user_id)
        now = site.now()
        bar = Bar(Reason.BANNED, None if payload.hours is None else now + payload.hours * _HOUR)
        if payload.address:
            marks = tuple(map(site.mark, site.visitors.addresses(user_id)))
            bar = replace(bar, addresses=marks, addresses_until=now + ADDRESS_HOURS * _HOUR)
        site.standings.put(user_id, Standing(Role.GUEST, standing.muted, bar))
        detail = "for good" if payload.hours is None else f"hours {payload.hours:g}"
        site.audit.note(member.user_id, "ban", user_id, detail)
        site.expel(user_id, Reason.BANNED)

    def unban(self, member: Member, payload: Unban) -> None:
        """Let the user in again."""
        user_id, site = payload.user_id, self.site
        standing = self._standing_below(member, user_id)
        if not standing.is_barred(site.now()):
            raise Refused(Reason.NO_SUCH_USER, "Nobody with this id is kept out.")
        site.standings.put(user_id, replace(standing, bar=None))
        site.audit.note(member.user_id, "unban", user_id)

    def mute(self, member: Member, payload: Mute) -> None:
        """Mute the user in all their connections, or no longer."""
        user_id, site = payload.user_id, self.site
        standing = self._standing_below(member, user_id)
        if standing.muted == payload.muted:
            return
        site.standings.put(user_id, replace(standing, muted=payload.muted))
        site.audit.note(member.user_id, "mute" if payload.muted else "unmute", user_id)

    def _standing_below(self, member: Member, user_id: str) -> Standing:
        standing = self.site.standings[user_id]
        if not member.role.outranks(standing.role):
            raise Refused(
                Reason.NOT_ALLOWED, "This can be done only to somebody of a lower role than yours."
            )
        return standing

    intents: ClassVar = {
        "kick": Intent(Kick, kick, needs=Capability.MODERATE),
        "ban": Intent(Ban, ban, needs=Capability.MODERATE),
        "unban": Intent(Unban, unban, needs=Capability.MODERATE),
        "mute": Intent(Mute, mute, needs=Capability.MODERATE),
    }
