"""Faults of our own code, put into a real server: what they may take down, and what not."""

from typing import Any

import pytest
import trio

from tests.serving.client_frames import PING, PONG, client_frame
from tests.serving.conftest import Launch
from tests.serving.crowd import move
from tests.serving.process import Server
from tests.serving.raw import RawSocket

SECONDS = 30

CRASH_AT_666 = """
from xr.channels.room_frames import RoomFrames

from xr.wire.record import unpack

merged = RoomFrames.merged

def merged_or_crashed(self, form, events, time):
    if any(unpack(event.pose).position[0] == 666.0 for event in events.values()):
        raise RuntimeError("a fault that was put in")
    return merged(self, form, events, time)

RoomFrames.merged = merged_or_crashed
"""

CRASH_ON_EVENT = """
import xr.channels.socket as socket

route = socket.Socket.route

def route_or_crash(self, message):
    if message.event == "crash":
        raise RuntimeError("a fault that was put in")
    route(self, message)

socket.Socket.route = route_or_crash
"""

NO_LOBBY = """
from xr.rooms.lobby import Lobby

async def ended(self, task_status):
    task_status.started()

Lobby.run = ended
"""

IMPATIENT = """
import xr.serving.connection as connection
import xr.serving.keeper as keeper
import xr.serving.liveness as liveness

keeper.BEAT = 0.25
liveness.QUIET = 0.5
connection.SILENT = 2.0
"""


async def test_a_room_that_crashes_takes_down_no_other(launch: Launch) -> None:
    server = launch(patch=CRASH_AT_666)
    with trio.fail_after(SECONDS):
        doomed, other = await server.make_room("doomed"), await server.make_room("other")
        victims = [await server.member(doomed) for _ in range(3)]
        bystander = await server.member(other)
        await victims[0].send(move(doomed, 1.0))
        await victims[0].heartbeat()
        await victims[0].send(move(doomed, 666.0))
        for victim in victims:
            error = await victim.until("phx_error")
            assert error.payload == {"reason": "channel_crash"}
            assert error.join_ref == "join"
        await bystander.send(move(other, 2.0))
        await bystander.until("poses")
        assert (await server.health())[0] == 200
        reply = await victims[1].join(doomed)  # on the same socket, into a room made anew
        assert reply.payload["status"] == "ok"
        seats = await victims[1].until("user_snapshot")
        assert len(seats.payload) == 1
    server.wait_for_line("a fault that was put in")
    assert server.log.count("a fault that was put in") == 1
    metrics = await server.metrics()
    assert metrics["xr_room_crashes_total"] == 1


async def test_a_message_that_crashes_ends_its_connection_with_1011(launch: Launch) -> None:
    server = launch(patch=CRASH_ON_EVENT)
    with trio.fail_after(SECONDS):
        room_id = await server.make_room()
        bystander = await server.member(room_id)
        client = await server.websocket()
        await client.push("phoenix", "crash", {})
        assert await client.close_code() == 1011
        await bystander.heartbeat()


async def test_health_fails_when_no_room_can_be_opened(launch: Launch) -> None:
    server = launch(patch=NO_LOBBY)
    with trio.fail_after(SECONDS):
        status, health = await server.health()
    assert status == 503
    assert health["status"] == "failed"
    assert health["reasons"]


@pytest.fixture
def impatient(launch: Launch) -> Server:
    """A server that asks after half a second of silence and gives up after two seconds."""
    return launch(patch=IMPATIENT)


@pytest.mark.timing
async def test_a_client_that_answers_no_ping_is_closed(impatient: Server) -> None:
    with trio.fail_after(SECONDS):
        room_id = await impatient.make_room()
        async with await impatient.member(room_id) as witness, trio.open_nursery() as nursery:
            silent = await impatient.member(room_id, "silent")
            started = trio.current_time()
            nursery.start_soon(silent.close_code)  # reads, and answers nothing
            told: list[Any] = []
            while not told or told[-1]["event"] != "user_left":
                told.append((await witness.until("stoc")).payload)
            silences = [
                each["payload"]["silent"] for each in told if each["event"] == "user_changed"
            ]
            assert silences == [True]
            assert 1.5 < trio.current_time() - started < 6


async def test_a_client_that_answers_pings_stays(impatient: Server) -> None:
    with trio.fail_after(SECONDS):
        async with await impatient.websocket() as client:
            for _ in range(6):  # more than twice as long as a silent one is borne
                await answer_ping(client)
            assert (await client.heartbeat()).payload["status"] == "ok"


async def answer_ping(client: RawSocket) -> None:
    frame = await client.frame()
    assert frame is not None
    assert frame[0] == PING
    await client.send(client_frame(PONG, frame[1]))
