"""The log of joins and leaves, where the operator wants it."""

import logging

import pytest
from trio.testing import MockClock, wait_all_tasks_blocked

from tests.rooms.fake_client import FakeClient
from tests.rooms.house import open_house
from xr.features.visit_log import VisitLog


async def test_a_join_and_a_leave_are_a_line_each(
    autojump_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with open_house(features=[VisitLog]) as house:
        ann = FakeClient("ann")
        room = await house.enter(ann)
        await wait_all_tasks_blocked()
        assert "user.joined room=hall user=ann" in caplog.text
        assert "user.left" not in caplog.text
        room.leave(ann, goodbye=True)
        await wait_all_tasks_blocked()
        assert "user.left room=hall user=ann" in caplog.text
