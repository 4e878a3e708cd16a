"""How sockets end, and what that says to the rooms they were in; kicks, crashes, capacity."""

import pytest
import trio
from trio.testing import MockClock

from tests.channels.backend import OK, TOPIC, open_backend, pose, refused, settled
from xr.channels.endpoint import Endpoint, Limits
from xr.channels.socket import Socket
from xr.errors import CloseCode
from xr.events import UserLeft
from xr.rooms.settings import RoomSettings
from xr.settings import Settings

LEFT = [("user_left", {"user_id": "ann"})]


@pytest.mark.parametrize(
    ("code", "reason", "goodbye"),
    [
        (1000, "", True),
        (1000, "bye", True),
        (1001, "", True),
        (1005, "", True),
        (1000, "heartbeat timeout", False),
        (1001, "heartbeat timeout", True),
        (1002, "", False),
        (1006, "", False),
        (1007, "", False),
        (1008, "too many messages", False),
        (1009, "", False),
        (1011, "", False),
        (1012, "", False),
        (1013, "too slow", False),
        (3000, "", False),
    ],
)
async def test_whether_an_end_is_a_goodbye(
    code: int, reason: str, goodbye: bool, autojump_clock: MockClock
) -> None:
    async with open_backend(grace=5) as backend:
        bob, ann = await backend.visitor("bob"), await backend.visitor("ann")
        bob.told()
        ann.end(code, reason)
        await trio.sleep(4.8)
        assert bob.stoc() == (LEFT if goodbye else [])
        await trio.sleep(0.3)
        assert bob.stoc() == ([] if goodbye else LEFT)


async def test_an_end_reaches_all_rooms_and_a_second_one_none(autojump_clock: MockClock) -> None:
    async with open_backend("hall", "garden") as backend:
        ann = backend.browser("ann")
        ann.join()
        ann.join("room:garden")
        await settled()
        socket = ann.socket
        ann.end()
        socket.closed(1006, "")
        await settled()
        assert backend.lobby.present() == {"hall": 0, "garden": 0}
        assert len(backend.endpoint) == 0


async def test_what_comes_after_the_end_changes_nothing(autojump_clock: MockClock) -> None:
    async with open_backend() as backend:
        bob, ann = await backend.visitor("bob"), await backend.visitor("ann")
        bob.told()
        ann.end()
        ann.push("i_moved", pose(9))
        ann.push("phx_leave", {})
        await settled()
        assert bob.stoc() == LEFT
        assert (await backend.store.stored_x())["ann"] != 9


async def test_an_end_while_joining_leaves_no_trace(autojump_clock: MockClock) -> None:
    async with open_backend() as backend:
        bob = await backend.visitor("bob")
        gate = backend.store.shut("load_visit")
        ann = backend.browser("ann")
        ann.join()
        ann.push("i_moved", pose(9))
        ann.end(1006)
        gate.set()
        await trio.sleep(20)
        assert bob.stoc() == []
        assert backend.metrics.members == 1


# Rooms that end


async def test_a_room_that_fails_says_so_and_takes_its_clients_again(
    autojump_clock: MockClock,
) -> None:
    async with open_backend("hall", "garden") as backend:
        ann, cat = await backend.visitor("ann"), await backend.visitor("cat", "room:garden")
        late = backend.browser("late")
        room = backend.lobby.room("hall")
        assert room is not None
        room.stream.publish(UserLeft("a stranger"))
        joining = late.join()
        await settled()
        assert ann.told() == [["j1", "j1", TOPIC, "phx_error", {"reason": "channel_crash"}]]
        assert late.replies() == {joining: OK}  # in the room that was opened afresh
        assert cat.told() == []
        ref = ann.push("i_moved", pose(1))
        assert ann.replies() == {ref: refused("unmatched topic")}
        again = ann.join()
        await settled()
        assert ann.replies() == {again: OK}
        assert ann.transport.closed is None


