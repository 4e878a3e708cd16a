"""TLS without a socket: a client's side in memory, byte by byte, and a wire that takes little."""

import random
import socket
import ssl
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import trio

from xr.serving.certificate import load
from xr.serving.tls import RECORD, Session, TlsStream
from xr.serving.wires import EXCESS, INCOMING, TlsWire


class Watched:
    """Notes what the wire wants of the reader."""

    def __init__(self) -> None:
        self.mask = INCOMING
        self.removed = False

    def watch(self, fd: int, mask: int) -> None:
        self.mask = mask

    def remove(self, fd: int) -> None:
        self.removed = True


class Client:
    """The peer's side over a socket of small buffers, all of it without waiting."""

    def __init__(self, certificate: tuple[Path, Path], version: ssl.TLSVersion) -> None:
        trust = ssl.create_default_context(cafile=str(certificate[0]))
        trust.maximum_version = version
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = trust.wrap_bio(self.incoming, self.outgoing, server_hostname="localhost")
        self.session = Session(load(*certificate))
        while not self._shaken():
            pass
        self.plain, theirs = socket.socketpair()
        self.plain.setblocking(False)
        theirs.setblocking(False)
        for each in (self.plain, theirs):
            each.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        self.watched = Watched()
        self.wire = TlsWire(theirs, self.watched, self.session)

    def _shaken(self) -> bool:
        done = False
        with suppress(ssl.SSLWantReadError):
            self.tls.do_handshake()
            done = True
        self.session.feed(self.outgoing.read())
        done = self.session.shake_hands() and done
        self.incoming.write(self.session.owed())
        return done

    def push(self, data: bytes) -> bytes:
        """A record of the client, on its way."""
        self.tls.write(data)
        return self.outgoing.read()

    def take(self) -> bytes:
        """All that the server has sent by now, decrypted."""
        with suppress(BlockingIOError):
            while received := self.plain.recv(1 << 16):
                self.incoming.write(received)
        parts = []
        with suppress(ssl.SSLWantReadError):
            while part := self.tls.read(RECORD):
                parts.append(part)
        return b"".join(parts)

    def close(self) -> None:
        self.plain.close()
        self.wire.abort()


@pytest.fixture(params=[ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=["1.2", "1.3"])
def client(request: pytest.FixtureRequest, certificate: tuple[Path, Path]) -> Iterator[Client]:
    made = Client(certificate, request.param)
    yield made
    made.close()


def test_the_version_is_the_one_that_was_asked_for(client: Client) -> None:
    assert client.tls.version() in ("TLSv1.2", "TLSv1.3")


@pytest.mark.parametrize("size", [1, 5, 100, RECORD, RECORD + 1, 200_000])
def test_what_does_not_go_at_once_goes_later_and_nothing_twice(client: Client, size: int) -> None:
    """Bytes count as taken when they are gone; until then the same are offered again."""
    data = random.Random(size).randbytes(size)
    taken, turns, seen = 0, 0, b""
    while taken < size:
        taken += client.wire.write(data[taken:])
        seen += client.take()
        turns += 1
    assert seen + client.take() == data
    assert turns > 2 or size <= RECORD + 1


def test_a_wire_that_has_no_room_takes_a_record_for_later_and_no_more(client: Client) -> None:
    while client.wire.write(bytes(1000)) == 1000:
        pass
    assert client.wire.write(bytes(1000)) == 0
    assert client.wire.write(bytes(1000) + b"behind") == 0
    client.take()
    assert client.wire.write(bytes(1000) + b"behind") == 1006
    assert client.take().endswith(b"behind")


def test_bytes_may_come_one_by_one(client: Client) -> None:
    record = client.push(b"hello") + client.push(b" and hello")
    seen = []
    for i in range(len(record)):
        client.plain.send(record[i : i + 1])
        if (opened := client.wire.read()) is not None:
            seen.append(opened)
    assert seen == [b"hello", b" and hello"]


def test_records_that_come_together_are_read_together(client: Client) -> None:
    client.plain.send(b"".join(client.push(bytes([i])) for i in range(20)))
    assert client.wire.read() == bytes(range(20))
    assert client.wire.read() is None


def test_nothing_is_lost_that_came_before_the_reader_took_over(client: Client) -> None:
    client.session.feed(client.push(b"one") + client.push(b"two"))
    assert client.session.opened() == b"onetwo"


def test_a_goodbye_behind_a_message_is_the_end_after_it(client: Client) -> None:
    message = client.push(b"last words")
    with suppress(ssl.SSLWantReadError):
        client.tls.unwrap()
    client.plain.send(message + client.outgoing.read())
    assert client.wire.read() == b"last words"
    assert client.wire.read() == b""


def test_an_end_without_a_goodbye_is_an_end(client: Client) -> None:
    client.plain.close()
    assert client.wire.read() == b""


def test_our_end_is_said(client: Client) -> None:
    assert client.wire.write(b"last words") == 10
    client.wire.finish()
    with suppress(BlockingIOError):
        client.incoming.write(client.plain.recv(1 << 16))
    assert client.tls.read(100) == b"last words"
    assert client.tls.read(100) == b""  # close_notify, not a cut line
    assert client.plain.recv(100) == b""
    client.plain.send(b"anything")
    assert client.wire.read() == b"anything"  # it is only counted


@pytest.mark.parametrize("place", [0, 3, 5, 20, -1])
def test_a_damaged_record_is_the_fault_of_its_connection(client: Client, place: int) -> None:
    record = bytearray(client.push(b"hello there, this is a record"))
    record[place] ^= 0x55
    client.plain.send(record + bytes(20_000))
    with pytest.raises(ssl.SSLError):  # noqa: PT012  # with the record or with what is behind it
        while client.wire.read() is None:
            pass


def test_small_records_and_large_ones_in_pieces_are_borne(client: Client) -> None:
    """The first are mostly TLS, of the second most reads bring no content; both are paid for."""
    for _ in range(EXCESS // 200):
        client.plain.send(client.push(b"a pong"))
        assert client.wire.read() == b"a pong"
    for _ in range(2 * EXCESS // RECORD):
        record = client.push(bytes(RECORD))
        for start in range(0, len(record), 4000):
            client.plain.send(record[start : start + 4000])
            opened = client.wire.read()
        assert opened == bytes(RECORD)


def test_tls_without_content_is_ended(client: Client) -> None:
    """Such as one request for new keys after the other, which costs us more than the peer."""

    class Keys(Session):
        def opened(self) -> bytes:
            return b""

    plain, theirs = socket.socketpair()
    theirs.setblocking(False)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    wire = TlsWire(theirs, client.watched, Keys(context))
    with plain, theirs:
        for _ in range(EXCESS // 1000):
            plain.send(bytes(1000))
            assert wire.read() is None
        plain.send(bytes(1000))
        with pytest.raises(ssl.SSLError):
            wire.read()


async def test_who_sends_after_the_end_of_tls_meets_a_broken_stream(
    client: Client, certificate: tuple[Path, Path]
) -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        transport = trio.SocketStream(trio.socket.from_stdlib_socket(ours))
        stream = TlsStream(transport, load(*certificate))
        stream.session = client.session
        stream.session.goodbye()
        with pytest.raises(trio.BrokenResourceError):
            await stream.send_all(b"too late")
        await stream.aclose()
