"""The npm package ``phoenix``, unchanged, as a client of the real server."""

import json
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import trio

from tests.faults.clients import stored, until
from tests.serving.process import Server, launched
from tools.build_web import ready_node
from xr.pose import Pose
from xr.wire.record import pack_push, unpack_poses

SECONDS = 60
SCRIPT = Path(__file__).with_name("visit.mjs")
OLD_SCRIPT = Path(__file__).with_name("visit_v1.mjs")
POSE = {"position": [1.5, 1.7, -2.0], "rotation": [0, 0, 0, 1]}


class Visit:
    """The script at work: commands to it, and what it tells."""

    def __init__(self, process: trio.Process) -> None:
        self._process = process
        self._text = b""

    async def do(self, command: str, **rest: Any) -> None:
        assert self._process.stdin is not None
        line = json.dumps({"command": command, **rest}) + "\n"
        await self._process.stdin.send_all(line.encode())

    async def next(self) -> tuple[str, Any]:
        assert self._process.stdout is not None
        while b"\n" not in self._text:
            data = await self._process.stdout.receive_some()
            assert data, "the script ended"
            self._text += data
        line, _, self._text = self._text.partition(b"\n")
        event, data = json.loads(line)
        return event, data

    async def until(self, wanted: str) -> Any:
        """The payload of the next such event."""
        while True:
            event, data = await self.next()
            if event == wanted:
                return data

    async def enter(self) -> Any:
        """Connect and join; returns the reply."""
        await self.do("connect")
        await self.do("join")
        return await self.until("joined")


