"""The command that sends bots; the bots themselves are loaded only when it runs."""

import os
from dataclasses import dataclass
from typing import Any, get_args
from urllib.parse import urlsplit

import click

from xr.usage import Command, Number
from xr.wire.messages import Poses


@dataclass(frozen=True)
class Options:
    """The options: room and server, number of bots, seconds, and poses a second of each.

    ``password`` is the server's.
    """

    room: str
    count: int = 10
    seconds: float = 60.0
    rate: float = 20.0
    poses: Poses = "binary"
    url: str = "http://127.0.0.1:8000"
    seed: int = 0
    password: str | None = None


class _Url(click.ParamType[str]):
    """The address of a server, such as ``https://example.org/xr``."""

    name = "url"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            self.fail(f"like {Options.url}: {value!r}", param, ctx)
        return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"


@click.command(
    cls=Command, settings=False, examples=["xr bots --room k3v9x2mq --count 10 --seconds 60"]
)
@click.option("--room", required=True, metavar="ROOM", help="the room's id, as in its address")
@click.option("--count", type=Number(int, 1, 1000), default=10, help="how many (10)")
@click.option("--seconds", type=Number(float, 1, 86_400), default=60.0, help="how long (60)")
@click.option("--rate", type=Number(float, 1, 60), default=20.0, help="poses a second of each (20)")
@click.option(
    "--poses",
    type=click.Choice(get_args(Poses)),
    default=Options.poses,
    help="the form of poses (binary)",
)
@click.option("--url", type=_Url(), default=Options.url, help=f"where it is ({Options.url})")
@click.option("--seed", type=int, default=0, help="of their walks (0)")
def bots(**given: Any) -> int:
    """Let simulated users walk about, and measure what they see.

    It fails when anything went wrong. XR_PASSWORD gives them the server's password.
    """
    import trio

    from xr.bots.crowd import run_bots

    options = Options(**given, password=os.environ.get("XR_PASSWORD"))
    report = trio.run(run_bots, options, lambda line: print(f"error: {line}", flush=True))
    print("\n".join(report.lines()))
    return 1 if report.errors else 0
