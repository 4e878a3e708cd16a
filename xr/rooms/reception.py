"""The facts about a visitor, gathered before a room decides whether to let them in."""

import logging
from dataclasses import replace
from functools import partial

from xr.errors import StoreError
from xr.rooms.door import Visitor
from xr.rooms.forgetting import Forgetting
from xr.rooms.passwords import Passwords
from xr.rooms.protocols import Knock, RoomStore, Visit
from xr.rooms.room import Room
from xr.wire.reasons import Reason
from xr.wire.refusals import Refused

log = logging.getLogger(__name__)


class Reception:
    """Reads a visitor's stored visit, and compares the password that they give."""

    def __init__(self, store: RoomStore, forgetting: Forgetting, passwords: Passwords) -> None:
        self._store = store
        self._forgetting = forgetting
        self._passwords = passwords

    async def learn(self, room: Room, user_id: str) -> Visit:
        """The user's stored visit. The pose is put into the room's memory, where presence looks.

        If the store cannot be read, but the room needs no pose from it, the visit is empty: no
        pose, and the profile is unknown.

        Raises:
            Refused: the store cannot be read, and the room needs the pose.
        """
        try:
            visit = await self._forgetting.read(partial(self.read, room, user_id))
        except Refused:
            if room.presence.always_spawn or room.snapshot.previous(user_id) is not None:
                return Visit(None, None)
            raise  # to let the user in at the spawn point would overwrite where they stood
        if visit.pose is not None:
            room.snapshot.learn(user_id, visit.pose)
        return visit

    async def read(self, room: Room, user_id: str) -> Visit:
        """The part of the user's visit that is in the store.

        Raises:
            Refused: the store cannot be read.
        """
        try:
            return await self._store.load_visit(room.room_id, user_id)
        except (StoreError, OSError) as error:
            log.warning("visit.unread room=%s error=%r", room.room_id, str(error))
            raise Refused(Reason.DATABASE) from error

    async def visitor(self, room: Room, user_id: str, knock: Knock, visit: Visit) -> Visitor:
        """The facts about a user who knocks. A password is compared if one is given and needed.

        Raises:
            Refused: their address has given too many wrong passwords.
        """
        while True:
            visitor, options = room.visitor(user_id, knock, visit), room.door.options
            if knock.password is None or visitor.is_known(options):
                return visitor
            right = await self._passwords.check(knock.address, knock.password, options.password)
            if options.password_epoch == room.door.options.password_epoch:
                return replace(room.visitor(user_id, knock, visit), password_right=right)
