"""The profiles of a server's users as they are now: changed in one room, they hold in all.

One ledger for all rooms, because a profile is its user's and no room's. With one in each room an
old change that a full disk held back could be written over a newer one.
"""

import logging
from collections.abc import Callable, Mapping

import trio
from msgspec.structs import asdict, replace

from xr.errors import StoreError
from xr.metrics import Metrics
from xr.profile import Profile, default_profile
from xr.rooms.flusher import Flusher
from xr.rooms.ledger import Ledger
from xr.rooms.protocols import ProfileStore

log = logging.getLogger(__name__)

RECENT = 1_000
"""Changes that are remembered though they are written, since the store's answer to a join under
way may be older. Full: the oldest goes."""
LAST_TRY = 3.0
"""Seconds for which the last changes are tried to be written when the rooms have ended."""
_RETRY = 0.2  # seconds between two last tries to write


class Profiles(Ledger[str, Profile]):
    """The changed profiles. ``changed`` is called with each change.

    Those that cannot be written are bounded by the users who change theirs meanwhile, and those
    that cannot be read by the users who join meanwhile.
    """

    def __init__(
        self, store: ProfileStore, changed: Callable[[str, Profile], None], metrics: Metrics
    ) -> None:
        super().__init__("profiles", store.save_profiles)
        self._store = store
        self._changed = changed
        self._recent: dict[str, Profile] = {}
        self._unread: dict[str, dict[str, str]] = {}  # by user: the fields chosen meanwhile
        self._due = trio.Event()
        self._flusher = Flusher("all", [self], metrics)

    @property
    def failing(self) -> bool:
        """True while the last flush has failed."""
        return self._flusher.failing

    def current(self, user_id: str, stored: Profile | None) -> Profile:
        """The user's profile: the newest change, or else the store's answer.

        None is no answer: the default one holds until the store can be read.
        """
        if user_id in self._recent:
            return self._recent[user_id]
        if stored is None:
            chosen = self._unread.setdefault(user_id, {})
            self._due.set()
            return replace(default_profile(user_id), **chosen)
        self._merge(user_id, stored)
        return self._recent.get(user_id, stored)

    def choose(self, user_id: str, shown: Profile, changes: Mapping[str, str]) -> None:
        """Change fields of a profile that is ``shown``.

        Of a profile that could not be read the other fields stay as the store has them, which is
        asked again.
        """
        profile = replace(shown, **changes)
        if user_id not in self._unread:
            self.put(user_id, profile)
        elif changes.keys() == asdict(profile).keys():
            del self._unread[user_id]
            self.put(user_id, profile)
        else:
            self._unread[user_id].update(changes)
            self._changed(user_id, profile)

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
        self._unread.pop(user_id, None)
        self._changed(user_id, default_profile(user_id))

    async def settle(self, user_id: str) -> bool:
        """Write the user's profile if it waits to be; False if that failed."""
        if user_id in self._unread:
            return False
        return user_id not in self or await self._flusher.written()

    async def run(self, interval: float) -> None:
        """Write changes within ``interval`` seconds, and again while that fails.

        Cancelled, it writes for at most ``LAST_TRY`` seconds more; lost changes are logged.
        """
        try:
            while True:
                await self._due.wait()
                self._due = trio.Event()
                await self._flusher.due(interval)
                if not await self._flush():
                    self._due.set()
        finally:
            with trio.move_on_after(LAST_TRY, shield=True):
                await self._write_all()
            lost = len(self.unsaved) + sum(map(bool, self._unread.values()))
            if lost:
                log.error("profiles.lost count=%d: not written", lost)

    async def _write_all(self) -> None:
        written = await self._flush()
        while not written:
            await trio.sleep(_RETRY)
            written = await self._flush()

    async def _flush(self) -> bool:
        """Read those that could not be read, and write; False if one of these failed."""
        read = not self._unread or await self._read_again()
        return await self._flusher.flush() and read

    async def _read_again(self) -> bool:
        try:
            found = await self._store.profiles_of(list(self._unread))
        except (StoreError, OSError):  # logged where they were read first
            return False
        for user_id, profile in found.items():
            self._merge(user_id, profile)
        return True

    def _merge(self, user_id: str, stored: Profile) -> None:
        """Put the changes of a profile that could not be read upon what the store has."""
        changes = self._unread.pop(user_id, None)
        if changes:
            self.put(user_id, replace(stored, **changes))
        elif changes is not None:
            self._changed(user_id, stored)

    def _drop_oldest(self) -> None:
        unsaved = self.unsaved
        for user_id in self._recent:
            if user_id not in unsaved:
                del self._recent[user_id]
                return
