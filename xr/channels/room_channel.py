"""The meeting of a socket and a room: one membership, a ``rooms.protocols.Client``.

Its state goes joining → joined → gone. What arrives while it is joining waits in order, bounded;
when that is full, further messages are answered with an error.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from itertools import count
from typing import TYPE_CHECKING

import msgspec

from xr.channels.serializer import NULL, Message, reply_frame
from xr.errors import InvalidPose
from xr.pose import decode_pose
from xr.roles import Capability, Role, may
from xr.rooms.protocols import Form
from xr.rooms.room import Room
from xr.wire.messages import Join
from xr.wire.reasons import Reason
from xr.wire.record import AnyPose, check_push
from xr.wire.refusals import Refused

if TYPE_CHECKING:
    from xr.channels.socket import Socket

WAITING = 64
"""Messages that wait for a join to be answered."""

_refs = count(1)
_encode = msgspec.json.encode


def read_pose(message: Message) -> AnyPose:
    """The pose of an ``i_moved``, binary or JSON.

    Raises:
        InvalidPose: it is none.
    """
    if message.binary:
        return check_push(bytes(message.payload))
    return decode_pose(message.payload)


class RoomChannel:
    """One membership of a socket in a room."""

    def __init__(self, socket: "Socket", join: Message, payload: Join) -> None:
        self.user_id = socket.user_id
        self.ref = f"{next(_refs):x}"
        self.tab = payload.tab
        self.form: Form = socket.serializer.forms[payload.poses]
        self.role = Role.GUEST
        self.gone = False
        self.goodbye = True  # how it went, once it is gone
        self.topic = join.topic
        self.join = join
        self.room: Room | None = None
        self.joined = False
        self.waiting: deque[Message] = deque()
        self.superseded = False  # its socket has joined the topic anew: nothing more is sent
        self._socket = socket
        self._transport = socket.transport
        self._serializer = socket.serializer
        self._topic = _encode(join.topic)
        self._join_ref = join.join_ref.strip(b'"')
        self._name = join.topic.encode() + b"i_moved"

    # What the socket calls.

    def receive(self, message: Message) -> None:
        """Obey a message to this topic, or keep it until the join is answered."""
        if not self.joined and len(self.waiting) < WAITING:
            self.waiting.append(message)
        elif message.event == "phx_leave":
            self.reply(message, "ok", {})
            self.close()
        elif not self.joined:
            self.reply(message, "error", {"reason": Reason.TOO_EARLY})
        elif message.event == "i_moved":
            self._moved(message)
        else:
            self.reply(message, "error", {"reason": Reason.UNKNOWN_EVENT})

    def receive_push(self, data: bytes) -> bool:
        """Obey a binary frame if it is a good pose for this membership, else return False."""
        record = self._serializer.pose_record(data, self._join_ref, self._name)
        if record is None:
            return False
        try:
            pose = check_push(record)
        except InvalidPose:
            return False
        self.move(pose)
        return True

    def move(self, pose: AnyPose) -> None:
        """Hand a pose to the room."""
        if self.joined and self.room is not None:
            self.room.moved(self, pose)

    def leave(self, *, goodbye: bool) -> None:
        """End the membership, silently; a second call does nothing."""
        if self.gone:
            return
        self.gone = True
        self.goodbye = goodbye
        self.waiting.clear()
        self._socket.forget(self)
        if self.room is not None:
            self.room.leave(self, goodbye=goodbye)

    def close(self, reason: Reason | None = None) -> None:
        """End the membership and tell the client so."""
        self._tell_end(reason or Reason.CLOSED, _encode({"reason": reason}) if reason else b"{}")
        self.leave(goodbye=True)

    def supersede(self) -> None:
        """Tell the client that this membership is over, while presence still counts it."""
        self._tell_end(Reason.JOINED_AGAIN)
        for message in self.waiting:
            if message.event == "phx_leave":
                self.reply(message, "ok", {})
        self.waiting.clear()
        self.superseded = True
        self._socket.forget(self)

    def reply(self, message: Message, status: str, response: Mapping[str, object]) -> None:
        """Answer a message under its refs."""
        self._socket.send(reply_frame(self._serializer, message, self._topic, status, response))

    def drained(self) -> None:
        """The socket has room for frames again."""
        if self.room is not None:
            self.room.drained(self)

    # What the room calls: rooms.protocols.Client.

    @property
    def behind(self) -> bool:
        """True while earlier frames wait for the network."""
        return self._transport.behind

    def may(self, capability: Capability | None) -> bool:
        """Whether the user has the capability in this room."""
        return may(self.role, capability)

    def welcome(self, state: Sequence[tuple[str, bytes]]) -> None:
        """Reply, then the room's state, each part under its event; then obey what waited."""
        if self.superseded:
            return
        self.joined = True
        reply = reply_frame(self._serializer, self.join, self._topic, "ok", {})
        parts = [self._frame(event.encode(), payload) for event, payload in state]
        self.send(reply + b"".join(parts))
        waiting, self.waiting = self.waiting, deque()
        for message in waiting:
            self._socket.route(message)

    def send(self, frames: bytes) -> None:
        """Send whole frames."""
        if not self.superseded:
            self._transport.send(frames)

    def refuse(self, refusal: Refused) -> None:
        """Answer the join with an error."""
        if self.gone:
            return
        if not self.superseded:  # which has been its answer
            self._socket.refused(refusal)
            self.reply(self.join, "error", refusal.response)
        waiting = list(self.waiting)
        self.leave(goodbye=True)
        for message in waiting:
            self._socket.route(message)

    def dismiss(self) -> None:
        """The membership is over for good."""
        if not self.gone:
            self.close()

    def fail(self) -> None:
        """The room failed, or ended under this client."""
        if self.gone:
            return
        if self.joined:
            self._send(b"phx_error", _encode({"reason": Reason.CHANNEL_CRASH}), self.join.join_ref)
            self.leave(goodbye=False)
        else:
            self.refuse(Refused(Reason.CHANNEL_CRASH))

    def _moved(self, message: Message) -> None:
        try:
            pose = read_pose(message)
        except InvalidPose as error:
            self._socket.dropped(Reason.INVALID_POSE)
            self.reply(message, "error", {"reason": Reason.INVALID_POSE, "detail": str(error)})
            return
        self._socket.moved(self)
        self.move(pose)

    def _tell_end(self, reason: Reason, payload: bytes = b"{}") -> None:
        """``phx_close`` under the join's ref, after the reply to the join if that is due."""
        if self.superseded:
            return
        if not self.joined:
            self.reply(self.join, "error", {"reason": reason})
        self._send(b"phx_close", payload, self.join.join_ref)

    def _send(self, event: bytes, payload: bytes, ref: bytes = NULL) -> None:
        self.send(self._frame(event, payload, ref))

    def _frame(self, event: bytes, payload: bytes, ref: bytes = NULL) -> bytes:
        return self._serializer.frame(self.join.join_ref, ref, self._topic, event, payload)
