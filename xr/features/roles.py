"""Roles, as owners give and take them. The room owns its standings."""

from typing import ClassVar

from xr.roles import Capability, Role
from xr.rooms.feature import Feature, Intent, Member
from xr.wire.messages import Message, SomeUser


class SetRole(Message, frozen=True, kw_only=True):
    """Give a user a role in this room, or take it: ``"guest"``. They may be away."""

    user_id: SomeUser
    role: Role


class Roles(Feature):
    """The roles of one room."""

    def set_role(self, member: Member, payload: SetRole) -> None:
        """Give the role; it holds at once in every connection of the user."""
        if self.site.standings[payload.user_id].role is not payload.role:
            self.site.standings.give(payload.user_id, payload.role)
            self.site.audit.note(member.user_id, "role", payload.user_id, payload.role.value)

    intents: ClassVar = {"set_role": Intent(SetRole, set_role, needs=Capability.CONFIGURE)}
