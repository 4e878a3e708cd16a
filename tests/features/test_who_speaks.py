"""Those who may speak: by the options of the room, the role, the stage and the acts of moderators.

Each limit holds on the server, at once: a packet that waits is not sent any more.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

import pytest
import trio
from trio.testing import MockClock

from tests.channels.backend import OK, Backend, open_backend, pose, settled
from tests.features.voices import Talker, enter
from xr.features import FEATURES as ALL
from xr.features.doors import Doors
from xr.features.voice.nearest import Talkers
from xr.pose import Vector
from xr.roles import Role
from xr.rooms.standings import PLAIN, Standing
from xr.rooms.tenure import Tenure
from xr.wire.voice import BEGINS

SOON = 0.03
"""Seconds in which a packet is with its listeners."""


class Options(Doors):
    """Sets options without a thread, which the clock of a test does not wait for."""

    intents: ClassVar = {
        **Doors.intents,
        "set_room": replace(Doors.intents["set_room"], prepare=None),
    }


FEATURES = [Options if each is Doors else each for each in ALL]


async def staffed(backend: Backend) -> list[Talker]:
    """A guest, a member, a moderator and an owner, who stand together with their microphones on."""
    standings = {role.value: Standing(role) for role in Role}
    kept = {user: each for user, each in standings.items() if each != PLAIN}
    await backend.store.save_standings(Tenure("hall"), kept)
    people = await enter(backend, *[role.value for role in Role])
    for person in people:
        person.switch(BEGINS)
    await settled()
    for person in people:
        person.browser.told()
    return people


def ask(person: Talker, intent: str, **payload: object) -> Any:
    """The reply to an intent."""
    person.browser.told()
    ref = person.browser.push(intent, payload)
    return person.browser.replies()[ref]


async def heard(talkers: Sequence[Talker], ear: Talker) -> set[int]:
    """The numbers of those whose next packet an ear hears."""
    ear.browser.told()
    for talker in talkers:
        talker.talk()
    await trio.sleep(SOON)
    return {number for number, _ in ear.heard()}


@pytest.mark.parametrize(
    ("options", "speakers"),
    [
        ({"who_may_speak": "everybody"}, {0, 1, 2, 3}),
        ({"who_may_speak": "members"}, {1, 2, 3}),
        ({"who_may_speak": "moderators"}, {2, 3}),
        ({"voice": False}, set()),
    ],
)
async def test_the_options_of_the_room_hold_on_the_relay_and_show_in_mic(
    autojump_clock: MockClock, options: dict[str, object], speakers: set[int]
) -> None:
    async with open_backend(features=FEATURES) as backend:
        *people, owner = await staffed(backend)
        ear = Talker(await backend.visitor("ear", voice=1), 4)
        ear.stand(0)
        await settled()
        assert await heard([*people, owner], ear) == {0, 1, 2, 3}
        for person in people:
            person.talk()  # and it waits for the step
        assert ask(owner, "set_room", **options) == OK
        await trio.sleep(SOON)
        silenced = [(role.value, "off") for role in Role][: 4 - len(speakers)]
        told = ear.browser.told()
        packets = {n for *_, event, data in told if event == "voice" for n, _ in data}
        assert packets == speakers - {3}
        news = [payload["payload"] for *_, event, payload in told if event == "stoc"]
        assert [(each["user_id"], each["mic"]) for each in news if "mic" in each] == silenced
        assert await heard([*people, owner], ear) == speakers


async def test_a_role_that_is_taken_takes_the_voice(autojump_clock: MockClock) -> None:
    async with open_backend(features=FEATURES) as backend:
        guest, member, _, owner = await staffed(backend)
        assert ask(owner, "set_room", who_may_speak="members") == OK
        assert ask(owner, "set_role", user_id="guest", role="member") == OK
        assert ask(owner, "set_role", user_id="member", role="guest") == OK
        await settled()
        assert ("member", "off") in guest.mics()
        assert await heard([guest, member], owner) == {0}
        member.switch(BEGINS)
        await settled()
        assert guest.mics() == []
        assert backend.metrics.dropped["voice: not allowed"] == 2


@pytest.mark.parametrize(
    ("intent", "payload"),
    [
        ("mute", {"user_id": "guest", "muted": True}),
        ("kick", {"user_id": "guest"}),
        ("ban", {"user_id": "guest"}),
    ],
)
async def test_moderators_silence_somebody_at_once(
    autojump_clock: MockClock, intent: str, payload: dict[str, object]
) -> None:
    async with open_backend(features=FEATURES) as backend:
        guest, member, moderator, _ = await staffed(backend)
        assert await heard([guest], member) == {0}
        guest.talk()
        assert ask(moderator, intent, **payload) == OK
        guest.talk()
        await trio.sleep(0.2)
        assert member.heard() == []
        assert await heard([guest], member) == set()


async def test_a_muted_user_is_heard_again_when_the_mute_is_lifted(
    autojump_clock: MockClock,
) -> None:
    async with open_backend(features=FEATURES) as backend:
        guest, member, moderator, _ = await staffed(backend)
        ask(moderator, "mute", user_id="guest", muted=True)
        ask(moderator, "mute", user_id="guest", muted=False)
        guest.switch(BEGINS)
        await settled()
        assert member.mics() == [("guest", "muted"), ("guest", "off"), ("guest", "on")]
        assert await heard([guest], member) == {0}


async def test_those_on_the_stage_are_heard_everywhere_and_always_may_speak(
    autojump_clock: MockClock,
) -> None:
    async with open_backend(features=FEATURES) as backend:
        guest, member, moderator, owner = await staffed(backend)
        assert ask(owner, "set_room", who_may_speak="moderators") == OK
        guest.stand(500)
        await settled()
        assert await heard([guest], member) == set()
        refused = ask(moderator, "set_stage", user_id="guest", on=True)
        assert refused["response"]["reason"] == "not allowed"
        assert ask(owner, "set_stage", user_id="guest", on=True) == OK
        await settled()
        told = [news for event, news in member.browser.stoc() if event == "user_changed"]
        assert told == [{"user_id": "guest", "stage": True}]
        assert await heard([guest, owner], member) == {0, 3}
        late = await backend.visitor("late", voice=1)
        assert await heard([guest], Talker(late, 4)) == {0}
        assert ask(moderator, "mute", user_id="guest", muted=True) == OK
        assert await heard([guest], member) == set()
        ask(moderator, "mute", user_id="guest", muted=False)
        assert await heard([guest], member) == {0}
        guest.switch(BEGINS)
        guest.talk()
        assert ask(owner, "set_stage", user_id="guest", on=False) == OK
        await trio.sleep(SOON)
        assert member.mics() == [("guest", "on"), ("guest", "off")]
        assert await heard([guest], member) == set()


async def test_the_stage_ends_with_leaving_and_holds_eight(autojump_clock: MockClock) -> None:
    async with open_backend(features=FEATURES) as backend:
        *_, owner = await staffed(backend)
        names = [f"user{number}" for number in range(9)]
        crowd = [await backend.visitor(name) for name in names]
        absent = ask(owner, "set_stage", user_id="nobody", on=True)
        assert absent["response"]["reason"] == "no such user"
        replies = []
        for name in names:
            replies.append(ask(owner, "set_stage", user_id=name, on=True))
            await trio.sleep(0.5)
        assert replies[:8] == [OK] * 8
        assert replies[8]["response"]["reason"] == "too many"
        crowd[0].push("phx_leave", {})
        await settled()
        assert ask(owner, "set_stage", user_id="user8", on=True) == OK
        again = backend.browser("user0")
        again.join()
        await settled()
        (snapshot,) = [data for *_, event, data in again.told() if event == "user_snapshot"]
        on = {user_id for user_id, user in snapshot.items() if user.get("stage")}
        assert on == {*names} - {"user0"}


async def test_the_stage_comes_before_those_who_are_near(autojump_clock: MockClock) -> None:
    places: dict[str, Vector] = {f"near{number}": (number, 0.0, 0.0) for number in range(1, 10)}
    places["far"] = (900.0, 0.0, 0.0)
    talkers = Talkers(places, stage={"far", "silent"})
    heard = talkers.heard_at((0, 0, 0), before=set(), never=set())
    assert heard == {"far", *[f"near{number}" for number in range(1, 8)]}
    assert "far" not in talkers.heard_at((0, 0, 0), before=set(), never={"far"})


async def test_a_voice_follows_its_user_into_another_room(autojump_clock: MockClock) -> None:
    async with open_backend("hall", "garden", features=FEATURES) as backend:
        ann, bob = await enter(backend, "ann", "bob")
        cat = Talker(await backend.visitor("cat", "room:garden", voice=1), 0)
        ann.browser.push("phx_leave", {})
        ann.browser.join("room:garden", voice=1)
        await settled()
        for each in (ann, cat):
            each.browser.push("i_moved", pose(0), "room:garden")
        await settled()
        ann.browser.told()
        ann.talk()
        ann.talk(topic="room:garden")
        cat.talk(topic="room:garden")
        bob.talk()
        await trio.sleep(SOON)
        assert (bob.heard(), cat.heard(), ann.heard()) == ([], [(1, 2)], [(0, 1)])


class Counting(frozenset[str]):
    """A set that counts who is looked up in it."""

    looks = 0

    def __contains__(self, item: object) -> bool:
        type(self).looks += 1
        return super().__contains__(item)


def test_a_listener_is_compared_with_the_talkers_around_it_alone() -> None:
    """500 users in 10 groups, of whom 60 talk: each looks at the 6 of its own group."""
    places = {
        f"{group}-{number}": (100.0 * group + number % 7, 1.7, float(number % 5))
        for group in range(10)
        for number in range(50)
    }
    speaking = {user: place for user, place in places.items() if int(user.split("-")[1]) < 6}
    talkers = Talkers(speaking)
    for user, place in places.items():
        heard = talkers.heard_at(place, before=set(), never=Counting([user]))
        group = user.split("-")[0]
        assert heard == {f"{group}-{number}" for number in range(6)} - {user}
    assert Counting.looks == 500 * 6
