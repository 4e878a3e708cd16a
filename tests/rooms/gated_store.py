"""A store in memory whose methods wait and fail when a test says so."""

from collections.abc import Collection, Mapping
from typing import Any

import trio

from xr.errors import StoreError
from xr.profile import Profile
from xr.rooms.entities import Entities
from xr.rooms.invites import Invite
from xr.rooms.protocols import ComponentChanges, Line, RoomRecord, Visit
from xr.rooms.standings import Standing
from xr.rooms.tenure import Tenure
from xr.store.memory import MemoryStore
from xr.wire.record import AnyPose, unpack

HALL = "hall"
ENTITIES: Entities = {"spawn": {"spawn_point": True, "position": [10.0, 0.0, 20.0]}}

LOCKED = StoreError("the database is locked")


class GatedStore(MemoryStore):
    """A store in memory whose methods wait at gates and fail on demand, with a room ``HALL``.

    A gate is called like the method; with `` done`` behind, it stands at the method's end.
    """

    def __init__(self, *rooms: str) -> None:
        super().__init__(now=lambda: 0.0)
        self.gates: dict[str, trio.Event] = {}
        self.failures: dict[str, Exception] = {}
        self.calls: list[str] = []
        self.saved: list[dict[str, float]] = []
        for room_id in rooms or (HALL,):
            self.add_room(room_id, room_id, ENTITIES)

    def shut(self, gate: str) -> trio.Event:
        """Shut a gate; to set the event opens it for good."""
        self.gates[gate] = trio.Event()
        return self.gates[gate]

    async def load_room(self, room_id: str) -> RoomRecord | None:
        await self._enter("load_room")
        record = await super().load_room(room_id)
        await self._pass("load_room done")
        return record

    async def load_visit(self, room_id: str, user_id: str) -> Visit:
        await self._enter("load_visit")
        visit = await super().load_visit(room_id, user_id)
        await self._pass("load_visit done")
        return visit

    async def save_poses(self, tenure: Tenure, poses: Mapping[str, AnyPose]) -> None:
        await self._enter("save_poses")
        await super().save_poses(tenure, poses)
        self.saved.append({user: unpack(pose).position[0] for user, pose in poses.items()})
        await self._pass("save_poses done")

    async def profiles_of(self, user_ids: Collection[str]) -> Mapping[str, Profile]:
        await self._enter("profiles_of")
        return await super().profiles_of(user_ids)

    async def save_profiles(self, profiles: Mapping[str, Profile]) -> None:
        await self._enter("save_profiles")
        await super().save_profiles(profiles)

    async def save_chat(self, tenure: Tenure, lines: Mapping[str, Line]) -> None:
        await self._enter("save_chat")
        await super().save_chat(tenure, lines)

    async def save_components(self, tenure: Tenure, changes: ComponentChanges) -> None:
        await self._enter("save_components")
        await super().save_components(tenure, changes)

    async def save_standings(self, tenure: Tenure, standings: Mapping[str, Standing]) -> None:
        await self._enter("save_standings")
        await super().save_standings(tenure, standings)

    async def save_invites(self, tenure: Tenure, changes: Mapping[str, Invite | None]) -> None:
        await self._enter("save_invites")
        await super().save_invites(tenure, changes)

    async def save_let_in(self, tenure: Tenure, epochs: Mapping[str, int]) -> None:
        await self._enter("save_let_in")
        await super().save_let_in(tenure, epochs)

    async def save_options(self, tenure: Tenure, changes: Mapping[str, Any]) -> None:
        await self._enter("save_options")
        await super().save_options(tenure, changes)

    async def forget_user(self, user_id: str) -> int:
        await self._enter("forget_user")
        return await super().forget_user(user_id)

    async def stored_x(self, room_id: str = HALL) -> dict[str, float]:
        """The x of each stored pose, by user."""
        return {user_id: pose.position[0] for user_id, pose in (await self.poses(room_id)).items()}

    async def _enter(self, name: str) -> None:
        self.calls.append(name)
        await self._pass(name)
        if name in self.failures:
            raise self.failures[name]

    async def _pass(self, name: str) -> None:
        if name in self.gates:
            await self.gates[name].wait()
