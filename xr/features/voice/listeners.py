"""The clients who want voice, and the talkers whom each hears: chosen anew from time to time."""

from collections.abc import Callable, Iterable, Mapping, Set

from xr.features.voice.nearest import Talkers
from xr.pose import Vector
from xr.rooms.protocols import Client
from xr.wire.messages import Message, SomeUser
from xr.wire.reasons import Reason
from xr.wire.record import AnyPose, unpack
from xr.wire.refusals import Refused

CHOOSE = 0.2
"""Seconds after which it is chosen anew who hears whom."""
MOST_IGNORED = 100
"""Users whom one user ignores. Full: a further one is refused."""

Groups = Mapping[frozenset[str], list[Client]]
"""Listeners by the talkers whom they hear; who hears nobody is in none."""


class Ignore(Message, frozen=True, kw_only=True):
    """Be sent the voice of a user no more, or again. It holds until you leave the room."""

    user_id: SomeUser
    ignored: bool


class Listeners:
    """The listeners of one room. ``pose_of`` gives a user's pose, if it is known."""

    def __init__(self, pose_of: Callable[[str], AnyPose | None]) -> None:
        self._pose_of = pose_of
        self._hears: dict[Client, frozenset[str]] = {}
        self._ignored: dict[str, set[str]] = {}  # by the user who ignores
        self._groups: dict[frozenset[str], list[Client]] = {}
        self._choose_at = 0.0

    def add(self, client: Client) -> None:
        """A client has joined."""
        if client.wishes.voice:
            self._hears[client] = frozenset()
            self.choose_soon()

    def clients_of(self, user_id: str, ref: str) -> list[Client]:
        """The one connection of a user with this ref, if it is there and listens."""
        return [each for each in self._hears if (each.user_id, each.ref) == (user_id, ref)]

    def drop_gone(self) -> None:
        """Connections have ended."""
        for client in [client for client in self._hears if client.gone]:
            del self._hears[client]

    def left(self, user_id: str) -> None:
        """A user has left the room."""
        self._ignored.pop(user_id, None)

    def ignore(self, user_id: str, other: str, *, ignored: bool) -> None:
        """Hold the voice of another back from a user, or give it again.

        Raises:
            Refused: the user ignores too many already.
        """
        held_back = self._ignored.setdefault(user_id, set())
        if not ignored:
            held_back.discard(other)
        elif len(held_back) < MOST_IGNORED:
            held_back.add(other)
        else:
            raise Refused(Reason.TOO_MANY, f"You can ignore {MOST_IGNORED} people.")
        self.choose_soon()

    def choose_soon(self) -> None:
        """Choose anew with the next step."""
        self._choose_at = 0.0

    def groups(self, talkers: Iterable[str], stage: Set[str], now: float) -> Groups:
        """The listeners, grouped at most ``CHOOSE`` seconds ago. All hear those on ``stage``."""
        if now >= self._choose_at:
            self._choose_at = now + CHOOSE
            self._choose(Talkers(dict(self._places(talkers)), stage))
        return self._groups

    def _choose(self, talkers: Talkers) -> None:
        self._groups = {}
        for client, before in self._hears.items():
            place = self._place_of(client.user_id)
            if place is None or client.gone:
                continue
            never = {client.user_id, *self._ignored.get(client.user_id, ())}
            hears = self._hears[client] = talkers.heard_at(place, before, never)
            if hears:
                self._groups.setdefault(hears, []).append(client)

    def _places(self, talkers: Iterable[str]) -> Iterable[tuple[str, Vector]]:
        for user_id in talkers:
            place = self._place_of(user_id)
            if place is not None:
                yield user_id, place

    def _place_of(self, user_id: str) -> Vector | None:
        pose = self._pose_of(user_id)
        return None if pose is None else unpack(pose).position
