"""The part of a socket that its memberships use: answers, frames, and what is kept for each."""

import logging
from collections.abc import Awaitable, Callable
from typing import Protocol

import msgspec

from xr.channels.rate_keeper import RateKeeper
from xr.channels.serializer import NULL, Message, Serializer, reply_frame
from xr.channels.short_way import ShortWay
from xr.channels.transport import Transport
from xr.metrics import Metrics
from xr.wire.reasons import Reason
from xr.wire.record import AnyPose
from xr.wire.refusals import Refused

log = logging.getLogger(__name__)

_encode = msgspec.json.encode


class Joined(Protocol):
    """A membership, as far as its socket's outlet knows it; ``join`` asked for it."""

    join: Message

    def move(self, pose: AnyPose) -> None:
        """Hand a pose to the room."""
        ...


class Outlet:
    """The way out of one socket. Nothing here waits; a closed transport takes all and does nothing.

    ``rate`` holds the poses that come too fast, ``short_way`` leads to the membership whose pose
    came last; ``route`` obeys a message that has waited, ``forget`` takes a membership that is over
    out of the socket's table, and ``spawn`` starts a task that ends with the server. The socket's
    reader owns it.
    """

    def __init__(
        self,
        user_id: str,
        address: str,
        transport: Transport,
        serializer: Serializer,
        rate: RateKeeper,
        metrics: Metrics,
        route: Callable[[Message], None],
        forget: Callable[[Joined], None],
        spawn: Callable[[Callable[[], Awaitable[None]], str], None],
    ) -> None:
        self.user_id = user_id
        self.transport = transport
        self.serializer = serializer
        self.rate = rate
        self.route = route
        self.short_way: ShortWay | None = None
        self.spawn = spawn
        self._forget = forget
        self.address = address
        self._metrics = metrics

    def reply(self, message: Message, status: str, response: object) -> None:
        """Answer a message under its refs."""
        self.transport.send(reply_frame(self.serializer, message, status, response))

    def refuse(self, message: Message, refusal: Refused) -> None:
        """Answer a message with an error."""
        self.reply(message, "error", refusal.response)

    def frame(self, join: Message, event: bytes, payload: bytes, ref: bytes = NULL) -> bytes:
        """A whole frame under the ``join_ref`` of a membership; ``payload`` is JSON."""
        return self.serializer.frame(join.join_ref, ref, _encode(join.topic), event, payload)

    def end(self, join: Message, event: bytes, reason: Reason | None = None) -> None:
        """Tell that a membership is over: ``phx_close`` or ``phx_error``, under its ref."""
        payload = _encode({"reason": reason}) if reason else b"{}"
        self.transport.send(self.frame(join, event, payload, join.join_ref))

    def over(self, membership: Joined) -> None:
        """No message comes for it from now on; the newest pose counts, even if it was held."""
        pose = self.rate.held.pop(membership, None)
        if pose is not None:
            membership.move(pose)
        if self.short_way is not None and self.short_way.membership is membership:
            self.short_way = None
        self._forget(membership)

    def moved(self, membership: Joined) -> None:
        """A pose of it has come: newer than any that is held, and more will follow."""
        self.rate.held.pop(membership, None)
        if self.short_way is None or self.short_way.membership is not membership:
            self.short_way = ShortWay(membership, membership.join, self.serializer)

    def refused(self, refusal: Refused) -> None:
        """Count and log a refused join."""
        self._metrics.refused[refusal.reason] += 1
        user, address = self.user_id, self.address
        log.info("join.refused reason=%r user=%s address=%s", refusal.reason, user, address)

    def dropped(self, reason: str) -> None:
        """Count a message that was not obeyed."""
        self._metrics.dropped[reason] += 1
