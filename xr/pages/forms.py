"""The forms of a room's settings: each asks one intent of the room, as its sender."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from xr.wire.reasons import Reason
from xr.wire.refusals import Refused


@dataclass(frozen=True)
class Form:
    """A form: the intent that it asks, its fields, and the section of the page it stands in."""

    intent: str
    fields: tuple[str, ...]
    section: str


FORMS: Mapping[str, Form] = {
    "options": Form(
        "set_room",
        (
            *("name", "listed", "capacity", "always_spawn"),
            *("who_may_build", "who_may_speak", "voice"),
        ),
        "room",
    ),
    "lock": Form("set_room", ("locked",), "door"),
    "password": Form("set_room", ("password",), "door"),
    "role": Form("set_role", ("user_id", "role"), "people"),
    "kick": Form("kick", ("user_id",), "people"),
    "ban": Form("ban", ("user_id", "hours", "address"), "people"),
    "unban": Form("unban", ("user_id",), "people"),
    "mute": Form("mute", ("user_id", "muted"), "people"),
    "invite": Form("invite", ("role", "hours"), "invites"),
    "revoke": Form("revoke", ("id",), "invites"),
}
"""Each form of the page by the last part of its address."""


def payload_of(form: Form, typed: Mapping[str, str]) -> dict[str, Any]:
    """The payload of the intent: the ``typed`` fields as the values that they stand for.

    Raises:
        Refused: a field that has to be a number is none.
    """
    return {name: _value(name, typed[name]) for name in form.fields if name in typed}


def _value(name: str, text: str) -> Any:
    return _READ.get(name, str.strip)(text)


def _flag(text: str) -> bool:
    return text == "on"


def _number(kind: Callable[[str], float]) -> Callable[[str], float | None]:
    def read(text: str) -> float | None:
        try:
            return kind(text) if text.strip() else None
        except ValueError as error:
            raise Refused(Reason.INVALID_PAYLOAD, f"This is not a number: {text[:40]}") from error

    return read


_READ: Mapping[str, Callable[[str], Any]] = {
    **dict.fromkeys(("listed", "locked", "always_spawn", "voice", "muted", "address"), _flag),
    "capacity": _number(int),
    "hours": _number(float),
    "password": lambda text: text or None,
    "name": str,
}