async def test_a_deleted_room_closes_its_channel(autojump_clock: MockClock) -> None:
    async with open_backend() as backend:
        ann = await backend.visitor("ann")
        await backend.store.delete_room("hall")
        await backend.lobby.close("hall")
        assert ann.told() == [["j1", "j1", TOPIC, "phx_close", {}]]
        again = ann.join()
        await settled()
        assert ann.replies() == {again: refused("no such room")}


async def test_a_join_on_its_way_into_a_deleted_room_is_answered(
    autojump_clock: MockClock,
) -> None:
    async with open_backend() as backend:
        await backend.visitor("bob")
        room = backend.lobby.room("hall")
        assert room is not None
        ann = backend.browser("ann")
        ref = ann.join()
        (channel,) = ann.socket.memberships.values()
        channel.enter(await backend.lobby.join("hall", channel))
        channel.dismiss()
        heard = ann.told()
        assert [(message[1], message[3]) for message in heard] == [
            (ref, "phx_reply"),
            (ref, "phx_close"),
        ]
        assert heard[0][4]["status"] == "error"


# Laggards


async def test_a_laggard_catches_up_once_its_connection_drains(autojump_clock: MockClock) -> None:
    async with open_backend() as backend:
        ann, bob = await backend.visitor("ann"), await backend.visitor("bob")
        await settled()
        bob.told()
        bob.transport.lags = True
        for x in (1, 2, 3):
            ann.push("i_moved", pose(x))
            await settled()
        assert bob.told() == []
        await trio.sleep(10)
        bob.transport.lags = False
        bob.socket.backlog_sent()
        await settled()
        assert [payload["position"][0] for _, payload in bob.stoc()] == [3]


async def test_a_socket_that_drains_before_its_room_is_there(autojump_clock: MockClock) -> None:
    async with open_backend() as backend:
        gate = backend.store.shut("load_room")
        ann = backend.browser("ann")
        ref = ann.join()
        ann.socket.backlog_sent()
        gate.set()
        await settled()
        assert ann.replies() == {ref: OK}


# Faults


