"""The pages of a locked room, or one with a password, to somebody who could not enter it."""

import pytest

from tests.pages.app_under_test import Parts, make_parts
from xr.rooms.options import Options
from xr.rooms.tenure import Tenure
from xr.wire.reasons import Reason


async def closed_room(parts: Parts, reason: Reason = Reason.ROOM_IS_LOCKED) -> str:
    room_id = await parts.store.create_room("Vault", {"gold": {"color": [1, 1, 0]}})
    await parts.store.save_options(Tenure(room_id), {"locked": True})
    parts.server.doors[room_id] = reason
    parts.server.present = {room_id: 7}
    return room_id


@pytest.mark.parametrize("reason", [Reason.ROOM_IS_LOCKED, Reason.PASSWORD_NEEDED])
async def test_nothing_of_the_inside_is_shown(reason: Reason) -> None:
    parts = make_parts()
    room_id = await closed_room(parts, reason)
    client = parts.app.test_client()
    look = await client.get(f"/api/rooms/{room_id}/look")
    assert look.status_code == 403
    assert "gold" not in await look.get_data(as_text=True)
    page = await client.get(f"/rooms/{room_id}")
    text = await page.get_data(as_text=True)
    assert page.status_code == 200
    assert f'name="room-door" content="{reason}"' in text
    assert "7 people" not in text


async def test_those_who_could_enter_see_it() -> None:
    parts = make_parts()
    room_id = await closed_room(parts)
    client = parts.app.test_client()
    assert (await client.get(f"/api/rooms/{room_id}/look?invite=good")).status_code == 200
    text = await (await client.get(f"/rooms/{room_id}?invite=good")).get_data(as_text=True)
    assert 'name="room-door" content=""' in text
    assert {knock[2] for knock in parts.server.knocked} == {"good"}


async def test_a_full_room_may_be_looked_into() -> None:
    parts = make_parts()
    room_id = await closed_room(parts, Reason.ROOM_IS_FULL)
    response = await parts.app.test_client().get(f"/api/rooms/{room_id}/look")
    assert response.status_code == 200


async def test_the_options_of_an_open_room_count_and_not_those_that_are_stored() -> None:
    parts = make_parts()
    room_id = await closed_room(parts)
    parts.server.options[room_id] = Options("Vault")
    client = parts.app.test_client()
    assert (await client.get(f"/api/rooms/{room_id}/look")).status_code == 200
    assert parts.server.knocked == []


async def test_an_open_room_asks_nothing() -> None:
    parts = make_parts()
    room_id = await parts.store.create_room("Hall", {})
    assert (await parts.app.test_client().get(f"/rooms/{room_id}")).status_code == 200
    assert parts.server.knocked == []
