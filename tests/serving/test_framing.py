import os
import random
import tracemalloc
from collections.abc import Iterable

import pytest
from wsproto.connection import Connection, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Ping

from tests.serving.client_frames import (
    BINARY,
    CONTINUATION,
    PING,
    TEXT,
    client_frame,
    close_payload,
    cut,
    parts,
)
from tests.serving.rfc6455_cases import LIMIT, Case, Messages, cases
from xr.serving.framing import FrameParser, Opcode, build_close, build_frame, parse_close

SEED = 20_261
CASES = cases()


def feed_all(reads: Iterable[bytes]) -> tuple[FrameParser, Messages]:
    parser = FrameParser(LIMIT)
    messages: Messages = []
    for read in reads:
        messages += parser.feed(read)
    return parser, messages


def check(case: Case, reads: Iterable[bytes]) -> None:
    parser, messages = feed_all(reads)
    assert messages == case.messages
    assert (parser.fault and parser.fault.code) == case.fault


def dribble(data: bytes) -> list[bytes]:
    return [data[i : i + 1] for i in range(len(data))]


def by_name(case: Case) -> str:
    return case.name


def test_the_table_has_each_name_once() -> None:
    names = [case.name for case in CASES]
    assert len(names) == len(set(names)) > 120


@pytest.mark.parametrize("case", CASES, ids=by_name)
def test_case_in_one_read(case: Case) -> None:
    check(case, [case.data])


@pytest.mark.parametrize("case", CASES, ids=by_name)
def test_case_in_two_reads(case: Case) -> None:
    """At each place in short cases, at some places in long ones."""
    size = len(case.data)
    places = range(size + 1) if size < 300 else random.Random(SEED).sample(range(size), 20)
    for place in places:
        check(case, cut(case.data, [place]))


@pytest.mark.parametrize("case", CASES, ids=by_name)
def test_case_in_many_reads(case: Case) -> None:
    rng = random.Random(SEED)
    for _ in range(5):
        places = [rng.randint(0, len(case.data)) for _ in range(rng.randint(2, 12))]
        check(case, cut(case.data, places))


@pytest.mark.parametrize("case", CASES, ids=by_name)
def test_case_byte_by_byte(case: Case) -> None:
    check(case, dribble(case.data))


@pytest.mark.parametrize("case", [case for case in CASES if case.fault], ids=by_name)
def test_nothing_comes_after_a_fault(case: Case) -> None:
    parser, _ = feed_all([case.data])
    fault = parser.fault
    assert parser.feed(client_frame(TEXT, b"more")) == []
    assert parser.fault is fault


def test_a_frame_before_each_case_changes_nothing_in_it() -> None:
    """A read that begins within a frame must not be taken for a whole one."""
    start = client_frame(PING, b"start")
    for case in CASES:
        expected = Case(case.name, b"", [(PING, b"start"), *case.messages], case.fault)
        data = start + case.data
        check(expected, [data])
        check(expected, [data[:3], data[3:]])


