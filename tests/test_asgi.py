"""The app's lifespan, played by hand; requests and websockets under Hypercorn are in tests/ways."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import trio

from xr.asgi import App, create_app
from xr.errors import SettingsError
from xr.settings import Settings
from xr.store.lock import acquire, holder

SECONDS = 30
REQUEST: Any = {
    "type": "http",
    "http_version": "1.1",
    "method": "GET",
    "path": "/healthz",
    "scheme": "http",
    "query_string": b"",
    "headers": [(b"host", b"localhost:8123")],
    "client": ("127.0.0.1", 50000),
    "server": ("127.0.0.1", 8123),
}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(database=tmp_path / "xr.db", secret_key="a secret for tests only")


async def live(app: App, events: list[str], started: trio.Event, stop: trio.Event) -> None:
    """One lifespan; ``events`` is what the app says of it."""
    asked = iter(("lifespan.startup", "lifespan.shutdown"))

    async def receive() -> Any:
        kind = next(asked)
        if kind == "lifespan.shutdown":
            await stop.wait()
        return {"type": kind}

    async def send(event: Any) -> None:
        events.append(event["type"] + (f": {event['message']}" if "message" in event else ""))
        started.set()

    scope: Any = {"type": "lifespan"}
    await app(scope, receive, send)


async def ask(app: App) -> list[Any]:
    """The events sent in answer to ``REQUEST``."""
    sent: list[Any] = []

    requests: list[Any] = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> Any:
        if not requests:
            await trio.sleep_forever()
        return requests.pop()

    async def send(event: Any) -> None:
        sent.append(event)

    await app(dict(REQUEST), receive, send)  # type: ignore[arg-type]  # it is changed
    return sent


async def test_a_lifespan_opens_the_server_and_drains_it(settings: Settings) -> None:
    app, events = App(settings), list[str]()
    started, stop = trio.Event(), trio.Event()
    with trio.fail_after(SECONDS):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(live, app, events, started, stop)
            await started.wait()
            assert events == ["lifespan.startup.complete"]
            assert (await ask(app))[0]["status"] == 200
            found = holder(settings.database)
            assert found is not None
            assert found.url == "http://127.0.0.1:8123"  # for the command line
            stop.set()
    assert events[1:] == ["lifespan.shutdown.complete"]
    assert holder(settings.database) is None
    with pytest.raises(RuntimeError, match="lifespan"):
        await ask(app)


async def test_a_server_that_cannot_start_says_why(settings: Settings) -> None:
    events: list[str] = []
    with acquire(settings.database), trio.fail_after(SECONDS):
        await live(App(settings), events, trio.Event(), trio.Event())
    (event,) = events
    assert event.startswith("lifespan.startup.failed: ")
    assert "is in use by another xr" in event
    lost = replace(settings, database=Path("/nonexistent/xr.db"))
    await live(App(lost), events, trio.Event(), trio.Event())
    assert "there is no folder /nonexistent" in events[1]


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XR_MAX_CLIENT", "3")
    with pytest.raises(SettingsError, match="XR_MAX_CLIENTS"):
        create_app()
