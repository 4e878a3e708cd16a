"""A room that is not listed, with somebody inside: nothing that a stranger may ask tells of it.

The server is whole but for its network, and all its routes are tried. The link is the key to such a
room: its page, and the door's answer to somebody who names it, are for all who have the link.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from quart import Response
from trio.testing import MockClock

from tests.channels.backend import Browser, settled
from tests.pages.app_under_test import LOCAL, SECRET
from xr.identity import COOKIE
from xr.server import Server
from xr.settings import Settings
from xr.store.memory import MemoryStore

NAME = "Secret Hideout"
NOWHERE = "zzzzzzzzzzzzz"
LONG_ENOUGH = "a token of the operator's"


@dataclass
class Scene:
    """The server, and the room of ann in which guest is."""

    server: Server
    room_id: str

    async def ask(self, method: str, path: str, user_id: str | None, **base: object) -> Response:
        """The answer to a request."""
        cookie = self.server.identity.sign_cookie(user_id) if user_id else ""
        headers = {"Cookie": f"{COOKIE}={cookie}"} if cookie else {}
        client = self.server.app.test_client()
        asked = client.get if method == "GET" else client.post
        return await asked(path, headers=headers, scope_base=base)

    def routes(self, *, of_rooms: bool) -> Iterator[tuple[str, str]]:
        """The methods and paths of all routes, or of those of one room."""
        for rule in self.server.app.url_map.iter_rules():
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                if ("<room_id>" in rule.rule) is of_rooms:
                    yield method, rule.rule


@asynccontextmanager
async def open_scene() -> AsyncIterator[Scene]:
    store = MemoryStore()
    settings = Settings(page_rate=0, room_rate=0, metrics_token=LONG_ENOUGH)
    server = Server(settings, store, SECRET)
    room_id = await store.create_room(NAME, {"spawn": {"room_kind": "night"}}, "ann", listed=False)
    async with server.running():
        guest = Browser(server.endpoint, "guest", "192.0.2.1")
        guest.join(f"room:{room_id}")
        await settled()
        assert server.lobby.who(room_id) == ["guest"]
        yield Scene(server, room_id)
        assert await server.drain()


async def content(answer: Response) -> str:
    """All that an answer says."""
    return f"{answer.status_code} {answer.headers} {await answer.get_data(as_text=True)}"


@pytest.mark.parametrize("user_id", [None, "stranger"])
async def test_no_list_no_count_and_no_error_names_it(
    user_id: str | None, autojump_clock: MockClock
) -> None:
    async with open_scene() as scene:
        paths = ["/?find=Secret", "/?page=2", "/api/door", "/rooms/Hideout", "/rooms/secret"]
        paths += [path for method, path in scene.routes(of_rooms=False) if method == "GET"]
        paths.remove("/api/rooms/counts")  # test_counts.py has it
        for path in paths:
            told = await content(await scene.ask("GET", path, user_id))
            assert scene.room_id not in told, path
            assert "Hideout" not in told.replace("/rooms/Hideout", ""), path
            assert "1 here" not in told, path


async def test_not_even_the_operators_numbers_name_it(autojump_clock: MockClock) -> None:
    async with open_scene() as scene:
        for path in ("/metrics", "/healthz"):
            answer = await scene.ask("GET", path, None, **LOCAL)
            assert answer.status_code == 200
            told = await content(answer)
            assert scene.room_id not in told
            assert NAME not in told


async def test_its_routes_answer_a_stranger_as_those_of_no_room(autojump_clock: MockClock) -> None:
    async with open_scene() as scene:
        tried = 0
        for method, rule in scene.routes(of_rooms=True):
            told = []
            for room_id in (scene.room_id, NOWHERE):
                path = rule.replace("<room_id>", room_id)
                path = path.partition("<any(")[0] + "lock" if "<any(" in path else path
                answer = await scene.ask(method, path, "stranger")
                text = await answer.get_data(as_text=True)
                told.append((answer.status_code, text.replace(room_id, "ROOM")))
            assert told[0] == told[1], rule
            tried += 1
        assert tried >= 5
