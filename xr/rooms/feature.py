"""Features: the things that people do in a room, each declared in one file of ``xr/features``.

A feature says which intents it obeys, which views a newcomer gets of it and which ledgers it fills;
where it has a life of its own, ``run`` is one more task of the room.
"""

import random
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, ClassVar, Generic, TypeVar

from xr.events import Event
from xr.metrics import Metrics
from xr.roles import Capability, Role
from xr.rooms.audit import Audit
from xr.rooms.door import Door
from xr.rooms.ledger import Ledger
from xr.rooms.people import People
from xr.rooms.profiles import Profiles
from xr.rooms.protocols import FrameEncoder, RoomRecord, RoomStore
from xr.rooms.settings import RoomSettings
from xr.rooms.standings import Standing, Standings
from xr.rooms.stream import Stream
from xr.rooms.tenure import Tenure
from xr.rooms.ticks import Load
from xr.rooms.view import View
from xr.rooms.visitors import Visitors
from xr.wire.reasons import Reason
from xr.wire.record import AnyPose
from xr.wire.tables import INTENTS

P = TypeVar("P")


@dataclass(frozen=True)
class Member:
    """The user who asks, in this room; ``ref`` is the connection's by which they do, if any."""

    user_id: str
    role: Role
    muted: bool = False
    ref: str = ""


def member_of(user_id: str, standing: Standing, ref: str = "") -> Member:
    """The user as one who asks."""
    return Member(user_id, standing.role, standing.muted, ref)


@dataclass(frozen=True)
class Rate:
    """How often one membership may ask: so many a second, and bursts."""

    a_second: float
    burst: float


@dataclass(frozen=True)
class Intent(Generic[P]):
    """Something that a client may ask for.

    ``payload`` is the struct that is decoded, or ``bytes`` for an intent that is asked by a binary
    push: ``obey`` gets the data as it came, nothing is answered, and a refusal is counted.
    ``obey`` is synchronous: it publishes events and returns the response of the reply, or raises
    ``wire.refusals.Refused`` and has changed nothing; anything else that it raises is a fault, and
    ends the room. In the table of a class it is a method, ``(feature, member, payload)``;
    ``Feature.bound_intents`` gives those of one room, ``(member, payload)``. ``reply`` is the type
    of the response, None an empty one. ``prepare`` is slow work on the payload, which a thread does
    before the room obeys.
    """

    payload: type[P]
    obey: Callable[..., Any]
    reply: Any = None
    needs: Capability | None = None
    rate: Rate = Rate(a_second=5, burst=10)
    prepare: Callable[[P], P] | None = None


@dataclass(frozen=True)
class Site:
    """The part of a room that a feature works with."""

    rng: random.Random
    standings: Standings
    stream: Stream
    people: People
    profiles: Profiles
    store: RoomStore
    tenure: Tenure
    record: RoomRecord  # as it was when the room opened
    settings: RoomSettings
    audit: Audit
    visitors: Visitors
    now: Callable[[], float]  # unix seconds
    mark: Callable[[str], str]  # a keyed hash of an address
    door: Door
    expel: Callable[[str, Reason], None]  # ends all memberships of a user
    hurry: Callable[[], None]  # has the ledgers written at once, and not in some seconds
    pose_of: Callable[[str], AnyPose | None]
    ride: Callable[[Load], bool]  # sends frames with the next tick; False: none is due soon
    encoder: FrameEncoder
    metrics: Metrics

    @property
    def room_id(self) -> str:
        """The room's id."""
        return self.tenure.room_id


class Feature:
    """One feature in one room; a subclass sets those that it has.

    The class says all that crosses the wire, so that types and documents are made from it without
    a room; the object, made when a room opens, holds the state.
    """

    intents: ClassVar[Mapping[str, Intent[Any]]] = {}
    """The intents that clients may send, by name."""

    events: ClassVar[Sequence[type[Event]]] = ()
    """The events that it publishes and that are told."""

    state: ClassVar[Mapping[str, Any]] = {}
    """The type of the payload of each of its views, by the view's name."""

    views: Sequence[View] = ()
    ledgers: Sequence[Ledger[Any, Any]] = ()
    run: ClassVar[Callable[[Any], Awaitable[None]] | None] = None

    def __init__(self, site: Site) -> None:
        self.site = site

    def forget(self, user_id: str) -> None:
        """Drop all that is kept of the user, also changes that are not written yet."""

    def bound_intents(self) -> Mapping[str, Intent[Any]]:
        """The intents as this feature obeys them."""
        return {
            name: replace(intent, obey=partial(intent.obey, self))
            for name, intent in self.intents.items()
        }


def check_intents(features: Iterable[type[Feature]]) -> None:
    """Check that each name of an intent has one meaning.

    Raises:
        ValueError: a name stands twice, or belongs to the protocol.
    """
    names = set(INTENTS)
    for feature in features:
        for name in feature.intents:
            if name in names or name.startswith("phx_"):
                raise ValueError(f"the intent {name!r} of {feature.__name__} is taken already")
            names.add(name)
