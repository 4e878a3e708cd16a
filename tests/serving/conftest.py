"""Servers for the tests on real sockets: one for all that do it no harm, and others by need."""

import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import trustme

from tests.serving.process import Server, launched

Launch = Callable[..., Server]


def end_test(server: Server) -> None:
    """Close what the test left open; the server runs and has met no error of its own."""
    server.hang_up()
    new_log = server.new_log()
    assert server.alive, new_log
    assert "Traceback" not in new_log, new_log


@pytest.fixture(scope="session")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server without limits on addresses and joins."""
    folder = tmp_path_factory.mktemp("server")
    with launched(folder, max_per_address=0, join_rate=0, grace=0.2) as server:
        yield server


@pytest.fixture
def server(shared_server: Server) -> Iterator[Server]:
    """The shared server, which must be in good health after the test."""
    yield shared_server
    end_test(shared_server)


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Launch]:
    """Start a server of one's own, with settings by name; it ends with the test."""
    with ExitStack() as stack:

        def start(**settings: Any) -> Server:
            chosen = {"max_per_address": 0, "join_rate": 0, "grace": 0.2, **settings}
            return stack.enter_context(launched(tmp_path, **chosen))

        yield start


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for localhost with its authority's, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    chain, key = folder / "chain.pem", folder / "key.pem"
    authority = trustme.CA()
    issued = authority.issue_cert("localhost", "127.0.0.1")
    issued.private_key_pem.write_to_path(key)
    for blob in (*issued.cert_chain_pems, authority.cert_pem):
        blob.write_to_path(chain, append=True)
    return chain, key


@pytest.fixture(scope="session")
def shared_tls_server(
    certificate: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """The same as ``shared_server``, behind TLS."""
    chain, key = certificate
    folder = tmp_path_factory.mktemp("tls_server")
    context = ssl.create_default_context(cafile=str(chain))
    with launched(
        folder,
        context,
        tls_certificate=chain,
        tls_key=key,
        max_per_address=0,
        join_rate=0,
        grace=0.2,
    ) as server:
        yield server


@pytest.fixture
def launch_tls(certificate: tuple[Path, Path], tmp_path: Path) -> Iterator[Launch]:
    """The same as ``launch``, with TLS."""
    chain, key = certificate
    with ExitStack() as stack:

        def start(**settings: Any) -> Server:
            chosen = {"max_per_address": 0, "join_rate": 0, "grace": 0.2, **settings}
            chosen |= {"tls_certificate": chain, "tls_key": key}
            context = ssl.create_default_context(cafile=str(chain))
            return stack.enter_context(launched(tmp_path, context, **chosen))

        yield start


@pytest.fixture(params=["plain", "tls"])
def launch_either(request: pytest.FixtureRequest) -> Launch:
    """``launch`` on each of the server's two paths."""
    launch: Launch = request.getfixturevalue("launch" if request.param == "plain" else "launch_tls")
    return launch


@pytest.fixture(params=["plain", "tls"])
def either_server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """The server on each of its two paths: plain sockets, and TLS over them."""
    name = "shared_server" if request.param == "plain" else "shared_tls_server"
    server = request.getfixturevalue(name)
    yield server
    end_test(server)
