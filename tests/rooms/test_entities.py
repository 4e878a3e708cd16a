"""Entities of an open room are live: seen by all, told to newcomers, and kept."""

import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from tests.rooms.fake_client import FakeClient
from tests.rooms.gated_store import ENTITIES, HALL, LOCKED
from tests.rooms.house import open_house
from xr.events import EntitiesChanged
from xr.rooms.lifecycle import Ending

BOX = {"color": [1.0, 0.0, 0.0], "position": [0.0, 1.0, 0.0]}
MADE = EntitiesChanged(created={"box": BOX})


async def test_a_change_reaches_those_present_newcomers_and_the_store(
    autojump_clock: MockClock,
) -> None:
    async with open_house() as house:
        ann = FakeClient("ann")
        room = await house.enter(ann)
        room.stream.publish(MADE)
        room.stream.publish(EntitiesChanged(changed={"box": {"color": None, "text": "hello"}}))
        await trio.sleep(0.1)
        names = [name for name, _ in ann.told()]
        assert names.count("entities_changed") == 2
        ben = FakeClient("ben")
        await house.enter(ben)
        box = {"position": [0.0, 1.0, 0.0], "text": "hello"}
        assert ben.entities == {**ENTITIES, "box": box}
        await trio.sleep(6)
        record = await house.store.load_room(HALL)
        assert record is not None
        assert record.entities == {**ENTITIES, "box": box}


async def test_a_deleted_entity_is_gone_and_may_be_made_anew(autojump_clock: MockClock) -> None:
    async with open_house() as house:
        room = await house.enter(FakeClient("ann"))
        room.stream.publish(MADE)
        await trio.sleep(6)
        room.stream.publish(EntitiesChanged(deleted=("box",)))
        room.stream.publish(EntitiesChanged(created={"box": {"text": "new"}}))
        await trio.sleep(6)
        record = await house.store.load_room(HALL)
        assert record is not None
        assert record.entities["box"] == {"text": "new"}
        room.stream.publish(EntitiesChanged(deleted=("box",)))
        await trio.sleep(6)
        record = await house.store.load_room(HALL)
        assert record is not None
        assert record.entities == ENTITIES


async def test_a_change_that_cannot_be_written_passes_to_the_next_run(
    autojump_clock: MockClock,
) -> None:
    async with open_house() as house:
        room = await house.enter(FakeClient("ann"))
        house.store.failures["save_components"] = LOCKED
        room.stream.publish(MADE)
        await wait_all_tasks_blocked()
        room.life.close(Ending.FAILED)
        await trio.sleep(6)
        assert house.lobby.failing == [HALL]
        house.store.failures.clear()
        await trio.sleep(10)
        record = await house.store.load_room(HALL)
        assert record is not None
        assert record.entities["box"] == BOX
