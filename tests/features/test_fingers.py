"""Bent fingers: told to those who ask for them, the newest alone, and to late-comers."""

from typing import Any

import pytest
from trio.testing import MockClock

from tests.channels.backend import OK, Browser, open_backend, settled
from xr.features.fingers import Fingers

FIST = [200, 255, 255, 255, 255]
OPEN = [10, 0, 0, 0, 0]


def bent(browser: Browser) -> list[Any]:
    """The fingers of which a client of plain JSON has heard since the last time."""
    return [payload for event, payload in browser.stoc() if event == "fingers_bent"]


def records(browser: Browser) -> list[bytes]:
    """The same for a client of binary records, a frame each."""
    return [data for *_, event, data in browser.told() if event == "fingers"]


async def test_they_reach_those_who_asked_in_their_form(autojump_clock: MockClock) -> None:
    async with open_backend(features=[Fingers]) as backend:
        ann = await backend.visitor("ann", poses="json", fingers=True)
        ben = await backend.visitor("ben", poses="binary", stamps=True, fingers=True)
        cat = await backend.visitor("cat", poses="binary")
        for browser in (ann, ben, cat):
            browser.told()
        ref = ann.push("bend_fingers", {"left": OPEN, "right": FIST})
        ben.push("bend_fingers", {"right": OPEN})
        await settled()
        assert cat.events() == [], "it has not asked"
        assert records(ben) == [b"\0\0\6" + bytes(OPEN) + bytes(FIST) + b"\1\0\4" + bytes(OPEN)], (
            "one frame for both"
        )
        heard = ann.told()
        assert [reply for _, known, _, _, reply in heard if known == ref] == [OK]
        assert [payload["payload"] for *_, event, payload in heard if event == "stoc"] == [
            {"user_id": "ann", "n": 0, "left": OPEN, "right": FIST},
            {"user_id": "ben", "n": 1, "left": None, "right": OPEN},
        ]


async def test_a_client_of_one_frame_a_tick_may_ask_too(autojump_clock: MockClock) -> None:
    async with open_backend(features=[Fingers]) as backend:
        ann = await backend.visitor("ann", poses="batch", fingers=True)
        ann.push("bend_fingers", {"left": FIST})
        await settled()
        assert bent(ann) == [{"user_id": "ann", "n": 0, "left": FIST, "right": None}]


async def test_the_newest_counts_and_silence_costs_nothing(autojump_clock: MockClock) -> None:
    async with open_backend(features=[Fingers]) as backend:
        ann = await backend.visitor("ann", poses="binary", fingers=True)
        for little in range(6):
            ann.push("bend_fingers", {"left": [0, 0, 0, 0, little]})
        await settled()
        told = records(ann)
        assert len(told) < 6
        assert told[-1] == b"\0\0\2\0\0\0\0\5"
        ann.transport.lags = True
        ann.push("bend_fingers", {"left": FIST})
        await settled()
        ann.push("bend_fingers", {})
        await settled()
        assert records(ann) == []
        ann.transport.lags = False
        ann.socket.backlog_sent()
        await settled()
        assert records(ann) == [b"\0\0\0"], "no longer tracked"
        await settled()
        assert ann.events() == []


async def test_late_comers_know_of_those_who_are_there_and_of_nobody_else(
    autojump_clock: MockClock,
) -> None:
    async with open_backend(features=[Fingers], grace=0) as backend:
        ann = await backend.visitor("ann", fingers=True)
        ben = await backend.visitor("ben", fingers=True)
        ann.push("bend_fingers", {"left": OPEN})
        ann.push("bend_fingers", {"left": FIST})
        ben.push("bend_fingers", {"right": FIST})
        await settled()
        ben.push("phx_leave", {})
        await settled()
        cat = backend.browser("cat")
        cat.join(poses="binary", fingers=True)
        dan = backend.browser("dan")
        dan.join(poses="binary")
        await settled()
        assert records(cat) == [b"\0\0\2" + bytes(FIST)], "once, the newest, after the room's state"
        assert records(dan) == []
        ann.end()
        await settled()
        eve = backend.browser("eve")
        eve.join(poses="binary", fingers=True)
        again = backend.browser("ann")
        again.join(poses="binary", fingers=True)
        await settled()
        assert records(eve) == []
        assert records(again) == [], "a new visit begins without them"


async def test_they_have_a_rate_of_their_own(autojump_clock: MockClock) -> None:
    async with open_backend(features=[Fingers]) as backend:
        ann = await backend.visitor("ann")
        for _ in range(13):
            ann.push("bend_fingers", {"left": FIST})
        ann.push("i_moved", {"position": [0, 1, 0], "rotation": [0, 0, 0, 1]})
        replies = [reply["response"] for reply in ann.replies().values()]
        assert replies[:12] == [{}] * 12
        assert [reply["reason"] for reply in replies[12:]] == ["too fast"]
        assert replies[12]["retry_after"] > 0


@pytest.mark.parametrize(
    "payload",
    [
        None,
        [],
        "fist",
        7,
        {"left": True},
        {"left": "aaaaa"},
        {"left": {}},
        {"left": []},
        {"left": [0, 0, 0, 0]},
        {"left": [0, 0, 0, 0, 0, 0]},
        {"left": [0, 0, 0, 0, 256]},
        {"left": [0, 0, 0, 0, -1]},
        {"left": [0, 0, 0, 0, 0.5]},
        {"left": [0, 0, 0, 0, 10**30]},
        {"left": [0, 0, 0, 0, None]},
        {"left": [0, 0, 0, 0, "0"]},
        {"left": [0, 0, 0, 0, True]},
        {"left": FIST, "right": [[0], 0, 0, 0, 0]},
    ],
)
async def test_another_payload_is_refused_and_changes_nothing(
    payload: Any, autojump_clock: MockClock
) -> None:
    async with open_backend(features=[Fingers]) as backend:
        ann = await backend.visitor("ann", poses="binary", fingers=True)
        ref = ann.push("bend_fingers", payload)
        await settled()
        told = ann.told()
        assert [event for *_, event, _ in told] == ["phx_reply"]
        assert told[0][1] == ref
        assert told[0][4]["status"] == "error"
        assert told[0][4]["response"]["reason"] == "invalid payload"


async def test_a_binary_push_of_them_is_refused(autojump_clock: MockClock) -> None:
    async with open_backend(features=[Fingers]) as backend:
        ann = await backend.visitor("ann", poses="binary", fingers=True)
        ann.push_binary("bend_fingers", bytes(FIST))
        await settled()
        replies = ann.replies()
        assert [reply["response"]["reason"] for reply in replies.values()] == ["invalid payload"]
