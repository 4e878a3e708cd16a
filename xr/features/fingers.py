"""The fingers of tracked hands, as far as each is bent. Nothing of them is kept on disk.

The newest word of any connection of a user holds, until the user leaves.
"""

from typing import Annotated, ClassVar

import msgspec

from xr.events import Event
from xr.rooms.feature import Feature, Intent, Member, Rate
from xr.wire.messages import Message, Number
from xr.wire.reasons import Reason
from xr.wire.record import LEFT, RIGHT
from xr.wire.refusals import Refused

Bend = Annotated[int, msgspec.Meta(ge=0, le=255)]
"""How far a finger is bent: 0 straight, 255 as in a fist."""

Hand = tuple[Bend, Bend, Bend, Bend, Bend]
"""The thumb first, the little finger last."""


class BendFingers(Message, frozen=True, kw_only=True):
    """Show how the fingers of your hands are bent. Leave out a hand that is not tracked."""

    left: Hand | None = None
    """0 straight, 255 as in a fist; the thumb first, the little finger last"""

    right: Hand | None = None


class FingersBent(Event, frozen=True):
    """The fingers of a user are bent like this: 0 straight, 255 as in a fist, the thumb first.

    Null is a hand that is not tracked. Clients of binary poses get it as ``fingers``.
    """

    wire: ClassVar[str] = "fingers_bent"
    merges: ClassVar[str | None] = "user_id"
    wish: ClassVar[str | None] = "fingers"
    for_newcomers: ClassVar[bool] = True
    records: ClassVar[str | None] = "fingers"

    user_id: str
    n: Number
    left: Hand | None
    right: Hand | None

    def record(self) -> bytes:
        """``n u16 | hands u8 | 5 bytes for each hand that is tracked``, the left one first."""
        hands = (LEFT if self.left else 0) | (RIGHT if self.right else 0)
        head = self.n.to_bytes(2, "little") + bytes([hands])
        return head + bytes(self.left or ()) + bytes(self.right or ())


class Fingers(Feature):
    """The fingers in one room. The reflector has their newest state."""

    events: ClassVar = (FingersBent,)

    def bend(self, member: Member, payload: BendFingers) -> None:
        """Tell all who want it.

        Raises:
            Refused: a user who is not present.
        """
        people, user_id = self.site.people, member.user_id
        if user_id not in people:
            raise Refused(Reason.NO_SUCH_USER, "Only those who are in the room show their fingers.")
        event = FingersBent(user_id, people.number_of(user_id), payload.left, payload.right)
        self.site.stream.publish(event)

    intents: ClassVar = {
        "bend_fingers": Intent(BendFingers, bend, rate=Rate(a_second=12, burst=12)),
    }
