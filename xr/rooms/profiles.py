"""The profiles of a server's users as they are now: changed in one room, they hold in all.

One ledger for all rooms, because a profile is its user's and no room's. With one in each room an
old change that a full disk held back could be written over a newer one.
"""

import logging
from collections.abc import Callable

import trio

from xr.metrics import Metrics
from xr.profile import Profile, default_profile
from xr.rooms.flusher import Flusher
from xr.rooms.ledger import Ledger, Save

log = logging.getLogger(__name__)

RECENT = 1_000
"""Changes that are remembered though they are written, since the store's answer to a join under
way may be older. Full: the oldest goes."""
LAST_TRY = 3.0
"""Seconds for which the last changes are tried to be written when the rooms have ended."""
_RETRY = 0.2  # seconds between two last tries to write


class Profiles(Ledger[str, Profile]):
    """The changed profiles. ``changed`` is called with each change.

    Those that cannot be written are bounded by the users who change theirs meanwhile.
    """

    def __init__(
        self, save: Save, changed: Callable[[str, Profile], None], metrics: Metrics
    ) -> None:
        super().__init__("profiles", save)
        self._changed = changed
        self._recent: dict[str, Profile] = {}
        self._due = trio.Event()
        self._flusher = Flusher("all", [self], metrics)

    @property
    def failing(self) -> bool:
        """True while the last flush has failed."""
        return self._flusher.failing

    def current(self, user_id: str, stored: Profile) -> Profile:
        """The user's profile: the newest change, or else the store's answer."""
        return self._recent.get(user_id, stored)

    def put(self, key: str, value: Profile) -> None:
        """Change a user's profile in every room where they are, and write it soon."""
        super().put(key, value)
        self._recent.pop(key, None)
        self._recent[key] = value
        if len(self._recent) > RECENT:
            self._drop_oldest()
        self._due.set()
        self._changed(key, value)

    def forget(self, user_id: str) -> None:
        """Drop a user's profile; in the rooms where they are they have the default one."""
        self.drop(user_id)
        self._recent.pop(user_id, None)
        self._changed(user_id, default_profile(user_id))

    async def settle(self, user_id: str) -> bool:
        """Write the user's profile if it waits to be; False if that failed."""
        return user_id not in self or await self._flusher.written()

    async def run(self, interval: float) -> None:
        """Write changes within ``interval`` seconds, and again while that fails.

        Cancelled, it writes for at most ``LAST_TRY`` seconds; what is lost then is logged.
        """
        try:
            while True:
                await self._due.wait()
                self._due = trio.Event()
                await self._flusher.due(interval)
                if not await self._flusher.flush():
                    self._due.set()
        finally:
            with trio.move_on_after(LAST_TRY, shield=True):
                await self._write_all()
            if self.unsaved:
                log.error("profiles.lost count=%d: not written", len(self.unsaved))

    async def _write_all(self) -> None:
        written = await self._flusher.flush()
        while not written:
            await trio.sleep(_RETRY)
            written = await self._flusher.flush()

    def _drop_oldest(self) -> None:
        unsaved = self.unsaved
        for user_id in self._recent:
            if user_id not in unsaved:
                del self._recent[user_id]
                return
