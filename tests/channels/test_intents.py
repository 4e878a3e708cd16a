"""Intents are obeyed and answered, or refused with a reason; none is dropped in silence."""

import math
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

import msgspec
import pytest
import trio
from trio.testing import MockClock

from tests.channels.backend import OK, TOPIC, Browser, open_backend, pose, refused, settled
from xr.channels.endpoint import Limits
from xr.errors import StoreError
from xr.events import Event
from xr.roles import Capability
from xr.rooms.feature import Feature, Intent, Member, Rate, Site
from xr.rooms.ledger import Ledger
from xr.rooms.view import Folds
from xr.wire.messages import Message
from xr.wire.reasons import Reason
from xr.wire.refusals import Refused


class Ring(Message, frozen=True, kw_only=True):
    times: Annotated[int, msgspec.Meta(ge=1, le=9)] = 1


class Rang(Event, frozen=True):
    wire: ClassVar[str] = "rang"

    user_id: str
    times: int


class LastRing:
    name = "bell"

    def __init__(self) -> None:
        self._last = ""
        self.folds: Folds = {Rang: self._rang}

    def _rang(self, event: Rang) -> None:
        self._last = event.user_id

    def welcome(self) -> bytes:
        return msgspec.json.encode({"last": self._last})


class Disk:
    """Where bells write; it outlives their rooms."""

    def __init__(self) -> None:
        self.rings: dict[str, int] = {}
        self.full = False

    async def save(self, rings: Mapping[str, int]) -> None:
        await trio.lowlevel.checkpoint()
        if self.full:
            raise StoreError("the disk is full")
        self.rings |= rings


class Bell(Feature):
    """A bell that anybody rings, and whose clapper may break."""

    disk: ClassVar[Disk]

    def __init__(self, site: Site) -> None:
        super().__init__(site)
        self.views = (LastRing(),)
        self.ledger: Ledger[str, int] = Ledger("rings", self.disk.save)
        self.ledgers = (self.ledger,)
        self.broken = trio.Event()

    def ring(self, member: Member, payload: Ring) -> dict[str, Any]:
        if payload.times == 7:
            raise Refused(Reason.DATABASE, "seven", left=2)
        if payload.times == 8:
            raise ZeroDivisionError("the bell has a crack")
        self.site.stream.publish(Rang(member.user_id, payload.times))
        self.ledger.put(member.user_id, payload.times)
        return {"heard": payload.times}

    def drop(self, member: Member, payload: Ring) -> None:
        self.broken.set()

    async def run(self) -> None:
        await self.broken.wait()
        raise ZeroDivisionError("the bell fell down")

    intents: ClassVar = {
        "ring": Intent(Ring, ring, rate=Rate(a_second=2, burst=3)),
        "drop": Intent(Ring, drop),
        "recast": Intent(Ring, ring, needs=Capability.CONFIGURE),
    }
    events: ClassVar = (Rang,)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    disk = Disk()
    monkeypatch.setattr(Bell, "disk", disk, raising=False)
    return disk


def ask(browser: Browser, event: str, payload: object = {}) -> Any:
    """The reply to a push."""
    browser.told()
    ref = browser.push(event, payload)
    return browser.replies()[ref]


async def test_an_accepted_intent_is_answered_and_heard(
    disk: Disk, autojump_clock: MockClock
) -> None:
    async with open_backend(features=[Bell]) as backend:
        ann, bob = await backend.visitor("ann"), await backend.visitor("bob")
        assert ask(ann, "ring", {"times": 2}) == {"status": "ok", "response": {"heard": 2}}
        await settled()
        rang = ("rang", {"user_id": "ann", "times": 2})
        assert bob.stoc() == [rang]
        assert ann.stoc() == [rang]


