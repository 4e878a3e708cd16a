"""The server's own certificate: what is wrong with a pair, and how one is renewed under way."""

import datetime
import signal
import ssl
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import trio
import trustme
from cryptography.hazmat.primitives import serialization
from trio.testing import MockClock

from tests.serving.conftest import Launch
from tests.serving.process import Server
from xr.errors import SettingsError
from xr.serving.certificate import DAY, LOOK_EVERY, Certificate, fault_of, load

SECONDS = 30
Pair = tuple[Path, Path]


def write_pair(authority: trustme.CA, pair: Pair, until: datetime.datetime | None = None) -> None:
    """Issue a certificate into these files, as a renewal does: by replacing them."""
    issued = authority.issue_cert("localhost", "127.0.0.1", not_after=until)
    blobs = b"".join(pem.bytes() for pem in (*issued.cert_chain_pems, authority.cert_pem))
    for path, data in zip(pair, (blobs, issued.private_key_pem.bytes()), strict=True):
        fresh = path.with_suffix(".new")
        fresh.write_bytes(data)
        fresh.rename(path)


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def pair(tmp_path: Path, authority: trustme.CA) -> Pair:
    files = (tmp_path / "chain.pem", tmp_path / "key.pem")
    write_pair(authority, files)
    return files


def add_passphrase(chain: Path, key: Path) -> None:
    private = serialization.load_pem_private_key(key.read_bytes(), None)
    key.write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"secret"),
        )
    )


def take_anothers(chain: Path, key: Path) -> None:
    trustme.CA().issue_cert("localhost").private_key_pem.write_to_path(key)


FAULTS = {
    "has a passphrase": add_passphrase,
    "does not belong to the first certificate": take_anothers,
    "key.pem holds no private key": lambda chain, key: key.write_bytes(chain.read_bytes()),
    "chain.pem holds no certificate": lambda chain, key: chain.write_bytes(key.read_bytes()),
    "XR_TLS_KEY": lambda chain, key: key.write_bytes(b"\0\xff"),
    "cannot read XR_TLS_CERTIFICATE": lambda chain, key: chain.unlink(),
    "cannot serve TLS": lambda chain, key: chain.write_text(
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    ),
}


@pytest.mark.parametrize(("sentence", "spoil"), FAULTS.items())
def test_a_pair_that_cannot_be_used_is_told_in_a_sentence(
    pair: Pair, sentence: str, spoil: Callable[[Path, Path], None]
) -> None:
    spoil(*pair)
    with pytest.raises(SettingsError, match=sentence):
        load(*pair)


@pytest.mark.parametrize("setting", ["chain", "key"])
def test_the_server_does_not_start_with_such_a_pair(
    pair: Pair, launch: Launch, setting: str
) -> None:
    chain, key = pair
    (chain if setting == "chain" else key).write_text("nothing")
    with pytest.raises(AssertionError, match="holds no"):
        launch(tls_certificate=chain, tls_key=key)


@pytest.mark.parametrize(
    ("days", "sentence"),
    [(-1, "it has expired"), (3, "it expires in 3 days"), (60, None)],
)
def test_a_certificate_at_its_end_is_noticed(
    pair: Pair, authority: trustme.CA, days: int, sentence: str | None
) -> None:
    end = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=days, minutes=5)
    write_pair(authority, pair, until=end)
    fault = fault_of(load(*pair), pair[0])
    assert fault == sentence or (fault is not None and str(sentence) in fault)


def test_it_is_noticed_by_the_clock(pair: Pair) -> None:
    """Loaded in good time, it may be served until it has not long to go."""
    context = load(*pair)
    assert fault_of(context, pair[0], time.time()) is None
    assert "expires" in str(fault_of(context, pair[0], time.time() + 400_000 * DAY))


async def test_the_files_are_looked_at_and_a_bad_pair_is_not_taken(
    pair: Pair,
    authority: trustme.CA,
    mock_clock: MockClock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO")
    certificate = Certificate(*pair)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(certificate.watch)

        async def look() -> ssl.SSLContext:
            await trio.testing.wait_all_tasks_blocked()
            mock_clock.jump(LOOK_EVERY)
            await trio.testing.wait_all_tasks_blocked()
            return certificate.context

        first = certificate.context
        assert await look() is first
        write_pair(authority, pair)
        second = await look()
        assert second is not first
        take_anothers(*pair)
        assert await look() is second
        assert await look() is second
        write_pair(authority, pair)
        assert await look() not in (first, second)
        nursery.cancel_scope.cancel()
    assert caplog.text.count("certificate.loaded") == 2
    assert caplog.text.count("certificate.kept") == 1


async def test_an_expired_one_is_told_at_the_start_and_daily(
    pair: Pair,
    authority: trustme.CA,
    autojump_clock: MockClock,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("xr.serving.certificate.LOOK_EVERY", DAY / 4)
    write_pair(authority, pair, until=datetime.datetime(2020, 1, 1))  # as trustme
    with trio.move_on_after(2.5 * DAY):
        await Certificate(*pair).watch()
    assert caplog.text.count("it has expired") == 3


async def test_a_hangup_renews_it_and_drops_nobody(
    pair: Pair, authority: trustme.CA, launch: Launch
) -> None:
    server = launch(tls_certificate=pair[0], tls_key=pair[1])
    server.tls = ssl.create_default_context()
    authority.configure_trust(server.tls)
    with trio.fail_after(SECONDS):
        client = await server.websocket()
        before = await seen(server)
        write_pair(authority, pair)
        server.process.send_signal(signal.SIGHUP)
        while await seen(server) == before:
            pass
        renewed = await seen(server)
        take_anothers(*pair)
        server.process.send_signal(signal.SIGHUP)
        while "certificate.kept" not in server.log:
            assert await seen(server) == renewed
        assert await seen(server) == renewed
        assert (await client.heartbeat()).payload["status"] == "ok"
    assert server.alive


async def seen(server: Server) -> bytes:
    """The certificate that a newcomer is shown."""
    async with await server.connect() as raw:
        stream = raw.stream
        assert isinstance(stream, trio.SSLStream)
        await stream.do_handshake()
        found = stream.getpeercert(binary_form=True)
        assert isinstance(found, bytes)
        return found
