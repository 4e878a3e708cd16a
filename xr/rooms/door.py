"""The door of a room: who is let in. The decision is a pure function; the room owns the facts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from xr.roles import Role
from xr.rooms.invites import Invites, Signs
from xr.rooms.ledger import Ledger
from xr.rooms.options import Options, OptionsLedger
from xr.rooms.protocols import DoorStore, Knock, RoomRecord
from xr.rooms.standings import Standings
from xr.rooms.tenure import Tenure
from xr.wire.reasons import Reason
from xr.wire.refusals import Refused

SENTENCES = {
    Reason.PASSWORD_NEEDED: "This room has a password. Ask somebody who knows it.",
    Reason.WRONG_PASSWORD: "That is not the password of this room.",
    Reason.ROOM_IS_LOCKED: "This room is locked. Only those who belong to it are let in now.",
}
"""The sentence for a person, by refusal."""
OLD_INVITE = "The invite of this link has expired, or was revoked."


@dataclass(frozen=True)
class Visitor:
    """The facts about a user who wants in.

    ``let_in`` is the epoch of the password that they gave earlier, ``password_right`` whether the
    password that they give now is right. Each is None if they gave no password.
    """

    role: Role = Role.GUEST
    inside: bool = False
    invited: bool = False
    let_in: int | None = None
    password_right: bool | None = None

    @property
    def trusted(self) -> bool:
        """Whether they are let in at any door."""
        return self.inside or self.invited or self.role is not Role.GUEST

    def is_known(self, options: Options) -> bool:
        """Whether no password is asked of them."""
        return self.trusted or self.let_in == options.password_epoch


def refusal(options: Options, visitor: Visitor) -> Reason | None:
    """Why a user is not let in, or None.

    Those inside, those with a role and those with an invite pass; a lock stops all others, and a
    password those who have not given it since it was changed.
    """
    if visitor.trusted:
        return None
    if options.locked:
        return Reason.ROOM_IS_LOCKED
    if options.password is None or visitor.is_known(options) or visitor.password_right:
        return None
    return Reason.PASSWORD_NEEDED if visitor.password_right is None else Reason.WRONG_PASSWORD


class Door:
    """The options and invites of one room, and the users whom its password let in.

    All are as they are now, written or not. Each of ``watchers`` is called with the options after
    an option or an invite has changed.
    """

    def __init__(
        self,
        record: RoomRecord,
        tenure: Tenure,
        store: DoorStore,
        signer: Signs,
        now: Callable[[], float],
    ) -> None:
        save_options = partial(store.save_options, tenure)
        self.ledger = OptionsLedger(record.options, save_options, self.changed)
        self.invites = Invites(
            record.room_id, record.invites, partial(store.save_invites, tenure), signer, now
        )
        self.let_in: Ledger[str, int] = Ledger("let_in", partial(store.save_let_in, tenure))
        self.watchers: list[Callable[[Options], None]] = []
        self.ledgers: Sequence[Ledger[Any, Any]] = (self.ledger, self.invites, self.let_in)

    def set(self, changes: Mapping[str, Any]) -> None:
        """Change options at once, by field; the changes are written soon."""
        for name, value in changes.items():
            if value != getattr(self.options, name):
                self.ledger.put(name, value)
        self.changed()

    def changed(self) -> None:
        """Tell the watchers."""
        for watcher in self.watchers:
            watcher(self.options)

    @property
    def options(self) -> Options:
        """The options as they are now."""
        return self.ledger.current

    def visitor(
        self, user_id: str, role: Role, knock: Knock, *, inside: bool, stored: int | None
    ) -> Visitor:
        """The facts about a user, except whether a password that they give now is right.

        ``stored`` is, in the store, the epoch of the password that they gave earlier.
        """
        return Visitor(
            role,
            inside=inside,
            invited=self.invites.find(knock.invite) is not None,
            let_in=self.let_in.unsaved.get(user_id, stored),
        )

    def admit(self, user_id: str, knock: Knock, visitor: Visitor, standings: Standings) -> None:
        """Let a user in. They get the role of their invite; a right password is noted for later.

        Raises:
            Refused: the door is closed to them.
        """
        reason = refusal(self.options, visitor)
        if reason is not None:
            old = knock.invite is not None and not visitor.invited
            raise Refused(reason, OLD_INVITE if old else SENTENCES[reason])
        if visitor.password_right:
            self.let_in.put(user_id, self.options.password_epoch)
        invite = self.invites.find(knock.invite)
        if invite is None:
            return
        if invite.role.outranks(visitor.role):
            standings.give(user_id, invite.role)
        elif self.options.password is not None:  # a guest's: they come back without the link
            self.let_in.put(user_id, self.options.password_epoch)
