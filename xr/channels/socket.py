"""One connection as Phoenix Channels sees it: heartbeat, join, leave, and whose message it is.

Synchronous but for joins, each of which is a task in the endpoint's nursery. The caller, which
reads the connection, owns this state.
"""

import logging
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import msgspec
import trio

from xr.channels.intents import too_fast
from xr.channels.membership import Membership, State, read_pose
from xr.channels.rate_keeper import RateKeeper
from xr.channels.serializer import NULL, TEXT, Message, Serializer, reply_frame, same_ref
from xr.channels.short_way import ShortWay
from xr.channels.transport import Transport
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
_STALE = "stale join_ref"

_join_decoder = msgspec.json.Decoder(Join)


@dataclass(frozen=True)
class Shared:
    """The parts that all sockets of a server share.

    ``refs`` gives each membership another one; ``spawn`` starts a task in the endpoint's nursery.
    """

    lobby: Lobby
    refs: Iterator[str]
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
        self.memberships: dict[str, Membership] = {}  # by topic
        self.rate = RateKeeper(shared.message_rate, partial(shared.spawn, self))
        self._ended = False  # ``closed`` has been called
        self._short_way: ShortWay | None = None

    # Calls of the connection.

    def receive(self, kind: int, data: bytes) -> None:
        """Obey one whole message, 1 text or 2 binary.

        Raises:
            ConnectionFault: the connection must end.
        """
        self._shared.metrics.messages += 1
        allowed = self.rate.take()
        short_way = None if self.rate.held or kind == TEXT else self._short_way
        if allowed and short_way is not None and short_way.take(data):
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
        for membership in list(self.memberships.values()):
            membership.leave(goodbye=goodbye)
        self._shared.closed(self, code)

    def dismiss(self, reason: Reason) -> None:
        """End every membership for good."""
        for membership in list(self.memberships.values()):
            membership.close(reason)

    def joined(self, room_id: str) -> bool:
        """Whether this socket is in the room, or on its way."""
        return f"room:{room_id}" in self.memberships

    def held_back(self, since: float, now: float) -> None:
        """Nothing was read between these times, because too much came.

        Raises:
            ConnectionFault: the connection must end.
        """
        self.rate.over(since, now)

    def drained(self) -> None:
        """The connection has taken all that waited."""
        for membership in self.memberships.values():
            membership.drained()

    # Calls of memberships: membership.Outlet.

    def reply(self, message: Message, status: str, response: object) -> None:
        """Answer a message under its refs; a closed transport takes it and does nothing."""
        self.transport.send(reply_frame(self.serializer, message, status, response))

    def over(self, membership: Membership) -> None:
        """No message comes for it from now on; the newest pose counts, even if it was held."""
        pose = self.rate.held.pop(membership, None)
        if pose is not None:
            membership.move(pose)
        if self._short_way is not None and self._short_way.membership is membership:
            self._short_way = None
        if self.memberships.get(membership.topic) is membership:
            del self.memberships[membership.topic]

    def moved(self, membership: Membership) -> None:
        """A pose of it has come: newer than any that is held, and more will follow."""
        self.rate.held.pop(membership, None)
        if self._short_way is None or self._short_way.membership is not membership:
            self._short_way = ShortWay(membership, self.serializer)

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
        membership = self.memberships.get(message.topic)
        if message.event == "heartbeat" and message.topic == "phoenix":
            self.reply(message, "ok", {})
        elif message.event == "phx_join":
            self._join(message, membership)
        elif membership is None:
            if message.event == "phx_leave":
                self.reply(message, "ok", {})
            else:
                self.reply(message, "error", {"reason": Reason.UNMATCHED_TOPIC})
        elif _stale(message, membership):
            self.dropped(_STALE)
        else:
            membership.receive(message)

    # Joins.

    def _join(self, message: Message, earlier: Membership | None) -> None:
        if not self.transport.open:
            return  # nothing begins on a connection that has ended
        try:
            payload = self._asked(message, earlier)
        except Refused as refusal:
            self.refused(refusal)
            self.reply(message, "error", {"reason": str(refusal)})
            return
        # In the table before anything is sent: should that end the connection, all that is in the
        # table ends with it.
        membership = Membership(self, next(self._shared.refs), message, payload)
        self.memberships[message.topic] = membership
        if earlier is not None:
            earlier.supersede()  # presence sees one change, when the new one is in
        self._shared.spawn(self, partial(self._enter, membership, earlier), f"join {message.topic}")

    def _asked(self, message: Message, earlier: Membership | None) -> Join:
        """The payload of a join that may go to its room.

        Raises:
            Refused: it may not.
        """
        if not message.topic.startswith("room:") or len(message.topic.encode()) > _LONGEST_TOPIC:
            raise Refused(Reason.UNMATCHED_TOPIC)
        if message.binary:
            raise Refused(Reason.INVALID_JOIN, "the payload is JSON")
        if earlier is None and len(self.memberships) >= TOPICS:
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

    async def _enter(self, membership: Membership, replaced: Membership | None) -> None:
        try:
            if not membership.gone:
                room_id = membership.topic.removeprefix("room:")
                membership.enter(await self._shared.lobby.join(room_id, membership, replaced))
        except Refused as refusal:
            membership.refuse(refusal)
        finally:
            if replaced is not None:  # as the new one went, if it has gone already
                replaced.leave(goodbye=membership.state is not State.LOST)

    def _over_rate(self, message: Message) -> None:
        """Refuse a message; of poses the newest is held until the rate allows one again.

        Leaves and heartbeats are obeyed: that costs no more than the refusal.
        """
        now = trio.current_time()
        self.rate.over(now, now)
        if message.event in ("phx_leave", "heartbeat"):
            self.route(message)
            return
        self.dropped("message rate")
        if message.event == "i_moved":
            self._hold(message)
        else:
            self.reply(message, "error", too_fast(self.rate).response)

    def _hold(self, message: Message) -> None:
        membership = self.memberships.get(message.topic)
        if membership is None or membership.state is not State.JOINED:
            return
        if _stale(message, membership):  # of an earlier membership
            return
        try:
            pose = read_pose(message)
        except InvalidPose:
            return  # counted as dropped already; an answer would feed the flood
        self.rate.hold(membership, pose)


def _stale(message: Message, membership: Membership) -> bool:
    """Whether a message is of another membership; a join_ref of null is nobody's."""
    return message.join_ref != NULL and not same_ref(message.join_ref, membership.join.join_ref)
