"""The names of the events and intents that need no feature, how they travel, and what they mean."""

from collections.abc import Mapping
from typing import Any

import msgspec

from xr.pose import Pose
from xr.wire.messages import (
    Empty,
    Ended,
    Entities,
    Join,
    PresenceState,
    Reply,
    UsersMoved,
    UserSnapshot,
)


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """How an event is told: its payload (``bytes``: binary records), to whom, and what it means."""

    payload: Any
    to: str
    means: str
    in_stoc: bool = False
    of_phoenix: bool = False


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """How a client asks: the payload, the response if there is one, and what happens then."""

    payload: Any
    reply: Any
    means: str
    topic: str = "room:<room_id>"
    of_phoenix: bool = False


EVERYBODY = "everybody in the room"
JOINED = "the connection that joined"
_OVER = "a connection whose membership is over"

EVENTS: Mapping[str, Told] = {
    "phx_reply": Told(
        payload=Reply,
        to="the connection that asked",
        means="The answer to a message, under its refs",
        of_phoenix=True,
    ),
    "phx_close": Told(
        payload=Ended,
        to=_OVER,
        means="You left, joined the same topic anew on the same socket (it then carries the "
        "**old** join_ref), were removed (`kicked`, `banned`, `forgotten`), or the room "
        "was deleted",
        of_phoenix=True,
    ),
    "phx_error": Told(
        payload=Ended,
        to=_OVER,
        means="The room failed (`channel_crash`); join again and you are in a fresh one",
        of_phoenix=True,
    ),
    "snapshot": Told(payload=Entities, to=JOINED, means="The things in the room"),
    "user_snapshot": Told(
        payload=UserSnapshot, to=JOINED, means="The users who are present, you included"
    ),
    "presence_state": Told(
        payload=PresenceState, to=JOINED, means="The connections of the users present"
    ),
    "users_moved": Told(
        payload=UsersMoved,
        to=EVERYBODY,
        means="The newest pose of each user who moved in this tick; sent for the form `batch`",
        in_stoc=True,
    ),
    "poses": Told(
        payload=bytes,
        to=EVERYBODY,
        means="The same as binary records, one after the other; sent for the form `binary`",
    ),
    "poses_at": Told(
        payload=bytes,
        to=EVERYBODY,
        means="The same behind two bytes, the milliseconds of the tick; sent with `stamps`",
    ),
    "voice": Told(
        payload=bytes,
        to="those who joined with `voice`",
        means="Packets of those who talk near you, as binary records",
    ),
    "fingers": Told(
        payload=bytes,
        to="those who joined with `fingers`",
        means="The same as `fingers_bent`, as binary records; sent for the form `binary`",
    ),
}
"""The events that are no ``Event`` of the stream: replies, ends, views, and moves put together."""

INTENTS: Mapping[str, Asked] = {
    "heartbeat": Asked(payload=Empty, reply=Empty, means="Ok", topic="phoenix", of_phoenix=True),
    "phx_join": Asked(
        payload=Join, reply=Empty, means="Ok and the room's state, or an error", of_phoenix=True
    ),
    "phx_leave": Asked(
        payload=Empty,
        reply=Empty,
        means="Ok, then `phx_close`; ok alone if it was not joined",
        of_phoenix=True,
    ),
    "i_moved": Asked(
        payload=Pose,
        reply=None,
        means="None if it is accepted, else an error; a binary push of one record asks the same",
    ),
}
"""The intents that need no feature."""
