"""Those who only look do not become users of the server."""

import sqlite3
from contextlib import closing

import trio

from tests.serving.conftest import Launch
from tests.serving.process import Server

SECONDS = 30


def rows(server: Server, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(server.database)) as db:
        return db.execute(sql).fetchall()


async def test_to_look_at_a_room_leaves_no_trace_and_to_join_does(launch: Launch) -> None:
    server = launch()
    with trio.fail_after(SECONDS):
        room_id = await server.make_room()
        for method in ("GET", "HEAD") * 5:
            for path in ("/", f"/rooms/{room_id}"):
                assert (await server.fetch(path, method=method))[0].status == 200
        assert rows(server, "SELECT count(*) FROM users") == [(0,)]
        assert rows(server, "SELECT entered_at FROM rooms") == [(None,)]
        await server.member(room_id, "ann")
        server.terminate()
        assert await server.exit_code(10) == 0
        assert rows(server, "SELECT user_id FROM users") == [("ann",)]
        assert rows(server, "SELECT entered_at IS NULL FROM rooms") == [(0,)]
