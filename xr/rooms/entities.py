"""The entities of an open room: live state that clients see, and the changes to be written."""

from collections.abc import Mapping
from typing import Any

from xr.events import EntitiesChanged
from xr.rooms.ledger import Ledger, Save
from xr.rooms.view import Folds, Table

Components = Mapping[str, Any]
"""Component name → JSON value."""
Entities = Mapping[str, Components]
"""Entity id → its components."""


def kind_of(entities: Entities) -> str:
    """The kind of a room, by which clients choose its sky and ground; "" where nothing says it."""
    kinds = [str(entities[each].get("room_kind", "")) for each in sorted(entities)]
    return next(filter(None, kinds), "")


class EntitiesView:
    """``snapshot``: the entities as clients see them at the reflector's place in the stream."""

    name = "snapshot"

    def __init__(self, entities: Entities) -> None:
        self._entities: Table[Components] = Table(dict)
        for entity_id, components in entities.items():
            self._entities.put(entity_id, components)
        self.folds: Folds = {EntitiesChanged: self._changed}
        self.welcome = self._entities.encoded

    def _changed(self, event: EntitiesChanged) -> None:
        for entity_id, components in event.created.items():
            self._entities.put(entity_id, components)
        for entity_id, changes in event.changed.items():
            merged = {**self._entities[entity_id], **changes}
            kept = {name: value for name, value in merged.items() if value is not None}
            self._entities.put(entity_id, kept)
        for entity_id in event.deleted:
            self._entities.drop(entity_id)


class EntityChanges:
    """The unwritten changes, by entity and component; the value None removes a component.

    A deleted entity is the key (entity, "") with the value None.
    """

    def __init__(self, save: Save) -> None:
        self.ledger: Ledger[tuple[str, str], Any] = Ledger("entities", save)
        self.folds: Folds = {EntitiesChanged: self._changed}

    def _changed(self, event: EntitiesChanged) -> None:
        for changes in (event.created, event.changed):
            for entity_id, components in changes.items():
                for name, value in components.items():
                    self.ledger.put((entity_id, name), value)
        for entity_id in event.deleted:
            for key in self.ledger.unsaved:
                if key[0] == entity_id:
                    self.ledger.drop(key)
            self.ledger.put((entity_id, ""), None)
