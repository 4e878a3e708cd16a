"""A websocket client that we did not write: the npm package ``ws``, with its defaults."""

import base64
import json
from pathlib import Path

import trio

from tests.serving.process import Server
from tools.build_web import ready_node
from xr.pose import Pose
from xr.wire.record import pack_push

SECONDS = 30
SCRIPT = Path(__file__).with_name("ws_visit.mjs")


async def test_a_visit(server: Server) -> None:
    room_id = await server.make_room()
    topic = f"room:{room_id}".encode()
    token = server.identity.sign_token("wes")
    names = b"1", b"3", topic, b"i_moved"
    push = bytes([0, *map(len, names)]) + b"".join(names)
    push += pack_push(Pose((3.0, 1.7, 2.0), (0.0, 0.0, 0.0, 1.0)))
    url = f"ws://localhost:{server.port}/socket/websocket?vsn=2.0.0&user_token={token}"
    node = await trio.to_thread.run_sync(ready_node)
    with trio.fail_after(SECONDS):
        done = await trio.run_process(
            [node.node, str(SCRIPT), url, topic.decode(), base64.b64encode(push).decode()],
            capture_stdout=True,
        )
    told = json.loads(done.stdout)
    assert told["seen"] == [
        "phx_reply",
        "snapshot",
        "user_snapshot",
        "presence_state",
        "chat",
        "room_options",
        "user_moved",
        "user_moved",
        "pong are you there",
    ]
    assert told["code"] == 1000
    assert told["extensions"] == ""
