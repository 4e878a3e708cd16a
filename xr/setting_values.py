"""Readers of settings: of a value from a flag, the environment or TOML they make what is meant.

Each raises ``ValueError`` with a sentence of what the value must be.
"""

import os
import re
from collections.abc import Callable
from dataclasses import field
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from xr.passwords import LONGEST, SHORTEST, is_hash

Network = IPv4Network | IPv6Network

_NETLOC = re.compile(r"[a-z0-9._:\[\]-]+")  # browsers write other letters as xn--
_PREFIX = re.compile(r"(?:/[A-Za-z0-9._~-]+)*")
_LEAST_SECRET = 16  # characters


def setting(default: Any, reads: Callable[[Any], Any], help_text: str, secret: bool = False) -> Any:
    """A field of ``Settings``: its default, its reader, the help of its flag."""
    metadata = {"read": reads, "help": help_text, "secret": secret}
    return field(default=default, metadata=metadata, repr=not secret)


def whole(lowest: int, highest: int) -> Callable[[Any], int]:
    """A reader of whole numbers within these bounds."""

    def read(value: Any) -> int:
        try:
            number = int(str(value))
        except ValueError:
            raise ValueError("must be a whole number") from None
        if not lowest <= number <= highest:
            raise ValueError(f"must be from {lowest} to {highest}")
        return number

    return read


def seconds(lowest: float, highest: float) -> Callable[[Any], float]:
    """A reader of seconds within these bounds."""

    def read(value: Any) -> float:
        try:
            number = float(str(value))
        except ValueError:
            raise ValueError("must be a number of seconds") from None
        if not lowest <= number <= highest:  # refuses NaN too
            raise ValueError(f"must be from {lowest:g} to {highest:g} seconds")
        return number

    return read


def one_of(*allowed: str) -> Callable[[Any], str]:
    """A reader of one of these words, in capitals or not."""
    words = {word.lower(): word for word in allowed}

    def read(value: Any) -> str:
        word = words.get(not_empty(value).lower())
        if word is None:
            raise ValueError(f"must be one of {', '.join(allowed)}")
        return word

    return read


def text_or_none(value: Any) -> str | None:
    """A text; none where it is empty."""
    if not isinstance(value, str | os.PathLike | None):
        raise ValueError("must be text, in quotes")  # noqa: TRY004 - as all that reads a value
    return None if value is None else str(value) or None


def not_empty(value: Any) -> str:
    """A text: an empty address, for instance, would be the whole world."""
    text = (text_or_none(value) or "").strip()
    if not text:
        raise ValueError("must not be empty")
    return text


def path(value: Any) -> Path:
    """A path."""
    return Path(not_empty(value))


def path_or_none(value: Any) -> Path | None:
    """A path; none where it is empty."""
    text = text_or_none(value)
    return None if text is None else Path(text)


def public_url(value: Any) -> str | None:
    """The address of a server: scheme, host and perhaps a path, without a slash behind."""
    text = text_or_none(value)
    if text is None:
        return None
    origin, path = _address(text)
    if not _PREFIX.fullmatch(path):
        raise ValueError(
            "must be like https://rooms.example.org or https://example.org/rooms, and nothing "
            "behind that"
        )
    return origin + path


def origins(value: Any) -> tuple[str, ...]:
    """Origins as browsers write them, as a list or by comma."""
    found = [_address(item) for item in _items(value)]
    if any(path for _, path in found):
        raise ValueError("must be like https://rooms.example.org, and nothing behind that")
    return tuple(origin for origin, _ in found)


def _address(text: str) -> tuple[str, str]:
    """Scheme and host in lower case, and the path without a slash at its end."""
    parts = urlsplit(text.strip())
    host = parts.netloc.lower()
    known = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    if not known or not _NETLOC.fullmatch(host) or parts.query or parts.fragment:
        raise ValueError("must be like https://rooms.example.org, and nothing behind that")
    return f"{parts.scheme}://{host}", parts.path.rstrip("/")


def networks(value: Any) -> tuple[Network, ...]:
    """Networks or single addresses, as a list or by comma."""
    return tuple(ip_network(item, strict=False) for item in _items(value))


def secret(value: Any) -> str | None:
    """A secret that is made, not thought of."""
    text = text_or_none(value)
    if text is not None and len(text) < _LEAST_SECRET:
        raise ValueError(f"must have at least {_LEAST_SECRET} characters")
    return text


def password(value: Any) -> str | None:
    """A password, or the hash of one."""
    text = text_or_none(value)
    if text is not None and not is_hash(text) and not SHORTEST <= len(text) <= LONGEST:
        raise ValueError(f"must have {SHORTEST} to {LONGEST} characters")
    return text


def _items(value: Any) -> list[str]:
    items = value if isinstance(value, list | tuple) else (text_or_none(value) or "").split(",")
    return [text for item in items if (text := str(item).strip())]
