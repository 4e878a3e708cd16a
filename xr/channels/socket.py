"""One connection as Phoenix Channels sees it: heartbeat, join, leave, and whose message it is.

Synchronous but for joins, each of which is a task in the endpoint's nursery. The caller, which
reads the connection, owns this state.
"""

import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

import trio

from xr.channels.intents import too_fast
from xr.channels.joining import read_join
from xr.channels.membership import Membership, State, has_own_rate, read_pose
from xr.channels.outlet import Joined, Outlet
from xr.channels.rate_keeper import RateKeeper
from xr.channels.serializer import NULL, TEXT, Message, Serializer, same_ref
from xr.channels.transport import Transport
from xr.errors import InvalidPose
from xr.metrics import Metrics
from xr.rates import Addresses
from xr.rooms.lobby import Lobby
from xr.rooms.protocols import Knock
from xr.wire.reasons import Reason
from xr.wire.refusals import Refused

log = logging.getLogger(__name__)

_STALE = "stale join_ref"


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
        self.memberships: dict[str, Membership] = {}  # by topic
        spawn = partial(shared.spawn, self)
        self.rate = RateKeeper(shared.message_rate, spawn)
        self.outlet = Outlet(
            user_id,
            address,
            transport,
            serializer,
            self.rate,
            shared.metrics,
            route=self.route,
            forget=self._forget,
            spawn=spawn,
        )
        self._shared = shared
        self._ended = False  # ``closed`` has been called

    # Calls of the connection.

    def receive(self, kind: int, data: bytes) -> None:
        """Obey one whole message, 1 text or 2 binary.

        Raises:
            ConnectionFault: the connection must end.
        """
        self._shared.metrics.messages += 1
        self.rate.messages += 1
        allowed = self.rate.take()
        short_way = None if self.rate.held or kind == TEXT else self.outlet.short_way
        if allowed and short_way is not None and short_way.take(data):
            return
        message = self.outlet.serializer.decode(kind, data)
        own = has_own_rate(message, self.memberships.get(message.topic))
        if own and allowed:
            self.rate.give_back()
        if own or allowed:
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
            membership.dismiss(reason)

    def joined(self, room_id: str) -> bool:
        """Whether this socket is in the room, or on its way."""
        return f"room:{room_id}" in self.memberships

    def held_back(self, since: float, now: float) -> None:
        """Nothing was read between these times, because too much came.

        Raises:
            ConnectionFault: the connection must end.
        """
        self.rate.over(since, now)

    def set_silent(self, *, silent: bool) -> None:
        """Nothing comes from the peer any more, or it is heard again."""
        for membership in self.memberships.values():
            if membership.place is not None:
                membership.place.room.set_silent(membership, silent=silent)

    def backlog_sent(self) -> None:
        """The connection has taken all that waited."""
        for membership in self.memberships.values():
            membership.backlog_sent()

    def route(self, message: Message) -> None:
        """Obey a message: of Phoenix itself, or of a topic that is joined."""
        membership = self.memberships.get(message.topic)
        if message.event == "heartbeat" and message.topic == "phoenix":
            self.outlet.reply(message, "ok", {})
        elif message.event == "phx_join":
            self._join(message, membership)
        elif membership is None:
            if message.event == "phx_leave":
                self.outlet.reply(message, "ok", {})
            else:
                self.outlet.refuse(message, Refused(Reason.UNMATCHED_TOPIC))
        elif _stale(message, membership):
            self.outlet.dropped(_STALE)
        else:
            membership.receive(message)

    def _forget(self, membership: Joined) -> None:
        if self.memberships.get(membership.join.topic) is membership:
            del self.memberships[membership.join.topic]

    # Joins.

    def _join(self, message: Message, earlier: Membership | None) -> None:
        if not self.outlet.transport.open:
            return  # nothing begins on a connection that has ended
        try:
            topics = len(self.memberships) if earlier is None else 0
            allowed = partial(self._shared.joins.take, self.address)
            payload = read_join(message, self.outlet.serializer, topics, allowed)
        except Refused as refusal:
            self.outlet.refused(refusal)
            self.outlet.reply(message, "error", {"reason": str(refusal)})
            return
        # In the table before anything is sent: should that end the connection, all that is in the
        # table ends with it.
        membership = Membership(self.outlet, next(self._shared.refs), message, payload)
        self.memberships[message.topic] = membership
        if earlier is not None:
            earlier.supersede()  # presence sees one change, when the new one is in
        knock = Knock(self.address, payload.password, payload.invite)
        enter = partial(_enter, self._shared, membership, earlier, knock)
        self._shared.spawn(self, enter, f"join {message.topic}")

    def _over_rate(self, message: Message) -> None:
        """Refuse a message; of poses the newest is held until the rate allows one again.

        Leaves and heartbeats are obeyed: that costs no more than the refusal.
        """
        now = trio.current_time()
        self.rate.over(now, now)
        if message.event in ("phx_leave", "heartbeat"):
            self.route(message)
            return
        self.outlet.dropped("message rate")
        if message.event == "i_moved":
            _hold_pose(message, self.memberships.get(message.topic), self.rate)
        else:
            self.outlet.refuse(message, too_fast(self.rate))


async def _enter(
    shared: Shared, membership: Membership, replaced: Membership | None, knock: Knock
) -> None:
    """Bring a membership into its room, in place of an earlier one of its socket."""
    started = trio.current_time()
    try:
        if not membership.gone:
            room_id = membership.join.topic.removeprefix("room:")
            room = await shared.lobby.join(room_id, membership, replaced, knock)
            membership.enter(room)
            if membership.outlet.transport.silent:  # which began while the join waited
                room.set_silent(membership, silent=True)
            shared.metrics.join_duration.observe(trio.current_time() - started)
    except Refused as refusal:
        membership.refuse(refusal)
    finally:
        if replaced is not None:  # as the new one went, if it has gone already
            replaced.leave(goodbye=membership.state is not State.LOST)


def _hold_pose(message: Message, membership: Membership | None, rate: RateKeeper) -> None:
    """Hold a good pose of a membership that has joined; none is answered: that feeds a flood."""
    if membership is None or membership.state is not State.JOINED or _stale(message, membership):
        return
    with suppress(InvalidPose):
        rate.hold(membership, read_pose(message))


def _stale(message: Message, membership: Membership) -> bool:
    """Whether a message is of another membership; a join_ref of null is nobody's."""
    return message.join_ref != NULL and not same_ref(message.join_ref, membership.join.join_ref)
