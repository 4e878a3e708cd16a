"""Both ways in, for the tests that hold for both.

``serve`` is ``xr serve``, ``asgi`` is ``hypercorn --worker-class trio 'xr.asgi:create_app()'``. The
table in docs/architecture.md, "Two ways in", says what is different and is therefore tested of one
way only, in ``tests/serving``: hardening against hostile peers, pings, compression, and a client's
close code, which stock Hypercorn does not tell.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.serving.process import Server, Way, launched

SETTINGS: dict[str, Any] = {"max_per_address": 0, "join_rate": 0, "grace": 0.2}
WAYS: tuple[Way, ...] = ("serve", "asgi")


@pytest.fixture(scope="session", params=WAYS)
def way(request: pytest.FixtureRequest) -> Way:
    """How the server is run."""
    chosen: Way = request.param
    return chosen


@pytest.fixture(scope="session")
def shared_server(way: Way, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server each way."""
    with launched(tmp_path_factory.mktemp(way), way=way, **SETTINGS) as server:
        yield server


@pytest.fixture
def server(shared_server: Server) -> Iterator[Server]:
    """The shared server, which must be in good health after the test."""
    yield shared_server
    shared_server.hang_up()
    new_log = shared_server.new_log()
    assert shared_server.alive, new_log
    assert "Traceback" not in new_log, new_log


@pytest.fixture
def launch(way: Way, tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Start a server of one's own, with settings by name; it ends with the test."""
    with ExitStack() as stack:

        def start(**settings: Any) -> Server:
            chosen = {**SETTINGS, **settings}
            return stack.enter_context(launched(tmp_path, way=way, **chosen))

        yield start
