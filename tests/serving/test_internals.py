"""The internals of Hypercorn that we build on: a change of them must be seen here."""

import ast
import inspect
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from hypercorn.protocol import ProtocolWrapper
from hypercorn.protocol.h11 import H11Protocol
from hypercorn.protocol.ws_stream import Handshake
from hypercorn.trio.tcp_server import TCPServer

from xr.serving.guard import GuardedConnection
from xr.serving.http import PlainHttp

HINT = "Hypercorn has changed what xr/serving builds on: read its new code before this is updated"


PUBLIC = {"hypercorn.config"}
"""The names that may be imported anywhere."""


def imported_when_run(path: Path) -> Iterator[str]:
    """The modules that a file imports, but for those which are only there for types."""
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body.clear()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            yield node.module or ""
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def test_internals_are_imported_in_one_file() -> None:
    root = Path(__file__).parents[2] / "xr"
    users = {
        str(path.relative_to(root))
        for path in root.rglob("*.py")
        for name in imported_when_run(path)
        if name.partition(".")[0] == "hypercorn" and name not in PUBLIC
    }
    assert users == {"serving/hypercorn_internals.py"}


def test_the_release_is_one_that_was_read() -> None:
    assert version("hypercorn").startswith("0.18."), HINT


@pytest.mark.parametrize(
    ("function", "parameters"),
    [
        (TCPServer.__init__, "self app config context state stream"),
        (TCPServer.run, "self"),
        (TCPServer.protocol_send, "self event"),
        (TCPServer._read_data, "self"),
        (TCPServer._close, "self"),
        (TCPServer._idle_timeout, "self"),
        (
            H11Protocol.__init__,
            "self app config context task_group connection_state ssl client server send",
        ),
        (H11Protocol._check_protocol, "self event"),
        (H11Protocol._create_stream, "self request"),
        (Handshake.__init__, "self headers http_version"),
        (Handshake.is_valid, "self"),
        (ProtocolWrapper.handle, "self event"),
    ],
    ids=lambda item: item.__qualname__ if callable(item) else "",
)
def test_functions_that_we_override_or_call(function: Any, parameters: str) -> None:
    assert list(inspect.signature(function).parameters) == parameters.split(), HINT


@pytest.mark.parametrize(
    ("function", "names"),
    [
        (TCPServer.run, ["_read_data", "_close", "protocol", "idle_task", "_task_group"]),
        (TCPServer.protocol_send, ["_close", "idle_task"]),
        (TCPServer.__init__, ["send_lock", "idle_task", "stream"]),
        (
            H11Protocol._handle_events,
            ["_check_protocol", "_create_stream", "next_event", "can_read"],
        ),
        (H11Protocol.stream_send, ["keep_alive_requests", "keep_alive_max_requests"]),
        (H11Protocol._create_stream, ["HTTPStream", "stream"]),
        (H11Protocol.__init__, ["client", "server", "ssl", "config", "connection"]),
        (Handshake.__init__, ["connection_tokens", "upgrade", "subprotocols", "key"]),
    ],
    ids=lambda item: item.__qualname__ if callable(item) else "",
)
def test_names_that_they_still_use(function: Any, names: list[str]) -> None:
    used = set(function.__code__.co_names)
    assert set(names) <= used, f"{HINT}: {set(names) - used}"


def test_what_we_override_is_there_to_override() -> None:
    for ours, its in ((GuardedConnection, TCPServer), (PlainHttp, H11Protocol)):
        assert issubclass(ours, its)
    for name in ("run", "protocol_send", "_read_data", "_close"):
        assert getattr(GuardedConnection, name) is not getattr(TCPServer, name)
    for name in ("_check_protocol", "_create_stream"):
        assert getattr(PlainHttp, name) is not getattr(H11Protocol, name)
