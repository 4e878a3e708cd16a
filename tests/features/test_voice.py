"""Voices: packets go to those who may hear them, in order and in time, and to nobody else."""

import random
from collections.abc import Callable
from typing import Any, ClassVar

import msgspec
import pytest
import trio
from trio.testing import MockClock

from tests.channels.backend import open_backend, settled
from tests.features.voices import Talker, enter, sound
from xr.channels.endpoint import Limits
from xr.features.voice import Voice
from xr.rooms.feature import Feature, Intent, Member
from xr.wire.messages import Message
from xr.wire.voice import BEGINS, ENDS, pack_voice_push


class Hush(Message, frozen=True, kw_only=True):
    user_id: str
    muted: bool


class Hushing(Feature):
    """Mutes without asking for a role."""

    def hush(self, _: Member, payload: Hush) -> None:
        standing = self.site.standings[payload.user_id]
        self.site.standings.put(
            payload.user_id, msgspec.structs.replace(standing, muted=payload.muted)
        )

    intents: ClassVar = {"hush": Intent(Hush, hush)}


FEATURES = (Hushing, Voice)


async def test_those_who_are_near_hear_and_nobody_hears_themselves(
    autojump_clock: MockClock,
) -> None:
    async with open_backend("hall", "garden", features=FEATURES) as backend:
        ann, bob, cat = await enter(backend, "ann", "bob", "cat")
        elsewhere = Talker(await backend.visitor("dan", "room:garden", voice=1), 0)
        silent = Talker(await backend.visitor("eve"), 3)
        cat.stand(30)
        await settled()
        ann.talk()
        await trio.sleep(0.03)
        assert bob.heard() == [(0, 1)]
        assert not any(each.heard() for each in (ann, cat, elsewhere, silent))
        assert backend.metrics.voice_packets == 1


async def test_a_packet_comes_at_once_after_a_silence_and_then_every_20_ms(
    autojump_clock: MockClock,
) -> None:
    async with open_backend("hall", features=FEATURES) as backend:
        ann, bob = await enter(backend, "ann", "bob")
        await trio.sleep(5.013)
        ann.talk()
        await trio.testing.wait_all_tasks_blocked()
        assert bob.heard() == [(0, 1)]
        ann.talk()
        await trio.sleep(0.021)
        assert bob.heard() == [(0, 2)]


async def test_a_packet_leaves_in_one_write_with_the_poses_of_a_tick(
    autojump_clock: MockClock,
) -> None:
    async with open_backend("hall", features=FEATURES) as backend:
        ann, bob, cat = await enter(backend, "ann", "bob", "cat")
        await trio.sleep(2)
        bob.stand(1)  # a tick at once, and another is due
        await trio.testing.wait_all_tasks_blocked()
        cat.browser.transport.frames.clear()
        bob.stand(2)
        ann.talk()
        await trio.sleep(0.02)
        assert len(cat.browser.transport.frames) == 1
        assert cat.browser.events()[-2:] == ["stoc", "voice"]


async def test_sixty_four_talk_at_a_time_and_a_place_is_free_after_a_second_of_quiet(
    autojump_clock: MockClock,
) -> None:
    names = [f"user{number}" for number in range(65)]
    limits = Limits(per_address=0, messages=0, joins=0)
    async with open_backend("hall", features=FEATURES, limits=limits) as backend:
        *talkers, last = await enter(backend, *names)
        for step in range(50):
            for talker in talkers if step < 25 else talkers[1:]:
                talker.talk()
            last.talk()
            await trio.sleep(0.04)
            if step == 20:
                assert backend.metrics.dropped["voice: too many"] == 21
                assert {n for n, _ in last.heard()} < set(range(64))
        before = backend.metrics.dropped["voice: too many"]
        last.talk()
        await trio.sleep(0.04)
        assert backend.metrics.dropped["voice: too many"] == before == 50


async def test_nothing_wakes_while_nobody_talks(autojump_clock: MockClock) -> None:
    async with open_backend("hall", features=FEATURES) as backend:
        ann, _ = await enter(backend, "ann", "bob")
        ann.talk()
        await trio.sleep(2)
        deadlines = trio.lowlevel.current_statistics().seconds_to_next_deadline
        assert deadlines > 0.5


async def test_a_slot_keeps_the_three_newest_packets_in_order(autojump_clock: MockClock) -> None:
    async with open_backend("hall", features=FEATURES) as backend:
        ann, bob = await enter(backend, "ann", "bob")
        ann.talk(5)
        await trio.sleep(0.03)
        assert bob.heard() == [(0, 3), (0, 4), (0, 5)]
        assert backend.metrics.dropped["voice: replaced"] == 2


async def test_the_same_bytes_go_to_all_who_hear_the_same(autojump_clock: MockClock) -> None:
    async with open_backend("hall", features=FEATURES) as backend:
        ann, *others = await enter(backend, "ann", "bob", "cat", "dan")
        for other in others:
            other.browser.transport.frames.clear()
        ann.talk()
        await trio.sleep(0.03)
        frames = [other.browser.transport.frames[-1] for other in others]
        assert frames[0] is frames[1] is frames[2]


