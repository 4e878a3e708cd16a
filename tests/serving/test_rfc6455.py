"""The table of frames again, through the real server's sockets, in the clear and under TLS."""

import json
import random

import pytest
import trio

from tests.serving.client_frames import (
    BINARY,
    CLOSE,
    CONTINUATION,
    PING,
    PONG,
    TEXT,
    client_frame,
    close_payload,
    cut,
    parts,
)
from tests.serving.process import Server
from tests.serving.raw import close_code, message, upgrade
from tests.serving.rfc6455_cases import Case, cases

SECONDS = 30
SEED = 77


def without_messages(case: Case) -> bool:
    """Whether only control frames come of it: what a message means is Phoenix's affair."""
    return all(opcode in (PING, PONG, CLOSE) for opcode, _ in case.messages)


CASES = [case for case in cases() if without_messages(case)]
FAULTS = [case for case in CASES if case.fault]
GOOD = [case for case in CASES if not case.fault and case.messages]


def by_name(case: Case) -> str:
    return case.name


@pytest.mark.parametrize("case", FAULTS, ids=by_name)
async def test_a_fault_ends_the_connection_with_its_code(either_server: Server, case: Case) -> None:
    rng = random.Random(SEED)
    with trio.fail_after(SECONDS):
        for places in ([], [rng.randint(0, len(case.data))]):
            async with await either_server.websocket() as client:
                for read in cut(case.data, places):
                    await client.send_quietly(read)
                for opcode, payload in case.messages:
                    if opcode == PING:
                        assert await client.frame() == (PONG, payload)
                assert await client.close_code() == case.fault


@pytest.mark.parametrize("case", GOOD, ids=by_name)
async def test_control_frames_are_answered(either_server: Server, case: Case) -> None:
    with trio.fail_after(SECONDS):
        async with await either_server.websocket() as client:
            await client.send(case.data)
            for opcode, payload in case.messages:
                if opcode == PING:
                    assert await client.frame() == (PONG, payload)
                if opcode == CLOSE:
                    frame = await client.frame()
                    assert frame is not None
                    assert frame[0] == CLOSE
                    assert close_code(frame[1]) in (close_code(payload), 1000)
                    assert await client.frame() is None
                    return
            await client.send(client_frame(PING, b"still there"))
            assert await client.frame() == (PONG, b"still there")


HEARTBEAT = json.dumps([None, "é", "phoenix", "heartbeat", {}], ensure_ascii=False).encode()


@pytest.mark.parametrize(
    "pieces",
    [
        [HEARTBEAT],
        [b"", HEARTBEAT],
        [HEARTBEAT[:1], HEARTBEAT[1:]],
        [HEARTBEAT[i : i + 1] for i in range(len(HEARTBEAT))],
        [HEARTBEAT[:10], b"", b"", HEARTBEAT[10:], b""],
    ],
    ids=["whole", "after an empty part", "in two", "byte by byte", "with empty parts"],
)
@pytest.mark.parametrize("dribbled", [False, True], ids=["in one write", "byte by byte"])
async def test_a_message_arrives_however_it_is_cut(
    either_server: Server, pieces: list[bytes], dribbled: bool
) -> None:
    data = parts(TEXT, *pieces)
    with trio.fail_after(SECONDS):
        async with await either_server.websocket() as client:
            for read in cut(data, range(1, len(data))) if dribbled else [data]:
                await client.send(read)
            reply = await client.until("phx_reply")
            assert reply.ref == "é"
            assert reply.payload["status"] == "ok"


async def test_pings_within_a_message_are_answered_at_once(either_server: Server) -> None:
    with trio.fail_after(SECONDS):
        async with await either_server.websocket() as client:
            await client.send(client_frame(TEXT, HEARTBEAT[:5], final=False))
            for i in range(3):
                await client.send(client_frame(PING, bytes([i])))
                assert await client.frame() == (PONG, bytes([i]))
            await client.send(client_frame(CONTINUATION, HEARTBEAT[5:]))
            assert (await client.until("phx_reply")).ref == "é"


async def test_what_comes_with_the_handshake_is_not_lost(either_server: Server) -> None:
    """A client should wait for the answer; a hasty one loses nothing, not half a frame either."""
    token = either_server.identity.sign_token("hasty")
    early = message("phoenix", "heartbeat", {}, ref="early")
    with trio.fail_after(SECONDS):
        async with await either_server.connect() as client:
            await client.send(upgrade(token=token) + early + early[:7])
            head = await client.head()
            assert head is not None
            assert head.status == 101
            assert (await client.until("phx_reply")).ref == "early"
            await client.send(early[7:])
            assert (await client.until("phx_reply")).ref == "early"


@pytest.mark.parametrize("size", [125, 126, 65535, 65536])
async def test_a_message_of_each_form_of_length_is_read(either_server: Server, size: int) -> None:
    frame = json.dumps([None, "1", "phoenix", "heartbeat", ""]).encode()
    padded = frame[:-2] + b" " * (size - len(frame)) + frame[-2:]
    assert len(padded) == size
    with trio.fail_after(SECONDS):
        async with await either_server.websocket() as client:
            await client.send(client_frame(TEXT, padded))
            assert (await client.until("phx_reply")).ref == "1"


async def test_a_large_answer_is_whole(either_server: Server) -> None:
    """Snapshots of many entities exceed what fits into a frame's small lengths."""
    room_id = await either_server.make_room()
    with trio.fail_after(SECONDS):
        async with await either_server.websocket() as client:
            await client.join(room_id)
            snapshot = await client.until("snapshot")
            assert len(json.dumps(snapshot.payload)) > 125


async def test_our_close_comes_before_the_end_and_only_once(either_server: Server) -> None:
    with trio.fail_after(SECONDS):
        async with await either_server.websocket() as client:
            await client.send(client_frame(CLOSE, close_payload(1000)) * 3)
            assert await client.close_code() == 1000


async def test_frames_after_a_fault_are_not_obeyed(either_server: Server) -> None:
    room_id = await either_server.make_room()
    with trio.fail_after(SECONDS):
        async with await either_server.websocket() as client:
            join = message(f"room:{room_id}", "phx_join", {}, ref="1", join_ref="1")
            await client.send(client_frame(BINARY, b"", reserved=1) + join)
            assert await client.close_code() == 1002
