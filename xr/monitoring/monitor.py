"""Answers how the server is, from the parts that it is put together of."""

from collections.abc import Sized

import trio

from xr.errors import StoreError
from xr.monitoring.vitals import Health, Vitals, look_at_files
from xr.rooms.lobby import Lobby
from xr.settings import Settings
from xr.store.protocol import Checks


class Monitor:
    """Looks at the lobby, the sockets and the store of one server."""

    def __init__(self, settings: Settings, store: Checks, lobby: Lobby, sockets: Sized) -> None:
        self._settings = settings
        self._store = store
        self._lobby = lobby
        self._sockets = sockets

    async def health(self) -> Health:
        """How the server is, with a sentence for each thing that is wrong."""
        lobby = self._lobby
        if lobby.draining:
            return Health("draining", ("the server is stopping",))
        if not lobby.running:
            return Health("failed", ("the lobby does not run: restart the server",))
        reasons = [f"poses of room {room} cannot be written" for room in lobby.failing]
        if lobby.supervisor.profiles.failing:
            reasons.append("profiles of users cannot be written")
        try:
            await self._store.check()
        except StoreError as error:
            reasons.append(str(error))
        return Health("degraded" if reasons else "ok", tuple(reasons))

    async def measure(self) -> Vitals:
        """The numbers of this moment."""
        files = await trio.to_thread.run_sync(look_at_files, self._settings.database)
        health = await self.health()
        present = self._lobby.present()
        rooms = self._lobby.supervisor.open_rooms().values()
        return Vitals(
            health=health,
            files=files,
            websockets=len(self._sockets),
            rooms=len(present),
            users=sum(present.values()),
            tasks=trio.lowlevel.current_statistics().tasks_living,
            unwritten=max((room.snapshot.flusher.unwritten() for room in rooms), default=0.0),
        )
