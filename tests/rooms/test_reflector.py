"""Clients hear the stream, in its order; and some of them break."""

from typing import ClassVar

import pytest

from tests.rooms.fake_client import FakeClient
from tests.rooms.gated_store import ENTITIES
from tests.rooms.stage import Stage, attach, moved
from xr.events import ConnectionsChanged, Event, UserLeft
from xr.roles import Capability, Role
from xr.rooms.protocols import Form
from xr.rooms.standings import Standing


def test_a_newcomer_is_in_its_snapshot_and_does_not_hear_its_own_join() -> None:
    stage = Stage()
    ann, bob = FakeClient("ann"), FakeClient("bob")
    stage.tick(stage.joins("ann", 1), ConnectionsChanged({"ann": ("a",)}, {}), attach(ann))
    assert ann.heard == [("welcome", {"ann": 1.0})]
    assert ann.connections == {"ann": ("a",)}
    assert ann.entities == ENTITIES
    ann.told()
    stage.tick(stage.joins("bob", 2), ConnectionsChanged({"bob": ("b",)}, {}), attach(bob))
    assert bob.heard == [("welcome", {"ann": 1.0, "bob": 2.0})]
    assert bob.numbers == {"ann": 0, "bob": 1}
    assert bob.connections == {"ann": ("a",), "bob": ("b",)}
    assert ann.heard == [
        ("joined", {"bob": 2.0}),
        ("changed", {"joins": {"bob": ["b"]}, "leaves": {}}),
    ]


def test_a_welcome_is_the_state_at_its_place_in_the_stream() -> None:
    """All within one tick: what came before is in the snapshot, what came after follows it."""
    stage = Stage()
    ann, bob = FakeClient("ann"), FakeClient("bob")
    stage.tick(stage.joins("ann", 1), attach(ann))
    ann.told()
    stage.tick(
        moved("ann", 2),
        stage.joins("cat", 5),
        stage.joins("bob", 7),
        attach(bob),
        moved("cat", 6),
        stage.joins("dan", 8),
        UserLeft("cat"),
    )
    assert bob.told() == [
        ("welcome", {"ann": 2.0, "bob": 7.0, "cat": 5.0}),
        ("moved", {"cat": 6.0}),
        ("joined", {"dan": 8.0}),
        ("left", "cat"),
    ]
    assert ann.told() == [
        ("moved", {"ann": 2.0}),
        ("joined", {"cat": 5.0}),
        ("joined", {"bob": 7.0}),
        ("moved", {"cat": 6.0}),
        ("joined", {"dan": 8.0}),
        ("left", "cat"),
    ]


def test_two_who_come_in_one_tick_each_hear_what_follows_their_own_place() -> None:
    stage = Stage()
    ann, bob = FakeClient("ann"), FakeClient("bob")
    stage.tick(stage.joins("ann", 1), attach(ann), stage.joins("bob", 2), attach(bob))
    assert ann.told() == [("welcome", {"ann": 1.0}), ("joined", {"bob": 2.0})]
    assert bob.told() == [("welcome", {"ann": 1.0, "bob": 2.0})]


def test_moves_are_not_carried_over_joins_and_leaves() -> None:
    stage = Stage()
    ann = FakeClient("ann")
    stage.audience(ann)
    stage.tick(
        stage.joins("bob", 1),
        moved("bob", 2),
        UserLeft("bob"),
        stage.joins("bob", 3),
        moved("bob", 4),
    )
    assert ann.told() == [
        ("joined", {"bob": 1.0}),
        ("left", "bob"),  # the move of somebody who has left since is not worth a frame
        ("joined", {"bob": 3.0}),
        ("moved", {"bob": 4.0}),
    ]


def test_a_tick_is_one_frame_for_each_form() -> None:
    stage = Stage()
    clients = [FakeClient("ann", form="batch"), FakeClient("bob", form="json")]
    stage.audience(*clients)
    stage.tick(moved("ann", 1), moved("bob", 2), moved("ann", 3))
    ann, bob = clients
    assert ann.told() == [("moved", {"ann": 3.0, "bob": 2.0})]
    assert bob.told() == [("moved", {"ann": 3.0}), ("moved", {"bob": 2.0})]
    assert len(ann.frames) == len(bob.frames) == 1


def test_a_tick_is_encoded_once_for_each_form_that_somebody_wants() -> None:
    stage = Stage()
    forms: tuple[Form, ...] = ("batch", "batch", "json", "json", "json")
    clients = [FakeClient(f"u{n}", form=form) for n, form in enumerate(forms)]
    stage.audience(*clients)
    stage.encoder.encoded.clear()
    stage.tick(moved("u0", 1), moved("u3", 2))
    assert stage.encoder.encoded == [
        ("batch", {"u0": 1.0, "u3": 2.0}),
        ("json", {"u0": 1.0, "u3": 2.0}),
    ]
    for one, other in ((0, 1), (2, 3), (3, 4)):
        assert clients[one].frames[0] is clients[other].frames[0], "the same bytes, not alike ones"


def test_nobody_there_costs_no_encoding() -> None:
    stage = Stage()
    stage.tick(stage.joins("ann"), moved("ann", 1))
    assert stage.encoder.encoded == []
    assert stage.metrics.ticks == 1


