"""The meeting of a socket and a room: one membership, a ``rooms.protocols.Client``.

Messages that arrive while it is joining wait in order, bounded; when that is full, further ones are
answered with an error. The socket's reader owns this state.
"""

from collections.abc import Sequence
from enum import IntEnum, auto

from msgspec.structs import replace

from xr.channels.intents import Place
from xr.channels.outlet import Outlet
from xr.channels.serializer import Message, carriage, reply_frame
from xr.errors import InvalidPose
from xr.pose import decode_pose
from xr.roles import Capability
from xr.rooms.feature import member_of
from xr.rooms.protocols import Form
from xr.rooms.room import Room
from xr.rooms.standings import PLAIN
from xr.wire.messages import Join
from xr.wire.reasons import Reason
from xr.wire.record import AnyPose, check_push
from xr.wire.refusals import Refused

WAITING = 64
"""Messages that wait for a join to be answered."""


class State(IntEnum):
    """The states of a membership, in their only order; ``LEFT`` and ``LOST`` are its ends."""

    JOINING = auto()
    JOINED = auto()
    SUPERSEDED = auto()
    """Its socket has joined the topic anew: nothing more is sent, and presence still counts it."""
    LEFT = auto()
    """Over, with a goodbye."""
    LOST = auto()
    """Over, without one."""


_JOINED = State.JOINED  # asked for each pose and frame, and Python 3.11 is slow to look it up


class Membership:
    """One membership of a socket in a room; ``join`` is the message that asked for it.

    ``ref`` is its Phoenix ``phx_ref``, which no other membership of the server has.
    """

    def __init__(self, outlet: Outlet, ref: str, join: Message, payload: Join) -> None:
        self.user_id = outlet.user_id
        self.ref = ref
        self.wishes = payload
        self.form: Form = outlet.serializer.forms[carriage(payload)]
        self.standing = PLAIN
        self.join = replace(join, payload=b"")  # its frame need not stay in memory
        self.state = State.JOINING
        self.waiting: list[Message] = []
        self.outlet = outlet
        self.place: Place | None = None

    def _become(self, state: State) -> bool:
        """Go on to a state; False, and nothing changes, if that is not ahead."""
        if state <= self.state or self.gone:
            return False
        self.state = state
        if state is not State.JOINED:
            self.waiting.clear()
        return True

    # Calls of the socket.

    def enter(self, room: Room) -> None:
        """The room has taken the join, and will answer it."""
        self.place = Place(room)

    def receive(self, message: Message) -> None:
        """Obey a message to this topic, or keep it until the join is answered."""
        joining = self.state is State.JOINING
        if joining and len(self.waiting) < WAITING:
            self.waiting.append(message)
        elif message.event == "phx_leave":
            self.outlet.reply(message, "ok", {})
            self.dismiss()
        elif joining or self.place is None:
            self.outlet.refuse(message, Refused(Reason.TOO_EARLY))
        elif message.event == "i_moved":
            pose = _pose_of(message, self.outlet)
            if pose is not None:
                self.outlet.moved(self)
                self.move(pose)
        else:
            member = member_of(self.user_id, self.standing, self.ref)
            self.place.answer(self.outlet, member, message)

    def move(self, pose: AnyPose) -> None:
        """Hand a pose to the room."""
        if self.place is not None and self.state is _JOINED:
            self.place.room.moved(self, pose)

    def leave(self, *, goodbye: bool) -> None:
        """End the membership, silently; a second call does nothing."""
        if self.gone:
            return
        self.outlet.over(self)
        self._become(State.LEFT if goodbye else State.LOST)
        if self.place is not None:
            self.place.room.leave(self, goodbye=goodbye)

    def dismiss(self, reason: Reason | None = None) -> None:
        """End the membership for good, and tell the client so; a second call does nothing."""
        self._tell_end(reason or Reason.CLOSED, reason)
        self.leave(goodbye=True)

    def supersede(self) -> None:
        """Tell the client that this membership is over, while presence still counts it."""
        self._tell_end(Reason.JOINED_AGAIN)
        for message in list(self.waiting):
            if message.event == "phx_leave":
                self.outlet.reply(message, "ok", {})
        self.outlet.over(self)
        self._become(State.SUPERSEDED)

    def backlog_sent(self) -> None:
        """The socket has room for frames again."""
        if self.place is not None:
            self.place.room.backlog_sent(self)

    # Calls of the room: rooms.protocols.Client.

    @property
    def gone(self) -> bool:
        """True once it is over."""
        return self.state >= State.LEFT

    @property
    def address(self) -> str:
        """The address of its connection, as limits count it."""
        return self.outlet.address

    @property
    def behind(self) -> bool:
        """True while earlier frames wait for the network."""
        return self.outlet.transport.behind

    def may(self, capability: Capability | None) -> bool:
        """Whether the user has the capability in this room."""
        return self.place is not None and self.place.room.may(self.standing, capability)

    def welcome(self, state: Sequence[tuple[str, bytes]]) -> None:
        """Reply, then the room's state, each part under its event; then obey what waited."""
        if not self._become(State.JOINED):
            return
        reply = reply_frame(self.outlet.serializer, self.join, "ok", {})
        frame = self.outlet.frame
        parts = [frame(self.join, event.encode(), payload) for event, payload in state]
        self.send(reply + b"".join(parts))
        waiting, self.waiting = self.waiting, []
        for message in waiting:
            self.outlet.route(message)

    def send(self, frames: bytes) -> None:
        """Send whole frames, while it is joined."""
        if self.state is _JOINED:
            self.outlet.transport.send(frames)

    def refuse(self, refusal: Refused) -> None:
        """Answer the join with an error."""
        if self.gone:
            return
        if self.state is State.JOINING:  # else it has been answered already
            self.outlet.refused(refusal)
            self.outlet.refuse(self.join, refusal)
        waiting = list(self.waiting)
        self.leave(goodbye=True)
        for message in waiting:
            self.outlet.route(message)

    def fail(self) -> None:
        """The room failed, or ended under this client."""
        if self.state is State.JOINING:
            self.refuse(Refused(Reason.CHANNEL_CRASH))
        elif not self.gone:
            if self.state is _JOINED:
                self.outlet.end(self.join, b"phx_error", Reason.CHANNEL_CRASH)
            self.leave(goodbye=False)

    def _tell_end(self, answer: Reason, reason: Reason | None = None) -> None:
        """``phx_close``, after the answer to the join if that is due."""
        if self.state is State.JOINING:
            self.outlet.refuse(self.join, Refused(answer))
        if self.state <= State.JOINED:
            self.outlet.end(self.join, b"phx_close", reason)


def has_own_rate(message: Message, membership: Membership | None) -> bool:
    """Whether a message asks an intent by a binary push, which counts at its own rate alone."""
    if not message.binary or membership is None or membership.place is None:
        return False
    return membership.place.is_binary(message)


def _pose_of(message: Message, outlet: Outlet) -> AnyPose | None:
    """The pose of an ``i_moved``; one that is none is refused."""
    try:
        return read_pose(message)
    except InvalidPose as error:
        outlet.dropped(Reason.INVALID_POSE)
        outlet.refuse(message, Refused(Reason.INVALID_POSE, str(error)))
        return None


def read_pose(message: Message) -> AnyPose:
    """The pose of an ``i_moved``, binary or JSON.

    Raises:
        InvalidPose: it is none.
    """
    if message.binary:
        return check_push(bytes(message.payload))
    return decode_pose(message.payload)
