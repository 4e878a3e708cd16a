"""Passwords of rooms and of the server, kept as argon2id hashes.

The costs are those of OWASP's cheat sheet on password storage: 19 MiB, two passes, one lane. To
hash and to compare take some 40 ms of a core, so a thread does it.
"""

import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argon2 import PasswordHasher

SHORTEST, LONGEST = 4, 100
"""Characters of a password."""

_MARK = "$argon2id$"
_USUAL = re.compile(r"\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}")
NOBODYS = (
    "$argon2id$v=19$m=19456,t=2,p=1$VL1z4QaxbFkB6QCcZsheaA$"
    "bNZcO8gqlFckIBVlItYyt0t5+cBULBKNtGuI392/hV0"
)
"""A hash to compare with where a room has no password: that takes as long as with one."""


def is_hash(text: str) -> bool:
    """Whether this is a hash, and not a password."""
    return text.startswith(_MARK)


def is_usual_hash(text: str) -> bool:
    """Whether this is a hash of the costs above: to compare with one of others may take any memory
    and time that it says.
    """
    return _USUAL.fullmatch(text) is not None


def hash_password(password: str) -> str:
    """A hash with a salt of its own, in the form ``$argon2id$…``."""
    return _hasher().hash(_composed(password))


def is_password(password: str, hashed: str | None) -> bool:
    """Whether the password is the one that was hashed; never where there is no hash."""
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        _hasher().verify(hashed or NOBODYS, _composed(password))
    except (VerificationError, InvalidHashError):
        return False
    return hashed is not None


@cache
def _hasher() -> "PasswordHasher":
    from argon2 import PasswordHasher  # most commands read settings and compare nothing

    return PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def _composed(password: str) -> str:
    """The same letters are the same bytes, whatever keyboard they come from."""
    return unicodedata.normalize("NFC", password)
