"""The rule for a room's name, for whoever types it and for every store that keeps it."""

import unicodedata

from xr.errors import RequestRefused
from xr.profile import INVISIBLE

NAME_LIMIT = 80
"""The most characters that a room's name may have."""

# Line breaks and controls, and what turns the direction of the text around it.
_REFUSED_CATEGORIES = frozenset(("Cc", "Cs", "Co", "Zl", "Zp"))
_REFUSED = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def shows_something(text: str) -> bool:
    """Whether a text has a letter, number, sign or symbol that can be seen."""
    return any(unicodedata.category(c)[0] in "LNPS" and c not in INVISIBLE for c in text)


def room_name(text: str) -> str:
    """A room's name as somebody typed it, made fit to show; a fit name stays as it is.

    Raises:
        RequestRefused: it is not fit; the message says why, for the one who typed it.
    """
    name = unicodedata.normalize("NFC", text).strip()
    if any(c in _REFUSED or unicodedata.category(c) in _REFUSED_CATEGORIES for c in name):
        raise RequestRefused("A name is one line of text, without control characters.")
    if not shows_something(name):
        raise RequestRefused("A room needs a name.")
    if len(name) > NAME_LIMIT:
        raise RequestRefused(
            f"A name has at most {NAME_LIMIT} characters; this one has {len(name)}."
        )
    return name
