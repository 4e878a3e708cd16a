"""The task that sends a room's stream out to its clients, merged and encoded once per tick.

It depends on no kind of event: each declares how it travels. It owns the views (the state at its
place in the stream), the newest of the events that merge, and the outboxes.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import trio

from xr.events import Event
from xr.metrics import Metrics
from xr.rooms.outbox import Merged, Outbox, Step
from xr.rooms.protocols import Client, Form, FrameEncoder
from xr.rooms.stream import Inbox
from xr.rooms.telling import tell
from xr.rooms.ticks import Load, Ticks
from xr.rooms.view import Fold, View

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ReflectorStatistics:
    """A reflector at one moment: the clients that it sends to, and how many of them lag."""

    clients: frozenset[Client]
    lagging: int


class Reflector:
    """Reads the stream and sends at most once a tick; a newcomer is welcomed without a wait.

    ``tick`` gives the width of a tick in seconds.
    """

    def __init__(
        self,
        inbox: Inbox,
        encoder: FrameEncoder,
        views: Sequence[View],
        tick: Callable[[], float],
        metrics: Metrics,
    ) -> None:
        self._inbox = inbox
        self._encoder = encoder
        self._views = views
        self._folds: dict[type[Event], list[Fold]] = {}
        for view in views:
            for kind, fold in view.folds.items():
                self._folds.setdefault(kind, []).append(fold)
        self._ticks = Ticks(tick)
        self._metrics = metrics
        self._newest: defaultdict[type[Event], dict[str, Event]] = defaultdict(dict)
        self._outboxes: dict[Client, Outbox] = {}
        self._lagging: dict[Outbox, None] = {}  # in the order of falling behind: runs repeat
        self._next = _Tick(encoder)

    def statistics(self) -> ReflectorStatistics:
        """Numbers of this moment."""
        return ReflectorStatistics(frozenset(self._outboxes), len(self._lagging))

    async def run(self) -> None:
        """Reflect at once after a quiet time, else at the next tick; welcome newcomers at once."""
        due = self._ticks.due = trio.current_time()
        while True:
            read = False
            while trio.current_time() < due:
                with trio.move_on_at(due):
                    await self._inbox.attaching.wait()
                    self._read()
                    read = True
            waits = read or self._inbox.woken  # where people move, this is the only wait of a tick
            if not waits:
                await self._inbox.wait()
            now = trio.current_time()
            if waits:
                self._metrics.tick_lateness.observe(now - due)
            due = self._ticks.advance(now)
            self.reflect(now)

    def reflect(self, now: float) -> None:
        """Send the events since the last time; ``now``, in seconds, is the time of this tick."""
        self._read()
        tick, self._next = self._next, _Tick(self._encoder)
        tick.finish(now, self._ticks.take_loads(now))
        if tick.steps or tick.riders:
            self._metrics.ticks += 1
            self._send(tick)
        for outbox in list(self._lagging):  # after that: the newest are ahead of what was sent
            self._catch_up(outbox, now)

    def ride(self, load: Load) -> bool:
        """Send frames in one write with the next tick; returns False if none is due soon."""
        if not self._ticks.ride(load, coming=bool(self._inbox)):
            return False
        self._inbox.wake()
        return True

    def backlog_sent(self, client: Client) -> None:
        """Let a client whose connection has room again catch up with the next tick."""
        outbox = self._outboxes.get(client)
        if outbox is not None and outbox.waiting:
            self._inbox.wake()

    def detach(self, client: Client) -> None:
        """Send the client no more frames."""
        outbox = self._outboxes.pop(client, None)
        if outbox is not None:
            self._lagging.pop(outbox, None)

    def _read(self) -> None:
        for entry in self._inbox.take_all():
            self._take(entry.event)

    def _take(self, event: Event) -> None:
        for fold in self._folds.get(type(event), ()):
            fold(event)
        if event.merges is not None:
            key = getattr(event, event.merges)
            self._newest[type(event)][key] = event
            self._next.merge(key, event)
            return
        if event.ends is not None:
            self._end(event.ends, getattr(event, event.ends))
        self._next.end_merging()
        if event.attaches is not None:
            self._attach(getattr(event, event.attaches))
        elif event.wire:
            self._next.add(event)

    def _end(self, field: str, key: str) -> None:
        for kind, newest in self._newest.items():
            if kind.merges == field:
                newest.pop(key, None)
                self._next.drop(kind, key)

    def state(self) -> dict[str, bytes]:
        """Each view's payload as JSON by its name: what a newcomer would be sent now."""
        return {view.name: view.welcome() for view in self._views}

    def _attach(self, client: Client) -> None:
        if client.gone:
            return
        self._next.attached[client] = len(self._next.steps)
        outbox = self._outboxes[client] = Outbox(client)
        for kind, newest in self._newest.items():
            if kind.for_newcomers and newest and _hears(client, kind):
                outbox.miss(kind, newest)
                self._lagging[outbox] = None  # it catches up with this tick
        self._metrics.joins += 1
        state = [(view.name, view.welcome()) for view in self._views]
        try:
            client.welcome(state)
        except Exception:  # noqa: BLE001 - whatever it is, the room goes on
            self._fail(client)

    def _send(self, tick: "_Tick") -> None:
        for client, outbox in list(self._outboxes.items()):
            together, steps = tick.share_of(client)
            try:
                if steps and outbox.deliver(together, steps):
                    self._lagging[outbox] = None
            except Exception:  # noqa: BLE001 - whatever it is, the room goes on
                self._fail(client)

    def _catch_up(self, outbox: Outbox, now: float) -> None:
        try:
            encode = partial(self._encoder.merged, outbox.client.form, time=now)
            outbox.catch_up(self._newest, encode)
        except Exception:  # noqa: BLE001 - whatever it is, the room goes on
            self._fail(outbox.client)
        if not outbox.waiting:
            self._lagging.pop(outbox, None)

    def _fail(self, client: Client) -> None:
        """End the membership of a client that cannot be served; the room goes on."""
        log.exception("client.failed user=%s", client.user_id)
        self.detach(client)
        tell(client, client.fail)


