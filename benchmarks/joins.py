"""Bytes of a join: all that a newcomer is sent, in rooms with so many others who stand still.

``python benchmarks/joins.py [--others 0 9 49 99] [--lines]``. ``--lines`` lets each of the others
write a line of 60 characters first; a newcomer gets the last 50.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack, closing
from dataclasses import asdict, dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import trio
from trio_websocket import WebSocketConnection

from benchmarks.servers import CHECKOUT, Running, start, tokens
from xr.bots import frames
from xr.bots.connection import connected

LINE = "All of us meet at the fountain at noon, and then we go home."
QUIET = 1.0  # seconds without a message after which a newcomer has all


@dataclass(frozen=True)
class Bytes:
    """The bytes of one join: its page's, and its websocket's by message, frame headers included."""

    others: int
    page: int
    websocket: int
    messages: dict[str, int]


def sizes(messages: list[str | bytes]) -> Iterator[tuple[str, int]]:
    """The event and the bytes of each message, with the header of its frame (RFC 6455, 5.2)."""
    for message in messages:
        data = message.encode() if isinstance(message, str) else message
        header = 2 if len(data) < 126 else 4 if len(data) < 65_536 else 10
        yield frames.read(message).event, header + len(data)


async def join(url: str, room_id: str, token: str, stack: AsyncExitStack) -> WebSocketConnection:
    """A websocket that has asked to join as the web client does."""
    socket = await stack.enter_async_context(connected(url, token))
    wish = {"poses": "binary", "stamps": True, "tab": token[:8], "voice": 1}
    await socket.send_message(frames.push("1", "1", f"room:{room_id}", "phx_join", wish))
    return socket


async def all_of(socket: WebSocketConnection) -> list[str | bytes]:
    """The messages until none comes for a while."""
    messages: list[str | bytes] = []
    while True:
        with trio.move_on_after(QUIET) as scope:
            messages.append(await socket.get_message())
        if scope.cancelled_caught:
            return messages


async def measure(url: str, room_id: str, page: int, others: int, lines: bool) -> Bytes:
    """Fill the room, and join; ``page`` is the bytes of its page."""
    messages: list[str | bytes] = []
    with trio.CancelScope() as visits:
        async with AsyncExitStack() as stack:
            *crowd, newcomer = tokens(others + 1)
            for token in crowd:
                socket = await join(url, room_id, token, stack)
                await socket.get_message()
                if lines:
                    say = frames.push("1", "2", f"room:{room_id}", "say", {"text": LINE})
                    await socket.send_message(say)
            await trio.sleep(QUIET)
            messages += await all_of(await join(url, room_id, newcomer, stack))
            visits.cancel()  # without close frames, which a crowd that does not read would hold up
    told: dict[str, int] = {}
    for event, size in sizes(messages):
        told[event] = told.get(event, 0) + size
    return Bytes(others, page, sum(told.values()), told)


def page_of(server: Running, room_id: str) -> int:
    """The bytes of a room's page."""
    with closing(server.connect()) as connection:
        connection.request("GET", f"/rooms/{room_id}")
        return len(connection.getresponse().read())


def main() -> None:
    """Measure, and print the figures as JSON, one line for each number of others."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--others", type=int, nargs="+", default=[0, 9, 49, 99])
    parser.add_argument("--lines", action="store_true")
    arguments = parser.parse_args()
    with start("xr", CHECKOUT) as server:
        url = f"http://127.0.0.1:{server.port}"
        rooms = server.new_rooms(len(arguments.others))
        for others, room_id in zip(arguments.others, rooms, strict=True):
            page = page_of(server, room_id)
            figures = trio.run(measure, url, room_id, page, others, arguments.lines)
            print(json.dumps(asdict(figures)), flush=True)


if __name__ == "__main__":
    main()
