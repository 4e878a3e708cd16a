"""The task that sends a room's stream out to its clients, merged and encoded once per tick.

It owns the seats (who is present, with the newest pose at this place in the stream), and the
outboxes.
"""

import logging
from collections.abc import Callable, Mapping
from functools import partial

import trio

from xr.events import ClientAttached, ConnectionsChanged, Event, UserJoined, UserLeft, UserMoved
from xr.metrics import Metrics
from xr.rooms.outbox import Frames, Outbox
from xr.rooms.protocols import Client, Entities, Form, FrameEncoder, Seat, Told
from xr.rooms.stream import Inbox
from xr.rooms.telling import tell

Refs = tuple[str, ...]

log = logging.getLogger(__name__)


class Reflector:
    """Sends at most once a tick, of which ``tick`` gives the width in seconds.

    It reads the stream then, and sooner for a newcomer, who is welcomed at once.
    """

    def __init__(
        self,
        inbox: Inbox,
        encoder: FrameEncoder,
        entities: Entities,
        tick: Callable[[], float],
        metrics: Metrics,
    ) -> None:
        self._inbox = inbox
        self._encoder = encoder
        self._snapshot = encoder.snapshot(entities)
        self._tick = tick
        self._metrics = metrics
        self._seats: dict[str, Seat] = {}
        self._outboxes: dict[Client, Outbox] = {}
        self._lagging: set[Outbox] = set()
        self._next = _Tick(encoder)

    async def run(self) -> None:
        """Reflect at once after a quiet time, else at the next tick; welcome newcomers at once.

        Ticks are multiples of the width, so that all rooms tick together: one wake-up serves many.
        """
        due = trio.current_time()
        while True:
            await self._inbox.wait()
            while trio.current_time() < due:
                if self._inbox.pressing:
                    self._take_in()
                with trio.move_on_at(due):
                    await self._inbox.wait()
            now, width = trio.current_time(), self._tick()
            due = (now // width + 1) * width if width else now
            self.reflect()

    def reflect(self) -> None:
        """Send what has happened since the last time."""
        self._take_in()
        tick, self._next = self._next, _Tick(self._encoder)
        tick.end_moves()
        if tick.steps:
            self._metrics.ticks += 1
            self._send(tick)
        for outbox in list(self._lagging):  # after that, for the seats are ahead of what was sent
            self._catch_up(outbox)

    def drained(self, client: Client) -> None:
        """The client's connection has room again; what it missed goes out with the next tick."""
        outbox = self._outboxes.get(client)
        if outbox is not None and outbox.waiting:
            self._inbox.ring()

    def detach(self, client: Client) -> None:
        """The client takes no more frames."""
        outbox = self._outboxes.pop(client, None)
        if outbox is not None:
            self._lagging.discard(outbox)

    def _catch_up(self, outbox: Outbox) -> None:
        client = outbox.client
        try:
            outbox.catch_up(self._seats, partial(self._encoder.moved, client.form))
        except Exception:  # noqa: BLE001 - whatever it is, the room goes on
            self._lost(client)
        if not outbox.waiting:
            self._lagging.discard(outbox)

    def _take_in(self) -> None:
        for entry in self._inbox.drain():
            self._take(entry.event, self._next)

    def _take(self, event: Event, tick: "_Tick") -> None:
        if isinstance(event, UserMoved):
            seat = self._seats[event.user_id]
            seat.pose, seat.record, seat.shown = event.pose, event.record, b""
            tick.moves[event.user_id] = seat
            return
        if isinstance(event, UserLeft):
            tick.moves.pop(event.user_id, None)
            del self._seats[event.user_id]
        tick.end_moves()
        if isinstance(event, ClientAttached):
            client: Client = event.client
            if not client.gone:
                tick.attached[client] = len(tick.steps)
                self._welcome(client)
        elif isinstance(event, UserJoined):
            self._seats[event.user_id] = Seat(event.number, event.pose)
            tick.steps.append(event)
        elif isinstance(event, UserLeft):
            tick.steps.append(event)
        elif isinstance(event, ConnectionsChanged):
            self._count(event.joins, event.leaves)
            tick.steps.append(event)

    def _count(self, joins: Mapping[str, Refs], leaves: Mapping[str, Refs]) -> None:
        for user_id in joins.keys() | leaves.keys():
            seat, gone = self._seats[user_id], leaves.get(user_id, ())
            stay = tuple(ref for ref in seat.refs if ref not in gone)
            seat.refs, seat.counted = stay + joins.get(user_id, ()), b""

    def _welcome(self, client: Client) -> None:
        self._outboxes[client] = Outbox(client)
        self._metrics.joins += 1
        try:
            client.welcome(self._snapshot, self._seats)
        except Exception:  # noqa: BLE001 - whatever it is, the room goes on
            self._lost(client)

    def _send(self, tick: "_Tick") -> None:
        together: dict[tuple[Form, int], bytes] = {}
        for client, outbox in list(self._outboxes.items()):
            first = tick.attached.get(client, 0)
            steps = tick.frames(client.form)[first:]
            if not steps:
                continue
            key = (client.form, first)
            data = together.get(key)
            if data is None:
                data = together[key] = b"".join([step.data for step in steps])
            try:
                if outbox.deliver(data, steps):
                    self._lagging.add(outbox)
            except Exception:  # noqa: BLE001 - whatever it is, the room goes on
                self._lost(client)

    def _lost(self, client: Client) -> None:
        """A client that cannot be served costs itself its membership, and the room nothing."""
        log.exception("client.failed user=%s", client.user_id)
        self.detach(client)
        tell(client, client.fail)


class _Tick:
    """The steps of one tick, and their frames in each form that somebody wants.

    A step of moves holds the seats themselves: it is encoded with the newest poses of the tick.
    """

    def __init__(self, encoder: FrameEncoder) -> None:
        self._encoder = encoder
        self.moves: dict[str, Seat] = {}
        self.steps: list[Told | Mapping[str, Seat]] = []
        self.attached: dict[Client, int] = {}  # the newcomers, by how many steps came before them
        self._frames: dict[Form, list[Frames]] = {}

    def end_moves(self) -> None:
        """Moves so far go out before what follows: nobody hears the stream in another order."""
        if self.moves:
            self.steps.append(self.moves)
            self.moves = {}

    def frames(self, form: Form) -> list[Frames]:
        frames = self._frames.get(form)
        if frames is None:
            frames = self._frames[form] = [
                Frames(self._encoder.moved(form, step), step)
                if isinstance(step, Mapping)
                else Frames(self._encoder.told(form, step))
                for step in self.steps
            ]
        return frames
