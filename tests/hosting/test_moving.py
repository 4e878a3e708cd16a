"""A server moves to another folder by a backup that was made while people walked about."""

import os
import re
import sys
from pathlib import Path
from typing import Any

import trio

from tests.faults.clients import OPEN, assert_no_fault, crowd, enter, make_rooms, stored, until
from tests.serving.process import SECRET, Server, launched
from xr.identity import COOKIE
from xr.store.secret import secret_file

WALKERS = 10
SECONDS = 30
SETTINGS: dict[str, Any] = {**OPEN, "secret_key": "", "flush_interval": 0.05}
"""The key is the file beside the database, as by itself."""


async def typed(*arguments: str) -> None:
    """Run ``xr`` with no setting but its arguments."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("XR_")}
    command = [sys.executable, "-m", "xr", *arguments]
    await trio.run_process(command, env=environment, capture_stdout=True)


async def page(server: Server, room_id: str, cookie: str) -> str:
    """The page of a room for the browser with this cookie."""
    async with await server.connect() as raw:
        lines = [f"GET /rooms/{room_id} HTTP/1.1", "Host: localhost", "Connection: close"]
        await raw.send("\r\n".join([*lines, f"Cookie: {COOKIE}={cookie}", "", ""]).encode())
        head = await raw.head()
        assert head is not None
        return (await raw.body(head)).decode()


async def test_the_same_cookie_stands_in_the_same_place_after_a_move(tmp_path: Path) -> None:
    old, backups, new = (tmp_path / name for name in ("old", "backups", "new"))
    for folder in (old, backups, new):
        folder.mkdir()
    (room_id,) = await make_rooms(old / "xr.db", 1)
    secret_file(old / "xr.db").write_text(f"{SECRET}\n")
    with trio.fail_after(2 * SECONDS):
        with launched(old, **SETTINGS) as server:
            walkers = crowd(server, [room_id], WALKERS)
            async with trio.open_nursery() as nursery:
                await enter(nursery, walkers, 0.02)
                await until(lambda: len(written(server)) == WALKERS, SECONDS, "all are on disk")
                await typed("backup", "--database", str(server.database), str(backups))
                steps = [walker.returned for walker in walkers]
                await until(
                    lambda: all(w.returned > n for w, n in zip(walkers, steps, strict=True)),
                    SECONDS,
                    "people walk on",
                )
                nursery.cancel_scope.cancel()
            assert_no_fault(server)
        (archive,) = backups.iterdir()
        await typed("restore", "--database", str(new / "xr.db"), str(archive))
        kept = stored(new / "xr.db")
        with launched(new, **SETTINGS) as server:
            for walker in walkers:
                walker.server, walker.standing = server, True
                cookie = server.identity.sign_cookie(walker.user_id)
                shown = await page(server, room_id, cookie)
                assert re.search(rf'name="user-id" content="{walker.user_id}"', shown)
            async with trio.open_nursery() as nursery:
                await enter(nursery, walkers)
                for walker in walkers:
                    assert walker.place == kept[room_id, walker.user_id]
                    assert walker.step_at(walker.place) > 0
                nursery.cancel_scope.cancel()
            assert_no_fault(server)


def written(server: Server) -> list[str]:
    """The users whose steps have arrived in the database."""
    return [user_id for (_, user_id), place in stored(server.database).items() if place[1] == 1.75]
