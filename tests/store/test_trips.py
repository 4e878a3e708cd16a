"""Work in one thread: in order, all that waits in one trip, each piece with its own outcome."""

import threading
from collections.abc import Callable

import pytest
import trio
import trio.testing

from xr.store.trips import Trips


class Work:
    """Pieces of work that note themselves; the first waits in the thread until it is let go."""

    def __init__(self) -> None:
        self.trips = Trips()
        self.begun: list[str] = []
        self.outcomes: dict[str, object] = {}
        self.held = threading.Event()

    def piece(self, name: str) -> Callable[[], str]:
        def run() -> str:
            self.begun.append(name)
            if name == "first":
                self.held.wait(10)
            if name == "bad":
                raise ValueError(name)
            return name.upper()

        return run

    async def ask(self, name: str) -> None:
        try:
            self.outcomes[name] = await self.trips.do(self.piece(name))
        except ValueError as error:
            self.outcomes[name] = error

    async def until_begun(self, name: str) -> None:
        while True:  # a thread begins it, which knows no event of ours
            if name in self.begun:
                return
            await trio.sleep(0.001)


@pytest.fixture
def work() -> Work:
    return Work()


async def test_all_that_waits_goes_in_one_trip_in_order(
    work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    trips: list[int] = []
    run_sync = trio.to_thread.run_sync

    async def counted(function: Callable[..., object], jobs: list[object]) -> object:
        trips.append(len(jobs))
        return await run_sync(function, jobs)

    monkeypatch.setattr(trio.to_thread, "run_sync", counted)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(work.ask, "first")
        await work.until_begun("first")
        for name in ("b", "bad", "c"):
            nursery.start_soon(work.ask, name)
            await trio.testing.wait_all_tasks_blocked()
        assert work.begun == ["first"]
        work.held.set()
    assert work.begun == ["first", "b", "bad", "c"]
    assert trips == [1, 3]
    assert isinstance(work.outcomes.pop("bad"), ValueError)
    assert work.outcomes == {"first": "FIRST", "b": "B", "c": "C"}


async def test_cancelled_while_it_waits_it_never_starts(work: Work) -> None:
    async with trio.open_nursery() as nursery:
        nursery.start_soon(work.ask, "first")
        await work.until_begun("first")
        nursery.start_soon(work.ask, "later")
        await trio.testing.wait_all_tasks_blocked()
        with trio.move_on_after(0) as scope:
            await work.ask("never")
        assert scope.cancelled_caught
        work.held.set()
    assert work.begun == ["first", "later"]
    assert "never" not in work.outcomes


@pytest.mark.parametrize("others", [(), ("before",)], ids=["alone", "with others"])
async def test_cancelled_once_it_has_started_it_ends(work: Work, others: tuple[str, ...]) -> None:
    scope = trio.CancelScope()

    async def ask_until_cancelled() -> None:
        with scope:
            await work.ask("first")

    async with trio.open_nursery() as nursery:
        if others:
            work.held.set()
            nursery.start_soon(work.ask, "leads")
            await work.until_begun("leads")
            work.held.clear()
        for name in others:
            nursery.start_soon(work.ask, name)
        nursery.start_soon(ask_until_cancelled)
        await work.until_begun("first")
        scope.cancel()
        await trio.testing.wait_all_tasks_blocked()
        assert "first" not in work.outcomes
        work.held.set()
    assert work.outcomes["first"] == "FIRST"


async def test_whoever_leads_and_is_cancelled_leaves_the_others_their_trip(work: Work) -> None:
    scope = trio.CancelScope()

    async def ask_and_be_cancelled() -> None:
        with scope:
            await work.ask("never")

    threads = trio.to_thread.current_default_thread_limiter()
    before, threads.total_tokens = threads.total_tokens, 1
    try:
        async with trio.open_nursery() as nursery, threads:  # no thread is free
            nursery.start_soon(ask_and_be_cancelled)
            await trio.testing.wait_all_tasks_blocked()
            nursery.start_soon(work.ask, "later")
            await trio.testing.wait_all_tasks_blocked()
            scope.cancel()
    finally:
        threads.total_tokens = before
    assert work.outcomes == {"later": "LATER"}
    assert work.begun == ["later"]
