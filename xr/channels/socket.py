"""One connection as Phoenix Channels sees it: heartbeat, join, leave, and whose message it is.

Synchronous but for joins, each of which is a task in the endpoint's nursery. The caller, which
reads the connection, owns this state.
"""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import msgspec
import trio

from xr.channels.rate_keeper import RateKeeper
from xr.channels.room_channel import RoomChannel, read_pose
from xr.channels.serializer import (
    NULL,
    TEXT,
    Message,
    Serializer,
    reply_frame,
    same_ref,
)
from xr.errors import InvalidPose
from xr.metrics import Metrics
from xr.rates import Addresses
from xr.rooms.lobby import Lobby
from xr.wire.messages import Join
from xr.wire.reasons import Reason
from xr.wire.refusals import Refused

log = logging.getLogger(__name__)

TOPICS = 8
"""Rooms that one socket may be in at a time; a further join is refused."""
_LONGEST_TOPIC = 200

_encode = msgspec.json.encode
_join_decoder = msgspec.json.Decoder(Join)


class Transport(Protocol):
    """What carries a socket's frames. Nothing here waits.

    ``send`` and ``close`` may end it; ``Socket.closed`` is called after they have returned.
    """

    @property
    def open(self) -> bool:
        """False once it has ended, also while ``Socket.closed`` is still to come."""
        ...

    @property
    def behind(self) -> bool:
        """True while frames wait for the network."""
        ...

    def send(self, frames: bytes) -> None:
        """Send whole frames, or queue them up to a bound; over it the connection closes."""
        ...

    def close(self, code: int, reason: str) -> None:
        """Send a close frame and end."""
        ...


@dataclass(frozen=True)
class Shared:
    """What all sockets of a server share. ``spawn`` starts a task in the endpoint's nursery."""

    lobby: Lobby
    spawn: Callable[["Socket", Callable[[], Awaitable[Any]], str], None]
    message_rate: int
    joins: Addresses
    closed: Callable[["Socket", int], None]
    metrics: Metrics


