"""Roles, as owners give and take them. The room owns its standings."""

from typing import Annotated, ClassVar

import msgspec

from xr.roles import Capability, Role
from xr.rooms.feature import Feature, Intent, Member
from xr.wire.messages import Message

SomeUser = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
"""A user's id, of somebody who is present or away."""


class SetRole(Message, frozen=True, kw_only=True):
    """Give a user a role in this room, or take it: ``"guest"``. They may be away."""

    user_id: SomeUser
    role: Role


class Roles(Feature):
    """The roles of one room."""

    def set_role(self, member: Member, payload: SetRole) -> None:
        """Give the role; it holds at once in every connection of the user."""
        self.site.standings.give(payload.user_id, payload.role)

    intents: ClassVar = {"set_role": Intent(SetRole, set_role, needs=Capability.CONFIGURE)}