@asynccontextmanager
async def visit(
    server: Server, room_id: str, user_id: str, script: Path = SCRIPT, **params: Any
) -> AsyncIterator[Visit]:
    url = f"ws://127.0.0.1:{server.port}/socket"
    token = server.identity.sign_token(user_id)
    command = [ready_node().node, "--experimental-websocket", "--no-warnings", str(script)]
    run = partial(
        trio.run_process,
        [*command, url, token, room_id, json.dumps(params)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        check=False,
    )
    async with trio.open_nursery() as nursery:
        process = await nursery.start(run)
        yield Visit(process)
        process.kill()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


async def test_a_whole_visit(folder: Path) -> None:
    with launched(folder) as server, trio.fail_after(SECONDS):
        room_id = await server.make_room()
        async with visit(server, room_id, "ada") as ada:
            assert await ada.enter() == {}
            assert len(await ada.until("snapshot")) > 5
            assert list(await ada.until("user_snapshot")) == ["ada"]
            assert await ada.until("present") == ["ada"]
            assert await ada.until("heartbeat") == {"status": "ok", "response": {}}

            await ada.do("push", event="i_moved", payload=POSE)
            moved = await ada.until("stoc")
            assert moved["event"] == "user_moved"
            assert moved["payload"]["position"] == POSE["position"]

            await ada.do("push", event="i_moved", payload={"position": "here"})
            reply = await ada.until("reply")
            assert reply["status"] == "error"
            assert reply["response"]["reason"] == "invalid pose"

            await ada.do("push", event="sing", payload={})
            reply = await ada.until("reply")
            assert reply == {"status": "error", "response": {"reason": "unknown event"}}

            async with visit(server, room_id, "bob", poses="binary") as bob:
                await bob.enter()
                joined = await ada.until("stoc")
                assert joined["event"] == "user_joined"
                assert joined["payload"]["user_id"] == "bob"
                assert await bob.until("present") == ["ada", "bob"]
                await bob.do("leave")
                await bob.until("closed")
                await bob.until("left")
            left = await ada.until("stoc")
            assert left == {"event": "user_left", "payload": {"user_id": "bob"}}
        assert "Traceback" not in server.log


async def test_binary_poses_both_ways(folder: Path) -> None:
    with launched(folder) as server, trio.fail_after(SECONDS):
        room_id = await server.make_room()
        async with visit(server, room_id, "ada", poses="binary") as ada:
            await ada.enter()
            number = (await ada.until("user_snapshot"))["ada"]["n"]
            sent = Pose((3.0, 1.7, -4.0), (0.0, 0.0, 0.0, 1.0))
            await ada.do("push", event="i_moved", binary=pack_push(sent).hex())
            poses = unpack_poses(bytes.fromhex(await ada.until("poses")))
            assert poses[number].position == pytest.approx(sent.position)

            await ada.do("push", event="i_moved", binary="00ff")
            reply = await ada.until("reply")
            assert reply["status"] == "error"
            assert reply["response"]["reason"] == "invalid pose"


async def test_a_whole_visit_of_an_old_client(folder: Path) -> None:
    """The package's version 1.2.1 of 2016, which speaks version 1 of the protocol."""
    with launched(folder) as server, trio.fail_after(SECONDS):
        room_id = await server.make_room()
        async with visit(server, room_id, "ada", OLD_SCRIPT, tab="one") as ada:
            assert await ada.enter() == {}
            assert len(await ada.until("snapshot")) > 5
            assert list(await ada.until("user_snapshot")) == ["ada"]
            assert await ada.until("present") == ["ada"]
            assert await ada.until("heartbeat") == {"status": "ok", "response": {}}
            async with visit(server, room_id, "bob", poses="binary") as bob:
                await bob.enter()
                assert (await ada.until("stoc"))["event"] == "user_joined"
                assert await ada.until("present") == ["ada", "bob"]
                number = (await bob.until("user_snapshot"))["ada"]["n"]
                await ada.do("push", event="i_moved", payload=POSE)
                moved = await ada.until("stoc")
                assert moved["payload"]["position"] == POSE["position"]
                poses = unpack_poses(bytes.fromhex(await bob.until("poses")))
                assert poses[number].position == pytest.approx(POSE["position"])
            await ada.do("push", event="sing", payload={})
            reply = await ada.until("reply")
            assert reply == {"status": "error", "response": {"reason": "unknown event"}}
            await ada.do("leave")
            await ada.until("closed")
        async with visit(server, room_id, "cat", OLD_SCRIPT, poses="binary") as cat:
            await cat.do("connect")
            await cat.do("join")
            reason = "invalid join: version 1 (vsn) has no binary poses"
            assert await cat.until("refused") == {"reason": reason}
        assert "Traceback" not in server.log


async def test_batches(folder: Path) -> None:
    with launched(folder) as server, trio.fail_after(SECONDS):
        room_id = await server.make_room()
        async with visit(server, room_id, "ada", poses="batch") as ada:
            await ada.enter()
            await ada.do("push", event="i_moved", payload=POSE)
            moved = await ada.until("stoc")
            assert moved["event"] == "users_moved"
            assert moved["payload"]["ada"]["position"] == POSE["position"]


async def test_it_comes_back_after_a_restart(folder: Path) -> None:
    """By itself, and its user stands where they stood."""
    with trio.fail_after(SECONDS):
        with launched(folder) as server:
            port = server.port
            room_id = await server.make_room()
            async with visit(server, room_id, "ada", tab="one") as ada:
                await ada.enter()
                await ada.do("push", event="i_moved", payload=POSE)
                await ada.until("stoc")
                server.terminate()
                assert (await ada.until("close"))["code"] == 1012
                assert await server.exit_code(5) == 0
                with launched(folder, port=port):
                    await ada.until("joined")
                    seats = await ada.until("user_snapshot")
                    assert seats["ada"]["position"] == POSE["position"]


def _is_stored(database: Path, seat: tuple[str, str]) -> bool:
    """Whether ``POSE`` is on disk: the place of arrival is written first."""
    return list(stored(database).get(seat, ())) == POSE["position"]


async def test_it_comes_back_after_the_server_was_killed(folder: Path) -> None:
    with trio.fail_after(SECONDS):
        with launched(folder, flush_interval=0.05) as server:
            port = server.port
            room_id = await server.make_room()
            async with visit(server, room_id, "ada") as ada:
                await ada.enter()
                await ada.do("push", event="i_moved", payload=POSE)
                await ada.until("stoc")
                is_stored = partial(_is_stored, server.database, (room_id, "ada"))
                await until(is_stored, SECONDS, "the pose is on disk")
                server.process.kill()
                assert (await ada.until("close"))["code"] == 1006
                await server.exit_code(5)
                with launched(folder, port=port):
                    await ada.until("joined")
                    seats = await ada.until("user_snapshot")
                    assert seats["ada"]["position"] == POSE["position"]


async def test_it_is_told_why_it_may_not_come_in(folder: Path) -> None:
    with launched(folder) as server, trio.fail_after(SECONDS):
        async with visit(server, "nowhere", "ada") as ada:
            await ada.do("connect")
            await ada.do("join")
            assert await ada.until("refused") == {"reason": "no such room"}


async def test_a_room_that_is_deleted_lets_go_of_it(folder: Path) -> None:
    """``phx_close``: the package does not try to join for ever."""
    with launched(folder) as server, trio.fail_after(SECONDS):
        room_id = await server.make_room()
        async with visit(server, room_id, "ada") as ada:
            await ada.enter()
            await server.command("rooms", "delete", room_id)
            await ada.until("closed")
            later = [event for event, _ in [await ada.next() for _ in range(3)]]
            assert set(later) == {"heartbeat"}  # the socket itself stays


@pytest.mark.timing
async def test_somebody_who_was_banned_stays_out_until_that_is_lifted(folder: Path) -> None:
    """Out within 200 ms; no second page, no rejoin and no restart of the server lets them in."""
    with trio.fail_after(SECONDS):
        with launched(folder) as server:
            port = server.port
            room_id = await server.make_room()
            async with (
                visit(server, room_id, "mo") as mo,
                visit(server, room_id, "ada", tab="one") as ada,
            ):
                await mo.enter()
                await ada.enter()
                await server.command("rooms", "role", room_id, "mo", "moderator")
                await mo.do("push", event="ban", payload={"user_id": "ada", "hours": 1})
                assert await mo.until("reply") == {"status": "ok", "response": {}}
                with trio.fail_after(0.2):
                    await ada.until("closed")
                    while (await mo.until("stoc"))["event"] != "user_left":
                        pass
            async with visit(server, room_id, "ada", tab="two") as again:
                await again.do("connect")
                await again.do("join")
                for _ in range(3):  # it rejoins by itself
                    assert (await again.until("refused"))["reason"] == "banned"
                server.terminate()
                await server.exit_code(5)
                with launched(folder, port=port) as later:
                    refused = await again.until("refused")
                    assert refused["reason"] == "banned"
                    assert 3_500 < refused["retry_after"] <= 3_600
                    await later.command("users", "unban", "ada", "--room", room_id)
                    assert await again.until("joined") == {}
