"""The protocols that a room needs of stores, connections and encoders."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol

import msgspec

from xr.events import Event
from xr.pose import Pose
from xr.profile import Profile
from xr.roles import Capability
from xr.rooms.audit import Act
from xr.rooms.entities import Entities
from xr.rooms.invites import Invite
from xr.rooms.options import Options
from xr.rooms.standings import Standing
from xr.rooms.tenure import Tenure
from xr.wire.messages import Join
from xr.wire.reasons import Reason
from xr.wire.record import AnyPose
from xr.wire.refusals import Refused

Form = str
"""A client's format of frames; the encoder defines it. Clients of one form get the same bytes."""

ComponentChanges = Mapping[tuple[str, str], Any]
"""(entity id, component name) → JSON value, None to remove it; the name "" is the whole entity."""


LINES = 50
"""The most lines of chat that a room keeps, and that a newcomer gets."""
LONGEST_LINE = 500
"""Characters of a line."""


class Line(msgspec.Struct, frozen=True):
    """A line of chat: its user, the name that they had, and when in unix milliseconds."""

    user_id: str
    name: str
    text: str
    at: int


class RoomRecord(msgspec.Struct, frozen=True):
    """A room as it is kept: its options, its entities, how users stand in it, its invites, and its
    chat by line id, the oldest line first.
    """

    room_id: str
    options: Options
    entities: Entities
    standings: Mapping[str, Standing] = {}
    invites: Mapping[str, Invite] = {}
    lines: Mapping[str, Line] = {}


class Visit(msgspec.Struct, frozen=True):
    """A user in a room: where they stood last, None if that is not known; their profile, which is
    the same in every room, None if it could not be read; and the epoch of the password that
    let them in, None if none did.
    """

    pose: Pose | None
    profile: Profile | None
    let_in: int | None = None


class Knock(msgspec.Struct, frozen=True):
    """The part of a join that the door looks at: from which address, and the words it brings.

    ``invite`` is the text of a link.
    """

    address: str = ""
    password: str | None = None
    invite: str | None = None


SILENT = Knock()
"""A knock that brings nothing."""


class PoseStore(Protocol):
    """The stored poses of users, as a room reads and writes them."""

    async def load_visit(self, room_id: str, user_id: str) -> Visit:
        """All that a join needs to know of the user in this room, in one trip."""
        ...

    async def save_poses(self, tenure: Tenure, poses: Mapping[str, AnyPose]) -> None:
        """Write all poses by user id in one transaction, or none of them.

        A room that was deleted meanwhile takes no poses: that is no error.
        """
        ...


class ComponentStore(Protocol):
    """The components of a room's entities, as a room writes them."""

    async def save_components(self, tenure: Tenure, changes: ComponentChanges) -> None:
        """Write all changes of entities in one transaction, or none of them.

        A whole entity is removed before other changes of it are written. A room that was deleted
        meanwhile takes none: that is no error.
        """
        ...


class StandingStore(Protocol):
    """How users stand in rooms: role, mute and ban. ``RoomRecord`` has those of a room."""

    async def save_standings(self, tenure: Tenure, standings: Mapping[str, Standing]) -> None:
        """Write all standings by user id in one transaction, or none of them.

        A plain one is removed. A room that was deleted meanwhile takes none: that is no error.
        """
        ...


class ProfileStore(Protocol):
    """The profiles of users, as rooms read and write them; ``load_visit`` reads one too."""

    async def profiles_of(self, user_ids: Collection[str]) -> Mapping[str, Profile]:
        """The profile of each of these users, the default one of those who have none."""
        ...

    async def save_profiles(self, profiles: Mapping[str, Profile]) -> None:
        """Write all profiles by user id in one transaction, or none of them."""
        ...


class ActStore(Protocol):
    """The acts of moderation, as a room writes them."""

    async def save_acts(self, tenure: Tenure, acts: Mapping[str, Act]) -> None:
        """Write all acts by id in one transaction, or none of them; known ids are left alone.

        A room that was deleted meanwhile takes none: that is no error.
        """
        ...


class DoorStore(Protocol):
    """Writes the options and invites of a room, and the users whom its password let in.

    Each method writes all changes in one transaction, or none of them. A room that was deleted
    meanwhile takes none: that is no error.
    """

    async def save_options(self, tenure: Tenure, changes: Mapping[str, Any]) -> None:
        """Write the options that changed, by field of ``Options``."""
        ...

    async def save_invites(self, tenure: Tenure, changes: Mapping[str, Invite | None]) -> None:
        """Write invites by id; None removes one."""
        ...

    async def save_let_in(self, tenure: Tenure, epochs: Mapping[str, int]) -> None:
        """Write by user of which epoch the password was that let them in."""
        ...


class ChatStore(Protocol):
    """The lines of chat of a room, as a room writes them. ``RoomRecord`` has those of a room."""

    async def save_chat(self, tenure: Tenure, lines: Mapping[str, Line]) -> None:
        """Write the room's lines by id, and remove all others of it, in one transaction.

        A room that was deleted meanwhile takes none: that is no error.
        """
        ...


class RoomStore(
    PoseStore,
    ComponentStore,
    StandingStore,
    ProfileStore,
    ActStore,
    DoorStore,
    ChatStore,
    Protocol,
):
    """A store of one room's state. Every method may raise ``StoreError`` or ``OSError``."""

    async def load_room(self, room_id: str) -> RoomRecord | None:
        """The room, or None when there is no such room."""
        ...


class Client(Protocol):
    """One membership of a connection in a room. All methods are synchronous and never wait."""

    user_id: str
    ref: str  # unique among the connections of the server; Phoenix's phx_ref
    form: Form
    wishes: Join  # its tab, a page load of which a later connection supersedes it; and what it asks
    standing: Standing  # of its user, now; given by the room before presence hears of the join

    @property
    def address(self) -> str:
        """The address of its connection, as limits count it."""
        ...

    @property
    def gone(self) -> bool:
        """True once its connection has left; nothing more is taken from it."""
        ...

    @property
    def behind(self) -> bool:
        """True while earlier frames still wait for the network."""
        ...

    def may(self, capability: Capability | None) -> bool:
        """Whether its user has the capability in this room; None is what everybody may do."""
        ...

    def welcome(self, state: Sequence[tuple[str, bytes]]) -> None:
        """Send the reply to the join, and the state of the room at this place in the stream.

        ``state`` is each view's event and payload as JSON, in the order of sending.
        """
        ...

    def send(self, frames: bytes) -> None:
        """Send whole frames, or queue them within the transport's bound."""
        ...

    def refuse(self, refusal: Refused) -> None:
        """Answer the join with an error."""
        ...

    def dismiss(self, reason: Reason | None = None) -> None:
        """End the membership, which must not be renewed: ``phx_close`` with the reason."""
        ...

    def fail(self) -> None:
        """Report that the room failed: ``phx_error``, after which the client joins again."""
        ...


class FrameEncoder(Protocol):
    """Events to frames of one room that are the same bytes for all who want them in one form."""

    def binary(self, event: str, data: bytes) -> bytes:
        """A frame of binary data, the same in each form that knows such frames."""
        ...

    def single(self, form: Form, event: Event) -> bytes:
        """Encode an event that is sent by itself."""
        ...

    def merged(self, form: Form, events: Mapping[str, Event], time: float) -> bytes:
        """Encode the newest events of one kind by key, in one frame or one each, as the form wants.

        ``time`` is that of the tick, in seconds of a steady clock.
        """
        ...
