"""The meeting of a socket and a room: one membership, a ``rooms.protocols.Client``.

Messages that arrive while it is joining wait in order, bounded; when that is full, further ones are
answered with an error. The socket's reader owns this state.
"""

from collections import deque
from collections.abc import Sequence
from enum import IntEnum, auto
from typing import Protocol

import msgspec

from xr.channels.intents import Place
from xr.channels.serializer import NULL, Message, Serializer, carriage, reply_frame
from xr.channels.transport import Transport
from xr.errors import InvalidPose
from xr.pose import decode_pose
from xr.roles import Capability, Role, may
from xr.rooms.feature import Member
from xr.rooms.protocols import Form
from xr.rooms.room import Room
from xr.wire.messages import Join
from xr.wire.reasons import Reason
from xr.wire.record import AnyPose, check_push
from xr.wire.refusals import Refused

WAITING = 64
"""Messages that wait for a join to be answered."""

_encode = msgspec.json.encode


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


class Outlet(Protocol):
    """The needs of a membership: a socket fulfils them. Nothing here waits."""

    user_id: str
    transport: Transport
    serializer: Serializer

    def reply(self, message: Message, status: str, response: object) -> None:
        """Answer a message under its refs."""
        ...

    def route(self, message: Message) -> None:
        """Obey a message that has waited."""
        ...

    def over(self, membership: "Membership") -> None:
        """No message comes for this membership from now on; a pose that is held for it does."""
        ...

    def moved(self, membership: "Membership") -> None:
        """A pose of the membership has come: newer than any that is held for it."""
        ...

    def refused(self, refusal: Refused) -> None:
        """A join was refused."""
        ...

    def dropped(self, reason: str) -> None:
        """A message was not obeyed."""
        ...


