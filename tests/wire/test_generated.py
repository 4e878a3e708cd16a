"""The files that ``make generate`` makes are those of this code, and features get into them."""

from collections.abc import Iterator
from enum import Enum
from typing import Any, ClassVar

import pytest

from tests.rooms.site import make_site
from tools.generate_wire import ROOT, generate
from tools.wire.asyncapi import asyncapi, yaml
from tools.wire.catalogue import Catalogue, gather
from tools.wire.markdown import fill, members, tables
from tools.wire.typescript import typescript
from xr.events import Event
from xr.features import FEATURES
from xr.roles import Capability
from xr.rooms.feature import Feature, Intent, Member, Site
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
    """The number that is shown."""

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
    made = feature(make_site())
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
        "/** The number that is shown. */\nexport interface Result {\n  readonly shows: number;\n}"
        in text
    )


def test_two_messages_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="the same name: dice, rolled"):
        gather([Dice, Dice])


def test_a_feature_is_in_the_tables(catalogue: Catalogue) -> None:
    made = tables(catalogue, [])
    roll = "| `roll` | `room:<room_id>` | `Roll` | `Result` | Ok, or an error; needs `chat` |"
    assert roll in made["intents"]
    assert "| `rolled` | yes | `Rolled` | those with `chat` | A dice was rolled |" in made["events"]
    assert "| `dice` |  | `Readonly<Record<string, number>>` |" in made["events"]


# The document of tables


def test_a_table_stands_between_its_markers() -> None:
    document = "before\n<!-- generated: one -->\nold\n<!-- end -->\nafter\n"
    filled = fill(document, {"one": "| new \\1 |\n"})
    assert filled == "before\n<!-- generated: one -->\n| new \\1 |\n<!-- end -->\nafter\n"
    assert fill(filled, {"one": "old\n"}) == document


@pytest.mark.parametrize("made", [{}, {"two": ""}, {"one": "", "two": ""}])
def test_a_table_without_a_place_is_refused(made: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="places for"):
        fill("<!-- generated: one -->\n<!-- end -->\n", made)


class Colour(Enum):
    RED = 1
    """It is warm. Then: come near."""
    BLUE = 2


def test_a_member_without_its_docstring_is_named() -> None:
    with pytest.raises(ValueError, match=r"Colour\.BLUE needs a docstring"):
        members(Colour)


# AsyncAPI


@pytest.fixture
def document(catalogue: Catalogue) -> dict[str, Any]:
    return asyncapi(catalogue)


def references(part: Any) -> Iterator[str]:
    for key, value in part.items() if isinstance(part, dict) else enumerate(part):
        if key == "$ref":
            yield value
        elif isinstance(value, dict | list):
            yield from references(value)


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    found = set(references(document))
    assert "#/components/schemas/Roll" in found
    for reference in found:
        part = document
        for key in reference.removeprefix("#/").split("/"):
            part = part[key]
        assert part


def test_every_message_is_received_or_sent_on_its_channel(document: dict[str, Any]) -> None:
    operations = document["operations"]
    assert operations["receive_roll"]["action"] == "receive"
    assert operations["send_rolled"]["action"] == operations["send_dice"]["action"] == "send"
    assert {*operations, "send_phx_reply"} == set(document["components"]["messages"])
    for operation in operations.values():
        for part in (operation, operation.get("reply", operation)):
            (message,) = part["messages"]
            assert message["$ref"].startswith(part["channel"]["$ref"] + "/messages/")


def test_a_frame_is_described_whole(document: dict[str, Any]) -> None:
    frame = document["components"]["messages"]["send_rolled"]["payload"]
    *_, event, payload = frame["items"]
    assert (frame["type"], frame["minItems"], event) == ("array", 5, {"const": "stoc"})
    assert payload["properties"]["event"] == {"const": "rolled"}
    assert payload["properties"]["payload"] == {"$ref": "#/components/schemas/Rolled"}


def test_yaml_quotes_what_is_no_plain_word() -> None:
    value = {"a": {"n": [1, None, {"$ref": "it's: \\ \n€"}], "none": {}}, "b": [], "c": True}
    assert yaml(value).splitlines() == [
        "a:",
        '  "n":',
        "    - 1",
        "    - null",
        "    -",
        '      "$ref": "it\'s: \\\\ \\n€"',
        "  none: {}",
        "b: []",
        "c: true",
    ]
