"""All sockets of the server: who may come, how many there are, and the nursery of their joins.

The set of sockets is bounded by ``XR_MAX_CLIENTS``; one too many is refused before the upgrade.
"""

import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

import trio

from xr.channels.serializer import Wrap, serializers
from xr.channels.socket import Shared, Socket
from xr.channels.transport import Transport
from xr.errors import CloseCode
from xr.metrics import Metrics
from xr.rates import Addresses, Rests
from xr.rooms.lobby import Lobby
from xr.wire.reasons import Reason

log = logging.getLogger(__name__)

REST = 5.0
"""Seconds for which an address gets no further websocket after one of it was closed with 1008."""


@dataclass(frozen=True)
class Limits:
    """Sockets on the server and of one address, messages and joins a second; 0 is off."""

    clients: int = 500
    per_address: int = 32
    messages: int = 60
    joins: int = 20


@dataclass(frozen=True)
class EndpointStatistics:
    """Numbers of an endpoint at one moment: sockets, addresses that have one, and tasks of sockets
    (joins under way, and poses held by the message rate).
    """

    sockets: int
    addresses: int
    tasks: int


@dataclass(frozen=True)
class OpenSocket:
    """A websocket that is open: whose, from where, with which program (``User-Agent``), since when
    on Trio's clock, how many messages it has sent, and the rooms that it is in or on its way to.
    """

    user_id: str
    address: str
    agent: str
    since: float
    messages: int
    rooms: tuple[str, ...]


class Endpoint:
    """The part of the server in which websockets become members of rooms."""

    def __init__(self, lobby: Lobby, wrap: Wrap, limits: Limits, metrics: Metrics) -> None:
        self._lobby = lobby
        self._limits = limits
        self._metrics = metrics
        self._serializers = serializers(wrap)
        self._sockets: dict[Socket, Transport] = {}
        self._agents: dict[Socket, tuple[str, float]] = {}  # and since when it is open
        self._addresses: Counter[str] = Counter()
        self._rests = Rests()
        self._nursery: trio.Nursery | None = None
        self._shared = Shared(
            lobby=lobby,
            refs=map("{:x}".format, count(1)),
            spawn=self._spawn,
            message_rate=limits.messages,
            joins=Addresses(limits.joins),
            closed=self._closed,
            metrics=metrics,
        )

    def __len__(self) -> int:
        return len(self._sockets)

    @property
    def running(self) -> bool:
        """True while the nursery of joins is open."""
        return self._nursery is not None

    @property
    def sockets(self) -> Iterator[Socket]:
        """The sockets that are open."""
        return iter(self._sockets)

    def statistics(self) -> EndpointStatistics:
        """Numbers of this moment."""
        return EndpointStatistics(
            sockets=len(self._sockets),
            addresses=len(self._addresses),
            tasks=len(self._nursery.child_tasks) if self._nursery is not None else 0,
        )

    def open_sockets(self) -> list[OpenSocket]:
        """The sockets that are open, the oldest first."""
        return [
            OpenSocket(
                socket.user_id,
                socket.address,
                *self._agents[socket],
                socket.rate.messages,
                tuple(topic.removeprefix("room:") for topic in socket.memberships),
            )
            for socket in self._sockets
        ]

    async def run(self, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Hold the nursery of joins until cancelled."""
        try:
            async with trio.open_nursery() as nursery:
                self._nursery = nursery
                task_status.started()
                await trio.sleep_forever()
        finally:
            self._nursery = None

    def refusal(self, address: str) -> Reason | None:
        """Why no further websocket from this address is taken; None if it is welcome."""
        if self._lobby.draining or self._nursery is None:
            return Reason.RESTARTING
        if 0 < self._limits.clients <= len(self._sockets):
            return Reason.FULL
        if 0 < self._limits.per_address <= self._addresses[address]:
            return Reason.ADDRESS_FULL
        if self._rests.lasts(address):
            return Reason.RESTING
        return None

    def refuse(self, address: str) -> Reason | None:
        """The refusal of an address that wants in, which is counted."""
        reason = self.refusal(address)
        if reason is not None:
            self._metrics.refused[reason] += 1
        return reason

    def connect(
        self,
        user_id: str,
        address: str,
        transport: Transport,
        version: str = "2",
        agent: str = "",
    ) -> Socket:
        """A new socket over ``transport``, which calls its ``closed`` at the end.

        ``version`` is what ``serializer.negotiate`` has found, ``agent`` the client's program.
        Between ``refuse`` and here lies the upgrade: whoever came too late is closed again.
        """
        socket = Socket(user_id, address, transport, self._serializers[version], self._shared)
        reason = self.refuse(address)
        self._sockets[socket] = transport
        self._agents[socket] = agent, trio.current_time()
        self._addresses[address] += 1
        if reason is not None:
            restarting = self._lobby.draining
            transport.close(CloseCode.RESTART if restarting else CloseCode.TRY_LATER, reason)
        return socket

    def kick(self, user_id: str, room_id: str | None = None, reason: Reason = Reason.KICKED) -> int:
        """Close the user's sockets, or those in one room, so that they stay away; how many."""
        kicked = [
            (socket, transport)
            for socket, transport in self._sockets.items()
            if socket.user_id == user_id and (room_id is None or socket.joined(room_id))
        ]
        for socket, transport in kicked:
            # A phoenix client comes back after any close, but joins no more.
            socket.dismiss(reason)
            transport.close(CloseCode.NORMAL, reason)
        return len(kicked)

    def close_all(self, code: int, reason: str) -> None:
        """Close every websocket."""
        for transport in list(self._sockets.values()):
            transport.close(code, reason)

    def _closed(self, socket: Socket, code: int) -> None:
        if code == CloseCode.POLICY and self._limits.per_address:
            self._rests.begin(socket.address, REST)
        if self._sockets.pop(socket, None) is not None:
            del self._agents[socket]
            self._addresses[socket.address] -= 1
            if not self._addresses[socket.address]:
                del self._addresses[socket.address]

    def _spawn(self, socket: Socket, task: Callable[[], Awaitable[Any]], name: str) -> None:
        if self._nursery is not None:
            self._nursery.start_soon(self._guarded, socket, task, name=name)

    async def _guarded(self, socket: Socket, task: Callable[[], Awaitable[Any]]) -> None:
        """One socket's fault ends that socket and no other."""
        try:
            await task()
        except Exception:
            log.exception("socket.failed user=%s", socket.user_id)
            transport = self._sockets.get(socket)
            if transport is not None:
                transport.close(CloseCode.FAULT, Reason.FAULT)
