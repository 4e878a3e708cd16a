"""One simulated world: carries out a plan around a server, lets it settle, empties it, stops it."""

import random
from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import Any

import trio

from tests.simulation.checker import Checker
from tests.simulation.hooks import below_the_socket, break_task
from tests.simulation.life import Life
from tests.simulation.model import Model
from tests.simulation.network import Link
from tests.simulation.reasons import Reasons
from tests.simulation.story import ENTITIES, Action, Plan
from tests.simulation.timeline import Journal, Timeline, Violation, run_seeded
from tests.simulation.users import Page
from xr.rooms.tenure import Tenure
from xr.serving.connection import SILENT
from xr.store.memory import MemoryStore

SETTLE = 20.0
"""Seconds without faults after which all must be well: reconnects and rejoins with their pauses."""


@dataclass
class Outcome:
    """The outcome of a plan."""

    violation: Violation | None
    seconds: float
    steps: int
    injected: Counter[str]
    lines: list[str]


def simulate(plan: Plan, *, kept: bool = False) -> Outcome:
    """Carry out a plan; the same plan has the same outcome. ``kept``: keep the event log."""
    journal = Journal(kept)
    world = World(plan, journal)
    with below_the_socket(plan, world.model):
        try:
            run_seeded(plan.seed, world.run, [world.checker])
        except BaseExceptionGroup as errors:
            _, other = errors.split(Violation)
            if other is not None and not journal.violations:
                raise
    violation = journal.violations[0] if journal.violations else None
    return Outcome(violation, world.seconds, world.checker.steps, world.injected, journal.lines)


