"""The contract of a store: entities that change (``rooms.protocols.ComponentStore``)."""

from typing import Any

from tests.store.examples import ENTITIES, STANDING
from xr.rooms.tenure import Tenure
from xr.store.protocol import Store


async def entities_of(store: Store, room_id: str) -> Any:
    room = await store.load_room(room_id)
    assert room is not None
    return room.entities


async def test_components_are_written_replaced_and_removed(store: Store) -> None:
    room_id = await store.create_room("x", ENTITIES)
    changes = {("box", "color"): [1, 0, 0], ("box", "label"): None, ("box", "grip"): {"by": "ann"}}
    await store.save_components(Tenure(room_id), changes)
    box = {"mesh_builder": ENTITIES["box"]["mesh_builder"], "color": [1, 0, 0]}
    expected = {**ENTITIES, "box": {**box, "grip": {"by": "ann"}}}
    assert await entities_of(store, room_id) == expected


async def test_a_component_brings_its_entity_and_the_last_one_takes_it_along(store: Store) -> None:
    room_id = await store.create_room("x", {})
    await store.save_components(Tenure(room_id), {("lamp", "lit"): True})
    assert await entities_of(store, room_id) == {"lamp": {"lit": True}}
    await store.save_components(Tenure(room_id), {("lamp", "lit"): None})
    assert await entities_of(store, room_id) == {}


async def test_a_whole_entity_goes_before_it_comes_back_in_the_same_write(store: Store) -> None:
    room_id = await store.create_room("x", ENTITIES)
    await store.save_components(Tenure(room_id), {("box", "color"): [0, 0, 0], ("box", ""): None})
    assert await entities_of(store, room_id) == {**ENTITIES, "box": {"color": [0, 0, 0]}}
    await store.save_components(Tenure(room_id), {("box", ""): None})
    assert await entities_of(store, room_id) == {"spawn": ENTITIES["spawn"]}


async def test_to_remove_what_is_not_there_is_no_error(store: Store) -> None:
    room_id = await store.create_room("x", ENTITIES)
    changes = {("box", "weight"): None, ("lamp", "lit"): None, ("chair", ""): None}
    await store.save_components(Tenure(room_id), changes)
    await store.save_components(Tenure(room_id), {})
    assert await entities_of(store, room_id) == ENTITIES


async def test_a_value_is_kept_as_json_and_shared_with_nobody(store: Store) -> None:
    room_id = await store.create_room("x", {})
    stops: list[Any] = [(1, 2), {"deep": "☕"}]
    await store.save_components(Tenure(room_id), {("path", "stops"): stops})
    stops.clear()
    assert await entities_of(store, room_id) == {"path": {"stops": [[1, 2], {"deep": "☕"}]}}


async def test_a_write_changes_the_room_of_its_tenure_alone(store: Store) -> None:
    here, there = [await store.create_room("x", ENTITIES) for _ in range(2)]
    again = Tenure(here, term=2)  # claimed anew, as after a restart
    await store.save_components(again, {("box", ""): None})
    await store.save_poses(again, {"ann": STANDING})
    assert await entities_of(store, here) == {"spawn": ENTITIES["spawn"]}
    assert await store.poses(here) == {"ann": STANDING}
    assert await entities_of(store, there) == ENTITIES
    assert await store.poses(there) == {}


async def test_a_deleted_room_takes_none(store: Store) -> None:
    room_id = await store.create_room("x", ENTITIES)
    await store.delete_room(room_id)
    await store.save_components(Tenure(room_id), {("box", "color"): [1, 0, 0]})
    assert await store.load_room(room_id) is None
    assert await store.list_rooms() == []
