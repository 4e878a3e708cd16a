import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

from tests.people import state
from tests.rooms.fake_client import at
from xr.errors import RoomFault
from xr.events import ConnectionsChanged, Event, UserJoined, UserLeft, UserMoved
from xr.rooms.stream import INBOX, Inbox, Stream


def moved(user: str, x: float) -> UserMoved:
    return UserMoved(user, 0, at(x))


def joined(user: str, x: float = 0.0) -> UserJoined:
    return UserJoined(user, 0, at(x), state(user))


CHANGED = ConnectionsChanged({"ann": ("a",)}, {})


def events(inbox: Inbox) -> list[Event]:
    return [entry.event for entry in inbox.take_all()]


def test_publishing_returns_the_event_and_numbers_it_from_one() -> None:
    stream = Stream()
    inbox = stream.subscribe("reader")
    event = joined("ann")
    assert stream.publish(event) is event
    stream.publish(CHANGED)
    assert [(entry.number, entry.event) for entry in inbox.take_all()] == [(1, event), (2, CHANGED)]
    assert stream.number == 2


def test_every_inbox_gets_everything_from_its_subscription_on() -> None:
    stream = Stream()
    early = stream.subscribe("early")
    stream.publish(joined("ann"))
    late = stream.subscribe("late")
    stream.publish(moved("ann", 1))
    assert events(early) == [joined("ann"), moved("ann", 1)]
    assert events(late) == [moved("ann", 1)]


def test_what_was_drained_is_gone() -> None:
    inbox = Inbox("reader")
    inbox.put(1, joined("ann"))
    assert len(inbox) == 1
    inbox.take_all()
    assert len(inbox) == 0
    assert inbox.take_all() == []


def test_a_newer_move_takes_the_place_of_the_unread_one() -> None:
    inbox = Inbox("reader")
    inbox.put(1, moved("ann", 1))
    inbox.put(2, moved("bob", 1))
    inbox.put(3, moved("ann", 2))
    entries = inbox.take_all()
    assert [entry.event for entry in entries] == [moved("ann", 2), moved("bob", 1)]
    assert [entry.number for entry in entries] == [3, 2]
    inbox.put(4, moved("ann", 3))
    assert events(inbox) == [moved("ann", 3)]


def test_a_merged_move_leaves_other_inboxes_alone() -> None:
    stream = Stream()
    slow, quick = stream.subscribe("slow"), stream.subscribe("quick")
    read = []
    for x in (1, 2, 3):
        stream.publish(moved("ann", x))
        read += events(quick)
    assert read == [moved("ann", x) for x in (1, 2, 3)]
    assert events(slow) == [moved("ann", 3)]


def test_a_move_after_a_leave_is_another_visits() -> None:
    inbox = Inbox("reader")
    visit: list[Event] = [
        moved("ann", 1),
        UserLeft("ann"),
        joined("ann"),
        moved("ann", 2),
        moved("ann", 3),
    ]
    for number, event in enumerate(visit, 1):
        inbox.put(number, event)
    assert events(inbox) == [moved("ann", 1), UserLeft("ann"), joined("ann"), moved("ann", 3)]


def test_the_leave_of_one_does_not_part_the_moves_of_another() -> None:
    inbox = Inbox("reader")
    inbox.put(1, moved("ann", 1))
    inbox.put(2, UserLeft("bob"))
    inbox.put(3, moved("ann", 2))
    assert events(inbox) == [moved("ann", 2), UserLeft("bob")]


@given(
    st.lists(
        st.one_of(
            st.builds(moved, st.sampled_from("abc"), st.integers(0, 99)),
            st.builds(joined, st.sampled_from("abc")),
            st.builds(UserLeft, st.sampled_from("abc")),
        ),
        max_size=60,
    )
)
def test_all_but_merged_moves_come_in_order_and_the_newest_move_comes_always(
    published: list[Event],
) -> None:
    stream = Stream()
    inbox = stream.subscribe("reader")
    for event in published:
        stream.publish(event)
    read = events(inbox)
    others = [event for event in published if not isinstance(event, UserMoved)]
    assert [event for event in read if not isinstance(event, UserMoved)] == others
    for user in "abc":  # in each visit: at most one move, and it is the last one
        assert _visits(read, user) == [visit[-1:] for visit in _visits(published, user)]


def _visits(stream: list[Event], user: str) -> list[list[Event]]:
    visits: list[list[Event]] = [[]]
    for event in stream:
        if isinstance(event, UserLeft) and event.user_id == user:
            visits.append([])
        elif isinstance(event, UserMoved) and event.user_id == user:
            visits[-1].append(event)
    return visits


def test_a_full_inbox_is_a_fault_that_names_its_task() -> None:
    inbox = Inbox("snapshot", bound=3)
    inbox.put(1, joined("ann"))
    inbox.put(2, moved("ann", 1))
    inbox.put(3, joined("bob"))
    with pytest.raises(RoomFault, match="the snapshot task has 3 unread events"):
        inbox.put(4, CHANGED)
    with pytest.raises(RoomFault):
        inbox.put(5, moved("bob", 1))
    inbox.put(6, moved("ann", 2))  # needs no place of its own
    assert events(inbox) == [joined("ann"), moved("ann", 2), joined("bob")]


def test_inboxes_of_a_stream_are_bounded() -> None:
    stream = Stream()
    inbox = stream.subscribe("reader")
    for _ in range(INBOX):
        stream.publish(CHANGED)
    with pytest.raises(RoomFault):
        stream.publish(CHANGED)
    assert len(inbox) == INBOX


async def test_the_bell_rings_once_for_many(autojump_clock: trio.abc.Clock) -> None:
    inbox = Inbox("reader")
    inbox.put(1, joined("ann"))
    inbox.put(2, joined("bob"))
    inbox.wake()
    await inbox.wait()
    assert len(inbox) == 2
    with trio.move_on_after(1) as scope:
        await inbox.wait()
    assert scope.cancelled_caught, "it rang again for nothing"


async def test_the_bell_rings_for_what_comes_later() -> None:
    inbox = Inbox("reader")
    read: list[Event] = []

    async def reader() -> None:
        while len(read) < 3:
            await inbox.wait()
            read.extend(events(inbox))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(reader)
        for number, user in enumerate(("ann", "bob", "cat"), 1):
            await trio.testing.wait_all_tasks_blocked()
            inbox.put(number, joined(user))
    assert read == [joined("ann"), joined("bob"), joined("cat")]


async def test_a_bell_without_events_wakes_all_the_same() -> None:
    inbox = Inbox("reader")
    inbox.wake()
    await inbox.wait()
    assert inbox.take_all() == []


async def test_a_cancelled_wait_loses_nothing() -> None:
    inbox = Inbox("reader")
    inbox.put(1, joined("ann"))
    with trio.CancelScope() as scope:
        scope.cancel()
        await inbox.wait()
    assert scope.cancelled_caught
    await inbox.wait()  # still rung
    assert events(inbox) == [joined("ann")]


async def test_waiting_is_a_checkpoint() -> None:
    inbox = Inbox("reader")
    inbox.wake()
    with trio.testing.assert_checkpoints():
        await inbox.wait()
