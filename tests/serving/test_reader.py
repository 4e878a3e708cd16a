"""The reader's sweep over real sockets, without its task: whose turn it is, and who has none."""

import socket
from collections.abc import Iterator

import pytest
import trio

from tests.serving.client_frames import TEXT, client_frame
from xr.metrics import Metrics
from xr.serving.carrier import Carrier
from xr.serving.reader import Reader
from xr.serving.wires import READ

ALLOWANCE = 100.0


class Peer:
    """A client's socket and the connection at its other end, which notes whose turn it was."""

    def __init__(self, name: str, reader: Reader, turns: list[str], allowance: float) -> None:
        self.name = name
        self.turns = turns
        self.address = "192.0.2.1"
        self.messages = 0
        self.ended = False
        self.plain, server = socket.socketpair()
        self.plain.setblocking(False)

        def connected(connection: Carrier) -> None:
            self.connection = connection
            connection.serve(self, allowance)

        reader.add(server, None, connected, b"", b"")

    def flood(self) -> None:
        """Send as much as there is room for."""
        try:
            while True:
                self.plain.send(client_frame(TEXT, b"x" * 10) * 100)
        except BlockingIOError:
            pass

    def receive(self, kind: int, data: bytes) -> None:
        self.messages += 1
        if not self.turns or self.turns[-1] != self.name:
            self.turns.append(self.name)

    def set_silent(self, *, silent: bool) -> None: ...

    def backlog_sent(self) -> None: ...

    def held_back(self, since: float, now: float) -> None: ...

    def closed(self, code: int, reason: str) -> None:
        self.ended = True


@pytest.fixture
async def reader(monkeypatch: pytest.MonkeyPatch) -> Reader:
    """One with all the time that it needs, however busy the machine is."""
    monkeypatch.setattr("xr.serving.reader.SWEEP", 60.0)
    return Reader(Metrics())


@pytest.fixture
def peers(reader: Reader) -> Iterator[list[Peer]]:
    turns: list[str] = []
    peers = [Peer(name, reader, turns, 1e9) for name in "abcde"]
    yield peers
    for peer in peers:
        peer.connection.lost()
        peer.plain.close()


async def test_a_sweep_reads_a_part_of_everybody(reader: Reader, peers: list[Peer]) -> None:
    for peer in peers:
        peer.flood()
    assert reader.sweep()
    assert sorted(peers[0].turns) == list("abcde")
    assert {peer.messages for peer in peers} == {READ // 16}


async def test_a_sweep_without_time_goes_on_where_it_stopped(
    reader: Reader, peers: list[Peer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One who says little has a turn in each round, whatever the others do."""
    monkeypatch.setattr("xr.serving.reader.SWEEP", 0.0)
    *floods, quiet = peers
    for peer in floods:
        peer.flood()
    for rounds in range(1, 4):
        quiet.plain.send(client_frame(TEXT, b"here"))
        for turn in range(5):
            assert reader.sweep() is (turn == 4)
        assert quiet.messages == rounds
        assert sorted(peers[0].turns[-5:]) == list("abcde")


async def test_one_that_left_before_its_turn_has_none(
    reader: Reader, peers: list[Peer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xr.serving.reader.SWEEP", 0.0)
    for peer in peers:
        peer.flood()
    assert not reader.sweep()
    for peer in peers:
        peer.connection.lost()
    while not reader.sweep():
        pass
    assert sum(peer.messages for peer in peers) == READ // 16


async def test_one_that_sends_too_much_is_not_read_until_a_beat(reader: Reader) -> None:
    turns: list[str] = []
    flood, other = Peer("flood", reader, turns, ALLOWANCE), Peer("other", reader, turns, ALLOWANCE)
    try:
        flood.flood()
        for _ in range(10):
            reader.sweep()
        assert flood.messages == READ // 16
        other.plain.send(client_frame(TEXT, b"here"))
        assert reader.sweep()
        assert other.messages == 1
        while flood.messages == READ // 16:
            flood.connection.beat(trio.current_time())
            reader.sweep()
        assert flood.messages == 2 * READ // 16
    finally:
        for peer in (flood, other):
            peer.connection.lost()
            peer.plain.close()


async def test_the_end_of_one_that_is_not_read_is_seen_when_it_is_read_again(
    reader: Reader,
) -> None:
    flood = Peer("flood", reader, [], ALLOWANCE)
    flood.plain.send(client_frame(TEXT, b"x" * 10) * 250)
    reader.sweep()
    flood.plain.close()
    beats = 0
    while not flood.ended:
        flood.connection.beat(trio.current_time())
        reader.sweep()
        beats += 1
        assert beats < 5
    assert flood.messages == 250
