"""What a room needs from others, who fulfil it without the room knowing them."""

from collections.abc import Mapping
from typing import Any, Protocol

import msgspec

from xr.events import ConnectionsChanged, UserJoined, UserLeft
from xr.pose import Pose

Entities = Mapping[str, Mapping[str, Any]]
"""Entity id → component name → JSON value."""

Form = str
"""How a client wants its frames; their encoder gives it a meaning. All of one form get the same."""

Told = UserJoined | UserLeft | ConnectionsChanged
"""An event of which everybody is told by a frame of its own."""


class RoomRecord(msgspec.Struct, frozen=True):
    """What is kept of a room: its name, its entities, and whether everybody spawns anew."""

    room_id: str
    name: str
    entities: Entities
    always_spawn: bool = False


class RoomStore(Protocol):
    """Where rooms and poses are kept. Every method may raise ``StoreError`` or ``OSError``."""

    async def load_room(self, room_id: str) -> RoomRecord | None:
        """The room, or None when there is no such room."""
        ...

    async def load_pose(self, room_id: str, user_id: str) -> Pose | None:
        """Where the user stood last in this room, or None."""
        ...

    async def save_poses(self, room_id: str, poses: Mapping[str, Pose]) -> None:
        """Write all poses by user id in one transaction, or none of them.

        A room that was deleted meanwhile takes no poses: that is no error.
        """
        ...


class Seat(msgspec.Struct):
    """A user who is present, as the reflector shows them: ``n``, newest pose, connections' refs.

    ``record`` is the pose as a binary push, if it came as one: it need not be packed again.
    ``shown`` and ``counted`` are what a client has made of the pose and of the refs to tell a
    newcomer; the next one is told the same, until they change and these are emptied.
    """

    number: int
    pose: Pose
    record: bytes = b""
    refs: tuple[str, ...] = ()
    shown: bytes = b""
    counted: bytes = b""


class Client(Protocol):
    """One membership of a connection in a room. All methods are synchronous and never wait."""

    user_id: str
    ref: str  # unique among the connections of the server; Phoenix's phx_ref
    tab: str | None  # a page load; the same one supersedes
    form: Form
    gone: bool  # its connection has left; nothing more is taken from it

    @property
    def behind(self) -> bool:
        """True while earlier frames still wait for the network."""
        ...

    def welcome(self, snapshot: bytes, seats: Mapping[str, Seat]) -> None:
        """Send the reply to the join, and the state of the room at this place in the stream.

        ``snapshot`` is what the room's encoder made of its entities.
        """
        ...

    def send(self, frames: bytes) -> None:
        """Send whole frames, or queue them within the transport's bound."""
        ...

    def refuse(self, reason: str) -> None:
        """Answer the join with an error."""
        ...

    def dismiss(self) -> None:
        """The membership is over and must not be renewed: ``phx_close``."""
        ...

    def fail(self) -> None:
        """The room failed: ``phx_error``, after which the client joins again."""
        ...


class FrameEncoder(Protocol):
    """Events to frames of one room that are the same bytes for all who want them in one form."""

    def snapshot(self, entities: Entities) -> bytes:
        """The entities, for every ``welcome``."""
        ...

    def told(self, form: Form, event: Told) -> bytes:
        """Who joined, who left, or whose connections have changed."""
        ...

    def moved(self, form: Form, seats: Mapping[str, Seat]) -> bytes:
        """The newest poses of these users, in one frame or one each, as the form wants."""
        ...