async def test_the_eight_nearest_are_heard_and_an_edge_does_not_flicker(
    autojump_clock: MockClock,
) -> None:
    names = [f"user{number}" for number in range(11)]
    async with open_backend("hall", features=FEATURES) as backend:
        ear, *talkers = await enter(backend, "ear", *names[:10])
        for place, talker in enumerate(talkers):
            talker.stand(place + 1)
        await settled()

        async def heard() -> set[int]:
            for talker in talkers:
                talker.talk()
            await trio.sleep(0.25)
            return {n for n, _ in ear.heard()}

        assert await heard() == {1, 2, 3, 4, 5, 6, 7, 8}
        talkers[8].stand(7)  # nearer than the eighth, by less than the slack
        await settled()
        assert await heard() == {1, 2, 3, 4, 5, 6, 7, 8}
        talkers[8].stand(5)
        await settled()
        await heard()
        assert await heard() == {1, 2, 3, 4, 5, 6, 7, 9}


async def test_a_voice_is_heard_to_27_metres_by_those_who_hear_it(
    autojump_clock: MockClock,
) -> None:
    async with open_backend("hall", features=FEATURES) as backend:
        ann, bob = await enter(backend, "ann", "bob")

        async def hears(x: float) -> bool:
            bob.stand(x)
            ann.talk()
            await trio.sleep(0.3)
            bob.heard()
            ann.talk()
            await trio.sleep(0.3)
            return bool(bob.heard())

        assert [await hears(x) for x in (26, 24, 26, 28, 26)] == [False, True, True, False, False]


async def test_who_is_behind_gets_no_voice_and_costs_nobody_else(
    autojump_clock: MockClock,
) -> None:
    async with open_backend("hall", features=FEATURES) as backend:
        ann, bob, cat = await enter(backend, "ann", "bob", "cat")
        bob.browser.transport.lags = True
        for _ in range(5):
            ann.talk()
            await trio.sleep(0.04)
        assert (len(cat.heard()), bob.heard()) == (5, [])
        assert backend.metrics.dropped["voice: behind"] == 5
        bob.browser.transport.lags = False
        ann.talk()
        await trio.sleep(0.04)
        assert bob.heard() == [(0, 6)]  # and nothing of what it has missed


async def test_a_listener_that_cannot_be_served_costs_nobody_else(
    autojump_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_backend("hall", features=FEATURES) as backend:
        ann, bob, cat = await enter(backend, "ann", "bob", "cat")
        bob.browser.transport.broken = True
        ann.talk()
        await trio.sleep(0.01)
        assert cat.heard() == [(0, 1)]
        bob.browser.transport.broken = False
    assert "client.failed user=bob" in caplog.text


async def test_a_muted_user_is_not_heard(autojump_clock: MockClock) -> None:
    async with open_backend("hall", features=FEATURES) as backend:
        ann, bob = await enter(backend, "ann", "bob")
        bob.browser.push("hush", {"user_id": "ann", "muted": True})
        ann.talk()
        await trio.sleep(0.1)
        assert (bob.heard(), ann.browser.replies()) == ([], {})
        assert backend.metrics.dropped["voice: muted"] == 1
        bob.browser.push("hush", {"user_id": "ann", "muted": False})
        ann.talk()
        await trio.sleep(0.1)
        assert bob.heard() == [(0, 2)]


async def test_flags_say_whether_the_microphone_is_on(autojump_clock: MockClock) -> None:
    async with open_backend("hall", features=FEATURES) as backend:
        ann, bob = await enter(backend, "ann", "bob")
        for flags in (BEGINS, 0, ENDS):
            ann.browser.push_binary(
                "voice", pack_voice_push(1, flags, 0, b"\x0a" if not flags else b"")
            )
            await settled()
        changes = [told["payload"] for *_, event, told in bob.browser.told() if event == "stoc"]
        assert changes == [{"user_id": "ann", "mic": "on"}, {"user_id": "ann", "mic": "off"}]


async def test_who_is_ignored_is_not_heard_until_the_listener_wants_it(
    autojump_clock: MockClock,
) -> None:
    async with open_backend("hall", features=FEATURES) as backend:
        ann, bob, cat = await enter(backend, "ann", "bob", "cat")
        ann.talk()
        await trio.sleep(0.03)
        bob.browser.push("i_ignore", {"user_id": "ann", "ignored": True})
        ann.talk()
        await trio.sleep(0.03)
        assert (bob.heard(), cat.heard()) == ([(0, 1)], [(0, 1), (0, 2)])
        bob.browser.push("i_ignore", {"user_id": "ann", "ignored": False})
        ann.talk()
        await trio.sleep(0.03)
        assert bob.heard() == [(0, 3)]


async def test_a_user_ignores_a_hundred_at_most(autojump_clock: MockClock) -> None:
    async with open_backend("hall", features=FEATURES, limits=Limits(messages=0)) as backend:
        (ann,) = await enter(backend, "ann")
        refs = []
        for number in range(101):
            refs.append(ann.browser.push("i_ignore", {"user_id": f"user{number}", "ignored": True}))
            await trio.sleep(0.25)
        replies = ann.browser.replies()
        assert [replies[ref]["status"] for ref in refs] == ["ok"] * 100 + ["error"]
        assert replies[refs[-1]]["response"]["reason"] == "too many"


async def test_a_talker_who_is_gone_is_heard_no_more(autojump_clock: MockClock) -> None:
    async with open_backend("hall", features=FEATURES, grace=0) as backend:
        ann, bob = await enter(backend, "ann", "bob")
        ann.talk()
        await trio.sleep(0.03)
        ann.talk()
        backend.endpoint.kick("ann")
        await trio.sleep(0.1)
        assert [n for n, _ in bob.heard()] in ([0], [0, 0])
        ann.talk()
        await trio.sleep(0.1)
        assert bob.heard() == []


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"\0", "voice: invalid payload"),
        (pack_voice_push(1, 8, 0, sound(1)), "voice: invalid payload"),
        (pack_voice_push(1, 0, 0, bytes(300)), "voice: invalid payload"),
    ],
)
async def test_a_bad_packet_is_dropped_and_counted(
    autojump_clock: MockClock, data: bytes, why: str
) -> None:
    async with open_backend("hall", features=FEATURES) as backend:
        ann, bob = await enter(backend, "ann", "bob")
        ann.browser.push_binary("voice", data)
        await trio.sleep(0.1)
        assert (ann.browser.replies(), bob.heard()) == ({}, [])
        assert backend.metrics.dropped == {why: 1}
        assert ann.browser.transport.closed is None


