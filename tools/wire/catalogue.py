"""Every message that crosses the wire, gathered: the server's own, and those of the features."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar, get_type_hints

import msgspec

import xr.events
from tools.wire.docstrings import member_docs, summary
from xr import pose
from xr.events import Event
from xr.features import FEATURES
from xr.rooms.feature import Feature
from xr.wire import messages
from xr.wire.messages import Empty
from xr.wire.tables import EVENTS, EVERYBODY, INTENTS, JOINED, Asked, Told

T = TypeVar("T")


class Catalogue(msgspec.Struct, frozen=True):
    """All events and intents, by name."""

    events: Mapping[str, Told]
    intents: Mapping[str, Asked]

    def payloads(self) -> list[Any]:
        """The type of every payload and response, each once, in the order of the tables."""
        used = [intent.payload for intent in self.intents.values()]
        used += [intent.reply for intent in self.intents.values()]
        used += [told.payload for told in self.events.values()]
        used += [messages.Refusal]
        plain = [kind for kind in used if kind is not None and kind is not bytes]
        return [kind for place, kind in enumerate(plain) if kind not in plain[:place]]


class Alias(msgspec.Struct, frozen=True):
    """A type that is no struct and has a name all the same."""

    name: str
    kind: Any
    means: str


def aliases() -> list[Alias]:
    """The named types of poses and of payloads that are tables."""
    named = (
        ("Vec3", pose, "Vector"),
        ("Quat", pose, "Quaternion"),
        ("Poses", messages, "Poses"),
        ("Entities", messages, "Entities"),
        ("UserSnapshot", messages, "UserSnapshot"),
        ("PresenceState", messages, "PresenceState"),
        ("UsersMoved", messages, "UsersMoved"),
    )
    return [
        Alias(name, getattr(module, there), member_docs(module)[there])
        for name, module, there in named
    ]


def gather(features: Sequence[type[Feature]] = FEATURES) -> Catalogue:
    """The tables of ``xr/wire/messages.py``, the events of ``xr/events.py``, and the features'.

    Raises:
        ValueError: two messages have the same name.
    """
    events = list(EVENTS.items())
    events += [(event.wire, _told(event)) for event in _core_events()]
    intents = list(INTENTS.items())
    for feature in features:
        for name, kind in feature.state.items():
            means = f"The state of {feature.__name__.lower()}"
            events.append((name, Told(payload=kind, to=JOINED, means=means)))
        events += [(event.wire, _told(event)) for event in feature.events]
        for name, intent in feature.intents.items():
            needs = f"; needs `{intent.needs}`" if intent.needs else ""
            binary = intent.payload is bytes
            means = f"None: a binary push{needs}" if binary else f"Ok, or an error{needs}"
            reply = None if binary else intent.reply or Empty
            intents.append((name, Asked(payload=intent.payload, reply=reply, means=means)))
    return Catalogue(_table(events), _table(intents))


def _core_events() -> list[type[Event]]:
    found = [kind for kind in vars(xr.events).values() if isinstance(kind, type)]
    return [kind for kind in found if issubclass(kind, Event) and kind.wire]


def _told(event: type[Event]) -> Told:
    """How an event of a room's stream is told, from what its class says."""
    returned = get_type_hints(event.payload)["return"]
    payload = event if returned is object else returned
    to = EVERYBODY if event.audience is None else f"those with `{event.audience}`"
    if event.wish is not None:
        to = f"those who joined with `{event.wish}`"
    means = summary(payload).rstrip(".")
    return Told(payload=payload, to=to, means=means, in_stoc=event.in_stoc)


def _table(pairs: Sequence[tuple[str, T]]) -> Mapping[str, T]:
    table = dict(pairs)
    if len(table) != len(pairs):
        names = [name for name, _ in pairs]
        twice = sorted({name for name in names if names.count(name) > 1})
        raise ValueError(f"two messages have the same name: {', '.join(twice)}")
    return table
