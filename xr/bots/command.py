"""The command that sends bots; the bots themselves are loaded only when it runs."""

import argparse
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import get_args
from urllib.parse import urlsplit

from xr.wire.messages import Poses


@dataclass(frozen=True)
class Options:
    """Who comes, where to, for how many seconds, and how many poses a second each sends."""

    room: str
    count: int = 10
    seconds: float = 60.0
    rate: float = 20.0
    poses: Poses = "binary"
    url: str = "http://127.0.0.1:8000"
    seed: int = 0


def add_command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Mount ``bots`` on the command line; it exits with 1 when anything went wrong."""
    text = "let simulated users walk about in a room, and measure what they see"
    sub = commands.add_parser("bots", help=text, description=text)
    sub.add_argument("--room", required=True, help="the room's id, as in its address")
    sub.add_argument("--count", type=_number(int, 1, 1000), default=10, help="how many (10)")
    sub.add_argument(
        "--seconds", type=_number(float, 1, 86_400), default=60.0, help="how long (60)"
    )
    sub.add_argument(
        "--rate", type=_number(float, 1, 60), default=20.0, help="poses a second of each (20)"
    )
    sub.add_argument(
        "--poses", choices=get_args(Poses), default="binary", help="the form of poses (binary)"
    )
    sub.add_argument(
        "--url", type=_url, default=Options.url, help=f"where the server is ({Options.url})"
    )
    sub.add_argument("--seed", type=int, default=0, help="of their walks (0)")
    sub.set_defaults(command=_run)


def _run(given: argparse.Namespace) -> int:
    import trio

    from xr.bots.crowd import run_bots

    options = Options(
        given.room, given.count, given.seconds, given.rate, given.poses, given.url, given.seed
    )
    report = trio.run(run_bots, options, lambda line: print(f"error: {line}", flush=True))
    print("\n".join(report.lines()))
    return 1 if report.errors else 0


def _number(kind: type[float], lowest: float, highest: float) -> Callable[[str], float]:
    def read(text: str) -> float:
        try:
            number = kind(text)
        except ValueError:
            number = math.nan
        if not lowest <= number <= highest:  # nor is NaN
            raise argparse.ArgumentTypeError(f"a number from {lowest:g} to {highest:g}: {text!r}")
        return number

    return read


def _url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.path.strip("/"):
        raise argparse.ArgumentTypeError(f"like {Options.url}, without a path: {text!r}")
    return f"{parts.scheme}://{parts.netloc}"
