"""Hooks in the server to watch it: its rooms tell the model, its errors are heard.

The HTTP server that carries real sockets gives way to one over links, and there are no pages.
"""

import contextlib
import logging
import random
import secrets
from collections.abc import Awaitable, Callable, Iterator
from copy import copy
from typing import Any, ClassVar
from unittest.mock import patch

import trio

import xr.features.doors
import xr.rooms.passwords
import xr.rooms.supervisor
import xr.server
import xr.serving.connection
import xr.serving.http_server
import xr.standalone
from tests.simulation.faulty_store import Injected
from tests.simulation.members import Run
from tests.simulation.model import Model
from tests.simulation.network import Link
from tests.simulation.society import hashed
from tests.simulation.story import Plan
from tests.simulation.timeline import Journal, Violation
from xr.channels.socket import Socket
from xr.events import Event
from xr.metrics import Metrics
from xr.rooms.protocols import Client, RoomRecord
from xr.rooms.room import Room
from xr.rooms.snapshot import Snapshot
from xr.rooms.stream import Inbox
from xr.serving.connection import Connection
from xr.serving.keeper import keep


class Tap(Inbox):
    """An inbox of a room's stream that tells the model, and is always read."""

    def __init__(self, model: Model, run: Run) -> None:
        super().__init__("tap")
        self._model = model
        self._run = run

    def put(self, number: int, event: Event) -> None:
        """The next event."""
        if number != self._run.room.stream.number:
            self._model.journal.fault("the stream counts", number)
        with contextlib.suppress(Violation):  # the journal has it; the room knows nothing of us
            self._model.published(self._run, event)


class InOrder(set[Any]):
    """A set that is gone through in the order of arrival, which no address in memory decides."""

    def __init__(self) -> None:
        super().__init__()
        self._order: dict[Any, None] = {}

    def add(self, item: Any) -> None:
        """Put it in, behind all others."""
        super().add(item)
        self._order[item] = None

    def discard(self, item: Any) -> None:
        """Take it out."""
        super().discard(item)
        self._order.pop(item, None)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._order)


class HttpServer:
    """The server's ``xr.serving.http_server.HttpServer``, over links instead of sockets."""

    def __init__(self, _: Metrics) -> None:
        self.links: list[Link] = []

    def connections(self) -> list[Connection]:
        """All websockets."""
        self.links = [link for link in self.links if not link.closed]
        return [link.connection for link in self.links if link.connection is not None]

    async def farewell(self) -> None:
        """Wait until the peers have ended too, but not for long."""
        real: Any = xr.serving.http_server.HttpServer
        await real.farewell(self)

    async def serve(
        self,
        app: object,
        admit: object,
        at_once: object,
        config: object,
        stop: Callable[[], Awaitable[None]],
        task_status: trio.TaskStatus[list[str]],
    ) -> None:
        """Serve until ``stop`` returns, then let go of all."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(keep, self.connections, name="keeper")
            task_status.started([])
            await stop()
            nursery.cancel_scope.cancel()
        for connection in self.connections():
            connection.lost()


class Witness:
    """A connection's handler: tells the model, then the socket; and sees that it is closed once."""

    def __init__(self, link: Link, model: Model, socket: Socket) -> None:
        self._link = link
        self._model = model
        self._socket = socket
        self._ended = False
        self.address = socket.address

    def receive(self, kind: int, data: bytes) -> None:
        """A message."""
        if self._ended:
            raise self._model.journal.fault("nothing after the end", self._link.name)
        allowed = copy(self._socket.rate).take()
        self._model.members.received(self._link, kind, data, allowed=allowed)
        self._socket.receive(kind, data)

    def backlog_sent(self) -> None:
        """All has been sent."""
        self._socket.backlog_sent()

    def set_silent(self, *, silent: bool) -> None:
        """The peer answers no longer, or again."""
        self._socket.set_silent(silent=silent)

    def held_back(self, since: float, now: float) -> None:
        """Nothing was read for a while."""
        self._socket.held_back(since, now)

    def closed(self, code: int, reason: str) -> None:
        """The end."""
        if self._ended:
            raise self._model.journal.fault("closed once", self._link.name)
        self._ended = True
        self._model.members.closed(self._link, code, reason)
        self._socket.closed(code, reason)