class World:
    """The people, the network, the admins and the disk around a server."""

    def __init__(self, plan: Plan, journal: Journal) -> None:
        self.plan = plan
        self.injected: Counter[str] = Counter()
        self.seconds = 0.0
        self.model = Model(plan, journal)
        self.pages: dict[str, Page] = {}
        self.checker = Checker(self.model, [])
        self._reasons = Reasons(self.model, lambda: self._life)
        self._journal = journal
        self._timeline = Timeline(random.Random(f"timeline {plan.seed}"), journal)
        self._disk = MemoryStore(now=trio.current_time)
        self._life: Life | None = None
        self._lives = 0
        self._links = 0
        self._down = 0.0
        self._whole_since = 0.0
        self._over = False
        self._calm = False  # nothing goes wrong any longer
        self._writes = 0
        self._ended = trio.Event()

    async def run(self) -> None:
        """Let the plan happen; raises, in a group, the first violation."""
        await self._prepare()
        idle = trio.lowlevel.current_statistics().tasks_living
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._timeline.run, name="timeline")
            nursery.start_soon(self._live, name="lives")
            await trio.sleep(self.plan.length)
            await self._settle()
            await self._empty()
            self._over = True
            if self._life is not None:
                self._life.stop()
            await self._ended.wait()
            nursery.cancel_scope.cancel()
        self.seconds = trio.current_time()
        if trio.lowlevel.current_statistics().tasks_living != idle:
            raise self._journal.fault("nothing is left over", "tasks")

    async def _prepare(self) -> None:
        for room_id in self.plan.rooms:
            self._disk.add_room(room_id, room_id, ENTITIES)
        for room_id in self.plan.always_spawn:
            await self._disk.save_options(Tenure(room_id), {"always_spawn": True})
        for browser in self.plan.browsers:
            rng = random.Random(f"page {self.plan.seed} {browser.name}")
            self.pages[browser.name] = Page(
                browser, self._timeline, rng, self.model, self._reasons, self._dial
            )
        self.checker.pages = list(self.pages.values())
        self.checker.quiet_since = lambda: self._whole_since
        for action in self.plan.actions:
            self._timeline.at(action.at, partial(self._act, action))

    async def _live(self) -> None:
        """One process of the server after another."""
        while not self._over:
            self._lives += 1
            self.model.restarted()
            life = Life(
                self._lives, self.plan, self._disk, self.model, self._timeline, self.injected
            )
            self._whole_since = trio.current_time()
            self._life = self.checker.life = life
            await life.run()
            if not life.crashed:
                self.checker.check_stopped(life)
            await self.checker.check_rows(self._disk)
            self._life = self.checker.life = None
            self._journal.note("server ended")
            await trio.sleep(self._down)
        self._ended.set()

    async def _settle(self) -> None:
        """Nothing goes wrong any longer."""
        self._calm = True
        if self._life is not None:
            self._life.store.mode = ""
            for room_id in self.plan.rooms:
                if self.model.society.may_be_closed(room_id, 0.0):
                    self._manage(room_id, "set_room", locked=False, password=None)
        for page in self.pages.values():
            if page.link is not None and page.link.stalled:
                page.link.read_on()
        await trio.sleep(SETTLE)
        self.checker.check_settled()

    async def _empty(self) -> None:
        """All go, each in a way of their own, and time passes."""
        for number, page in enumerate(self.pages.values()):
            if number % 3 == 0:
                for room_id in list(page.wanted):
                    page.leave(room_id)
            elif number % 3 == 1:
                page.go(1001)
            page.here = False
            if number % 3 == 2:
                page.lose("silence")
        await trio.sleep(1.0)
        for page in self.pages.values():
            page.go(None)
        await trio.sleep(SILENT + 10 + self.plan.grace + self.plan.idle)
        if self._life is not None:
            self.checker.check_empty(self._life)

    def _dial(self, page: Page) -> Link | None:
        life = self._life
        if life is None:
            return None
        self._links += 1
        browser = page.browser
        rng = random.Random(f"link {self.plan.seed} {browser.name} {self._links}")
        link = Link(
            f"{browser.name}#{self._links}",
            browser.user_id,
            self._timeline,
            rng,
            page,
            delays=browser.delays,
            capacity=browser.capacity,
            breaks=self._breaks,
        )
        self._timeline.after(rng.uniform(*browser.delays), lambda: self._knock(life, link, page))
        return link

    def _breaks(self) -> bool:
        """Whether the server's next write finds its peer gone."""
        if self._calm or not self.plan.breaking:
            return False
        self._writes += 1
        broken = self._writes % self.plan.breaking == 0
        self.injected["write that fails"] += broken
        return broken

    def _knock(self, life: Life, link: Link, page: Page) -> None:
        if life is self._life:
            life.knock(link, page.refused)
        else:
            page.refused(link)

    # Actions.

    def _act(self, action: Action) -> None:
        self._journal.note("*", str(action).strip())
        arguments = dict(action.arguments)
        getattr(self, f"_{action.kind.replace(' ', '_')}")(**arguments)

    def _come(self, who: str, room: str) -> None:
        self.pages[who].come(room)

    def _walk(
        self, who: str, room: str, steps: int, every: float, binary: bool, null_ref: bool
    ) -> None:
        page = self.pages[who]
        for step in range(steps):
            self._timeline.after(
                step * every, lambda: page.move(room, binary=binary, null_ref=null_ref)
            )

    def _flood(self, who: str, room: str, binary: bool) -> None:
        self.injected["flood"] += 1
        self._walk(who, room, steps=200, every=0.003, binary=binary, null_ref=False)

    def _leave(self, who: str, room: str) -> None:
        self.pages[who].leave(room)

    def _rejoin(self, who: str, room: str) -> None:
        self.pages[who].rejoin(room)

    def _go(self, who: str, code: int | None) -> None:
        self.pages[who].go(code)

    def _reload(self, who: str, code: int | None) -> None:
        page = self.pages[who]
        wanted = list(page.wanted)
        page.go(code)
        for room_id in wanted:
            page.come(room_id)

    def _blip(self, who: str, how: str, back: float) -> None:
        page = self.pages[who]
        if page.link is not None:
            self.injected[f"link {how}"] += 1
            page.lose(how)
            self._timeline.after(back, page.back)

    def _vanish(self, who: str, how: str) -> None:
        page = self.pages[who]
        if page.link is not None:
            self.injected[f"link {how}"] += 1
            page.lose(how)
            page.here = False
            page.wanted.clear()

    def _stall(self, who: str, seconds: float) -> None:
        link = self.pages[who].link
        if link is not None:
            self.injected["stall"] += 1
            link.stall(seconds)

    def _storm(self, within: float) -> None:
        self.injected["storm"] += 1
        for number, page in enumerate(self.pages.values()):
            if page.link is not None:
                page.lose("cut")
                self._timeline.after(within * number / len(self.pages), page.back)

    def _forget(self, user: str, room: str | None) -> None:
        if self._life is not None:
            self._life.forget(user, room)

    def _kick(self, user: str, room: str | None) -> None:
        if self._life is not None:
            self._reasons.kicked.add(user)
            self._life.kick(user, room)

    def _ask(self, who: str, room: str, event: str, **payload: Any) -> None:
        """A page asks for something; of lines it takes one that there is, or was."""
        if event == "unsay":
            known = list(self.model.society.talk(room).known)
            payload = {"id": known[payload["pick"] % len(known)] if known else "nothing"}
        elif event == "say":
            self.model.society.texts[payload["text"]] = room, self.pages[who].browser.user_id
        self.injected[f"intent {event}"] += 1
        self.pages[who].ask(room, event, payload)

    def _manage(self, room: str, event: str, **payload: Any) -> None:
        """The operator sets options of a room, or makes and ends links."""
        if event == "revoke":
            invites = self.model.society.door(room).invites
            payload = {"id": next(iter(invites), "none")}
        if self._life is not None:
            self.injected[f"operator: {event}"] += 1
            self._life.moderate(room, event, payload)

    def _moderate(self, room: str, act: str, user: str, **more: Any) -> None:
        if self._life is not None:
            self.injected[f"act of moderation: {act}"] += 1
            self._life.moderate(room, act, {"user_id": user, **more})

    def _delete(self, room: str) -> None:
        if self._life is not None:
            self._life.delete(room)

    def _crash_room(self, room: str, task: str) -> None:
        for run in self.model.runs:
            if run.room_id == room and self._life is not None:
                self.injected[f"crash of {task}"] += 1
                self.model.crash(room)
                break_task(run.room, task)

    def _store(self, mode: str, seconds: float) -> None:
        life = self._life
        if life is not None:
            life.store.mode = mode
            self._timeline.after(seconds, lambda: setattr(life.store, "mode", ""))

    def _stop(self, down: float) -> None:
        if self._life is not None and not self._life.ending:
            self.injected["server stop"] += 1
            self._down = down
            self._life.stop()

    def _crash(self, down: float, silently: bool) -> None:
        life = self._life
        if life is not None and not life.crashed:
            self.injected["server crash"] += 1
            self._down = down
            self.checker.check_crashed(life)
            life.crash(silently=silently)