class TestBounds:
    def test_a_fault_needs_no_more_than_the_header(self) -> None:
        parser = FrameParser(1000)
        assert parser.feed(client_frame(BINARY, b"", length=1001)[:4]) == []
        assert parser.fault is not None
        assert parser.fault.code == 1009

    def test_fragments_count_together(self) -> None:
        parser = FrameParser(1000)
        parser.feed(client_frame(BINARY, bytes(600), final=False))
        parser.feed(client_frame(CONTINUATION, b"", length=401)[:4])
        assert parser.fault is not None
        assert parser.fault.code == 1009

    def test_the_bound_starts_anew_with_each_message(self) -> None:
        data = parts(BINARY, bytes(500), bytes(500))
        parser = FrameParser(1000)
        for _ in range(3):
            assert parser.feed(data) == [(BINARY, bytes(1000))]

    def test_a_bound_below_that_of_control_frames_is_refused(self) -> None:
        with pytest.raises(ValueError, match="at least 125"):
            FrameParser(100)

    @pytest.mark.parametrize("opcode", [TEXT, BINARY])
    @pytest.mark.parametrize("size", [0, 1, 100, 5000])
    def test_an_endless_message_ends_in_time(self, opcode: int, size: int) -> None:
        """Its memory stays within the bound and one read, and its fragments are counted."""
        read = client_frame(CONTINUATION, b"a" * size, final=False) * 10
        parser = FrameParser(LIMIT)
        parser.feed(client_frame(opcode, b"", final=False))
        tracemalloc.start()
        try:
            for _ in range(103):
                assert parser.feed(read) == []
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert parser.fault is not None
        assert parser.fault.code == (1009 if size > 64 else 1008)
        assert peak < 2 * LIMIT + 10 * len(read)

    def test_a_parser_at_fault_holds_no_data(self) -> None:
        tracemalloc.start()
        try:
            parsers = []
            for _ in range(10):
                parser = FrameParser(LIMIT)
                parser.feed(client_frame(BINARY, bytes(60_000), final=False))
                parser.feed(client_frame(TEXT, bytes(60_000)))
                parsers.append(parser)
            held, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert all(parser.fault for parser in parsers)
        assert held < 60_000

    @pytest.mark.parametrize("size", [1_000, 64_000])
    def test_a_dribbled_frame_is_not_copied_for_each_byte(self, size: int) -> None:
        """A pending message grows in place: else the bytes copied grow with the square."""
        data = client_frame(BINARY, bytes(size))
        parser = FrameParser(LIMIT)
        for byte in dribble(data[:-1]):
            parser.feed(byte)
        tracemalloc.start()
        try:
            messages = parser.feed(data[-1:])
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert messages == [(BINARY, bytes(size))]
        assert peak < 8 * size + 20_000


class TestBuilding:
    @pytest.mark.parametrize("size", [0, 1, 60, 125, 126, 127, 65535, 65536, 200_000])
    def test_wsproto_reads_what_is_built(self, size: int) -> None:
        payload = os.urandom(size)
        client = Connection(ConnectionType.CLIENT)
        client.receive_data(build_frame(Opcode.BINARY, payload))
        events = list(client.events())
        assert all(isinstance(event, BytesMessage) for event in events)
        assert b"".join(bytes(e.data) for e in events if isinstance(e, BytesMessage)) == payload

    def test_a_ping_is_read_by_wsproto(self) -> None:
        client = Connection(ConnectionType.CLIENT)
        client.receive_data(build_frame(Opcode.PING, b"42"))
        assert list(client.events()) == [Ping(b"42")]

    @pytest.mark.parametrize(("code", "reason"), [(1012, ""), (1008, "abuse"), (1007, "é" * 60)])
    def test_a_close_is_read_by_wsproto(self, code: int, reason: str) -> None:
        client = Connection(ConnectionType.CLIENT)
        client.receive_data(build_close(code, reason))
        (event,) = client.events()
        assert isinstance(event, CloseConnection)
        assert event.code == code
        assert (event.reason or "") == reason

    @pytest.mark.parametrize("character", ["a", "é", "房", "🥽"])
    def test_a_long_reason_is_cut_at_a_character(self, character: str) -> None:
        frame = build_close(1011, character * 200)
        code, reason = parse_close(frame[2:])
        assert code == 1011
        assert reason == character * (123 // len(character.encode()))
        assert len(frame) <= 127

    def test_a_reason_that_cannot_be_encoded_is_sent_all_the_same(self) -> None:
        assert parse_close(build_close(1002, "bad \ud800")[2:]) == (1002, "bad ?")

    def test_parse_close(self) -> None:
        assert parse_close(b"") == (1005, "")
        assert parse_close(close_payload(1001)) == (1001, "")
        assert parse_close(close_payload(4000, "à".encode())) == (4000, "à")