@contextlib.contextmanager
def below_the_socket(plan: Plan, model: Model) -> Iterator[None]:
    """Within, ``xr.server.Server`` is made without sockets and pages, and rooms tell the model."""

    class WatchedRoom(Room):
        def __init__(self, record: RoomRecord, *arguments: Any) -> None:
            super().__init__(record, *arguments)
            run = Run(self.room_id, self)
            model.runs.append(run)
            model.society.opened(run, record)
            self.stream.attach(Tap(model, run))
            self.members = InOrder()
            self._run = run

        def obey(self, intent: Any, member: Any, payload: Any) -> Any:
            name = next(name for name, each in self.intents.items() if each is intent)
            return model.obey(self, name, member.user_id, payload, super().obey, intent, member)

        def admit(self, client: Any, knock: Any, visitor: Any) -> None:
            inside = client.user_id in self._run.numbers
            super().admit(client, knock, visitor)
            model.society.check_door(self._run, model.members.of_client(client), inside)
            model.acts.given(self, client.user_id)

        def forget_user(self, user_id: str) -> None:
            super().forget_user(user_id)
            model.acts.taken(self, user_id)

        def expel(self, user_id: str, reason: Any) -> None:
            members: list[Any] = [each for each in self.members if each.user_id == user_id]
            for client in members:
                model.members.expelled(model.members.of_client(client))
            for lost in self._run.members.get(user_id, {}).values():
                if lost.ended == "lost":
                    model.members.expelled(lost)
            super().expel(user_id, reason)

    with (
        patch.object(xr.standalone, "HttpServer", HttpServer),
        patch.object(xr.server, "create_app", lambda services: None),
        patch.object(xr.rooms.supervisor, "Room", WatchedRoom),
        patch.object(xr.serving.connection, "BACKLOG", plan.backlog),
        patch.object(trio.to_thread, "run_sync", _at_once),
        patch.object(xr.features.doors, "hash_password", hashed),
        patch.object(xr.rooms.passwords, "is_password", lambda text, kept: hashed(text) == kept),
        patch.object(secrets, "token_hex", _ids(plan.seed)),
        _heard_logs(model.journal),
    ):
        yield


async def _at_once(work: Callable[..., Any], *arguments: Any) -> Any:
    """The work of a thread, in a time of the simulation's."""
    await trio.sleep(0.04)
    return work(*arguments)


def _ids(seed: int) -> Callable[[int], str]:
    rng = random.Random(f"ids {seed}")
    return lambda size: f"{rng.getrandbits(8 * size):0{2 * size}x}"


@contextlib.contextmanager
def _heard_logs(journal: Journal) -> Iterator[None]:
    """An error with a traceback that was not put in on purpose is a violation."""

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            error = record.exc_info[1] if record.exc_info else None
            if error is not None and not _on_purpose(error):
                journal.fault("no errors", record.getMessage(), repr(error))

    logger = logging.getLogger("xr")
    before = (logger.level, logger.propagate)
    handler = Handler()
    logger.addHandler(handler)
    logger.setLevel(logging.ERROR)
    logger.propagate = False
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before[0])
        logger.propagate = before[1]


def _on_purpose(error: BaseException) -> bool:
    if isinstance(error, BaseExceptionGroup):
        return all(map(_on_purpose, error.exceptions))
    return isinstance(error, Injected)


class FaultyCommand:
    """A command at which presence stumbles."""

    @property
    def client(self) -> Client:
        raise Injected("a bug in the presence task")


class FaultyEvent(Event, frozen=True, gc=False):
    """An event at which the reflector stumbles; no other task looks at it."""

    attaches: ClassVar[str | None] = "client"

    @property
    def client(self) -> Client:
        raise Injected("a bug in the reflector task")


def break_task(room: Room, task: str) -> None:
    """Make a task of the room fail when it runs next, which is now."""
    if task == "presence":
        command: Any = FaultyCommand()
        room.presence.command(command)
    elif task == "reflector":
        room.stream.publish(FaultyEvent())
    else:
        _break_snapshot(room.snapshot)


def _break_snapshot(snapshot: Snapshot) -> None:
    def fail() -> None:
        vars(snapshot).pop("flush")  # the last flush of the room works
        raise Injected("a bug in the snapshot task")

    vars(snapshot)["flush"] = fail
    snapshot.flusher.hurry()
