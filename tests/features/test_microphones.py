"""One connection talks for a user: the last that switched its microphone on."""

import trio
from trio.testing import MockClock

from tests.channels.backend import Backend, open_backend, settled
from tests.features.voices import Talker, enter
from xr.features.voice import Voice
from xr.features.voice.microphones import SWITCHES_A_SECOND, SWITCHES_AT_ONCE
from xr.wire.voice import BEGINS, ENDS


async def two_tabs(backend: Backend) -> tuple[Talker, Talker, Talker]:
    """Two tabs of ann, and bob who listens."""
    (bob,) = await enter(backend, "bob")
    first = Talker(await backend.visitor("ann", voice=1), 1)
    second = Talker(await backend.visitor("ann", voice=1), 1)
    second.seq = 100
    second.stand(0)
    await settled()
    for each in (first, second, bob):
        each.browser.told()
    return first, second, bob


async def heard(listener: Talker) -> list[int]:
    """The numbers of the packets that it gets now."""
    await settled()
    return [seq for _, seq in listener.heard()]


async def test_two_tabs_of_a_user_are_not_mixed_up(autojump_clock: MockClock) -> None:
    async with open_backend("hall", features=[Voice]) as backend:
        first, second, bob = await two_tabs(backend)
        first.switch(BEGINS)
        for _ in range(5):
            first.talk()
            second.talk()  # it never said that it would
            await settled()
        assert await heard(bob) == [0, 1, 2, 3, 4, 5]
        assert backend.metrics.dropped["voice: another connection"] == 5


async def test_the_last_to_switch_on_talks_and_the_other_is_told(
    autojump_clock: MockClock,
) -> None:
    async with open_backend("hall", features=[Voice]) as backend:
        first, second, bob = await two_tabs(backend)
        first.switch(BEGINS)
        first.talk()
        assert await heard(bob) == [0, 1]
        second.switch(BEGINS)
        second.talk()
        assert await heard(bob) == [100, 101]
        (told,) = [data for *_, event, data in first.browser.told() if event == "voice"]
        assert [(n, packet.flags, packet.sound) for n, packet in told] == [(1, ENDS, b"")]
        assert second.heard() == []
        first.switch(ENDS)  # as its page does when it is told
        first.talk()
        assert await heard(bob) == []
        assert bob.mics() == []
        second.switch(ENDS)
        await settled()
        assert bob.mics() == [("ann", "off")]
        first.switch(BEGINS)
        first.talk()
        assert await heard(bob) == [2, 3]


async def test_a_microphone_is_off_when_its_tab_ends_and_another_may_talk(
    autojump_clock: MockClock,
) -> None:
    async with open_backend("hall", features=[Voice]) as backend:
        first, second, bob = await two_tabs(backend)
        first.switch(BEGINS)
        await settled()
        assert bob.mics() == [("ann", "on")]
        first.browser.end()
        await settled()
        assert bob.mics() == [("ann", "off")]
        second.talk()
        assert await heard(bob) == [101]


async def test_switching_without_end_tells_the_others_a_few_times_a_second(
    autojump_clock: MockClock,
) -> None:
    async with open_backend("hall", features=[Voice]) as backend:
        first, second, bob = await two_tabs(backend)
        for _ in range(250):
            for each in (first, second):
                each.switch(BEGINS)
                each.switch(ENDS)
            await trio.sleep(0.04)
        await settled()
        told = bob.mics()
        most = SWITCHES_AT_ONCE + 10 * SWITCHES_A_SECOND
        assert SWITCHES_AT_ONCE < len(told) <= 2 * (most + 1)
        assert told[-1] == ("ann", "off")  # to switch off is never refused
        await trio.sleep(SWITCHES_AT_ONCE / SWITCHES_A_SECOND)
        first.switch(BEGINS)
        await settled()
        assert bob.mics() == [("ann", "on")]


async def mic_seen_by_a_newcomer(backend: Backend, name: str) -> str:
    """The microphone of ann as a newcomer is told of it."""
    newcomer = backend.browser(name)
    newcomer.join()
    await settled()
    told = {event: payload for _, _, _, event, payload in newcomer.told()}
    return str(told["user_snapshot"]["ann"]["mic"])


async def test_newcomers_see_the_microphone_as_it_is_when_a_page_loses_its_connection(
    autojump_clock: MockClock,
) -> None:
    async with open_backend("hall", features=[Voice], grace=2.0) as backend:
        (bob,) = await enter(backend, "bob")
        ann = Talker(await backend.visitor("ann", voice=1, tab="page"), 1)
        ann.switch(BEGINS)
        assert await mic_seen_by_a_newcomer(backend, "cat") == "on"
        ann.browser.end(1006)
        again = Talker(await backend.visitor("ann", voice=1, tab="page"), 1)
        assert await mic_seen_by_a_newcomer(backend, "dan") == "off"
        again.switch(BEGINS)
        assert await mic_seen_by_a_newcomer(backend, "eve") == "on"
        assert bob.mics() == [("ann", "on"), ("ann", "off"), ("ann", "on")]