class Membership:
    """One membership of a socket in a room; ``join`` is the message that asked for it.

    ``ref`` is its Phoenix ``phx_ref``, which no other membership of the server has.
    """

    def __init__(self, outlet: Outlet, ref: str, join: Message, payload: Join) -> None:
        self.user_id = outlet.user_id
        self.ref = ref
        self.tab = payload.tab
        self.form: Form = outlet.serializer.forms[carriage(payload)]
        self.role = Role.GUEST
        self.join = join
        self.state = State.JOINING
        self._waiting: deque[Message] = deque()
        self.outlet = outlet
        self._place: Place | None = None

    def _become(self, state: State) -> bool:
        """Go on to a state; False, and nothing changes, if that is not ahead."""
        if state <= self.state or self.gone:
            return False
        self.state = state
        if state is not State.JOINED:
            self._waiting.clear()
        return True

    # Calls of the socket.

    @property
    def topic(self) -> str:
        """The topic that was joined."""
        return self.join.topic

    @property
    def waiting(self) -> int:
        """The number of messages that wait for the join to be answered."""
        return len(self._waiting)

    def enter(self, room: Room) -> None:
        """The room has taken the join, and will answer it."""
        self._place = Place(room)

    def receive(self, message: Message) -> None:
        """Obey a message to this topic, or keep it until the join is answered."""
        joining = self.state is State.JOINING
        if joining and len(self._waiting) < WAITING:
            self._waiting.append(message)
        elif message.event == "phx_leave":
            self.outlet.reply(message, "ok", {})
            self.close()
        elif joining or self._place is None:
            self._refuse(message, Refused(Reason.TOO_EARLY))
        elif message.event == "i_moved":
            self._moved(message)
        else:
            self._obey(self._place, message)

    def move(self, pose: AnyPose) -> None:
        """Hand a pose to the room."""
        if self._place is not None and self.state is _JOINED:
            self._place.room.moved(self, pose)

    def leave(self, *, goodbye: bool) -> None:
        """End the membership, silently; a second call does nothing."""
        if self.gone:
            return
        self.outlet.over(self)
        self._become(State.LEFT if goodbye else State.LOST)
        if self._place is not None:
            self._place.room.leave(self, goodbye=goodbye)

    def close(self, reason: Reason | None = None) -> None:
        """End the membership and tell the client so."""
        self._tell_end(reason or Reason.CLOSED, _encode({"reason": reason}) if reason else b"{}")
        self.leave(goodbye=True)

    def supersede(self) -> None:
        """Tell the client that this membership is over, while presence still counts it."""
        self._tell_end(Reason.JOINED_AGAIN)
        for message in list(self._waiting):
            if message.event == "phx_leave":
                self.outlet.reply(message, "ok", {})
        self.outlet.over(self)
        self._become(State.SUPERSEDED)

    def drained(self) -> None:
        """The socket has room for frames again."""
        if self._place is not None:
            self._place.room.drained(self)

    # Calls of the room: rooms.protocols.Client.

    @property
    def gone(self) -> bool:
        """True once it is over."""
        return self.state >= State.LEFT

    @property
    def behind(self) -> bool:
        """True while earlier frames wait for the network."""
        return self.outlet.transport.behind

    def may(self, capability: Capability | None) -> bool:
        """Whether the user has the capability in this room."""
        return may(self.role, capability)

    def welcome(self, state: Sequence[tuple[str, bytes]]) -> None:
        """Reply, then the room's state, each part under its event; then obey what waited."""
        if not self._become(State.JOINED):
            return
        reply = reply_frame(self.outlet.serializer, self.join, "ok", {})
        parts = [self._frame(event.encode(), payload) for event, payload in state]
        self.send(reply + b"".join(parts))
        waiting, self._waiting = self._waiting, deque()
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
            self._refuse(self.join, refusal)
        waiting = list(self._waiting)
        self.leave(goodbye=True)
        for message in waiting:
            self.outlet.route(message)

    def dismiss(self) -> None:
        """The membership is over for good."""
        if not self.gone:
            self.close()

    def fail(self) -> None:
        """The room failed, or ended under this client."""
        if self.state is State.JOINING:
            self.refuse(Refused(Reason.CHANNEL_CRASH))
        elif not self.gone:
            self._end(b"phx_error", _encode({"reason": Reason.CHANNEL_CRASH}))
            self.leave(goodbye=False)

    def _moved(self, message: Message) -> None:
        try:
            pose = read_pose(message)
        except InvalidPose as error:
            self.outlet.dropped(Reason.INVALID_POSE)
            self._refuse(message, Refused(Reason.INVALID_POSE, str(error)))
            return
        self.outlet.moved(self)
        self.move(pose)

    def _obey(self, place: Place, message: Message) -> None:
        try:
            response = place.obey(Member(self.user_id, self.role), message)
        except Refused as refusal:
            self._refuse(message, refusal)
        else:
            self.outlet.reply(message, "ok", response)

    def _refuse(self, message: Message, refusal: Refused) -> None:
        self.outlet.reply(message, "error", refusal.response)

    def _tell_end(self, reason: Reason, payload: bytes = b"{}") -> None:
        """``phx_close`` under the join's ref, after the reply to the join if that is due."""
        if self.state is State.JOINING:
            self._refuse(self.join, Refused(reason))
        self._end(b"phx_close", payload)

    def _end(self, event: bytes, payload: bytes) -> None:
        if self.state <= State.JOINED:
            frame = self._frame(event, payload, self.join.join_ref)
            self.outlet.transport.send(frame)

    def _frame(self, event: bytes, payload: bytes, ref: bytes = NULL) -> bytes:
        topic = _encode(self.join.topic)
        return self.outlet.serializer.frame(self.join.join_ref, ref, topic, event, payload)


def read_pose(message: Message) -> AnyPose:
    """The pose of an ``i_moved``, binary or JSON.

    Raises:
        InvalidPose: it is none.
    """
    if message.binary:
        return check_push(bytes(message.payload))
    return decode_pose(message.payload)
