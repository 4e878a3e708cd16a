"""The data that is kept of visitors, and for how long: one table, which follows the settings.

The page ``/privacy`` shows it with the settings of this server, docs/privacy.md with the defaults.
"""

from collections.abc import Callable
from dataclasses import dataclass

from quart import Blueprint

from xr.pages.rendering import render
from xr.pages.services import services
from xr.settings import Settings

privacy = Blueprint("privacy", __name__)

_UNSEEN = " without a visit, where they have no role"


@dataclass(frozen=True)
class Kept:
    """A kind of data: what it is, when it is written, and until when; the setting that says so."""

    data: str
    written: str
    until: Callable[[Settings], str]
    setting: str = ""


def _after(days: int, words: str = "") -> str:
    """An end by age, as one more way to go; none where 0 keeps it."""
    return f", or after {_many(days, 'day')}{words}" if days else ""


def _many(count: int, unit: str) -> str:
    return f"{count:,} {unit}{'' if count == 1 else 's'}"


def _chat(settings: Settings) -> str:
    ends = "its writer or a moderator removes it, its writer is deleted, 50 newer ones came"
    if settings.chat_hours == 0:
        return f"{ends}, or the room stops, because chat is in memory only"
    return f"{ends}, or after {_many(settings.chat_hours, 'hour')}, at most one more"


KEPT = (
    Kept(
        "the random id of a visitor, and when they were first and last in a room, to the hour",
        "with the first visit to a room; nothing is stored of those who only look at pages",
        lambda settings: f"the visitor is deleted{_after(settings.pose_age, _UNSEEN)}",
        "pose_age",
    ),
    Kept(
        "where a visitor stood last in each room: head and hands",
        "every few seconds while they move, and when they leave",
        lambda settings: f"the visitor is deleted{_after(settings.pose_age, ' without a change')}",
        "pose_age",
    ),
    Kept(
        "the profile: name, colour and figure",
        "when a visitor chooses one; the first one is made from the id, and not stored",
        lambda settings: f"the visitor is deleted{_after(settings.pose_age, _UNSEEN)}",
        "pose_age",
    ),
    Kept(
        "lines of chat, each with the id and the name of its writer, and the time",
        "some seconds after it was written",
        _chat,
        "chat_hours",
    ),
    Kept(
        "the role of a visitor in a room, that they made it, gave its password, or made an invite",
        "when it happens",
        lambda _: "the visitor is deleted, or it is taken back",
    ),
    Kept(
        "mutes and bans; a ban may have a keyed hash of an address, never the address",
        "when a moderator gives them",
        lambda _: "they are lifted or end, so that nobody lifts their own by being deleted",
    ),
    Kept(
        "acts of moderation: when, who, to whom",
        "when they happen",
        lambda settings: f"the room is deleted{_after(settings.audit_days)}",
        "audit_days",
    ),
)
"""Each kind. All of a room goes with the room."""


@privacy.get("/privacy")
async def show() -> str:
    """The data that this server keeps, by its settings."""
    settings = services().settings
    rows = [(kept.data, kept.written, kept.until(settings)) for kept in KEPT]
    return render("privacy.html", rows=rows, password=settings.password is not None)
