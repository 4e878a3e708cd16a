"""A websocket client that we did not write: the library ``websockets``, with its defaults."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
import trio
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.serving.process import Server
from xr.pose import Pose
from xr.wire.record import pack_push, unpack_poses

SECONDS = 30
POSE = Pose((4.0, 1.7, 5.0), (0.0, 0.0, 0.0, 1.0))


def open_client(server: Server, token: str, **options: Any) -> ClientConnection:
    encoded = base64.b64encode(token.encode()).decode().rstrip("=")
    scheme = "wss" if server.tls else "ws"
    client: ClientConnection = connect(
        f"{scheme}://localhost:{server.port}/socket/websocket?vsn=2.0.0",
        ssl=server.tls,
        subprotocols=[Subprotocol("phoenix"), Subprotocol(f"base64url.bearer.phx.{encoded}")],
        **options,
    )
    return client


async def in_thread(work: Callable[[], None]) -> None:
    with trio.fail_after(SECONDS):
        await trio.to_thread.run_sync(work, abandon_on_cancel=True)


def until(client: ClientConnection, event: str) -> Any:
    """The payload of the next text message with this event."""
    while True:
        data = client.recv(timeout=30)
        if isinstance(data, str) and (found := json.loads(data))[3] == event:
            return found[4]


def next_binary(client: ClientConnection) -> bytes:
    """The next binary message; text before it is passed over."""
    while True:
        data = client.recv(timeout=30)
        if isinstance(data, bytes):
            return data


def send(client: ClientConnection, topic: str, event: str, payload: Any) -> None:
    client.send(json.dumps(["1", "1", topic, event, payload]))


async def test_a_visit(either_server: Server) -> None:
    room_id = await either_server.make_room()
    topic = f"room:{room_id}"
    token = either_server.identity.sign_token("eve")

    def work() -> None:
        with open_client(either_server, token) as client:
            assert client.subprotocol == "phoenix"
            assert client.protocol.extensions == []
            send(client, topic, "phx_join", {"poses": "binary"})
            assert until(client, "phx_reply")["status"] == "ok"
            number = until(client, "user_snapshot")["eve"]["n"]
            assert list(until(client, "presence_state")) == ["eve"]
            head = bytes((0, 1, 1, len(topic), 7)) + b"11" + topic.encode() + b"i_moved"
            client.send(head + pack_push(POSE))
            broadcast = next_binary(client)
            poses = unpack_poses(broadcast[3 + len(topic) + len("poses") :])
            assert poses[number].position == pytest.approx(POSE.position)
            client.close(1000, "done")
            assert client.close_code == 1000

    await in_thread(work)


async def test_fragments_and_pings(either_server: Server) -> None:
    token = either_server.identity.sign_token("eve")

    def work() -> None:
        with open_client(either_server, token) as client:
            client.send(iter(['["1","2","phoe', "", 'nix","heartbeat",', '{"x":"é"}]']))
            assert until(client, "phx_reply")["status"] == "ok"
            assert client.ping().wait(5)
            large = json.dumps(["1", "3", "phoenix", "heartbeat", {"x": "y" * 60_000}])
            client.send(large)
            assert until(client, "phx_reply")["status"] == "ok"

    await in_thread(work)


@pytest.mark.parametrize(
    ("data", "code"),
    [(b"", 1002), ("", 1007), ("x" * 70_000, 1009), (b"\7abc", 1002), ("null", 1007)],
    ids=["no bytes", "no text", "too much", "not a push", "not a message"],
)
async def test_what_it_is_told_when_it_does_wrong(
    either_server: Server, data: bytes | str, code: int
) -> None:
    token = either_server.identity.sign_token("eve")

    def work() -> None:
        with open_client(either_server, token) as client:
            client.send(data)
            with pytest.raises(ConnectionClosed) as closed:
                client.recv(timeout=30)
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == code

    await in_thread(work)


async def test_a_forged_token(either_server: Server) -> None:
    def work() -> None:
        with pytest.raises(InvalidStatus) as refused:
            open_client(either_server, "eve.forged")
        assert refused.value.response.status_code == 403

    await in_thread(work)
