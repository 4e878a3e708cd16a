"""A user's profile: name, colour and avatar, and the rules for each."""

import re
import unicodedata
import zlib

import msgspec

LONGEST_NAME = 32
AVATARS = ("round", "robot", "fox", "ghost")
"""The kinds of avatar that clients can draw."""

_COLOR = re.compile(r"#[0-9a-f]{6}", re.I)
_COLORS = (
    *("#e4572e", "#f3a712", "#d6a2ad", "#a8c256", "#5fad56", "#2a9d8f"),
    *("#4d9de0", "#5c80bc", "#8e7dbe", "#c879ff", "#e06c9f", "#b08968"),
)
_LETTERS, _DIGITS = "abcdefghjkmnpqrstuvwxyz", "23456789"
# Control, format (bidirectional and zero-width), surrogate, private use, line and paragraph breaks.
_REFUSED = frozenset(("Cc", "Cf", "Cs", "Co", "Zl", "Zp"))
INVISIBLE = frozenset("\u115f\u1160\u2800\u3164\uffa0\u034f\u17b4\u17b5")
"""Letters, marks and a sign by their category, of which nothing is drawn."""


class Profile(msgspec.Struct, frozen=True):
    """A user's name, colour (``#rrggbb``) and kind of avatar, the same in every room."""

    name: str
    color: str
    avatar: str


def default_profile(user_id: str) -> Profile:
    """The profile of a user who has chosen none. The same user always has the same."""
    number = zlib.crc32(user_id.encode("utf-8", "surrogatepass"))
    letters = "".join(_LETTERS[number // 23**place % 23] for place in range(2))
    digits = "".join(_DIGITS[number // 8**place % 8] for place in range(2))
    return Profile(
        f"Visitor {letters}{digits}",
        _COLORS[number % len(_COLORS)],
        AVATARS[number // len(_COLORS) % len(AVATARS)],
    )


def clean_name(text: str) -> str:
    """The name in NFC, without spaces around it and with one where there were several.

    Raises:
        ValueError: it cannot be a name; the message is a sentence for its user.
    """
    name = unicodedata.normalize("NFC", text)
    if any(unicodedata.category(c) in _REFUSED or c in INVISIBLE for c in name):
        raise ValueError("A name has only characters that can be seen, and no line breaks.")
    name = " ".join(name.split())
    if not 1 <= len(name) <= LONGEST_NAME:
        raise ValueError(f"A name has 1 to {LONGEST_NAME} characters.")
    return name


def clean_color(text: str) -> str:
    """The colour in lower case.

    Raises:
        ValueError: it is not written as ``#rrggbb``.
    """
    if not _COLOR.fullmatch(text):
        raise ValueError("A colour is written as #rrggbb, such as #4d9de0.")
    return text.lower()


def clean_avatar(text: str) -> str:
    """The kind of avatar.

    Raises:
        ValueError: there is no such kind.
    """
    if text not in AVATARS:
        raise ValueError(f"An avatar is one of {', '.join(AVATARS)}.")
    return text
