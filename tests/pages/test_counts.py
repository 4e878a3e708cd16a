"""The stream of counts: what changes, for those who may see it, and not more than there is room."""

import json
from typing import Any

import pytest
import trio
from trio.testing import MockClock

from tests.channels.backend import settled
from tests.pages.app_under_test import failing
from tests.pages.open_rooms import Site, open_site
from xr.errors import StoreError
from xr.pages.counts import LENGTH
from xr.pages.streams import Streams
from xr.rooms.tenure import Tenure
from xr.serving.guard import REQUEST_DEADLINE
from xr.wire.reasons import Reason


class Watcher:
    """A page that is open; what its stream has brought."""

    def __init__(
        self,
        site: Site,
        user_id: str | None,
        address: str = "192.0.2.9",
        method: str = "GET",
    ) -> None:
        self._app = site.parts.app
        self._closed = trio.Event()
        self._headers = [
            (name.lower().encode(), value.encode())
            for name, value in {"Host": "localhost", **site.headers(user_id)}.items()
        ]
        self._address = address
        self._method = method
        self.status = 0
        self.headers: dict[bytes, bytes] = {}
        self.text = ""
        self.ended = False

    async def run(self) -> None:
        scope: Any = {
            "type": "http",
            "asgi": {},
            "http_version": "1.1",
            "method": self._method,
            "scheme": "http",
            "path": "/api/rooms/counts",
            "raw_path": b"/api/rooms/counts",
            "query_string": b"",
            "root_path": "",
            "headers": self._headers,
            "client": (self._address, 5000),
            "server": ("localhost", 80),
            "extensions": {},
        }
        await self._app(scope, self._receive, self._send)
        self.ended = True

    async def _receive(self) -> Any:
        if not self.status:
            await trio.lowlevel.checkpoint()
            return {"type": "http.request", "body": b"", "more_body": False}
        await self._closed.wait()
        return {"type": "http.disconnect"}

    async def _send(self, event: Any) -> None:
        await trio.lowlevel.checkpoint()
        if event["type"] == "http.response.start":
            self.status, self.headers = event["status"], dict(event["headers"])
        else:
            self.text += event.get("body", b"").decode()

    def close(self) -> None:
        """The browser goes."""
        self._closed.set()

    def told(self) -> list[Any]:
        """The counts that came since the last time."""
        lines, self.text = self.text.splitlines(), ""
        return [json.loads(line[6:]) for line in lines if line.startswith("data: ")]


async def test_changes_come_together_once_a_second(autojump_clock: MockClock) -> None:
    async with open_site() as site, trio.open_nursery() as nursery:
        await site.backend.store.save_options(Tenure("hall"), {"listed": True})
        watcher = Watcher(site, None)
        nursery.start_soon(watcher.run)
        await settled()
        assert watcher.status == 200
        assert watcher.headers[b"content-type"].startswith(b"text/event-stream")
        assert watcher.told() == []
        ann, bob = await site.enter("ann"), await site.enter("bob")
        await trio.sleep(1.1)
        assert watcher.told() == [{"hall": 2}]
        await trio.sleep(30)
        assert watcher.told() == []
        ann.end()
        bob.end()
        await trio.sleep(1.1)
        assert watcher.told() == [{"hall": 0}]
        watcher.close()


async def test_a_room_that_is_not_listed_is_told_to_those_who_know_it_alone(
    autojump_clock: MockClock,
) -> None:
    async with open_site() as site, trio.open_nursery() as nursery:
        watchers = {each: Watcher(site, each) for each in (None, "stranger", "member")}
        for watcher in watchers.values():
            nursery.start_soon(watcher.run)
        await site.enter("guest")
        await trio.sleep(2)
        found = {user: watcher.told() for user, watcher in watchers.items()}
        assert found == {None: [], "stranger": [], "member": [{"hall": 1}]}
        for watcher in watchers.values():
            watcher.close()


