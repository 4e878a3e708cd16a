"""Chat in a room: told to all, kept for newcomers, removed for good."""

from collections.abc import Sequence
from typing import Any

import pytest
import trio
from trio.testing import MockClock

from tests.channels.backend import Backend, Browser, open_backend, settled
from tests.rooms.gated_store import HALL, LOCKED
from xr.features.chat import Chat
from xr.features.profile import Profiles
from xr.features.reactions import Reactions
from xr.roles import Role
from xr.rooms.protocols import LINES
from xr.rooms.standings import Standing

FEATURES = (Profiles, Chat, Reactions)


def heard(browser: Browser, *events: str) -> list[Any]:
    """The payloads of these events, told inside ``stoc``, since the last time."""
    told = [p for *_, event, p in browser.told() if event == "stoc"]
    return [each["payload"] for each in told if each["event"] in events]


def replies(browser: Browser) -> list[Any]:
    return [payload["response"] for *_, event, payload in browser.told() if event == "phx_reply"]


async def ask(browser: Browser, event: str, payload: Any) -> Any:
    """Push, and return the response."""
    browser.told()
    browser.push(event, payload)
    await settled()
    (response,) = replies(browser)
    return response


async def say(browser: Browser, *texts: str) -> list[str]:
    """Write lines, not too fast; returns their ids."""
    ids = []
    for text in texts:
        ids.append((await ask(browser, "say", {"text": text}))["id"])
        await trio.sleep(1)
    return ids


async def texts_for_a_newcomer(backend: Backend, user_id: str, room_id: str = HALL) -> list[str]:
    """The lines that a newcomer finds; they are told behind the state of presence."""
    browser = backend.browser(user_id)
    browser.join(f"room:{room_id}")
    await settled()
    told = browser.told()
    events = [event for *_, event, _ in told]
    assert events.index("chat") > events.index("presence_state")
    (chat,) = [payload for *_, event, payload in told if event == "chat"]
    return [line["text"] for line in chat["lines"]]


async def stored(backend: Backend, room_id: str = HALL) -> Sequence[str]:
    record = await backend.store.load_room(room_id)
    assert record is not None
    return [line.text for line in record.lines.values()]


async def ids_of(backend: Backend) -> dict[str, str]:
    """The ids of the stored lines, by text."""
    record = await backend.store.load_room(HALL)
    assert record is not None
    return {line.text: line_id for line_id, line in record.lines.items()}


async def test_a_line_is_told_to_all_with_the_name_of_its_writer(
    autojump_clock: MockClock,
) -> None:
    async with open_backend(features=FEATURES) as backend:
        ann, bob = await backend.visitor("ann"), await backend.visitor("bob")
        await ask(ann, "i_am", {"name": "Ann"})
        bob.told()
        (line_id,) = await say(ann, "Hello\r\n<b>you</b> 👋")
        await ask(ann, "i_am", {"name": "Anna"})
        (said,) = heard(bob, "said")
        assert said == {
            "id": line_id,
            "user_id": "ann",
            "name": "Ann",
            "text": "Hello\n<b>you</b> 👋",
            "at": said["at"],
        }


async def test_a_newcomer_finds_the_last_lines_after_a_restart_too(
    autojump_clock: MockClock,
) -> None:
    async with open_backend(features=FEATURES) as backend:
        ann = await backend.visitor("ann")
        texts = [f"line {number}" for number in range(LINES + 3)]
        await say(ann, *texts)
        assert await texts_for_a_newcomer(backend, "bob") == texts[3:]
        await trio.sleep(6)
        assert await stored(backend) == texts[3:]
    async with open_backend(store=backend.store, features=FEATURES) as again:
        assert await texts_for_a_newcomer(again, "cat") == texts[3:]


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n\t ",
        "\u200b\ufeff",
        "\u3164",
        "x" * 501,
        "bell\x07",
        "escape\x1b[31m",
        "\x00",
        7,
        None,
    ],
)
async def test_a_line_that_cannot_be_is_refused(autojump_clock: MockClock, text: Any) -> None:
    async with open_backend(features=FEATURES) as backend:
        ann = await backend.visitor("ann")
        refusal = await ask(ann, "say", {"text": text})
        assert refusal["reason"] == "invalid payload"
        assert refusal["detail"]
        assert await texts_for_a_newcomer(backend, "bob") == []