@pytest.mark.parametrize(
    ("event", "payload", "answer"),
    [
        ("whistle", {}, {"reason": "unknown event"}),
        ("recast", {}, {"reason": "not allowed"}),
        (
            "ring",
            {"times": 7},
            {"reason": Reason.DATABASE, "detail": "seven", "left": 2},
        ),
    ],
)
async def test_what_is_not_granted_is_refused_with_its_reason(
    event: str, payload: object, answer: object, disk: Disk, autojump_clock: MockClock
) -> None:
    async with open_backend(features=[Bell]) as backend:
        ann = await backend.visitor("ann")
        assert ask(ann, event, payload) == {"status": "error", "response": answer}
        await trio.sleep(6)
        assert (ann.stoc(), disk.rings) == ([], {})


async def test_the_maker_of_a_room_may_do_more(disk: Disk, autojump_clock: MockClock) -> None:
    async with open_backend(features=[Bell]) as backend:
        room_id = await backend.store.create_room("A room", {}, made_by="ann")
        ann, bob = backend.browser("ann"), backend.browser("bob")
        for browser, status in ((ann, "ok"), (bob, "error")):
            browser.join(f"room:{room_id}")
            await settled()
            browser.told()
            ref = browser.push("recast", {}, f"room:{room_id}")
            assert browser.replies()[ref]["status"] == status


@pytest.mark.parametrize("payload", [{"times": 0}, {"times": "2"}, {"times": 10}, [], None, "ring"])
async def test_a_payload_that_is_wrong_is_refused_in_words(
    payload: object, disk: Disk, autojump_clock: MockClock
) -> None:
    async with open_backend(features=[Bell]) as backend:
        ann = await backend.visitor("ann")
        response = ask(ann, "ring", payload)["response"]
        assert response["reason"] == "invalid payload"
        assert "Expected" in response["detail"]
        assert ask(ann, "ring")["status"] == "ok"


async def test_a_binary_payload_is_refused(disk: Disk, autojump_clock: MockClock) -> None:
    async with open_backend(features=[Bell]) as backend:
        ann = await backend.visitor("ann")
        names = [b"j1", b"b", TOPIC.encode(), b"ring"]
        ann.send_binary(bytes([0, *map(len, names)]) + b"".join(names) + b"{}")
        answer = {"reason": "invalid payload", "detail": "the payload is JSON"}
        assert ann.replies() == {"b": {"status": "error", "response": answer}}


async def test_each_membership_asks_at_the_intents_own_rate(
    disk: Disk, autojump_clock: MockClock
) -> None:
    async with open_backend(features=[Bell]) as backend:
        ann, bob = await backend.visitor("ann"), await backend.visitor("bob")
        for _ in range(3):
            assert ask(ann, "ring")["status"] == "ok"
        answer = ask(ann, "ring")["response"]
        assert answer == {"reason": "too fast", "retry_after": 0.5}
        assert ask(ann, "drop") == OK  # another intent
        await settled()
        for browser in (ann, bob):
            browser.told()
            browser.join()
            await settled()
            assert ask(browser, "ring")["status"] == "ok"  # another membership


async def test_who_waits_as_long_as_told_is_obeyed(disk: Disk, autojump_clock: MockClock) -> None:
    async with open_backend(features=[Bell]) as backend:
        ann = await backend.visitor("ann")
        for _ in range(3):
            ask(ann, "ring")
        for _ in range(20):
            await trio.sleep(0.17)
            answer = ask(ann, "ring")
            if answer["status"] == "error":
                await trio.sleep(answer["response"]["retry_after"])
                assert ask(ann, "ring")["status"] == "ok"


async def test_over_the_message_rate_an_intent_is_answered_and_a_pose_is_held(
    disk: Disk, autojump_clock: MockClock
) -> None:
    async with open_backend(features=[Bell], limits=Limits(messages=10, joins=0)) as backend:
        ann = await backend.visitor("ann")
        await trio.sleep(10)
        for _ in range(20):
            ann.push("i_moved", pose(1))
        ref = ann.push("ring", {})
        ann.push("i_moved", pose(2))
        assert ann.replies() == {ref: refused("too fast") | {"response": over(0.1)}}
        await trio.sleep(over(0.1)["retry_after"] + 0.2)
        assert ask(ann, "ring")["status"] == "ok"


