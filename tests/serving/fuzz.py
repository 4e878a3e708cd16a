"""Thousands of nearly right requests, frames and messages against the real server.

    python -m tests.serving.fuzz --count 20000 --seed 1

Everything follows from the seed; ``--only N`` repeats the one attempt with that number.
"""

import argparse
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import trio

from tests.serving import mutations
from tests.serving.process import Server, launched
from tests.serving.pulse import pulse
from tests.serving.raw import ABNORMAL, RawSocket, message, upgrade

AT_ONCE = 16
WARM_UP = 400
DEADLINE = 5.0
"""Seconds in which the server must have let go of a client that sends nothing more."""


@dataclass
class Figures:
    """The outcome."""

    attempts: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    stuck: list[int] = field(default_factory=list)
    slowest: list[tuple[float, int]] = field(default_factory=list)  # seconds, and which
    quiet_p99: float = 0.0
    p99: float = 0.0
    memory_before: int = 0
    memory_after: int = 0
    descriptors_before: int = 0
    descriptors_after: int = 0
    seconds: float = 0.0

    def __str__(self) -> str:
        outcomes = ", ".join(f"{name}: {count}" for name, count in self.outcomes.most_common())
        return (
            f"{self.attempts} attempts in {self.seconds:.0f} s, stuck: {self.stuck}\n"
            f"p99 of another client: {self.p99 * 1000:.1f} ms, "
            f"before {self.quiet_p99 * 1000:.1f} ms\n"
            f"memory: {self.memory_before / 1e6:.1f} → {self.memory_after / 1e6:.1f} MB, "
            f"descriptors: {self.descriptors_before} → {self.descriptors_after}\n"
            f"outcomes: {outcomes}\n"
            f"slowest: {sorted(self.slowest)[-3:]}"
        )


class Fuzz:
    """One run against ``server``; attempt ``n`` of a seed is always the same."""

    def __init__(self, server: Server, seed: int, room_id: str) -> None:
        self._server = server
        self._seed = seed
        self._room_id = room_id
        self.figures = Figures()

    async def run(self, numbers: range) -> None:
        """Make the attempts with these numbers, some at a time."""
        started = trio.current_time()
        todo = iter(numbers)
        async with trio.open_nursery() as nursery:
            for _ in range(AT_ONCE):
                nursery.start_soon(self._worker, todo)
        self.figures.seconds += trio.current_time() - started

    async def _worker(self, todo: Iterator[int]) -> None:
        for number in todo:
            self.figures.attempts += 1
            started = trio.current_time()
            with trio.move_on_after(DEADLINE) as scope:
                self.figures.outcomes[await self.attempt(number)] += 1
            if scope.cancelled_caught:
                self.figures.stuck.append(number)
            self.figures.slowest.append((trio.current_time() - started, number))

    async def attempt(self, number: int) -> str:
        """One connection; what came of it, in a word or two."""
        rng = random.Random(f"{self._seed}/{number}")
        token = self._server.identity.sign_token(f"fuzz{number % 50}")
        kind = number % 3
        async with await self._server.connect() as client:
            if kind == 0:
                return await self._request(client, mutations.handshake(rng, token), rng)
            await client.send(upgrade(token=token))
            head = await client.head()
            if head is None or head.status != 101:
                return "not upgraded"
            if kind == 1:
                data = mutations.frame(rng)
            else:
                join = message(f"room:{self._room_id}", "phx_join", {}, ref="1", join_ref="join")
                data = join if rng.random() < 0.8 else b""
                for _ in range(rng.randint(1, 6)):
                    data += mutations.channel_message(rng, self._room_id)
            await self._send(client, data, rng)
            return f"closed {await _code(client)}"

    async def _request(self, client: RawSocket, data: bytes, rng: random.Random) -> str:
        await self._send(client, data, rng)
        answer = await client.rest()
        return answer[:12].decode("latin1") if answer else "no answer"

    async def _send(self, client: RawSocket, data: bytes, rng: random.Random) -> None:
        """Send it, in one or two writes, and nothing more after it."""
        place = rng.randrange(len(data) + 1)
        for part in (data[:place], data[place:]) if rng.random() < 0.3 else (data,):
            await client.send_quietly(part)
        await client.end()


async def _code(client: RawSocket) -> int:
    code = ABNORMAL
    try:
        code = await client.close_code()
    except AssertionError:
        await client.rest()  # the end of another answer than a websocket's
        raise
    return code


async def fuzz(server: Server, count: int, seed: int) -> Figures:
    """The whole run, with another client's view of it."""
    room_id = await server.make_room("fuzz")
    run = Fuzz(server, seed, room_id)
    await run.run(range(-WARM_UP, 0))
    run.figures = figures = Figures()
    async with pulse(server, room_id) as beat:
        await beat.until(100)
        figures.quiet_p99 = beat.p99()
        figures.memory_before, figures.descriptors_before = server.memory, server.descriptors
        start = len(beat.latencies)
        await run.run(range(count))
        figures.p99 = beat.p99(start)
        with trio.move_on_after(10):
            while server.descriptors > figures.descriptors_before:
                await beat.until(1)
        figures.memory_after, figures.descriptors_after = server.memory, server.descriptors
    return figures


def main() -> int:
    """Run from the command line; 0 if the server came through."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int)
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        launched(Path(folder), max_per_address=0, join_rate=0, grace=0.2) as server,
    ):
        return trio.run(_main, server, options)


async def _main(server: Server, options: argparse.Namespace) -> int:
    if options.only is not None:
        run = Fuzz(server, options.seed, await server.make_room("fuzz"))
        print(await run.attempt(options.only))
    else:
        print(await fuzz(server, options.count, options.seed))
    failed = not server.alive or "Traceback" in server.log
    if failed:
        print(server.log[server.log.find("Traceback") - 2000 :][:10_000])
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