async def test_who_writes_too_fast_is_told_how_long_to_wait(autojump_clock: MockClock) -> None:
    async with open_backend(features=FEATURES) as backend:
        ann = await backend.visitor("ann")
        ann.told()
        for number in range(6):
            ann.push("say", {"text": str(number)})
        await settled()
        *ids, refusal = replies(ann)
        assert len({each["id"] for each in ids}) == 5
        assert refusal["reason"] == "too fast"
        await trio.sleep(refusal["retry_after"])
        assert "id" in await ask(ann, "say", {"text": "again"})


async def test_a_muted_user_is_refused_and_may_still_take_back_a_line(
    autojump_clock: MockClock,
) -> None:
    async with open_backend(features=FEATURES) as backend:
        ann = await backend.visitor("ann")
        (line_id,) = await say(ann, "Hello")
        room = backend.lobby.room(HALL)
        assert room is not None
        room.standings.put("ann", Standing(muted=True))
        assert (await ask(ann, "say", {"text": "Hello"}))["reason"] == "muted"
        assert await ask(ann, "unsay", {"id": line_id}) == {}


async def test_a_line_is_removed_by_its_writer_or_a_moderator_and_from_the_store(
    autojump_clock: MockClock,
) -> None:
    async with open_backend(features=FEATURES) as backend:
        ann, bob = await backend.visitor("ann"), await backend.visitor("bob")
        mine, also_mine = await say(ann, "one", "two")
        await say(bob, "three")
        await trio.sleep(6)
        assert await stored(backend) == ["one", "two", "three"]
        assert (await ask(bob, "unsay", {"id": mine}))["reason"] == "not allowed"
        assert await ask(ann, "unsay", {"id": mine}) == {}
        assert (await ask(ann, "unsay", {"id": mine}))["reason"] == "no such line"
        room = backend.lobby.room(HALL)
        assert room is not None
        room.standings.put("bob", Standing(Role.MODERATOR))
        ann.told()
        assert await ask(bob, "unsay", {"id": also_mine}) == {}
        assert heard(ann, "unsaid") == [{"id": also_mine}]
        assert await texts_for_a_newcomer(backend, "cat") == ["three"]
        await trio.sleep(6)
        assert await stored(backend) == ["three"]
        (act,) = await backend.store.list_acts(HALL)
        assert (act.by, act.act, act.user_id) == ("bob", "unsay", "ann")


async def test_lines_are_kept_while_the_disk_fails_and_written_later(
    autojump_clock: MockClock,
) -> None:
    async with open_backend(features=FEATURES) as backend:
        ann = await backend.visitor("ann")
        await say(ann, "before")
        await trio.sleep(6)
        backend.store.failures["save_chat"] = LOCKED
        await say(ann, *[f"line {number}" for number in range(LINES + 10)])
        room = backend.lobby.room(HALL)
        assert room is not None
        assert [len(lines) for lines in room.snapshot.unsaved["chat"].values()] == [LINES]
        room.stop()
        await trio.sleep(4)
        expected = [f"line {number}" for number in range(10, LINES + 10)]
        assert await texts_for_a_newcomer(backend, "bob") == expected
        backend.store.failures.clear()
        await trio.sleep(6)
        assert await stored(backend) == expected


async def test_removed_lines_do_not_pile_up_while_the_disk_fails_and_never_come_back(
    autojump_clock: MockClock,
) -> None:
    async with open_backend(features=FEATURES) as backend:
        ann = await backend.visitor("ann")
        await say(ann, "written", "stays")
        await trio.sleep(6)
        written = await ids_of(backend)
        backend.store.failures["save_chat"] = LOCKED
        assert await ask(ann, "unsay", {"id": written["written"]}) == {}
        for number in range(LINES):
            (line_id,) = await say(ann, f"taken back {number}")
            assert await ask(ann, "unsay", {"id": line_id}) == {}
        room = backend.lobby.room(HALL)
        assert room is not None
        assert room.snapshot.unsaved["chat"].keys() == {"lines"}
        assert room.snapshot.unsaved["chat"]["lines"].keys() == {written["stays"]}
        room.stop()
        await trio.sleep(4)
        assert await texts_for_a_newcomer(backend, "bob") == ["stays"]
        backend.store.failures.clear()
        await trio.sleep(6)
        assert await stored(backend) == ["stays"]