async def test_a_join_that_raises_ends_only_its_socket(
    autojump_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_backend() as backend:
        bob, ann = await backend.visitor("bob"), backend.browser("ann")
        backend.store.failures["load_visit"] = ZeroDivisionError("a fault of ours")
        ann.join()
        await settled()
        assert ann.transport.closed == (1011, "a fault of the server")
        assert caplog.text.count("socket.failed user=ann") == 1
        assert "a fault of ours" in caplog.text
        assert bob.transport.closed is None
        backend.store.failures.clear()
        await backend.visitor("cat")
        assert backend.metrics.members == 2


async def test_a_join_that_raises_after_its_socket_has_ended(
    autojump_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_backend() as backend:
        gate = backend.store.shut("load_visit")
        backend.store.failures["load_visit"] = ZeroDivisionError("a fault of ours")
        ann = backend.browser("ann")
        ann.join()
        await settled()
        ann.end()
        gate.set()
        await settled()
        assert "socket.failed user=ann" in caplog.text
        assert ann.transport.closed == (1001, "")


async def test_a_transport_that_raises_harms_nobody_else(
    autojump_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_backend() as backend:
        bob, ann = await backend.visitor("bob"), await backend.visitor("ann")
        bob.told()
        ann.transport.broken = True
        bob.push("i_moved", pose(1))
        await settled()
        bob.push("i_moved", pose(2))
        await settled()
        assert [payload["position"][0] for _, payload in bob.stoc()] == [1, 2]
        assert "client.failed user=ann" in caplog.text
        assert backend.lobby.running
        ann.transport.broken = False
        ann.end()


# The endpoint


async def test_a_kick_ends_every_socket_of_the_user_for_good(autojump_clock: MockClock) -> None:
    async with open_backend("hall", "garden") as backend:
        bob = await backend.visitor("bob")
        one, two = await backend.visitor("ann"), await backend.visitor("ann", "room:garden")
        idle = backend.browser("ann")
        bob.told()
        assert backend.endpoint.kick("ann") == 3
        for browser in (one, two, idle):
            assert browser.transport.closed == (1000, "kicked")
        assert one.told()[-1] == ["j1", "j1", TOPIC, "phx_close", {"reason": "kicked"}]
        assert bob.transport.closed is None
        await settled()
        assert bob.stoc() == LEFT
        assert backend.endpoint.kick("ann") == 0
        assert len(backend.endpoint) == 1


async def test_a_kick_from_one_room_spares_sockets_elsewhere(autojump_clock: MockClock) -> None:
    async with open_backend("hall", "garden") as backend:
        one, two = await backend.visitor("ann"), await backend.visitor("ann", "room:garden")
        gate = backend.store.shut("load_visit")
        joining = backend.browser("ann")
        joining.join()
        assert backend.endpoint.kick("ann", "hall") == 2
        assert one.transport.closed is not None
        assert joining.transport.closed is not None
        assert joining.replies() == {"j1": refused("kicked")}
        assert two.transport.closed is None
        gate.set()
        await settled()
        assert backend.lobby.present() == {"hall": 0, "garden": 1}


async def test_the_server_may_be_full(autojump_clock: MockClock) -> None:
    async with open_backend(limits=Limits(clients=2, per_address=0)) as backend:
        ann = backend.browser("ann")
        assert backend.endpoint.refuse("192.0.2.9") is None
        backend.browser("bob")
        assert backend.endpoint.refuse("192.0.2.9") == "the server is full"
        ann.end()
        assert backend.endpoint.refuse("192.0.2.9") is None
        assert backend.metrics.refused == {"the server is full": 1}


async def test_an_address_may_have_too_many(autojump_clock: MockClock) -> None:
    async with open_backend(limits=Limits(clients=0, per_address=2)) as backend:
        browsers = [backend.browser(f"u{n}", "192.0.2.1") for n in range(2)]
        assert backend.endpoint.refuse("192.0.2.1") == "too many connections from this address"
        assert backend.endpoint.refuse("192.0.2.2") is None
        browsers[0].end()
        assert backend.endpoint.refuse("192.0.2.1") is None
        third = backend.browser("u3", "192.0.2.1")
        assert backend.endpoint.refuse("192.0.2.1") is not None
        third.end()
        browsers[1].end()
        assert backend.endpoint.statistics().addresses == 0


def test_the_limits_are_those_of_the_settings() -> None:
    known = Settings()
    assert Limits() == Limits(
        known.max_clients, known.max_per_address, known.message_rate, known.join_rate
    )
    assert RoomSettings() == RoomSettings(
        known.grace, known.room_idle, known.flush_interval, known.max_per_room
    )


async def test_limits_of_zero_are_none(autojump_clock: MockClock) -> None:
    async with open_backend(limits=Limits(clients=0, per_address=0)) as backend:
        for number in range(50):
            backend.browser(f"u{number}")
        assert backend.endpoint.refuse("192.0.2.1") is None


async def test_who_came_too_late_is_closed_again(autojump_clock: MockClock) -> None:
    """Two upgrades at a time may both have been welcome when they began."""
    async with open_backend(limits=Limits(clients=1)) as backend:
        backend.browser("ann")
        late = backend.browser("bob")
        assert late.transport.closed == (CloseCode.TRY_LATER, "the server is full")


async def test_a_server_that_stops_refuses(autojump_clock: MockClock) -> None:
    async with open_backend() as backend:
        backend.lobby.drain()
        assert backend.endpoint.refuse("192.0.2.1") == "the server is restarting"
        late = backend.browser("ann")
        assert late.transport.closed == (CloseCode.RESTART, "the server is restarting")


async def test_an_endpoint_that_does_not_run_refuses_and_starts_nothing(
    autojump_clock: MockClock,
) -> None:
    async with open_backend() as backend:
        ann = backend.browser("ann")
    endpoint: Endpoint = backend.endpoint
    assert endpoint.refuse("192.0.2.1") == "the server is restarting"
    ann.join()
    assert ann.told() == []
    assert isinstance(ann.socket, Socket)
