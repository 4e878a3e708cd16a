"""The parts of one room, put together."""

import random
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from xr.rooms.audit import make_audit
from xr.rooms.building import Building
from xr.rooms.entities import EntitiesView, EntityChanges
from xr.rooms.feature import Feature, Intent, Site
from xr.rooms.flusher import Flusher
from xr.rooms.ledger import Ledger
from xr.rooms.profiles import Profiles
from xr.rooms.protocols import RoomRecord
from xr.rooms.snapshot import Snapshot
from xr.rooms.standings import Standings
from xr.rooms.stream import Stream
from xr.rooms.tenure import Tenure
from xr.rooms.view import ConnectionsView, UsersView, View
from xr.rooms.visitors import Visitors
from xr.wire.record import AnyPose

if TYPE_CHECKING:
    from xr.rooms.room import Room


def make_standings(
    record: RoomRecord, changed: Callable[[str], None], tenure: Tenure, building: Building
) -> Standings:
    """The standings of a room; ``changed`` is called with a user whose standing has changed."""
    save = partial(building.store.save_standings, tenure)
    return Standings(record.standings, save, changed, building.mark, building.now)


def make_site(
    room: "Room",
    record: RoomRecord,
    tenure: Tenure,
    building: Building,
    profiles: Profiles,
    rng: random.Random,
) -> Site:
    """The part of a room that its features work with."""
    save_acts = partial(building.store.save_acts, tenure)
    return Site(
        rng=rng,
        standings=room.standings,
        stream=room.stream,
        people=room.people,
        profiles=profiles,
        store=building.store,
        tenure=tenure,
        record=record,
        settings=building.settings,
        audit=make_audit(room.stream, save_acts, rng, building.now),
        visitors=Visitors(),
        now=building.now,
        mark=building.mark,
        door=room.door,
        expel=room.expel,
        hurry=lambda: room.snapshot.flusher.hurry(),
        pose_of=lambda user_id: room.snapshot.previous(user_id),
        ride=lambda load: room.reflector.ride(load),
        encoder=building.encoder(tenure.room_id),
        metrics=building.metrics,
    )


def ledgers_of(site: Site, features: Iterable[Feature]) -> list[Ledger[Any, Any]]:
    """The ledgers of the features, and those that they share."""
    own = [ledger for feature in features for ledger in feature.ledgers]
    return [site.standings, site.audit.ledger, *own]


def intents_of(features: Iterable[Feature]) -> dict[str, Intent[Any]]:
    """The intents that the features obey, by name."""
    return {name: intent for each in features for name, intent in each.bound_intents().items()}


def views_of(record: RoomRecord, features: Iterable[Feature]) -> list[View]:
    """The state that a newcomer is sent, in the order of sending."""
    views: list[View] = [EntitiesView(record.entities), UsersView(), ConnectionsView()]
    for feature in features:
        views += feature.views
    return views


def make_snapshot(
    stream: Stream, others: Sequence[Ledger[Any, Any]], tenure: Tenure, building: Building
) -> Snapshot:
    """The snapshot of a room, whose flushes write the ``others`` too."""
    poses: Ledger[str, AnyPose] = Ledger("poses", partial(building.store.save_poses, tenure))
    entities = EntityChanges(partial(building.store.save_components, tenure))
    return Snapshot(
        stream.subscribe("snapshot", wake_on_merge=False),  # reads moves when they matter
        poses,
        Flusher(tenure.room_id, [poses, entities.ledger, *others], building.metrics),
        building.settings.flush_interval,
        entities.folds,
    )