def test_a_quiet_room_sends_nothing() -> None:
    stage = Stage()
    ann = FakeClient("ann")
    stage.audience(ann)
    ticks = stage.metrics.ticks
    stage.reflect()
    assert ann.frames == []
    assert stage.metrics.ticks == ticks


def test_a_newcomer_at_the_end_of_a_tick_gets_no_empty_frame() -> None:
    stage = Stage()
    ann = FakeClient("ann")
    stage.tick(stage.joins("ann"), attach(ann))
    assert ann.frames == []


def test_who_is_gone_before_the_tick_is_not_welcomed() -> None:
    stage = Stage()
    ann, bob = FakeClient("ann"), FakeClient("bob")
    stage.audience(ann)
    stage.publish(stage.joins("bob"), attach(bob))
    bob.leave()
    stage.tick(UserLeft("bob"))
    assert bob.heard == []
    assert ann.told() == [("joined", {"bob": 0.0}), ("left", "bob")]


def test_who_is_detached_hears_nothing_more() -> None:
    stage = Stage()
    ann, bob = FakeClient("ann"), FakeClient("bob")
    stage.audience(ann, bob)
    stage.publish(moved("bob", 1))
    stage.reflector.detach(ann)
    stage.reflector.detach(FakeClient("stranger"))
    stage.reflect()
    assert ann.heard == []
    assert bob.told() == [("moved", {"bob": 1.0})]


def test_who_leaves_while_it_is_welcomed_is_sent_no_more() -> None:
    """The messages that waited for the welcome may end the membership within it."""
    stage = Stage()

    class Hasty(FakeClient):
        def welcome(self, *args: object) -> None:
            stage.reflector.detach(self)

    bob = Hasty("bob")
    stage.tick(stage.joins("bob"), attach(bob), moved("bob", 1))
    assert bob.heard == []


# Clients that break


@pytest.mark.parametrize("method", ["welcome", "send", "behind"])
def test_a_client_that_raises_loses_only_itself(
    method: str, caplog: pytest.LogCaptureFixture
) -> None:
    stage = Stage()
    ann, bob, cat = FakeClient("ann"), FakeClient("bob"), FakeClient("cat")
    stage.audience(ann)
    bob.broken = {method}
    stage.tick(stage.joins("bob"), attach(bob), stage.joins("cat"), attach(cat))
    stage.tick(moved("ann", 1))
    stage.tick(moved("ann", 2))
    assert bob.told()[-1] == ("failed", None)
    assert ann.told()[-2:] == cat.told()[-2:] == [("moved", {"ann": 1.0}), ("moved", {"ann": 2.0})]
    assert caplog.text.count(f"{method} of bob is broken") == 1
    assert "client.failed user=bob" in caplog.text


@pytest.mark.parametrize("method", ["send", "behind"])
@pytest.mark.parametrize("quiet", [True, False])
def test_a_laggard_that_raises_while_it_catches_up_loses_only_itself(
    method: str, quiet: bool
) -> None:
    stage = Stage()
    ann, bob = FakeClient("ann"), FakeClient("bob")
    stage.audience(ann, bob)
    bob.lags = True
    stage.tick(moved("ann", 1))
    bob.lags = False
    bob.broken = {method}
    if quiet:
        stage.reflect()
        assert bob.told() == [("failed", None)]
    stage.tick(moved("ann", 2))
    assert bob.told() == ([] if quiet else [("failed", None)])
    assert ann.told() == [("moved", {"ann": 1.0}), ("moved", {"ann": 2.0})]
    stage.tick(moved("ann", 3))
    assert ann.told() == [("moved", {"ann": 3.0})]


def test_a_client_that_cannot_even_be_told_so_loses_only_itself(
    caplog: pytest.LogCaptureFixture,
) -> None:
    stage = Stage()
    ann, bob = FakeClient("ann"), FakeClient("bob")
    stage.audience(ann, bob)
    bob.broken = {"send", "fail"}
    stage.tick(moved("ann", 1))
    stage.tick(moved("ann", 2))
    assert ann.told() == [("moved", {"ann": 1.0}), ("moved", {"ann": 2.0})]
    assert [record.getMessage() for record in caplog.records] == ["client.failed user=bob"] * 2
    assert "fail of bob is broken" in caplog.text


class Whispered(Event, frozen=True):
    """An event that only moderators hear."""

    wire: ClassVar[str] = "whispered"
    audience: ClassVar[Capability | None] = Capability.MODERATE

    text: str


def test_an_event_for_some_reaches_them_in_its_place_and_nobody_else() -> None:
    stage = Stage()
    ann, bob = FakeClient("ann"), FakeClient("bob")
    ann.standing = Standing(Role.OWNER)
    stage.audience(ann, bob)
    stage.tick(moved("ann", 1), Whispered("psst"), moved("bob", 2))
    whole = [("moved", {"ann": 1.0}), ("whispered", {"text": "psst"}), ("moved", {"bob": 2.0})]
    assert ann.told() == whole
    assert bob.told() == [line for line in whole if line[0] == "moved"]
