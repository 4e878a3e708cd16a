"""The invites of a room: links that let their bearer in, with a role, until they expire."""

from collections.abc import Callable, Iterator, Mapping
from typing import Protocol

import msgspec

from xr.roles import Role
from xr.rooms.ledger import Ledger, Save
from xr.wire.reasons import Reason
from xr.wire.refusals import Refused

MOST = 100
"""Invites that a room keeps. Full: no further one is given until one expires or is revoked."""


class Invite(msgspec.Struct, frozen=True):
    """An invite. ``made_by`` is a user, None the operator; times are unix seconds."""

    role: Role
    made_by: str | None
    made_at: float
    expires_at: float | None = None

    def holds(self, now: float) -> bool:
        """Whether it still lets somebody in."""
        return self.expires_at is None or now < self.expires_at

    def forgotten(self) -> "Invite":
        """The same invite, of which nobody knows any longer who made it."""
        return msgspec.structs.replace(self, made_by=None)


class Signs(Protocol):
    """Signs the links of invites, so that nobody makes up one."""

    def sign_invite(self, room_id: str, invite_id: str) -> str:
        """The text that stands for the invite in a link."""
        ...

    def read_invite(self, room_id: str, text: str) -> str | None:
        """The id of the invite of which the text is, or None if it is forged or another room's."""
        ...


class Invites(Ledger[str, Invite | None]):
    """The invites of one room by id, true now whether written or not. None: it is revoked."""

    def __init__(
        self,
        room_id: str,
        invites: Mapping[str, Invite],
        save: Save,
        signer: Signs,
        now: Callable[[], float],
    ) -> None:
        super().__init__("invites", save)
        self._room_id = room_id
        self._invites = dict(invites)
        self._signer = signer
        self._now = now

    def __iter__(self) -> Iterator[tuple[str, Invite]]:
        """The invites that hold, by id, in the order in which they were made."""
        now = self._now()
        holding = [(key, invite) for key, invite in self._invites.items() if invite.holds(now)]
        return iter(sorted(holding, key=lambda item: item[1].made_at))

    def __contains__(self, invite_id: object) -> bool:
        return invite_id in dict(self)

    def make(self, invite_id: str, role: Role, made_by: str | None, hours: float | None) -> None:
        """Keep a new invite, for so many hours or for good; those that have expired go.

        Raises:
            Refused: the room keeps too many.
        """
        holding = dict(self)
        for expired in self._invites.keys() - holding.keys():
            self.put(expired, None)
        if len(holding) >= MOST:
            raise Refused(
                Reason.TOO_MANY, f"A room keeps {MOST} invites. Revoke one that nobody needs."
            )
        now = self._now()
        until = None if hours is None else now + hours * 3600
        self.put(invite_id, Invite(role, made_by, now, until))

    def put(self, key: str, value: Invite | None) -> None:
        """Keep an invite, or revoke it."""
        super().put(key, value)
        self._note(key, value)

    def forget(self, user_id: str) -> None:
        """Forget that a user made invites; they hold as before."""
        for key, invite in list(self._invites.items()):
            if invite.made_by == user_id:
                self.put(key, invite.forgotten())

    def restore(self, unsaved: Mapping[str, Invite | None]) -> None:
        """Take over the changes that an earlier run of the room could not write."""
        super().restore(unsaved)
        for key, value in unsaved.items():
            self._note(key, value)

    def find(self, text: str | None) -> Invite | None:
        """The invite of which a link bears this text, if it holds."""
        invite_id = text and self._signer.read_invite(self._room_id, text)
        return dict(self).get(invite_id) if invite_id else None

    def link(self, invite_id: str) -> str:
        """The path of a link with this invite."""
        text = self._signer.sign_invite(self._room_id, invite_id)
        return f"/rooms/{self._room_id}?invite={text}"

    def _note(self, key: str, value: Invite | None) -> None:
        if value is None:
            self._invites.pop(key, None)
        else:
            self._invites[key] = value
