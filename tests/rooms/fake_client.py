"""A member of a room and the frames that it reads, for the tests of rooms.

Poses of these tests differ by ``x`` alone, so that what a client heard reads at a glance:
``("moved", {"ann": 3.0})``.
"""

from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any

import msgspec
import trio

from xr.events import ConnectionsChanged, Event, UserJoined, UserLeft, UserMoved
from xr.pose import Pose
from xr.roles import Capability
from xr.rooms.options import Options
from xr.rooms.protocols import Form, Knock
from xr.rooms.room import Room
from xr.rooms.standings import PLAIN
from xr.wire.messages import Join
from xr.wire.reasons import Reason
from xr.wire.record import unpack
from xr.wire.refusals import Refused

Line = tuple[str, Any]


def at(x: float) -> Pose:
    """Somebody standing ``x`` metres along."""
    return Pose((x, 1.7, 0.0), (0.0, 0.0, 0.0, 1.0))


class LineEncoder:
    """Frames that are lines of JSON: what happened, and to whom."""

    def __init__(self, room_id: str) -> None:
        self.room_id = room_id
        self.encoded: list[tuple[Form, dict[str, float]]] = []
        self.times: list[float] = []
        self.broken = False

    def binary(self, event: str, data: bytes) -> bytes:
        return _line(event, data.hex())

    def single(self, form: Form, event: Event) -> bytes:
        if isinstance(event, UserJoined):
            return _line("joined", {event.user_id: unpack(event.pose).position[0]})
        if isinstance(event, UserLeft):
            return _line("left", event.user_id)
        if isinstance(event, ConnectionsChanged):
            return _line("changed", {"joins": event.joins, "leaves": event.leaves})
        return _line(event.wire, event.payload())

    def merged(self, form: Form, events: Mapping[str, Event], time: float) -> bytes:
        self.times.append(time)
        if self.broken:
            raise ZeroDivisionError("the encoder is broken")
        moves = {key: event for key, event in events.items() if isinstance(event, UserMoved)}
        if not moves:
            return b"".join(self.single(form, event) for event in events.values())
        places = {user_id: unpack(event.pose).position[0] for user_id, event in moves.items()}
        self.encoded.append((form, places))
        if form == "json":
            return b"".join(_line("moved", {user: x}) for user, x in places.items())
        return _line("moved", places)


def _line(what: str, value: object) -> bytes:
    return msgspec.json.encode((what, value)) + b"\n"


_refs = count(1)


class FakeClient:
    """A membership that writes down what it is told, and leaves as a real one does."""

    def __init__(
        self,
        user_id: str,
        ref: str | None = None,
        tab: str | None = None,
        form: Form = "batch",
        *,
        voice: bool = False,
    ) -> None:
        self.user_id = user_id
        self.ref = ref or f"{user_id}-{next(_refs)}"
        self.tab = tab
        self.form: Form = form
        self.wishes = Join(tab=tab, voice=int(voice))
        self.gone = False
        self.address = f"address of {user_id}"
        self.standing = PLAIN
        self.knock = Knock()
        self.state: dict[str, Any] = {}
        self.room: Room | None = None
        self.heard: list[Line] = []
        self.frames: list[bytes] = []
        self.numbers: dict[str, int] = {}
        self.connections: dict[str, tuple[str, ...]] = {}
        self.lags = False
        self.broken: set[str] = set()
        self.answered = trio.Event()

    # Calls of the room.

    @property
    def behind(self) -> bool:
        self._maybe_break("behind")
        return self.lags

    def may(self, capability: Capability | None) -> bool:
        options = Options() if self.room is None else self.room.door.options
        return options.allow(self.standing.role, capability, muted=self.standing.muted)

    def welcome(self, state: Sequence[tuple[str, bytes]]) -> None:
        self._maybe_break("welcome")
        self.state = {event: msgspec.json.decode(payload) for event, payload in state}
        users = self.state["user_snapshot"]
        self.entities = self.state["snapshot"]
        self.numbers = {user_id: user["n"] for user_id, user in users.items()}
        self.connections = {
            user_id: tuple(meta["phx_ref"] for meta in metas["metas"])
            for user_id, metas in self.state["presence_state"].items()
        }
        self._hear(("welcome", {user_id: user["position"][0] for user_id, user in users.items()}))

    def send(self, frames: bytes) -> None:
        self._maybe_break("send")
        self.frames.append(frames)
        for line in frames.splitlines():
            what, value = msgspec.json.decode(line)
            self._hear((what, value))

    def refuse(self, refusal: Refused) -> None:
        self._maybe_break("refuse")
        if not self.gone:
            self._hear(("refused", refusal.reason))
            self.leave()

    def dismiss(self, reason: Reason | None = None) -> None:
        self._maybe_break("dismiss")
        if not self.gone:
            self._hear(("dismissed", reason))
            self.leave()

    def fail(self) -> None:
        self._maybe_break("fail")
        if not self.gone:
            self._hear(("failed", None))
            self.leave(goodbye=False)

    # Calls of the tests.

    def leave(self, *, goodbye: bool = True) -> None:
        if not self.gone:
            self.gone = True
            if self.room is not None:
                self.room.leave(self, goodbye=goodbye)

    def move(self, x: float) -> None:
        assert self.room is not None
        self.room.moved(self, at(x))

    def catch_up(self) -> None:
        """Its connection takes frames again."""
        self.lags = False
        if self.room is not None:
            self.room.backlog_sent(self)

    def told(self) -> list[Line]:
        """All that it heard since the last time, presence apart."""
        heard, self.heard = self.heard, []
        return [line for line in heard if line[0] != "changed"]

    def _hear(self, line: Line) -> None:
        self.heard.append(line)
        self.answered.set()

    def _maybe_break(self, method: str) -> None:
        if method in self.broken:
            raise ZeroDivisionError(f"{method} of {self.user_id} is broken")
