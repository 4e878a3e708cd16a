"""A process of its own that floods by many sockets: ``python -m tests.faults.flooder``.

It takes an ``Order`` as JSON on its standard input, joins a room with each socket, says ``ready``,
floods until the server has closed all of them or its input ends, and prints how it went.
"""

import json
import selectors
import socket
import sys
import time
from dataclasses import asdict, dataclass, field

from tests.serving.raw import message, upgrade

_READ = 65_536
_AT_ONCE = 65_536
_LOOK = 0.001


@dataclass
class Order:
    """A flood: ``unit`` (in hexadecimal) is sent every ``period`` seconds; 0 is without end."""

    port: int
    source: str
    tokens: list[str]
    room_id: str
    unit: str
    period: float


@dataclass
class Outcome:
    """How many sockets were ended, and after how many seconds the last of them."""

    ended: int = 0
    last: float = 0.0
    sent: int = 0
    units: float = field(default=0.0)


class Flood:
    """The sockets, and how many bytes of units each has sent."""

    def __init__(self, order: Order) -> None:
        self.unit = bytes.fromhex(order.unit)
        self.period = order.period
        self.block = self.unit * (_AT_ONCE // len(self.unit) + 1)
        self.sockets = {_enter(order, token): 0 for token in order.tokens}
        self.outcome = Outcome()

    def run(self) -> None:
        """Flood until all are ended, or until standard input ends."""
        selector = selectors.DefaultSelector()
        for plain in self.sockets:
            plain.setblocking(False)
        selector.register(sys.stdin, selectors.EVENT_READ)
        start = time.monotonic()
        while self.sockets and not selector.select(_LOOK):
            now = time.monotonic() - start
            for plain in list(self.sockets):
                try:
                    self._read(plain)
                    self._send(plain, now)
                except OSError:
                    del self.sockets[plain]
                    plain.close()
                    self.outcome.ended += 1
                    self.outcome.last = now
        self.outcome.units = self.outcome.sent / len(self.unit)

    def _read(self, plain: socket.socket) -> None:
        try:
            while plain.recv(_READ):
                pass
        except BlockingIOError:
            return
        raise ConnectionResetError("the server has ended it")

    def _send(self, plain: socket.socket, now: float) -> None:
        sent, size = self.sockets[plain], len(self.unit)
        start = sent % size
        due = _AT_ONCE if not self.period else int(now / self.period + 1) * size - sent
        try:
            taken = plain.send(self.block[start : start + min(due, _AT_ONCE)]) if due > 0 else 0
        except BlockingIOError:
            taken = 0
        self.sockets[plain] += taken
        self.outcome.sent += taken


def _enter(order: Order, token: str) -> socket.socket:
    plain = socket.create_connection(("127.0.0.1", order.port), source_address=(order.source, 0))
    plain.settimeout(10)
    plain.sendall(upgrade(token=token))
    answer = plain.recv(_READ)
    assert answer.startswith(b"HTTP/1.1 101"), answer
    join = {"poses": "binary"}
    plain.sendall(message(f"room:{order.room_id}", "phx_join", join, ref="1", join_ref="join"))
    while b"presence_state" not in answer:
        answer += plain.recv(_READ)
    return plain


def main() -> None:
    """Read the order, obey it, report."""
    flood = Flood(Order(**json.loads(sys.stdin.readline())))
    print("ready", flush=True)
    flood.run()
    print(json.dumps(asdict(flood.outcome)), flush=True)


if __name__ == "__main__":
    main()
