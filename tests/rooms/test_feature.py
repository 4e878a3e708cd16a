"""A feature says in its class what crosses the wire; an object of it obeys in one room."""

from typing import Any, ClassVar

import msgspec
import pytest

from tests.rooms.site import make_site
from xr.events import Event
from xr.features import FEATURES
from xr.roles import Capability, Role
from xr.rooms.feature import Feature, Intent, Member, check_intents
from xr.wire.messages import Message


class Roll(Message, frozen=True, kw_only=True):
    """Roll a dice."""

    sides: int


class Rolled(Event, frozen=True):
    """A dice was rolled."""

    wire: ClassVar[str] = "rolled"

    user_id: str
    result: int


class Dice(Feature):
    def roll(self, member: Member, payload: Roll) -> dict[str, Any]:
        result = self.site.rng.randint(1, payload.sides)
        self.site.stream.publish(Rolled(member.user_id, result))
        return {"result": result}

    intents: ClassVar = {"roll": Intent(Roll, roll, needs=Capability.CHAT)}
    events: ClassVar = (Rolled,)


def test_each_feature_obeys_in_its_own_room() -> None:
    rooms = [make_site("hall"), make_site("attic")]
    inboxes = [site.stream.subscribe("test") for site in rooms]
    hall, _ = (Dice(site).bound_intents()["roll"] for site in rooms)
    assert hall.obey(Member("ann", Role.GUEST), Roll(sides=1)) == {"result": 1}
    assert [entry.event for entry in inboxes[0].take_all()] == [Rolled("ann", 1)]
    assert not inboxes[1].take_all()


def test_bound_intents_keep_what_the_class_says() -> None:
    (bound,) = Dice(make_site()).bound_intents().values()
    assert (bound.payload, bound.needs, bound.rate) == (
        Roll,
        Capability.CHAT,
        Dice.intents["roll"].rate,
    )


@pytest.mark.parametrize("name", ["i_moved", "heartbeat", "phx_join", "phx_anything"])
def test_a_name_of_the_protocol_is_no_features(name: str) -> None:
    class Taker(Feature):
        intents: ClassVar = {name: Dice.intents["roll"]}

    with pytest.raises(ValueError, match=f"'{name}' of Taker is taken"):
        check_intents([Dice, Taker])


def test_two_features_with_one_intent_are_refused() -> None:
    check_intents([Dice])
    with pytest.raises(ValueError, match="'roll' of Dice is taken"):
        check_intents([Dice, Dice])


NAMING = {
    name: intent
    for feature in FEATURES
    for name, intent in feature.intents.items()
    if "user_id" in getattr(intent.payload, "__struct_fields__", ())
}


@pytest.mark.parametrize("name", NAMING)
@pytest.mark.parametrize("user_id", ["", "\0", "ann\0", "a" * 101])
def test_nobody_is_named_by_a_text_that_the_database_refuses(name: str, user_id: str) -> None:
    with pytest.raises(msgspec.ValidationError, match="user_id"):
        msgspec.convert({"user_id": user_id}, NAMING[name].payload)
