"""The stage of a room: those who are heard everywhere. And who may speak at all."""

from collections.abc import Set

from xr.features.voice.nearest import MOST
from xr.roles import Capability
from xr.rooms.feature import Site
from xr.wire.messages import Message, SomeUser
from xr.wire.reasons import Reason
from xr.wire.refusals import Refused

MOST_ON_STAGE = MOST
"""Users on the stage. Full: a further one is refused."""


class SetStage(Message, frozen=True, kw_only=True):
    """Put a user who is present on the stage, or take them off. It holds until they leave."""

    user_id: SomeUser
    on: bool


class Stage:
    """The users on the stage of one room."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._users: set[str] = set()

    @property
    def users(self) -> Set[str]:
        """Those on it."""
        return self._users

    def put(self, user_id: str, *, on: bool) -> bool:
        """Put a user on the stage, or take them off, and tell all. False: nothing changes.

        Raises:
            Refused: the user is not present, or the stage is full.
        """
        if user_id not in self._site.people:
            raise Refused(Reason.NO_SUCH_USER, "Only those who are in the room stand on its stage.")
        if on == (user_id in self._users):
            return False
        if on and len(self._users) >= MOST_ON_STAGE:
            raise Refused(Reason.TOO_MANY, f"{MOST_ON_STAGE} people are on the stage already.")
        (self._users.add if on else self._users.discard)(user_id)
        self._site.people.change(user_id, stage=on)
        return True

    def left(self, user_id: str) -> None:
        """A user has left the room."""
        self._users.discard(user_id)

    def refusal(self, user_id: str) -> Refused | None:
        """Why the user may not speak now, or None. On the stage everybody may who is not muted."""
        standing, options = self._site.standings[user_id], self._site.door.options
        if standing.muted:
            return Refused(Reason.MUTED, "A moderator has muted you in this room.")
        if not options.voice:
            return Refused(Reason.NOT_ALLOWED, "Voice is switched off in this room.")
        if user_id in self._users or options.allow(standing.role, Capability.SPEAK):
            return None
        return Refused(Reason.NOT_ALLOWED, f"Only {options.who_may_speak} may speak in this room.")
