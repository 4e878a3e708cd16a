"""The files that ``make generate`` makes are those of this code, and features get into them."""

import random
from typing import Any, ClassVar

import pytest

from tools.generate_wire import ROOT, generate
from tools.wire.catalogue import Catalogue, gather
from tools.wire.typescript import typescript
from xr.events import Event
from xr.features import FEATURES
from xr.roles import Capability
from xr.rooms.feature import Feature, Intent, Member, Site
from xr.rooms.stream import Stream
from xr.rooms.view import Folds
from xr.wire.messages import Message

GENERATED = generate()


@pytest.mark.parametrize("path", GENERATED, ids=[path.name for path in GENERATED])
def test_no_generated_file_is_stale(path: Any) -> None:
    stale = path.read_text() != GENERATED[path]
    assert not stale, f"{path.relative_to(ROOT)} is stale: run `make generate` and commit it"


class Roll(Message, frozen=True, kw_only=True):
    """Roll a dice."""

    sides: int


class Result(Message, frozen=True, kw_only=True):
    """What the dice shows."""

    shows: int


class Rolled(Event, frozen=True):
    """A dice was rolled."""

    wire: ClassVar[str] = "rolled"
    audience: ClassVar[Capability | None] = Capability.CHAT

    user_id: str
    shows: int


class Last:
    """The last result, for a newcomer."""

    name = "dice"
    folds: ClassVar[Folds] = {}

    def welcome(self) -> bytes:
        return b"{}"


class Dice(Feature):
    def roll(self, member: Member, payload: Roll) -> Result:
        return Result(shows=payload.sides)

    intents: ClassVar = {"roll": Intent(Roll, roll, reply=Result, needs=Capability.CHAT)}
    events: ClassVar = (Rolled,)
    state: ClassVar = {"dice": dict[str, int]}

    def __init__(self, site: Site) -> None:
        super().__init__(site)
        self.views = (Last(),)


@pytest.mark.parametrize("feature", [*FEATURES, Dice])
def test_a_feature_declares_all_that_it_says(feature: type[Feature]) -> None:
    made = feature(Site("hall", Stream(), random.Random(1)))
    assert {view.name for view in made.views} == set(feature.state)
    for event in Event.__subclasses__():
        if event.__module__ == feature.__module__ and event.wire:
            assert event in feature.events


@pytest.fixture
def catalogue() -> Catalogue:
    return gather([Dice])


def test_a_feature_is_in_the_types_of_the_client(catalogue: Catalogue) -> None:
    text = typescript(catalogue)
    assert "readonly roll: { readonly payload: Roll; readonly reply: Result };" in text
    assert "readonly rolled: Rolled;" in text
    assert "readonly dice: Readonly<Record<string, number>>;" in text
    assert (
        "/** What the dice shows. */\nexport interface Result {\n  readonly shows: number;\n}"
        in text
    )


def test_two_messages_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="the same name: dice, rolled"):
        gather([Dice, Dice])
