"""A room as one file: it comes back as it was, and only what is understood is taken."""

import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trio
from msgspec.structs import asdict, replace
from werkzeug.datastructures import Headers
from werkzeug.exceptions import RequestEntityTooLarge

from tests.pages.app_under_test import make_parts
from tests.serving.process import SECRET, launched
from tests.store.examples import ENTITIES, WAVING, crowd
from xr.cli import main
from xr.errors import NotFound, RequestRefused
from xr.operations.room_file import (
    MOST_THINGS,
    export_room,
    import_room,
    pretty,
    read_room_file,
    room_file,
)
from xr.pages.bodies import BODY_LIMIT, bounded
from xr.passwords import hash_password
from xr.roles import Role
from xr.rooms.invites import Invite
from xr.rooms.options import Options, Who
from xr.rooms.protocols import Line, RoomRecord
from xr.rooms.standings import Bar, Standing
from xr.settings import Settings
from xr.store.memory import MemoryStore
from xr.wire.reasons import Reason
from xr.world import World

UNUSED = {"body_timeout": None, "send_push_promise": None}

HASH = hash_password("sesame")
BAN = Bar(Reason.BANNED, None, ("mark",), 9e9)
ROOM = RoomRecord(
    "tea",
    Options("Tea house ☕", False, False, HASH, 3, 12, True, Who.EVERYBODY, Who.MODERATORS, False),
    ENTITIES,
    {"ann": Standing(Role.OWNER), "ben": Standing(muted=True, bar=BAN)},
    {"one": Invite(Role.MEMBER, "ann", 5.0), "over": Invite(Role.GUEST, None, 5.0, 6.0)},
    {"1": Line("ann", "Ann", "hello", 1_000)},
)
POSES = {**crowd(3), "ann": WAVING}


def world_of(store: MemoryStore) -> World:
    return World(
        store=store,
        forget_pose=store.forget_pose,
        forget_user=store.forget_user,
        ask=make_parts(store=store).services.ask,
    )


def test_a_file_has_nothing_that_only_its_server_understands() -> None:
    text = pretty(room_file(ROOM, POSES))
    assert "mark" not in text
    assert HASH in text
    file = json.loads(text)
    assert (file["format"], file["version"], file["left_out"]) == ("xr-room", 1, [])
    for_owners = json.loads(pretty(room_file(ROOM)))
    assert for_owners["left_out"] == ["poses", "password"]
    assert for_owners["options"]["password"] is None
    assert for_owners["poses"] == {}


async def test_a_room_comes_back_as_it_was() -> None:
    store, other = MemoryStore(), MemoryStore()
    assert await store.insert_room(ROOM, POSES)
    text = pretty((await export_room(world_of(store), "tea"))["room"])
    answer = await import_room(world_of(other), text)
    assert answer == {"id": "tea", "locked": False}
    found = await other.load_room("tea")
    assert found is not None
    assert list(found.invites.values()) == [Invite(Role.MEMBER, "ann", 5.0)]
    standings = {**ROOM.standings, "ben": Standing(muted=True, bar=Bar(Reason.BANNED, None))}
    options = replace(ROOM.options, password_epoch=0)
    assert replace(found, invites={}) == replace(
        ROOM, invites={}, standings=standings, options=options
    )
    assert await other.poses("tea") == POSES
    with pytest.raises(NotFound):
        await export_room(world_of(other), "nowhere")


async def test_a_taken_id_is_replaced_unless_it_was_asked_for() -> None:
    store = MemoryStore()
    world, text = world_of(store), pretty(room_file(ROOM, POSES))
    first, second = [(await import_room(world, text))["id"] for _ in range(2)]
    assert first == "tea" != second
    assert (await import_room(world, text, "teahouse"))["id"] == "teahouse"
    with pytest.raises(RequestRefused, match="there is a room tea already"):
        await import_room(world, text, "tea")
    assert len(await store.list_rooms()) == 3


async def test_a_room_whose_password_is_not_in_the_file_is_locked() -> None:
    store = MemoryStore()
    answer = await import_room(world_of(store), pretty(room_file(ROOM)))
    assert answer["locked"] is True
    found = await store.load_room("tea")
    assert found is not None
    assert found.options.locked