async def test_a_stream_of_somebody_who_is_forgotten_tells_no_more_than_a_stranger_hears(
    autojump_clock: MockClock,
) -> None:
    async with open_site() as site, trio.open_nursery() as nursery:
        watcher = Watcher(site, "member")
        nursery.start_soon(watcher.run)
        guest = await site.enter("guest")
        await trio.sleep(2)
        assert watcher.told() == [{"hall": 1}]
        await site.post("/me/forget", "member")
        await trio.sleep(2)
        watcher.told()
        guest.end()
        await site.enter("ann")
        await site.enter("bob")
        await trio.sleep(2)
        assert watcher.told() == []
        watcher.close()


async def test_a_page_that_goes_gives_its_place_back(autojump_clock: MockClock) -> None:
    async with open_site() as site, trio.open_nursery() as nursery:
        streams = site.parts.services.streams
        watchers = [Watcher(site, None) for _ in range(Streams.PER_ADDRESS)]
        for watcher in watchers:
            nursery.start_soon(watcher.run)
        await settled()
        assert len(streams) == Streams.PER_ADDRESS
        further = Watcher(site, None)
        await further.run()
        assert (further.status, further.headers[b"retry-after"]) == (503, b"30")
        elsewhere = Watcher(site, None, "192.0.2.10")
        nursery.start_soon(elsewhere.run)
        watchers.pop().close()
        await settled()
        again = Watcher(site, None)
        nursery.start_soon(again.run)
        await settled()
        assert elsewhere.status == again.status == 200
        for watcher in (*watchers, elsewhere, again):
            watcher.close()
        await settled()
        assert len(streams) == 0
        assert not any(streams.is_full(address) for address in ("192.0.2.9", "192.0.2.10"))


async def test_those_who_ask_in_the_same_moment_get_no_more_places(
    autojump_clock: MockClock,
) -> None:
    async with open_site() as site, trio.open_nursery() as nursery:
        watchers = [Watcher(site, None) for _ in range(4 * Streams.PER_ADDRESS)]
        for watcher in watchers:
            nursery.start_soon(watcher.run)
        await trio.sleep(0.5)
        assert len(site.parts.services.streams) == Streams.PER_ADDRESS
        ended = [watcher for watcher in watchers if watcher.ended]
        assert len(ended) == 3 * Streams.PER_ADDRESS
        assert all(each.status == 503 or "retry: 30000" in each.text for each in ended)
        for watcher in watchers:
            watcher.close()


async def test_to_ask_for_the_head_alone_holds_no_place(autojump_clock: MockClock) -> None:
    async with open_site() as site:
        asked = Watcher(site, None, method="HEAD")
        with trio.fail_after(5):
            await asked.run()
        assert (asked.status, asked.text) == (200, "")
        assert asked.headers[b"content-type"].startswith(b"text/event-stream")


@pytest.mark.parametrize("error", [StoreError("the disk is gone"), OSError("it hangs")])
async def test_a_list_that_cannot_be_read_ends_the_stream_with_a_line(
    error: Exception,
    autojump_clock: MockClock,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with open_site() as site, trio.open_nursery() as nursery:
        watcher = Watcher(site, None)
        nursery.start_soon(watcher.run)
        await settled()
        assert not watcher.ended
        monkeypatch.setattr(site.backend.store, "list_rooms", failing(error))
        site.backend.store.revision += 1
        await trio.sleep(2)
        assert watcher.ended
        assert "retry: 30000" in watcher.text
        assert "counts.unread" in caplog.text
        assert len(site.parts.services.streams) == 0


@pytest.mark.parametrize("stopping", [False, True])
async def test_a_stream_ends_with_the_server_or_after_a_while(
    stopping: bool, autojump_clock: MockClock
) -> None:
    async with open_site() as site, trio.open_nursery() as nursery:
        watcher = Watcher(site, None)
        nursery.start_soon(watcher.run)
        await settled()
        if stopping:
            site.parts.server.refusal = Reason.RESTARTING
        await trio.sleep(1.5 if stopping else LENGTH + 1)
        assert watcher.ended
        assert trio.current_time() < REQUEST_DEADLINE  # else its connection is cut in the middle
        assert "\n:\n\n" in watcher.text or stopping  # a line now and then, for proxies
        further = Watcher(site, None)
        nursery.start_soon(further.run)
        await settled()
        assert further.status == (503 if stopping else 200)
        further.close()
