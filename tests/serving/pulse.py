"""How a well-behaved client fares while others do not: its poses, timed from it back to it."""

import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import trio

from tests.serving.process import Server
from tests.serving.raw import RawSocket
from xr.pose import Pose
from xr.wire.record import pack_push, unpack_poses

PERIOD = 0.025
_STEP = 0.01  # metres; a pose's place on a line says which it is


@dataclass
class Pulse:
    """Seconds from a pose's sending to its return, in order. At ``due`` the next one is sent."""

    user_id: str
    due: float = math.inf
    latencies: list[float] = field(default_factory=list)
    sent: dict[int, float] = field(default_factory=dict)
    returned: trio.Event = field(default_factory=trio.Event)

    def p99(self, since: int = 0) -> float:
        """The 99th percentile of all from the ``since``-th on."""
        ordered = sorted(self.latencies[since:])
        assert ordered, "no pose came back"
        return ordered[int(len(ordered) * 0.99)]

    def drop_if_late(self) -> None:
        """Drop the poses under way if we ourselves did not get to run: they tell nothing."""
        if trio.current_time() - self.due > PERIOD:
            self.sent.clear()

    def note(self, step: int) -> None:
        """A pose came back; those before it that did not were merged into it."""
        self.drop_if_late()
        now = trio.current_time()
        for earlier in [other for other in self.sent if other <= step]:
            self.latencies.append(now - self.sent.pop(earlier))
        self.returned.set()
        self.returned = trio.Event()

    async def until(self, count: int) -> None:
        """Wait until ``count`` further poses have come back."""
        await self.at_least(len(self.latencies) + count)

    async def at_least(self, count: int) -> None:
        """Wait until ``count`` poses have come back in all."""
        while len(self.latencies) < count:
            await self.returned.wait()


@asynccontextmanager
async def pulse(server: Server, room_id: str, user_id: str = "pulse") -> AsyncIterator[Pulse]:
    """A member of the room that moves 40 times a second and reads what comes."""
    beat = Pulse(user_id)
    async with await server.websocket(user_id) as client, trio.open_nursery() as nursery:
        await client.join(room_id, poses="binary")
        snapshot = await client.until("user_snapshot")
        nursery.start_soon(_send, client, f"room:{room_id}", beat)
        nursery.start_soon(_receive, client, snapshot.payload[user_id]["n"], beat)
        try:
            yield beat
        finally:
            nursery.cancel_scope.cancel()


async def _send(client: RawSocket, topic: str, beat: Pulse) -> None:
    step = 0
    while True:
        step += 1
        beat.due = trio.current_time() + PERIOD
        beat.sent[step] = trio.current_time()
        pose = pack_push(Pose((step * _STEP, 1.7, 0.0), (0.0, 0.0, 0.0, 1.0)))
        await client.push(topic, "i_moved", pose, ref=None, join_ref="join")
        await trio.sleep_until(beat.due)
        beat.drop_if_late()


async def _receive(client: RawSocket, number: int, beat: Pulse) -> None:
    while True:
        push = await client.next_push()
        if push.event != "poses":
            continue
        pose = unpack_poses(push.payload).get(number)
        if pose is not None:
            beat.note(round(pose.position[0] / _STEP))
