"""The connection by which each user of one room talks: the packets of two would be mixed up.

The last to switch its microphone on talks, until it switches it off or ends; of those that never
say so, the first. Bounded by the users who are present.
"""

from xr.events import ConnectionsChanged
from xr.features.voice.listeners import Listeners
from xr.features.voice.sender import Sender
from xr.rates import Bucket
from xr.rooms.feature import Member
from xr.rooms.people import People
from xr.wire.reasons import Reason
from xr.wire.refusals import Refused
from xr.wire.voice import BEGINS, ENDS, VoicePacket, pack_voice

SWITCHES_A_SECOND, SWITCHES_AT_ONCE = 4, 20
"""How often a user may switch a microphone on: everybody is told, and no such event is merged."""


class Microphones:
    """The microphones of one room. A connection that loses its turn is told by ``sender``."""

    def __init__(self, people: People, listeners: Listeners, sender: Sender) -> None:
        self._people = people
        self._listeners = listeners
        self._sender = sender
        self._refs: dict[str, str] = {}  # by user
        self._switches: dict[str, Bucket] = {}

    def admit(self, member: Member, flags: int, number: int) -> bool:
        """Whether this connection talks for its user, after a packet with these flags.

        ``number`` is the ``n`` of the user: an earlier connection is sent a record of it that ends.

        Raises:
            Refused: the user switches too often.
        """
        if flags & BEGINS:
            self._count_switch(member.user_id)
        user_id, ref = member.user_id, member.ref
        earlier = self._refs.setdefault(user_id, ref)
        if earlier != ref:
            if not flags & BEGINS:
                return False
            self._refs[user_id] = ref
            end = pack_voice(number, VoicePacket(0, ENDS, b""))
            self._sender.tell(self._listeners.clients_of(user_id, earlier), end)
        if flags:
            self._people.change(user_id, mic="off" if flags & ENDS else "on")
        if flags & ENDS:
            self.drop(user_id)
        return True

    def drop(self, user_id: str) -> None:
        """Nobody talks for the user now."""
        self._refs.pop(user_id, None)

    def left(self, user_id: str) -> None:
        """A user has left."""
        self.drop(user_id)
        self._switches.pop(user_id, None)

    def ended(self, event: ConnectionsChanged) -> None:
        """Connections have ended: a microphone of theirs is off."""
        for user_id, refs in event.leaves.items():
            if self._refs.get(user_id) in refs:
                self.drop(user_id)
                if user_id in self._people and self._people[user_id].mic == "on":
                    self._people.change(user_id, mic="off")

    def _count_switch(self, user_id: str) -> None:
        bucket = self._switches.get(user_id)
        if bucket is None:
            bucket = self._switches[user_id] = Bucket(SWITCHES_A_SECOND, SWITCHES_AT_ONCE)
        if not bucket.take():
            raise Refused(Reason.TOO_FAST)