def over(seconds: float) -> dict[str, Any]:
    return {"reason": "too fast", "retry_after": math.ceil(seconds * 1000) / 1000}


async def test_what_is_asked_before_the_join_is_answered_waits_for_it(
    disk: Disk, autojump_clock: MockClock
) -> None:
    async with open_backend(features=[Bell]) as backend:
        ann = backend.browser("ann")
        ann.join()
        ref = ann.push("ring", {})
        await settled()
        assert ann.replies()[ref]["status"] == "ok"


async def test_a_late_comer_gets_the_view_after_presence_state(
    disk: Disk, autojump_clock: MockClock
) -> None:
    async with open_backend(features=[Bell]) as backend:
        ask(await backend.visitor("ann"), "ring")
        bob = backend.browser("bob")
        bob.join()
        await settled()
        heard = bob.told()
        events = [event for _, _, _, event, _ in heard]
        assert events[:5] == ["phx_reply", "snapshot", "user_snapshot", "presence_state", "bell"]
        assert heard[4][4] == {"last": "ann"}
        assert "stoc" not in events


async def test_a_ledger_is_flushed(disk: Disk, autojump_clock: MockClock) -> None:
    async with open_backend(features=[Bell]) as backend:
        ask(await backend.visitor("ann"), "ring", {"times": 4})
        await trio.sleep(6)
        assert disk.rings == {"ann": 4}


async def test_a_ledger_that_a_crash_left_unwritten_passes_to_the_next_room(
    disk: Disk, autojump_clock: MockClock
) -> None:
    async with open_backend(features=[Bell]) as backend:
        ann = await backend.visitor("ann")
        ask(ann, "ring", {"times": 4})
        disk.full = True
        ask(ann, "ring", {"times": 8})
        await trio.sleep(5)
        assert disk.rings == {}
        disk.full = False
        await trio.sleep(6)
        assert disk.rings == {"ann": 4}


@pytest.mark.parametrize("fault", ["cracks", "falls"])
async def test_a_fault_of_a_feature_ends_its_room_and_no_other(
    fault: str, disk: Disk, autojump_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_backend("hall", "garden", features=[Bell]) as backend:
        ann, bob = await backend.visitor("ann"), await backend.visitor("bob")
        cat = await backend.visitor("cat", "room:garden")
        if fault == "cracks":
            assert ask(ann, "ring", {"times": 8}) == refused("channel_crash")
        else:
            assert ask(ann, "drop") == OK
        await settled()
        for browser in (ann, bob):
            assert [message[3:] for message in browser.told() if message[3] == "phx_error"] == [
                ["phx_error", {"reason": "channel_crash"}]
            ]
            assert browser.transport.closed is None
        assert backend.metrics.room_crashes == 1
        assert "ZeroDivisionError: the bell" in caplog.text
        assert cat.told() == []
        ann.join()
        await settled()
        assert ask(ann, "ring")["status"] == "ok"


async def test_a_room_that_closes_obeys_no_more(disk: Disk, autojump_clock: MockClock) -> None:
    async with open_backend(features=[Bell]) as backend:
        ann = await backend.visitor("ann")
        ask(ann, "ring", {"times": 8})
        assert ask(ann, "ring", {"times": 1}) == refused("closed")


@pytest.mark.parametrize("name", ["ring", "i_moved", "phx_leave", "heartbeat"])
async def test_a_name_that_is_taken_is_an_error_at_start(name: str, disk: Disk) -> None:
    class Other(Feature):
        intents: ClassVar = {name: Intent(Ring, Bell.ring)}

    with pytest.raises(ValueError, match=name):
        async with open_backend(features=[Bell, Other]):
            pass
