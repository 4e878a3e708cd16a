import pytest
import trio.testing
from trio.testing import MockClock

from tests.serving.client_frames import (
    BINARY,
    CLOSE,
    CONTINUATION,
    PING,
    PONG,
    TEXT,
    client_frame,
    close_payload,
)
from tests.serving.short_wire import Notes, Setup, ShortWire
from xr.errors import CloseCode, ConnectionFault
from xr.metrics import Metrics
from xr.serving.carrier import BACKLOG, LINGER, LOST, STUCK
from xr.serving.connection import IGNORED, SILENT, Connection
from xr.serving.framing import build_frame
from xr.serving.intake import CONTROLS
from xr.serving.liveness import AGAIN, ANSWER, QUIET


@pytest.fixture
async def setup() -> Setup:
    wire, notes, metrics = ShortWire(), Notes(), Metrics()
    connection = Connection(wire, metrics)
    connection.serve(notes)
    return Setup(wire, notes, metrics, connection)


class TestReceiving:
    async def test_messages_go_to_the_handler_in_order(self, setup: Setup) -> None:
        setup.receive(client_frame(TEXT, b"one") + client_frame(BINARY, b"two"))
        assert setup.notes.messages == [(TEXT, b"one"), (BINARY, b"two")]

    async def test_pings_are_answered_in_order(self, setup: Setup) -> None:
        setup.receive(b"".join(client_frame(PING, bytes([i])) for i in range(3)))
        assert setup.wire.frames() == [(PONG, bytes([i])) for i in range(3)]

    async def test_a_close_is_answered_with_its_code(self, setup: Setup) -> None:
        setup.receive(client_frame(CLOSE, close_payload(1001, b"bye")))
        assert setup.notes.ends == [(1001, "bye")]
        assert setup.wire.code == 1001
        assert setup.wire.finished

    async def test_private_codes_are_counted_together(self, setup: Setup) -> None:
        """Else a client could fill ``/metrics`` with two thousand counters."""
        setup.receive(client_frame(CLOSE, close_payload(4321)))
        assert setup.notes.ends == [(4321, "")]
        assert setup.metrics.closed == {3000: 1}

    async def test_the_end_without_a_close_is_1006(self, setup: Setup) -> None:
        setup.receive(b"")
        assert setup.notes.ends == [(LOST, "")]
        assert setup.wire.aborted

    async def test_nothing_is_obeyed_after_the_end(self, setup: Setup) -> None:
        setup.receive(client_frame(TEXT, b"one", reserved=1) + client_frame(TEXT, b"two"))
        setup.receive(client_frame(TEXT, b"three"))
        assert setup.notes.messages == []
        assert setup.notes.ends[0][0] == 1002

    async def test_messages_before_a_fault_are_obeyed(self, setup: Setup) -> None:
        setup.receive(client_frame(TEXT, b"one") + client_frame(CONTINUATION, b"two"))
        assert setup.notes.messages == [(TEXT, b"one")]
        assert setup.wire.code == 1002

    async def test_a_fault_of_the_handler_ends_it_at_that_message(self, setup: Setup) -> None:
        setup.notes.error = ConnectionFault(CloseCode.INVALID_DATA, "no message")
        setup.receive(client_frame(TEXT, b"one") + client_frame(TEXT, b"two"))
        assert setup.notes.messages == [(TEXT, b"one")]
        assert setup.wire.code == 1007
        assert setup.metrics.closed == {1007: 1}

    async def test_an_error_of_the_handler_is_ours_and_logged(
        self, setup: Setup, caplog: pytest.LogCaptureFixture
    ) -> None:
        setup.notes.error = ZeroDivisionError("by mistake")
        setup.receive(client_frame(TEXT, b"one") + client_frame(TEXT, b"two"))
        assert setup.wire.code == 1011
        assert len(setup.notes.ends) == 1
        assert "by mistake" in caplog.text