class Socket:
    """One websocket of ``user_id`` from ``address``."""

    def __init__(
        self,
        user_id: str,
        address: str,
        transport: Transport,
        serializer: Serializer,
        shared: Shared,
    ) -> None:
        self.user_id = user_id
        self.address = address
        self.serializer = serializer
        self.transport = transport
        self._shared = shared
        self._channels: dict[str, RoomChannel] = {}
        self.rate = RateKeeper(shared.message_rate, partial(shared.spawn, self))
        self._ended = False  # ``closed`` has been called
        self._mover: RoomChannel | None = None  # whose pose came last, and is likely to be next

    # What the connection calls.

    def receive(self, kind: int, data: bytes) -> None:
        """Obey one whole message, 1 text or 2 binary.

        Raises:
            ConnectionFault: the connection must end.
        """
        self._shared.metrics.messages += 1
        allowed = self.rate.take()
        mover = None if self.rate.held or kind == TEXT else self._mover
        if allowed and mover is not None and mover.receive_push(data):
            return
        message = self.serializer.decode(kind, data)
        if allowed:
            self.route(message)
        else:
            self._over_rate(message)

    def closed(self, code: int, reason: str) -> None:
        """The connection has ended; whether that is a goodbye depends on how."""
        if self._ended:
            return
        self._ended = True
        goodbye = code in (1001, 1005) or (code == 1000 and reason != Reason.HEARTBEAT_TIMEOUT)
        for channel in list(self._channels.values()):
            channel.leave(goodbye=goodbye)
        self._shared.closed(self, code)

    def dismiss(self, reason: Reason) -> None:
        """End every membership for good."""
        for channel in list(self._channels.values()):
            channel.close(reason)

    def joined(self, room_id: str) -> bool:
        """Whether this socket is in the room, or on its way."""
        return f"room:{room_id}" in self._channels

    def held_back(self, since: float, now: float) -> None:
        """Nothing was read between these times, because too much came.

        Raises:
            ConnectionFault: the connection must end.
        """
        self.rate.over(since, now)

    def drained(self) -> None:
        """The connection has taken all that waited."""
        for channel in self._channels.values():
            channel.drained()

    # What channels call.

    def send(self, frames: bytes) -> None:
        """Send whole frames; a closed transport takes them and does nothing."""
        self.transport.send(frames)

    def forget(self, channel: RoomChannel) -> None:
        """The membership is over; the newest pose of it counts, even if it was held."""
        pose = self.rate.held.pop(channel, None)
        if pose is not None:
            channel.move(pose)
        if self._mover is channel:
            self._mover = None
        if self._channels.get(channel.topic) is channel:
            del self._channels[channel.topic]

    def moved(self, channel: RoomChannel) -> None:
        """A pose of the channel has come: newer than any that is held, and more will follow."""
        self.rate.held.pop(channel, None)
        self._mover = channel

    def refused(self, refusal: Refused) -> None:
        """Count and log a refused join."""
        self._shared.metrics.refused[refusal.reason] += 1
        user, address = self.user_id, self.address
        log.info("join.refused reason=%r user=%s address=%s", refusal.reason, user, address)

    def dropped(self, reason: str) -> None:
        """Count a message that was not obeyed."""
        self._shared.metrics.dropped[reason] += 1

    def route(self, message: Message) -> None:
        """Obey a message: of Phoenix itself, or of a topic that is joined."""
        channel = self._channels.get(message.topic)
        if message.event == "heartbeat" and message.topic == "phoenix":
            self._reply(message, "ok", {})
        elif message.event == "phx_join":
            self._join(message, channel)
        elif channel is None:
            if message.event == "phx_leave":
                self._reply(message, "ok", {})
            else:
                self._reply(message, "error", {"reason": Reason.UNMATCHED_TOPIC})
        elif _stale(message, channel):
            self.dropped("stale join_ref")
        else:
            channel.receive(message)

    # Joins.

    def _join(self, message: Message, earlier: RoomChannel | None) -> None:
        if not self.transport.open:
            return  # nothing begins on a connection that has ended
        try:
            payload = self._asked(message, earlier)
        except Refused as refusal:
            self.refused(refusal)
            self._reply(message, "error", {"reason": str(refusal)})
            return
        # In the table before anything is sent: should that end the connection, all that is in the
        # table ends with it.
        channel = self._channels[message.topic] = RoomChannel(self, message, payload)
        if earlier is not None:
            earlier.supersede()  # presence sees one change, when the new one is in
        self._shared.spawn(self, partial(self._enter, channel, earlier), f"join {message.topic}")

    def _asked(self, message: Message, earlier: RoomChannel | None) -> Join:
        """The payload of a join that may go to its room.

        Raises:
            Refused: it may not.
        """
        if not message.topic.startswith("room:") or len(message.topic.encode()) > _LONGEST_TOPIC:
            raise Refused(Reason.UNMATCHED_TOPIC)
        if message.binary:
            raise Refused(Reason.INVALID_JOIN, "the payload is JSON")
        if earlier is None and len(self._channels) >= TOPICS:
            raise Refused(Reason.TOO_MANY_TOPICS)
        if not self._shared.joins.take(self.address):
            raise Refused(Reason.TOO_MANY_JOINS)
        try:
            payload = _join_decoder.decode(message.payload)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Refused(Reason.INVALID_JOIN, str(error)) from error
        if payload.poses not in self.serializer.forms:
            detail = f"version 1 (vsn) has no {payload.poses} poses"
            raise Refused(Reason.INVALID_JOIN, detail)
        return payload

    async def _enter(self, channel: RoomChannel, replaced: RoomChannel | None) -> None:
        try:
            if not channel.gone:
                room_id = channel.topic.removeprefix("room:")
                channel.room = await self._shared.lobby.join(room_id, channel, replaced)
        except Refused as refusal:
            channel.refuse(refusal)
        finally:
            if replaced is not None:  # as the new one went, if it has gone already
                replaced.leave(goodbye=channel.goodbye)

    def _reply(self, message: Message, status: str, response: dict[str, object]) -> None:
        self.send(reply_frame(self.serializer, message, _encode(message.topic), status, response))

    def _over_rate(self, message: Message) -> None:
        """Drop a message; of poses the newest is held until the rate allows one again."""
        now = trio.current_time()
        self.rate.over(now, now)
        self.dropped("message rate")
        channel = self._channels.get(message.topic)
        if message.event != "i_moved" or channel is None or not channel.joined:
            return
        if _stale(message, channel):  # of an earlier membership
            return
        try:
            pose = read_pose(message)
        except InvalidPose:
            return  # counted as dropped already; an answer would feed the flood
        self.rate.hold(channel, pose)


def _stale(message: Message, channel: RoomChannel) -> bool:
    """Whether a message is of another membership; a join_ref of null is nobody's."""
    ref = channel.join.join_ref
    return message.join_ref != NULL and not same_ref(message.join_ref, ref)