async def test_a_removed_line_leaves_the_disk_at_once(autojump_clock: MockClock) -> None:
    async with open_backend(features=FEATURES) as backend:
        ann = await backend.visitor("ann")
        (line_id,) = await say(ann, "regretted")
        await trio.sleep(6)
        assert await stored(backend) == ["regretted"]
        await ask(ann, "unsay", {"id": line_id})
        await settled()
        assert await stored(backend) == []


async def test_lines_go_when_they_are_too_old(autojump_clock: MockClock) -> None:
    store_time = 0.0
    async with open_backend(features=FEATURES, now=lambda: store_time) as backend:
        ann = await backend.visitor("ann")
        await say(ann, "old")
        store_time = 23 * 3600.0
        await say(ann, "new")
        store_time = 24 * 3600.0 + 1
        assert await texts_for_a_newcomer(backend, "bob") == ["new"]
        await say(ann, "newest")
        await trio.sleep(6)
        assert await stored(backend) == ["new", "newest"]


async def test_lines_may_be_kept_in_memory_alone(autojump_clock: MockClock) -> None:
    async with open_backend(features=FEATURES, chat_hours=0, idle=1) as backend:
        ann = await backend.visitor("ann")
        await say(ann, "Hello")
        await trio.sleep(6)
        assert await stored(backend) == []
        assert await texts_for_a_newcomer(backend, "bob") == ["Hello"]


async def test_a_user_who_is_forgotten_leaves_no_line(autojump_clock: MockClock) -> None:
    async with open_backend(features=FEATURES) as backend:
        ann, bob = await backend.visitor("ann"), await backend.visitor("bob")
        await say(ann, "written")
        await trio.sleep(6)
        (line_id,) = await say(ann, "unwritten")
        await say(bob, "mine")
        bob.told()
        backend.lobby.forget_user("ann")
        await backend.store.forget_user("ann")
        await settled()
        assert line_id in [gone["id"] for gone in heard(bob, "unsaid")]
        assert await texts_for_a_newcomer(backend, "cat") == ["mine"]
        await trio.sleep(6)
        assert await stored(backend) == ["mine"]


async def test_unwritten_lines_of_a_room_that_ended_are_forgotten_too(
    autojump_clock: MockClock,
) -> None:
    async with open_backend(features=FEATURES) as backend:
        ann = await backend.visitor("ann")
        backend.store.failures["save_chat"] = LOCKED
        await say(ann, "unwritten")
        backend.store.failures["load_room"] = LOCKED  # the room does not open again meanwhile
        room = backend.lobby.room(HALL)
        assert room is not None
        room.stop()
        await trio.sleep(4)
        assert backend.lobby.statistics().unsaved > 0
        backend.lobby.forget_user("ann")
        backend.store.failures.clear()
        await trio.sleep(6)
        assert await stored(backend) == []
        assert await texts_for_a_newcomer(backend, "bob") == []


async def test_the_order_of_lines_holds_when_the_clock_is_set_back(
    autojump_clock: MockClock,
) -> None:
    time = 1_000.0
    async with open_backend(features=FEATURES, now=lambda: time) as backend:
        ann = await backend.visitor("ann")
        await say(ann, "first")
        time = 500.0
        await say(ann, "second")
        await trio.sleep(6)
        assert await stored(backend) == ["first", "second"]


async def test_gestures_are_told_and_not_kept(autojump_clock: MockClock) -> None:
    async with open_backend(features=FEATURES) as backend:
        ann, bob = await backend.visitor("ann"), await backend.visitor("bob")
        bob.told()
        for kind in ("wave", "clap", "heart", "laugh"):
            assert await ask(ann, "react", {"kind": kind}) == {}
            await trio.sleep(1)
        assert heard(bob, "reacted") == [
            {"user_id": "ann", "kind": kind} for kind in ("wave", "clap", "heart", "laugh")
        ]
        assert (await ask(ann, "react", {"kind": "dance"}))["reason"] == "invalid payload"
        await trio.sleep(3)
        ann.told()
        for _ in range(6):
            ann.push("react", {"kind": "wave"})
        await settled()
        assert [each.get("reason") for each in replies(ann)] == [None] * 5 + ["too fast"]