class TestSending:
    async def test_what_does_not_go_now_goes_later_and_in_order(self, setup: Setup) -> None:
        setup.wire.room = 5
        frames = [build_frame(TEXT, bytes([65 + i]) * 10) for i in range(3)]
        for frame in frames:
            setup.connection.send(frame)
        assert setup.connection.behind
        assert setup.wire.wants
        while setup.wire.wants:
            setup.wire.room = 5
            setup.connection.writable()
        assert bytes(setup.wire.written) == b"".join(frames)
        assert not setup.connection.behind
        assert not setup.wire.wants
        assert setup.notes.drains == 1

    async def test_the_backlog_is_bounded(self, setup: Setup) -> None:
        setup.wire.room = 100
        frame = build_frame(TEXT, bytes(60_000))
        for _ in range(2 * BACKLOG // len(frame)):
            setup.connection.send(frame)
        assert await setup.ends() == [(1013, "too slow")]
        setup.wire.room = 1 << 30
        setup.connection.writable()
        assert setup.wire.frames()[0] == (TEXT, bytes(60_000))
        assert setup.wire.code == 1013
        assert setup.wire.finished

    async def test_one_frame_over_the_bound_is_too_slow_as_well(self, setup: Setup) -> None:
        setup.wire.room = 10
        setup.connection.send(build_frame(BINARY, bytes(BACKLOG + 1000)))
        assert await setup.ends() == [(1013, "too slow")]

    async def test_a_close_keeps_the_half_of_a_frame_before_it(self, setup: Setup) -> None:
        setup.wire.room = 7
        setup.connection.send(build_frame(TEXT, b"a" * 10))
        setup.connection.send(build_frame(TEXT, b"b" * 10))
        setup.connection.close(1012, "restart")
        setup.wire.room = 1000
        setup.connection.writable()
        assert [frame[0] for frame in setup.wire.frames()] == [TEXT, CLOSE]
        assert setup.wire.code == 1012

    async def test_the_handler_is_told_once(self, setup: Setup) -> None:
        setup.connection.close(1012, "restart")
        setup.connection.close(1011, "again")
        setup.receive(b"")
        setup.connection.lost()
        assert setup.notes.ends == [(1012, "restart")]
        assert setup.metrics.closed == {1012: 1}

    async def test_a_broken_wire_ends_it(self, setup: Setup) -> None:
        setup.wire.broken = True
        setup.connection.send(build_frame(TEXT, b"a"))
        assert await setup.ends() == [(LOST, "")]
        assert setup.wire.aborted
        setup.connection.send(build_frame(TEXT, b"b"))
        setup.connection.close(1012, "restart")
        assert len(await setup.ends()) == 1

    async def test_a_wire_that_breaks_at_the_close_ends_it(self, setup: Setup) -> None:
        setup.wire.broken = True
        setup.connection.close(1012, "restart")
        assert len(await setup.ends()) == 1
        assert setup.wire.aborted

    async def test_a_wire_that_breaks_later_ends_it(self, setup: Setup) -> None:
        setup.wire.room = 1
        setup.connection.send(build_frame(TEXT, b"a"))
        setup.wire.broken = True
        setup.connection.writable()
        assert setup.notes.ends == [(LOST, "")]
        assert setup.wire.aborted

    async def test_a_connection_closed_before_it_is_served_tells_its_handler(
        self, setup: Setup
    ) -> None:
        connection = Connection(ShortWire(), Metrics())
        connection.close(1013, "full")
        await trio.testing.wait_all_tasks_blocked()
        notes = Notes()
        connection.serve(notes)
        assert notes.ends == []
        await trio.testing.wait_all_tasks_blocked()
        assert notes.ends == [(1013, "full")]

    @pytest.mark.parametrize("end", ["close", "send too much", "send to a broken wire"])
    async def test_a_handler_in_the_middle_of_a_change_hears_of_no_end(
        self, setup: Setup, end: str
    ) -> None:
        connection = setup.connection

        def change() -> None:
            assert connection.open
            setup.wire.broken = end == "send to a broken wire"
            if end == "close":
                connection.close(1008, "abuse")
            else:
                connection.send(build_frame(TEXT, bytes(BACKLOG + 1000)))
            assert not connection.open
            assert setup.notes.ends == []

        setup.notes.work = change
        setup.wire.room = 10
        setup.receive(client_frame(TEXT, b"one") + client_frame(TEXT, b"two"))
        assert setup.notes.messages == [(TEXT, b"one")]
        assert len(setup.notes.ends) == 1  # now that its call has returned
        assert len(await setup.ends()) == 1

    async def test_a_fault_in_hearing_of_the_end_is_logged_and_ends_nothing_else(
        self, setup: Setup, caplog: pytest.LogCaptureFixture
    ) -> None:
        setup.notes.error = ZeroDivisionError("by mistake")
        setup.connection.close(1012, "restart")
        await setup.ends()
        assert "by mistake" in caplog.text


class TestTime:
    async def test_a_quiet_client_is_asked_and_stays_while_it_answers(
        self, setup: Setup, mock_clock: MockClock
    ) -> None:
        for asked in range(20):
            setup.wait(mock_clock, QUIET - 1)
            assert len(setup.wire.frames()) == asked
            setup.wait(mock_clock, 1)
            setup.receive(client_frame(PONG))
        assert setup.wire.frames() == [(PING, b"")] * 20
        assert setup.notes.silences == []
        assert setup.notes.ends == []

    async def test_a_client_that_talks_is_not_asked(
        self, setup: Setup, mock_clock: MockClock
    ) -> None:
        for _ in range(60):
            setup.wait(mock_clock, 1)
            setup.receive(client_frame(TEXT, b"walking"))
        assert setup.wire.frames() == []

    async def test_who_does_not_answer_is_silent_after_five_seconds_until_heard(
        self, setup: Setup, mock_clock: MockClock
    ) -> None:
        setup.wait(mock_clock, QUIET + ANSWER - 1)
        assert setup.notes.silences == []
        setup.wait(mock_clock, 1)
        assert trio.current_time() - setup.connection.heard == 5.0
        assert setup.notes.silences == [True]
        setup.wait(mock_clock, AGAIN)
        assert setup.notes.silences == [True]
        assert setup.wire.frames() == [(PING, b"")] * 2
        setup.receive(client_frame(PONG))
        setup.wait(mock_clock, 1)
        assert setup.notes.silences == [True, False]

    async def test_a_server_that_stood_still_calls_nobody_silent(
        self, setup: Setup, mock_clock: MockClock
    ) -> None:
        """It has read nothing in that time; before its next beat it reads what has come."""
        setup.wait(mock_clock, QUIET)
        mock_clock.jump(4.5)
        setup.connection.beat(trio.current_time())
        setup.receive(client_frame(PONG))
        setup.wait(mock_clock, 1)
        assert setup.notes.silences == []

    async def test_a_client_that_answers_no_ping_is_closed(
        self, setup: Setup, mock_clock: MockClock
    ) -> None:
        setup.wait(mock_clock, SILENT - 1)
        assert setup.notes.ends == []
        setup.wait(mock_clock, 2)
        assert setup.notes.ends == [(LOST, "")]
        assert setup.wire.frames()[-1][0] == CLOSE
        setup.wait(mock_clock, LINGER + 1)
        assert setup.wire.aborted

    @pytest.mark.parametrize("opcode", [PING, PONG])
    async def test_a_flood_of_control_frames_ends_it(
        self, setup: Setup, mock_clock: MockClock, opcode: int
    ) -> None:
        """Answers that nobody reads would pile up, and the rate of messages counts no pings."""
        for _ in range(5):
            setup.receive(client_frame(opcode) * CONTROLS)
            setup.wait(mock_clock, 1)
        assert setup.notes.ends == []
        setup.receive(client_frame(opcode) * (CONTROLS + 1))
        assert setup.notes.ends[0][0] == 1008

    async def test_pongs_alone_keep_it_open(self, setup: Setup, mock_clock: MockClock) -> None:
        for _ in range(20):
            setup.wait(mock_clock, SILENT - 1)
            setup.receive(client_frame(PONG))
        assert setup.notes.ends == []

    async def test_a_client_that_takes_nothing_is_closed(
        self, setup: Setup, mock_clock: MockClock
    ) -> None:
        setup.wire.room = 3
        setup.connection.send(build_frame(TEXT, b"hello"))
        for _ in range(int(STUCK) + 2):
            setup.receive(client_frame(PONG))  # that it sends is no sign that it reads
            setup.wait(mock_clock, 1)
        assert setup.notes.ends == [(1013, "too slow")]

    async def test_a_client_that_pauses_is_not_closed(
        self, setup: Setup, mock_clock: MockClock
    ) -> None:
        """Heard long ago, for it has nothing to say; but it only now begins to lag."""
        setup.wait(mock_clock, STUCK + 3)
        setup.wire.room = 3
        setup.connection.send(build_frame(TEXT, b"hello"))
        setup.wait(mock_clock, STUCK - 1)
        setup.wire.room = 100
        setup.connection.writable()
        setup.receive(client_frame(PONG))
        setup.wait(mock_clock, STUCK)
        assert setup.notes.ends == []

    async def test_a_peer_that_sends_on_and_on_is_let_go_sooner(self, setup: Setup) -> None:
        setup.connection.close(1008, "abuse")
        for _ in range(IGNORED // 10_000):
            setup.receive(bytes(10_000))
        assert not setup.wire.aborted
        setup.receive(bytes(10_000))
        assert setup.wire.aborted

    async def test_a_peer_that_never_ends_is_let_go(
        self, setup: Setup, mock_clock: MockClock
    ) -> None:
        setup.connection.close(1008, "abuse")
        assert setup.wire.finished
        setup.wait(mock_clock, LINGER - 1)
        setup.receive(client_frame(TEXT, b"more"))
        assert not setup.wire.aborted
        setup.wait(mock_clock, 2)
        assert setup.wire.aborted
        assert setup.notes.messages == []


ALLOWANCE = 100


@pytest.fixture
async def fed(mock_clock: MockClock) -> Setup:
    """A connection of which 100 frames or KiB are read a second, and twice that at once."""
    wire, notes, metrics = ShortWire(), Notes(), Metrics()
    connection = Connection(wire, metrics)
    connection.serve(notes, ALLOWANCE)
    return Setup(wire, notes, metrics, connection)


class TestPausing:
    @pytest.mark.parametrize(
        ("reads", "count"),
        [
            ([client_frame(TEXT, b"x")], 200),
            ([client_frame(PONG)], 200),
            ([client_frame(TEXT, final=False), client_frame(CONTINUATION, final=False)], 200),
            ([bytes([byte]) for byte in client_frame(TEXT, b"x" * 300)], 200),
            ([client_frame(BINARY, bytes(1024))], 100),
        ],
        ids=["messages", "pongs", "fragments", "bytes", "kibibytes"],
    )
    async def test_whatever_costs_time_is_counted(
        self, fed: Setup, reads: list[bytes], count: int
    ) -> None:
        for number in range(count):
            assert fed.wire.reads
            fed.receive(reads[min(number, len(reads) - 1)])
        assert not fed.wire.reads
        assert fed.metrics.paused == 1
        assert fed.notes.ends == []

    async def test_a_second_later_it_is_read_on(self, fed: Setup, mock_clock: MockClock) -> None:
        fed.receive(client_frame(TEXT, b"x") * 348)
        assert not fed.wire.reads
        assert len(fed.notes.messages) == 348
        fed.wait(mock_clock, 1)
        assert not fed.wire.reads  # so much was too much
        fed.wait(mock_clock, 1)
        assert fed.wire.reads
        assert fed.notes.pauses == [(0, 1), (1, 2)]
        fed.receive(client_frame(TEXT, b"x") * 49)
        assert fed.wire.reads
        fed.receive(client_frame(TEXT, b"x"))
        assert not fed.wire.reads

    async def test_what_is_saved_up_is_one_second_at_most(
        self, fed: Setup, mock_clock: MockClock
    ) -> None:
        for _ in range(8):
            fed.wait(mock_clock, 10)
            fed.receive(client_frame(PONG))
        fed.receive(client_frame(TEXT, b"x") * 197)
        assert fed.wire.reads
        fed.receive(client_frame(TEXT, b"x"))
        assert not fed.wire.reads

    async def test_a_steady_stream_is_never_paused(self, fed: Setup, mock_clock: MockClock) -> None:
        for step in range(1000):
            fed.receive(client_frame(TEXT, b"x") * 10)
            mock_clock.jump(0.1)
            if step % 10 == 9:
                fed.connection.beat(trio.current_time())
        assert fed.metrics.paused == 0

    async def test_a_pause_is_no_silence(self, fed: Setup, mock_clock: MockClock) -> None:
        fed.receive(client_frame(TEXT, b"x") * (60 * ALLOWANCE))
        fed.wait(mock_clock, SILENT + 10)
        assert not fed.wire.reads
        assert fed.notes.ends == []
        fed.wait(mock_clock, 10)
        assert fed.wire.reads
        fed.wait(mock_clock, SILENT + 1)
        assert fed.notes.ends == [(LOST, "")]

    async def test_the_handler_may_end_it_while_it_is_not_read(
        self, fed: Setup, mock_clock: MockClock
    ) -> None:
        fed.receive(client_frame(TEXT, b"x") * 1000)
        fed.notes.error = ConnectionFault(CloseCode.POLICY, "too much")
        fed.connection.beat(trio.current_time())
        assert fed.notes.ends == [(1008, "too much")]
        assert fed.wire.code == 1008
        assert fed.wire.reads  # lest its own end be missed

    async def test_time_in_which_this_process_stood_still_is_no_pause(
        self, fed: Setup, mock_clock: MockClock
    ) -> None:
        fed.receive(client_frame(TEXT, b"x") * 1000)
        mock_clock.jump(45)
        fed.connection.discount_pause(44, trio.current_time())
        fed.connection.beat(trio.current_time())
        assert fed.notes.pauses == [(44, 45)]

    async def test_a_peer_that_resets_while_it_is_not_read_is_let_go(self, fed: Setup) -> None:
        fed.receive(client_frame(TEXT, b"x") * 1000)
        fed.receive(b"")
        fed.connection.beat(trio.current_time())
        assert fed.wire.aborted
        assert fed.notes.ends == [(LOST, "")]
