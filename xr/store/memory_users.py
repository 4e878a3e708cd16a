"""The part of the store in memory that answers for users: where they stood, and all else."""

from collections.abc import Callable, Collection, Mapping

import trio

from xr.pose import Pose
from xr.profile import Profile, default_profile
from xr.store.memory_chat import MemoryChat
from xr.store.protocol import UserRecord, UserSummary


class MemoryUsers(MemoryChat):
    """Users, their profiles, and their poses by room and user. ``now`` gives unix seconds."""

    def __init__(self, now: Callable[[], float]) -> None:
        super().__init__(now)
        self._poses: dict[tuple[str, str], tuple[Pose, float]] = {}
        self._users: dict[str, UserSummary] = {}
        self._profiles: dict[str, Profile] = {}

    async def list_users(self, room_id: str | None = None) -> list[UserSummary]:
        """All users, or those with a pose in the room."""
        await trio.lowlevel.checkpoint()
        found = [
            user
            for user_id, user in sorted(self._users.items())
            if room_id is None or (room_id, user_id) in self._poses
        ]
        return sorted(found, key=lambda user: user.last_seen, reverse=True)

    async def visited(self, user_id: str) -> set[str]:
        """The ids of the rooms in which a pose of the user is kept."""
        await trio.lowlevel.checkpoint()
        return {room for room, user in self._poses if user == user_id}

    async def profiles_of(self, user_ids: Collection[str]) -> Mapping[str, Profile]:
        """The profile of each of these users."""
        await trio.lowlevel.checkpoint()
        return {each: self._profiles.get(each) or default_profile(each) for each in user_ids}

    async def load_user(self, user_id: str) -> UserRecord:
        """All that is kept of the user."""
        await trio.lowlevel.checkpoint()
        rooms = self._rooms.items()
        lines = {
            k: [line for line in r.lines.values() if line.user_id == user_id] for k, r in rooms
        }
        invites = {
            k: sorted(i for i, e in r.invites.items() if e.made_by == user_id) for k, r in rooms
        }
        return UserRecord(
            self._users.get(user_id),
            self._profiles.get(user_id),
            {room: pose for (room, user), (pose, _) in self._poses.items() if user == user_id},
            {k: r.standings[user_id] for k, r in rooms if user_id in r.standings},
            {room_id: found for room_id, found in lines.items() if found},
            sorted(room for room, user in self._let_in if user == user_id),
            {room_id: found for room_id, found in invites.items() if found},
        )

    async def poses(self, room_id: str) -> Mapping[str, Pose]:
        """Every user's last pose in the room."""
        await trio.lowlevel.checkpoint()
        return {user: pose for (room, user), (pose, _) in self._poses.items() if room == room_id}
