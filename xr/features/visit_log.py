"""A line of the log for each join and each leave; in a room only if the operator wants that."""

import logging

from xr.events import UserJoined, UserLeft
from xr.rooms.feature import Feature, Site

log = logging.getLogger(__name__)


class VisitLog(Feature):
    """The log of who comes into one room and who goes. Its inbox holds no moves."""

    def __init__(self, site: Site) -> None:
        super().__init__(site)
        self._inbox = site.stream.subscribe("visit log", merging=False)

    async def run(self) -> None:
        """Log until cancelled."""
        room_id = self.site.tenure.room_id
        while True:
            await self._inbox.wait()
            for entry in self._inbox.take_all():
                if isinstance(entry.event, UserJoined):
                    log.info("user.joined room=%s user=%s", room_id, entry.event.user_id)
                elif isinstance(entry.event, UserLeft):
                    log.info("user.left room=%s user=%s", room_id, entry.event.user_id)