async def test_a_voice_as_json_is_refused(autojump_clock: MockClock) -> None:
    async with open_backend("hall", features=FEATURES) as backend:
        (ann,) = await enter(backend, "ann")
        ref = ann.browser.push("voice", {})
        await trio.sleep(0.1)
        assert ann.browser.replies()[ref]["response"]["reason"] == "invalid payload"


@pytest.mark.parametrize(
    ("size", "seconds", "least", "most"),
    [(0, 2, 175, 185), (196, 2, 55, 62)],  # by packets: 60 + 2 × 60; by bytes: 4000 + 2 × 4000
)
async def test_voice_has_a_rate_of_its_own(
    autojump_clock: MockClock, size: int, seconds: int, least: int, most: int
) -> None:
    limits = Limits(messages=30, joins=0)
    async with open_backend("hall", features=FEATURES, limits=limits) as backend:
        ann, bob = await enter(backend, "ann", "bob")
        heard = []
        for step in range(seconds * 200):
            ann.talk(size=size)
            if step % 10 == 0:
                ann.stand(step / 1000)
            await trio.sleep(0.005)
            heard += bob.heard()
        await trio.sleep(0.05)
        heard += bob.heard()
        accepted, dropped = backend.metrics.voice_packets, backend.metrics.dropped
        assert least <= accepted <= most
        assert len(heard) == accepted - dropped["voice: replaced"]
        assert dropped["voice: too fast"] == seconds * 200 - accepted
        assert backend.metrics.dropped["message rate"] == 0  # poses came as if nobody talked
        assert ann.browser.transport.closed is None


def world(rng: random.Random, talkers: list[Talker]) -> Callable[[], Any]:
    """A random step of somebody."""
    who = rng.choice(talkers)
    return rng.choice(
        [
            lambda: who.talk(rng.randint(1, 4)),
            lambda: who.talk(1),
            lambda: who.stand(rng.choice([0.0, 10.0, 60.0])),
            lambda: setattr(who.browser.transport, "lags", rng.random() < 0.3),
        ]
    )


@pytest.mark.parametrize("seed", range(6))
async def test_whatever_happens_packets_come_in_order_and_not_late(
    autojump_clock: MockClock, seed: int
) -> None:
    """Talkers, listeners that lag and move: each hears a talker in order, and only fresh packets.

    Poses and events are never lost to voice: at the end all know where everybody is.
    """
    rng = random.Random(seed)
    async with open_backend("hall", features=FEATURES) as backend:
        talkers = await enter(backend, *"abcdefg")
        sent: dict[tuple[int, int], float] = {}
        last: dict[tuple[Talker, int], int] = {}
        for _ in range(300):
            action = world(rng, talkers)
            counts = {each.number: each.seq for each in talkers}
            action()
            for each in talkers:
                for seq in range(counts[each.number] + 1, each.seq + 1):
                    sent[each.number, seq] = trio.current_time()
            await trio.sleep(rng.choice([0.0, 0.003, 0.02, 0.1]))
            now = trio.current_time()
            for listener in talkers:
                for n, seq in listener.heard():
                    assert n != listener.number
                    assert seq > last.get((listener, n), 0), "out of order"
                    assert now - sent[n, seq] <= 0.2 + 0.1
                    last[listener, n] = seq
        assert last