def changed(*path: str, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(file: dict[str, Any]) -> None:
        for name in path[:-1]:
            file = file[name]
        file[path[-1]] = value

    return change


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (changed("format", value="gltf"), "no file of xr rooms export"),
        (changed("version", value=2), "version 2 .* newer xr"),
        (changed("teleporters", value=[]), "does not understand the file: .*teleporters"),
        (changed("options", "weather", value="rain"), "weather"),
        (changed("options", "password", value="sesame"), "no hash"),
        (changed("options", "who_may_build", value="dogs"), "dogs"),
        (changed("room_id", value="../etc"), "room_id"),
        (changed("standings", "ann", "role", value="king"), "king"),
        (changed("standings", "ben", "bar", "why", value="cold"), "cold"),
        (changed("poses", "ann", "position", value=[1e5, 0, 0]), "position"),
        (changed("poses", "ann", "rotation", value=[0, 0, 0, 0]), "pose"),
        (changed("left_out", value=["chairs"]), "chairs"),
        (changed("room_id", value="tea\n"), "room_id"),
        (changed("room_id", value="-rf"), "room_id"),
        (changed("options", "capacity", value=0), "capacity"),
        (changed("options", "capacity", value=10**30), "capacity"),
        (changed("options", "password", value=HASH.replace("m=19456", "m=4194304")), "no hash"),
        (changed("options", "password", value="$argon2id$sesame"), "no hash"),
        (changed("standings", "a\0b", value={"role": "owner", "muted": False}), "matching regex"),
        (changed("standings", "ben", "bar", "until", value=1e308), "until"),
        (changed("invites", value=[{"role": "guest", "made_by": None, "made_at": 1e308}]), "made"),
        (changed("lines", "1", "at", value=2**63 - 1), "at"),
        (changed("lines", "1", "text", value="x" * 501), "text"),
        (changed("lines", "1", "name", value=""), "name"),
        (changed("lines", value={str(n): asdict(ROOM.lines["1"]) for n in range(51)}), "lines"),
        (changed("entities", value={"box": {"text": "x" * MOST_THINGS}}), "more than 512 KiB"),
    ],
)
async def test_a_file_that_is_not_understood_is_refused_whole(
    change: Callable[[dict[str, Any]], None], why: str
) -> None:
    store, file = MemoryStore(), room_file(ROOM, POSES)
    change(file)
    with pytest.raises(RequestRefused, match=why):
        await import_room(world_of(store), json.dumps(file))
    assert await store.list_rooms() == []


@pytest.mark.parametrize("text", ["", "{", "[1]", "[" * 5000, '{"format":"xr-room"}', "☕"])
def test_other_files_are_refused(text: str) -> None:
    with pytest.raises(RequestRefused, match="no file of xr rooms export"):
        read_room_file(text)


async def test_a_room_moves_between_servers_by_commands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def typed(*arguments: str, code: int = 0) -> str:
        assert main([*arguments]) == code
        told = capsys.readouterr()
        return told.err if code else told.out

    def move(server: str) -> None:
        file, again = tmp_path / "tea.json", tmp_path / "again.json"
        file.write_text(pretty(room_file(large, POSES)))
        there = ("--database", server, "--secret-key", SECRET)
        here = ("--database", str(tmp_path / "new.db"), "--secret-key", SECRET)
        assert typed("rooms", "import", str(file), *there) == "tea\n"
        told = typed("rooms", "export", "tea", str(again), *there)
        assert told == f"wrote {again}: keep it secret\n"
        assert stat.S_IMODE(again.stat().st_mode) == 0o600
        assert "exists already" in typed("rooms", "export", "tea", str(again), *there, code=1)
        assert typed("rooms", "import", "--create", str(again), *here) == "tea\n"

    large = replace(ROOM, entities={f"box {n}": ENTITIES["box"] for n in range(200)})
    assert len(pretty(room_file(large))) > BODY_LIMIT
    with launched(tmp_path) as server:
        await trio.to_thread.run_sync(move, str(server.database))
        _, body = await server.fetch("/rooms/tea")
        assert "Tea house ☕" in body.decode()
        server.wait_for_line("command=rooms-import")
        assert HASH not in server.log


@pytest.mark.parametrize(
    ("path", "peer", "taken"),
    [
        ("/admin/rooms-import", "127.0.0.1", True),
        ("/admin/rooms-import", "192.0.2.1", False),
        ("/admin/rooms-create", "127.0.0.1", False),
    ],
)
async def test_long_bodies_are_taken_of_one_command_of_this_machine_alone(
    path: str, peer: str, taken: bool
) -> None:
    scope = {"type": "http", "scheme": "http", "path": path, "headers": [], "client": (peer, 1)}
    make: Any = bounded(Settings())
    request = make("POST", "http", path, b"", Headers(), "", "1.1", scope=scope, **UNUSED)
    request.body.append(b" " * (BODY_LIMIT + 1))
    request.body.set_complete()
    if taken:
        assert len(await request.get_data()) == BODY_LIMIT + 1
    else:
        with pytest.raises(RequestEntityTooLarge):
            await request.get_data()
