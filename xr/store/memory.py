"""The store's twin in memory: the same behaviour without a file or a thread, for tests and tools.

Its state belongs to the task that calls it; no method awaits between reading and changing it.
"""

import time
from collections.abc import Callable, Collection, Mapping

import trio
from msgspec.structs import replace

from xr.names import room_name
from xr.pose import Pose
from xr.profile import Profile, default_profile
from xr.roles import Role
from xr.rooms.audit import Act
from xr.rooms.entities import Entities, kind_of
from xr.rooms.options import Options
from xr.rooms.protocols import ComponentChanges, RoomRecord, Visit
from xr.rooms.standings import PLAIN, Standing, roles_of
from xr.rooms.tenure import Tenure
from xr.store.bounds import as_kept, check_pose
from xr.store.memory_users import MemoryUsers
from xr.store.protocol import SEEN_STEP, RoomsFull, RoomSummary, UserSummary, new_room_id
from xr.wire.record import AnyPose, unpack


class MemoryStore(MemoryUsers):
    """A ``Store`` that writes nothing to disk. ``now`` gives unix seconds."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        super().__init__(now)
        self._created: dict[str, float] = {}
        self._makers: dict[str, str] = {}
        self._entered: set[str] = set()
        self._acts: dict[str, dict[str, Act]] = {}  # by room and id

    async def load_room(self, room_id: str) -> RoomRecord | None:
        """The room with its entities."""
        await trio.lowlevel.checkpoint()
        return self._rooms.get(room_id)

    async def load_visit(self, room_id: str, user_id: str) -> Visit:
        """The last place of the user in this room, and their profile."""
        await trio.lowlevel.checkpoint()
        found = self._poses.get((room_id, user_id))
        profile = self._profiles.get(user_id) or default_profile(user_id)
        return Visit(found and found[0], profile, self._let_in.get((room_id, user_id)))

    async def save_poses(self, tenure: Tenure, poses: Mapping[str, AnyPose]) -> None:
        """Keep all poses, or none of them."""
        await trio.lowlevel.checkpoint()
        if tenure.room_id not in self._rooms:
            return
        unpacked = {user: unpack(pose) for user, pose in poses.items()}
        for pose in unpacked.values():
            check_pose(pose)
        moment = self._now()
        self._poses.update({(tenure.room_id, u): (pose, moment) for u, pose in unpacked.items()})
        for user_id in poses:
            user = self._users.get(user_id) or UserSummary(user_id, moment, moment)
            if moment >= user.last_seen + SEEN_STEP:
                user = replace(user, last_seen=moment)
            self._users[user_id] = user
        if poses:
            self._entered.add(tenure.room_id)

    async def save_profiles(self, profiles: Mapping[str, Profile]) -> None:
        """Keep all profiles, or none of them."""
        await trio.lowlevel.checkpoint()
        self._profiles.update(profiles)

    async def save_components(self, tenure: Tenure, changes: ComponentChanges) -> None:
        """Keep all changes, or none of them."""
        await trio.lowlevel.checkpoint()
        record = self._rooms.get(tenure.room_id)
        if record is None:
            return
        gone = {entity_id for entity_id, name in changes if not name}
        entities = {k: dict(parts) for k, parts in record.entities.items() if k not in gone}
        for (entity_id, name), value in changes.items():
            if value is not None:
                entities.setdefault(entity_id, {})[name] = as_kept(value)
            elif name:
                entities.get(entity_id, {}).pop(name, None)
        kept = {entity_id: parts for entity_id, parts in entities.items() if parts}
        self._rooms[tenure.room_id] = replace(record, entities=kept)

    async def save_standings(self, tenure: Tenure, standings: Mapping[str, Standing]) -> None:
        """Keep all standings, or none of them."""
        await trio.lowlevel.checkpoint()
        record = self._rooms.get(tenure.room_id)
        if record is not None:
            self._stand(record, standings)
            self.revision += 1

    async def save_acts(self, tenure: Tenure, acts: Mapping[str, Act]) -> None:
        """Keep all acts, or none of them."""
        await trio.lowlevel.checkpoint()
        if tenure.room_id in self._rooms:
            self._acts[tenure.room_id] = {**acts, **self._acts.get(tenure.room_id, {})}

    async def list_acts(self, room_id: str) -> list[Act]:
        """The acts of moderation in a room, the newest first."""
        await trio.lowlevel.checkpoint()
        acts = sorted(self._acts.get(room_id, {}).items(), key=lambda item: item[0])
        return sorted([act for _, act in acts], key=lambda act: -act.at)

    async def forget_acts(self, seconds_ago: float) -> int:
        """Forget the acts from before so long; returns how many."""
        await trio.lowlevel.checkpoint()
        moment = self._now() - seconds_ago
        old = [
            (r, k) for r, acts in self._acts.items() for k, act in acts.items() if act.at < moment
        ]
        for room_id, act_id in old:
            del self._acts[room_id][act_id]
        return len(old)

    async def list_rooms(self) -> list[RoomSummary]:
        """All rooms, the newest first."""
        await trio.lowlevel.checkpoint()
        summaries = [
            RoomSummary(
                room_id,
                room.options.name,
                self._created[room_id],
                self._makers.get(room_id),
                roles_of(room.standings),
                room.options.listed,
                room.options.guarded,
                kind_of(room.entities),
            )
            for room_id, room in reversed(self._rooms.items())
        ]
        return sorted(summaries, key=lambda summary: summary.created_at, reverse=True)

    async def create_room(
        self,
        name: str,
        entities: Entities,
        made_by: str | None = None,
        most: int = 0,
        *,
        listed: bool = True,
    ) -> str:
        """Make a room and return its new id."""
        await trio.lowlevel.checkpoint()
        if most and len(self._rooms) >= most:
            raise RoomsFull(most)
        room_id = new_room_id()
        self.add_room(room_id, name, entities, listed)
        if made_by is not None:
            self._makers[room_id] = made_by
            self._stand(self._rooms[room_id], {made_by: Standing(Role.OWNER)})
        self.revision += 1
        return room_id

    def add_room(self, room_id: str, name: str, entities: Entities, listed: bool = True) -> None:
        """Put a room in under an id of the caller's choice."""
        kept = {entity_id: parts for entity_id, parts in as_kept(entities).items() if parts}
        self._rooms[room_id] = RoomRecord(room_id, Options(room_name(name), listed), kept)
        self._created[room_id] = self._now()
        self.revision += 1

    async def insert_room(self, record: RoomRecord, poses: Mapping[str, Pose]) -> bool:
        """Keep a room of another place by its id."""
        await trio.lowlevel.checkpoint()
        if record.room_id in self._rooms:
            return False
        self.add_room(record.room_id, record.options.name, record.entities)
        options = replace(record.options, name=room_name(record.options.name))
        entities = self._rooms[record.room_id].entities
        self._rooms[record.room_id] = replace(record, options=options, entities=entities)
        await self.save_poses(Tenure(record.room_id), poses)
        return True

    async def delete_room(self, room_id: str) -> bool:
        """Delete the room with its entities and poses."""
        await trio.lowlevel.checkpoint()
        return self._delete(room_id)

    async def delete_never_entered(
        self, seconds_ago: float, spared: Collection[str] = (), *, by_visitors: bool = False
    ) -> list[str]:
        """Delete the rooms made so long ago in which nobody ever was; returns their ids."""
        await trio.lowlevel.checkpoint()
        moment = self._now() - seconds_ago
        found = [
            room_id
            for room_id in self._rooms.keys() - self._entered - set(spared)
            if self._created[room_id] <= moment and (room_id in self._makers or not by_visitors)
        ]
        for room_id in found:
            self._delete(room_id)
        return found

    async def forget_pose(self, user_id: str, room_id: str) -> int:
        """Forget where the user stood in the room."""
        await trio.lowlevel.checkpoint()
        return self._forget(lambda key, _: key == (room_id, user_id))

    async def forget_user(self, user_id: str) -> int:
        """Forget all that is kept of the user but mutes and bans."""
        await trio.lowlevel.checkpoint()
        self._users.pop(user_id, None)
        self._profiles.pop(user_id, None)
        self._drop_lines(lambda line: line.user_id == user_id)
        self._makers = {room: u for room, u in self._makers.items() if u != user_id}
        for record in list(self._rooms.values()):
            standing = record.standings.get(user_id, PLAIN)
            self._stand(record, {user_id: replace(standing, role=Role.GUEST)})
            self._unsign(record.room_id, user_id)
        self._shut_out(lambda key: key[1] == user_id)
        self.revision += 1
        return self._forget(lambda key, _: key[1] == user_id)

    async def forget_older_than(self, seconds_ago: float) -> int:
        """Forget poses, and users without one, not changed or seen for so long."""
        await trio.lowlevel.checkpoint()
        moment = self._now() - seconds_ago
        count = self._forget(lambda _, updated_at: updated_at < moment)
        known = {user for _, user in self._poses}
        known |= {user for room in self._rooms.values() for user in roles_of(room.standings)}
        self._users = {
            user_id: user
            for user_id, user in self._users.items()
            if user.last_seen >= moment or user_id in known
        }
        self._profiles = {u: profile for u, profile in self._profiles.items() if u in self._users}
        return count

    async def check_place(self) -> None:
        """Memory stays where it is."""
        await trio.lowlevel.checkpoint()

    async def check(self) -> None:
        """Memory always works."""
        await trio.lowlevel.checkpoint()

    def _delete(self, room_id: str) -> bool:
        if self._rooms.pop(room_id, None) is None:
            return False
        del self._created[room_id]
        self._makers.pop(room_id, None)
        self._acts.pop(room_id, None)
        self._entered.discard(room_id)
        self._shut_out(lambda key: key[0] == room_id)
        self.revision += 1
        self._forget(lambda key, _: key[0] == room_id)
        return True

    def _stand(self, record: RoomRecord, changes: Mapping[str, Standing]) -> None:
        standings = {**record.standings, **changes}
        kept = {user_id: each for user_id, each in standings.items() if each != PLAIN}
        self._rooms[record.room_id] = replace(record, standings=kept)

    def _forget(self, chosen: Callable[[tuple[str, str], float], bool]) -> int:
        found = [key for key, (_, updated_at) in self._poses.items() if chosen(key, updated_at)]
        for key in found:
            del self._poses[key]
        return len(found)