_Share = tuple[bytes, Sequence[Step]]


class _Tick:
    """The steps of one tick, and their frames in each form that somebody wants."""

    def __init__(self, encoder: FrameEncoder) -> None:
        self._encoder = encoder
        self._merging: defaultdict[type[Event], dict[str, Event]] = defaultdict(dict)
        self.steps: list[Event | Merged] = []
        self.time = 0.0  # seconds: when it is sent
        self.riders: Mapping[Client, bytes] = {}
        self.attached: dict[Client, int] = {}  # the newcomers, by how many steps came before them
        self._choosy: list[type[Event]] = []  # the kinds of steps that are not for everybody
        self._forms: dict[Form, list[Step]] = {}
        self._shares: dict[Hashable, _Share] = {}

    def add(self, event: Event) -> None:
        """Add an event that is sent by itself."""
        self.steps.append(event)
        self._note(type(event))

    def merge(self, key: str, event: Event) -> None:
        """Merge an event: it replaces the earlier one of the same key."""
        self._merging[type(event)][key] = event

    def drop(self, kind: type[Event], key: str) -> None:
        """Drop a merged event that is not yet a step."""
        if kind in self._merging:
            self._merging[kind].pop(key, None)

    def end_merging(self) -> None:
        """Make steps of the merged events, so that they go out before the event that follows."""
        if self._merging:
            for kind, merged in self._merging.items():
                if merged:
                    self.steps.append(merged)
                    self._note(kind)
            self._merging.clear()

    def _note(self, kind: type[Event]) -> None:
        if kind.audience is not None or kind.wish is not None:
            self._choosy.append(kind)

    def finish(self, time: float, riders: Mapping[Client, bytes]) -> None:
        """Say when it is sent, and the frames for single clients that go behind all steps."""
        self.end_merging()
        self.time, self.riders = time, riders

    def share_of(self, client: Client) -> _Share:
        """The client's steps, and their frames in one piece, shared by clients of the same key."""
        key: Hashable = client.form
        first = self.attached.get(client, 0)
        if first or self._choosy:  # most have been there before, and are told all
            key = key, first, *[_hears(client, kind) for kind in self._choosy]
        share = self._shares.get(key)
        if share is None:
            told = self._steps(client.form)[first:]
            if self._choosy:
                told = [step for step in told if _hears(client, step.kind)]
            share = self._shares[key] = b"".join([step.frames for step in told]), told
        rider = self.riders.get(client)
        if rider is None:
            return share
        return share[0] + rider, [*share[1], Step(rider, Event)]

    def _steps(self, form: Form) -> list[Step]:
        steps = self._forms.get(form)
        if steps is None:
            steps = self._forms[form] = [self._encode(form, step) for step in self.steps]
        return steps

    def _encode(self, form: Form, step: Event | Merged) -> Step:
        if isinstance(step, Event):
            return Step(self._encoder.single(form, step), type(step))
        kind = type(next(iter(step.values())))
        return Step(self._encoder.merged(form, step, self.time), kind, step)


def _hears(client: Client, kind: type[Event]) -> bool:
    """Whether the client is told events of this kind."""
    wished = kind.wish is None or bool(getattr(client.wishes, kind.wish))
    return wished and client.may(kind.audience)
