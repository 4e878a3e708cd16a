"""Pages: how much CPU of the server one costs, asked for again and again on one connection."""

import http.client
import os
import time
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.measurement import Figures
from benchmarks.servers import start

_MADE_PER_SECOND = 150  # rooms, about
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Page:
    """``GET path``, where ``{room}`` is a room's id, of a server with so many ``rooms``.

    With ``cookie`` it is always the same visitor, without it always a new one.
    """

    name: str
    path: str
    rooms: int = 1
    cookie: bool = False
    seconds: float = 4.0
    peers: bool = False

    @property
    def takes(self) -> float:
        return 2 + self.seconds + self.rooms / _MADE_PER_SECOND

    def quick(self) -> "Page":
        return replace(self, seconds=1.0)

    def run(self, server: str, checkout: Path) -> Figures:
        with start(server, checkout) as running:
            path = self.path.format(room=running.new_rooms(self.rooms)[0])
            connection = running.connect()
            try:
                size, cookie = _get(connection, path, {})
                headers = {"Cookie": cookie} if self.cookie else {}
                pages, began, used = 0, time.monotonic(), _cpu_of(running.pid)
                while time.monotonic() - began < self.seconds:
                    _get(connection, path, headers)
                    pages += 1
                used, seconds = _cpu_of(running.pid) - used, time.monotonic() - began
            finally:
                connection.close()
        return {
            "pages": pages,
            "pages_per_s": round(pages / seconds, 1),
            "page_kib": round(size / 1024, 1),
            "cpu_ms_per_page": round(used / pages * 1000, 3),
        }


def _get(
    connection: http.client.HTTPConnection, path: str, headers: dict[str, str]
) -> tuple[int, str]:
    """The size of the page in bytes, as sent, and the cookie that came with it."""
    connection.request("GET", path, headers={"Accept-Encoding": "gzip", **headers})
    answer = connection.getresponse()
    size = len(answer.read())
    if answer.status != 200:
        raise SystemExit(f"GET {path}: HTTP {answer.status}")
    return size, (answer.getheader("Set-Cookie") or "").partition(";")[0]


def _cpu_of(pid: int) -> float:
    """Seconds of CPU that a process has used, all its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS
