"""A reflector by itself, with the stream that it reads and the clients that listen."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import trio

from tests.people import state
from tests.rooms.fake_client import FakeClient, Line, LineEncoder, at
from tests.rooms.gated_store import ENTITIES, HALL
from xr.events import ClientAttached, Event, UserJoined, UserMoved
from xr.metrics import Metrics
from xr.rooms.entities import EntitiesView
from xr.rooms.reflector import Reflector
from xr.rooms.stream import Stream
from xr.rooms.view import ConnectionsView, UsersView


class Stage:
    """A reflector with the stream that it reads; ``width`` is its tick in seconds."""

    def __init__(self, width: float = 0.05) -> None:
        self.width = width
        self.now = 0.0  # of the ticks that a test makes
        self.metrics = Metrics()
        self.stream = Stream()
        self.encoder = LineEncoder(HALL)
        self.reflector = Reflector(
            self.stream.subscribe("reflector"),
            self.encoder,
            [EntitiesView(ENTITIES), UsersView(), ConnectionsView()],
            lambda: self.width,
            self.metrics,
        )
        self._numbers = iter(range(65_536))

    def publish(self, *events: Event) -> None:
        for event in events:
            self.stream.publish(event)

    def tick(self, *events: Event) -> None:
        """Publish, and reflect it all at once."""
        self.publish(*events)
        self.reflect()

    def reflect(self) -> None:
        """A tick at ``now``."""
        self.reflector.reflect(self.now)

    def joins(self, user: str, x: float = 0.0) -> UserJoined:
        return UserJoined(user, next(self._numbers), at(x), state(user))

    def audience(self, *clients: FakeClient) -> None:
        """Bring these in and forget what they heard of it."""
        for client in clients:
            self.publish(self.joins(client.user_id), attach(client))
        self.reflect()
        for client in clients:
            client.told()
            client.frames.clear()


def attach(client: FakeClient) -> ClientAttached:
    return ClientAttached(client)


def moved(user: str, x: float) -> UserMoved:
    return UserMoved(user, 0, at(x))


@asynccontextmanager
async def running(stage: Stage) -> AsyncIterator[None]:
    async with trio.open_nursery() as nursery:
        nursery.start_soon(stage.reflector.run)
        yield
        nursery.cancel_scope.cancel()


def watch(lines: list[Line]) -> dict[str, float]:
    """The room as somebody sees it in the end; fails where the order of the stream is broken."""
    view: dict[str, float] = {}
    for what, value in lines:
        if what == "welcome":
            view = dict(value)
        elif what == "joined":
            assert not value.keys() & view.keys()
            view.update(value)
        elif what == "left":
            del view[value]
        elif what == "moved":
            for user, x in value.items():
                assert x >= view[user], "an older pose"
            view.update(value)
    return view
