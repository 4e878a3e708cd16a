"""The options of a room and its invites, as owners and moderators set them. The room owns both."""

import secrets
from collections.abc import Iterator
from typing import Annotated, Any, ClassVar

import msgspec
from msgspec import UNSET, UnsetType

from xr.errors import RequestRefused
from xr.events import Event
from xr.names import room_name
from xr.passwords import LONGEST, SHORTEST, hash_password
from xr.roles import Capability, Role, may
from xr.rooms.feature import Feature, Intent, Member, Rate, Site
from xr.rooms.options import Options, Who
from xr.rooms.view import Folds
from xr.wire.messages import Message
from xr.wire.reasons import Reason
from xr.wire.refusals import Refused

Password = Annotated[str, msgspec.Meta(min_length=SHORTEST, max_length=LONGEST)]
Users = Annotated[int, msgspec.Meta(ge=1, le=65_535)]
Hours = Annotated[float, msgspec.Meta(gt=0, le=87_600)]


class SetRoom(Message, frozen=True, kw_only=True):
    """Change options of the room; those that are left out stay. A moderator may set ``locked``."""

    name: str | UnsetType = UNSET
    listed: bool | UnsetType = UNSET
    locked: bool | UnsetType = UNSET
    password: Password | UnsetType | None = UNSET
    """null: none"""
    capacity: Users | UnsetType | None = UNSET
    """null: only the limit of the server"""
    always_spawn: bool | UnsetType = UNSET
    who_may_build: Who | UnsetType = UNSET
    who_may_speak: Who | UnsetType = UNSET
    voice: bool | UnsetType = UNSET


class RoomOptions(Message, frozen=True, kw_only=True):
    """The options of the room as they are now."""

    name: str
    listed: bool
    locked: bool
    password: bool
    """Whether there is one"""
    capacity: int | None
    always_spawn: bool
    who_may_build: Who
    who_may_speak: Who
    voice: bool


class RoomChanged(Event, frozen=True):
    """The options of the room have changed."""

    wire: ClassVar[str] = "room_changed"

    options: Options

    def payload(self) -> RoomOptions:
        """All options, without the password."""
        return shown(self.options)


class NewInvite(Message, frozen=True, kw_only=True):
    """Make a link that lets its bearers in, with a role, for so many hours or for good."""

    role: Role
    hours: Hours | None = None


class Invited(Message, frozen=True, kw_only=True):
    """An invite that was made. ``url`` is a path below the server's public URL."""

    id: str
    url: str


class Revoke(Message, frozen=True, kw_only=True):
    """Let an invite no longer let anybody in."""

    id: Annotated[str, msgspec.Meta(max_length=100)]


def shown(options: Options) -> RoomOptions:
    """The options as clients are told them."""
    fields = {name: getattr(options, name) for name in RoomOptions.__struct_fields__}
    return RoomOptions(**{**fields, "password": options.password is not None})


def with_hash(payload: SetRoom) -> SetRoom:
    """The payload with the hash of its password in place of the password."""
    if not isinstance(payload.password, str):
        return payload
    return msgspec.structs.replace(payload, password=hash_password(payload.password))


class OptionsView:
    """The options, as a newcomer is told of them under the event ``room_options``."""

    name = "room_options"

    def __init__(self, options: Options) -> None:
        self._options = options
        self.folds: Folds = {RoomChanged: self._changed}

    def _changed(self, event: RoomChanged) -> None:
        self._options = event.options

    def welcome(self) -> bytes:
        """The payload as JSON."""
        return msgspec.json.encode(shown(self._options))


class Doors(Feature):
    """The options and the invites of one room."""

    events: ClassVar = (RoomChanged,)
    state: ClassVar = {"room_options": RoomOptions}

    def __init__(self, site: Site) -> None:
        super().__init__(site)
        self._told = site.door.options
        self.views = [OptionsView(self._told)]
        site.door.watchers.append(self._tell)

    def set_room(self, member: Member, payload: SetRoom) -> None:
        """Change the options; they hold at once."""
        given = {name: getattr(payload, name) for name in SetRoom.__struct_fields__}
        changes: dict[str, Any] = {k: v for k, v in given.items() if v is not UNSET}
        if changes.keys() - {"locked"} and not may(member.role, Capability.CONFIGURE):
            raise Refused(Reason.NOT_ALLOWED, "A moderator may lock the room, and no more.")
        if "name" in changes:
            changes["name"] = _name(changes["name"])
        before, door = self.site.door.options, self.site.door
        if "password" in changes:
            changes["password_epoch"] = before.password_epoch + 1
        door.set(changes)
        for act, detail in _acts(before, door.options):
            self.site.audit.note(member.user_id, act, "", detail)

    def invite(self, member: Member, payload: NewInvite) -> Invited:
        """Make an invite; the reply has its link."""
        _require_rank(member, payload.role)
        invite_id = secrets.token_hex(4)
        invites, by = self.site.door.invites, member.user_id or None
        invites.make(invite_id, payload.role, by, payload.hours)
        self.site.audit.note(member.user_id, "invite", "", f"{invite_id} {payload.role}")
        self.site.door.changed()
        return Invited(id=invite_id, url=invites.link(invite_id))

    def revoke(self, member: Member, payload: Revoke) -> None:
        """Remove an invite."""
        invite = dict(self.site.door.invites).get(payload.id)
        if invite is None:
            raise Refused(Reason.NO_SUCH_INVITE, "It was revoked, or has expired.")
        _require_rank(member, invite.role)
        self.site.door.invites.put(payload.id, None)
        self.site.audit.note(member.user_id, "revoke", "", payload.id)
        self.site.door.changed()

    def _tell(self, options: Options) -> None:
        """Publish the options if they became different, whoever has changed them."""
        if options != self._told:
            self._told = options
            self.site.stream.publish(RoomChanged(options))

    intents: ClassVar = {
        "set_room": Intent(
            SetRoom,
            set_room,
            needs=Capability.MODERATE,
            rate=Rate(a_second=1, burst=5),
            prepare=with_hash,
        ),
        "invite": Intent(
            NewInvite,
            invite,
            reply=Invited,
            needs=Capability.MODERATE,
            rate=Rate(a_second=1, burst=5),
        ),
        "revoke": Intent(Revoke, revoke, needs=Capability.MODERATE),
    }


def _acts(before: Options, after: Options) -> Iterator[tuple[str, str]]:
    """The acts of a change of options, with what they became; a password is not told."""
    for name in RoomOptions.__struct_fields__:
        value = getattr(after, name)
        if value == getattr(before, name):
            continue
        if name == "locked":
            yield "lock", "on" if value else "off"
        elif name == "password":
            yield "set", "password off" if value is None else "password on"
        else:
            yield "set", f"{name} {_word(value)}"


def _word(value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return "as the server" if value is None else str(value)


def _name(text: str) -> str:
    try:
        return room_name(text)
    except RequestRefused as error:
        raise Refused(Reason.INVALID_NAME, str(error)) from error


def _require_rank(member: Member, role: Role) -> None:
    """Only owners give or take invites of moderators and owners."""
    if role.outranks(Role.MEMBER) and not may(member.role, Capability.CONFIGURE):
        raise Refused(Reason.NOT_ALLOWED, "Only an owner may invite moderators and owners.")
