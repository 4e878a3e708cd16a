"""One process of the server: the real one of ``xr.server``, on simulated HTTP and a fake disk."""

import random
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import trio

import xr.server
from tests.simulation.faulty_store import Crashed, FaultyStore, Injected
from tests.simulation.hooks import Witness
from tests.simulation.model import Model
from tests.simulation.network import Link
from tests.simulation.story import Plan
from tests.simulation.timeline import Timeline
from xr.errors import NotFound, StoreError
from xr.operations.rooms import delete_rooms
from xr.serving.connection import Connection
from xr.settings import Settings
from xr.standalone import Standalone
from xr.store.memory import MemoryStore
from xr.wire.refusals import Refused

_TROUBLED = 30.0


class Life:
    """A server's process from its start to its stop or crash."""

    def __init__(
        self,
        number: int,
        plan: Plan,
        disk: MemoryStore,
        model: Model,
        timeline: Timeline,
        injected: Counter[str],
    ) -> None:
        self.store = FaultyStore(
            disk, model, random.Random(f"store {plan.seed} {number}"), injected
        )
        self.ending = False  # stopping or crashed
        self.crashed = False
        self.ending_since = 0.0
        self._stop = trio.Event()
        self._scope = trio.CancelScope()
        self._model = model
        self._timeline = timeline
        self._admins: trio.Nursery | None = None
        self._admitted: list[Link] = []
        settings = Settings(
            flush_interval=plan.flush_interval,
            grace=plan.grace,
            room_idle=plan.idle,
            max_per_room=plan.limit,
        )
        rng = random.Random(f"lobby {plan.seed} {number}")
        self.server = xr.server.Server(
            settings, self.store, "a secret of no importance", rng, now=trio.current_time
        )
        self._standalone = Standalone(self.server)

    @property
    def links(self) -> list[Link]:
        """The links that the server holds."""
        http: Any = self._standalone.http
        return [link for link in http.links if not link.closed]

    def troubled(self) -> bool:
        """Whether the store has failed lately."""
        return bool(self.store.mode) or trio.current_time() - self.store.trouble < _TROUBLED

    async def run(self) -> None:
        """Serve until stopped or crashed."""
        try:
            with self._scope:
                async with trio.open_nursery() as nursery:
                    self._admins = nursery
                    await nursery.start(self._standalone.run, self._stop.wait)
                    await self._stop.wait()
        except* (Crashed, StoreError):
            pass  # the latter: not all could be written, which is the checker's to judge
        except* Injected:
            if not self.crashed:
                raise
        for link in self._admitted:
            link.die(silently=False)

    def stop(self) -> None:
        """SIGTERM."""
        self.ending, self.ending_since = True, trio.current_time()
        self._stop.set()

    def crash(self, *, silently: bool) -> None:
        """``kill -9``, or ``silently`` the loss of power."""
        self.ending = self.crashed = True
        for link in self.links:
            link.die(silently=silently)
        self.store.die()
        self._scope.cancel()

    # Events from outside.

    def knock(self, link: Link, refused: Callable[[Link], None]) -> None:
        """A websocket is asked for; the upgrade takes a moment."""
        if self.server.endpoint.refuse(link.name) is None:
            self._timeline.after(0.01, lambda: self._admit(link, refused))
        else:
            refused(link)

    def _admit(self, link: Link, refused: Callable[[Link], None]) -> None:
        if self._scope.cancel_called or link.dead or not self.server.endpoint.running:
            refused(link)
            return
        http: Any = self._standalone.http
        try:
            link.upgraded()
        except OSError:  # it broke meanwhile
            return
        link.connection = connection = Connection(link, self.server.metrics)
        http.links.append(link)
        self._admitted.append(link)
        socket = self.server.endpoint.connect(link.user_id, link.name, connection)
        connection.serve(Witness(link, self._model, socket))

    def forget(self, user_id: str, room_id: str | None) -> None:
        """``xr users forget``."""

        async def forget() -> None:
            services = self.server.services
            if room_id is None:
                self._model.society.profiles.pop(user_id, None)
                await services.forget_user(user_id)
            else:
                await services.forget_pose(user_id, room_id)

        def failed() -> None:
            for name in self._model.plan.rooms:
                if room_id in (None, name):
                    self._model.half_forgot(name, user_id)
            if room_id is None:
                self._model.society.half_forgot(user_id)

        self._command(forget, failed)

    def kick(self, user_id: str, room_id: str | None) -> None:
        """``xr users kick``: a goodbye of all that it closes, before they hear of their end."""
        http: Any = self._standalone.http
        served = [(link, link.connection) for link in http.links if link.connection is not None]
        open_before = [(link, connection) for link, connection in served if connection.open]
        self.server.endpoint.kick(user_id, room_id)
        for link, connection in open_before:
            if not connection.open:
                self._model.members.closed(link, 1000, "kicked")

    def moderate(self, room_id: str, name: str, payload: dict[str, Any]) -> None:
        """``xr users kick --room``, ``ban``, ``unban``, ``mute``, ``xr rooms role``, ``set``."""

        async def ask() -> None:
            with suppress(Refused):
                await self.server.services.ask(room_id, name, payload)
                if "user_id" in payload:
                    self._model.acts.written(room_id, payload["user_id"])

        self._command(ask, lambda: None)

    def delete(self, room_id: str) -> None:
        """``xr rooms delete``."""

        async def delete() -> None:
            with suppress(NotFound):
                await delete_rooms(self.server.services, room_id)

        self._command(delete, lambda: None)

    def _command(self, command: Callable[[], Awaitable[None]], failed: Callable[[], None]) -> None:
        async def obey() -> None:
            try:
                await command()
            except (StoreError, Injected):
                failed()

        if self._admins is not None and not self.ending:
            self._admins.start_soon(obey, name="an admin's command")
