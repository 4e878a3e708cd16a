"""One frozen value for everything that an operator can set.

Defaults, then a TOML file, then the environment, then flags: the strongest last.
"""

import dataclasses
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from xr.errors import SettingsError

Network = IPv4Network | IPv6Network

_NEAR = 0.8  # similarity of two names, from 0 to 1, from which one counts as the other misspelt


def _setting(default: Any, read: Callable[[Any], Any], help_text: str, secret: bool = False) -> Any:
    metadata = {"read": read, "help": help_text, "secret": secret}
    return field(default=default, metadata=metadata, repr=not secret)


def _whole(lowest: int, highest: int) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        try:
            number = int(str(value))
        except ValueError:
            raise ValueError("must be a whole number") from None
        if not lowest <= number <= highest:
            raise ValueError(f"must be from {lowest} to {highest}")
        return number

    return read


def _seconds(lowest: float, highest: float) -> Callable[[Any], float]:
    def read(value: Any) -> float:
        try:
            number = float(str(value))
        except ValueError:
            raise ValueError("must be a number of seconds") from None
        if not lowest <= number <= highest:  # refuses NaN too
            raise ValueError(f"must be from {lowest:g} to {highest:g} seconds")
        return number

    return read


def _public_url(value: Any) -> str | None:
    text = _text(value)
    if text is None:
        return None
    url = text.rstrip("/").lower()
    parts = urlsplit(url)
    bare = url == f"{parts.scheme}://{parts.netloc}" and "@" not in parts.netloc
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.port == 0 or not bare:
        raise ValueError("must be like https://rooms.example.org, and nothing behind that")
    return url


def _networks(value: Any) -> tuple[Network, ...]:
    items = value if isinstance(value, list | tuple) else (_text(value) or "").split(",")
    return tuple(ip_network(str(item).strip(), strict=False) for item in items if str(item).strip())


def _path(value: Any) -> Path | None:
    text = _text(value)
    return None if text is None else Path(text)


def _given(value: Any) -> str:
    text = (_text(value) or "").strip()
    if not text:  # an empty address would be the whole world
        raise ValueError("must not be empty")
    return text


def _text(value: Any) -> str | None:
    if not isinstance(value, str | os.PathLike | None):
        raise ValueError("must be text, in quotes")  # noqa: TRY004 - as all that reads a value
    return None if value is None else str(value) or None


def _secret(value: Any) -> str | None:
    text = _text(value)
    if text is not None and len(text) < 16:
        raise ValueError("must have at least 16 characters")
    return text


@dataclass(frozen=True)
class Settings:
    """All settings of an operator. Durations in seconds; a limit of 0 is off."""

    host: str = _setting("127.0.0.1", _given, "address to listen on")
    port: int = _setting(8000, _whole(0, 65535), "port to listen on; 0 takes a free one")
    database: Path = _setting(Path("xr.db"), lambda v: Path(_given(v)), "the SQLite file")
    public_url: str | None = _setting(
        None, _public_url, "where browsers find the server; an Origin must equal it"
    )
    secret_key: str | None = _setting(
        None, _secret, "signs cookies and tokens; else a file beside the database", secret=True
    )
    tls_certificate: Path | None = _setting(
        None, _path, "PEM file of a certificate chain, to serve https without a proxy"
    )
    tls_key: Path | None = _setting(None, _path, "PEM file of the certificate's key")
    synchronous: str = _setting(
        "NORMAL",
        lambda v: _one_of(_given(v).upper(), "NORMAL", "FULL"),
        "SQLite's synchronous: FULL also survives loss of power",
    )
    tick: float = _setting(0.05, _seconds(0.001, 1), "widest time between two reflections")
    flush_interval: float = _setting(5.0, _seconds(0.05, 3600), "time between writes of poses")
    grace: float = _setting(5.0, _seconds(0, 3600), "how long a lost connection stays present")
    room_idle: float = _setting(30.0, _seconds(0, 86400), "an empty room stops after this")
    pose_age: int = _setting(0, _whole(0, 36500), "forget poses older than this many days")
    chat_hours: int = _setting(24, _whole(0, 8760), "hours for which chat is kept; 0: in memory")
    max_clients: int = _setting(500, _whole(0, 100_000), "websockets on this server")
    max_per_room: int = _setting(100, _whole(0, 65535), "users in one room")
    max_per_address: int = _setting(32, _whole(0, 100_000), "websockets of one address")
    max_rooms: int = _setting(1000, _whole(0, 1_000_000), "rooms, beyond which no page makes more")
    message_rate: int = _setting(60, _whole(0, 100_000), "messages a second of one websocket")
    join_rate: int = _setting(20, _whole(0, 100_000), "joins a second of one address")
    page_rate: int = _setting(20, _whole(0, 100_000), "pages and API calls a second of one address")
    room_rate: int = _setting(30, _whole(0, 100_000), "rooms made by one address in an hour")
    voice: Literal["on", "off"] = _setting(
        "on", lambda v: _one_of(_given(v).lower(), "on", "off"), "people hear each other: on or off"
    )
    log: Literal["text", "json"] = _setting(
        "text", lambda v: _one_of(_given(v).lower(), "text", "json"), "the log: text or json"
    )
    metrics_token: str | None = _setting(
        None, _secret, "lets programs elsewhere read /metrics, as a bearer token", secret=True
    )
    trusted_proxies: tuple[Network, ...] = _setting(
        (), _networks, "networks whose X-Forwarded-For is believed, by comma"
    )

    def __post_init__(self) -> None:
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise SettingsError("tls_certificate and tls_key go together: set both or none")

    def listed(self, origins: Mapping[str, str]) -> dict[str, dict[str, str]]:
        """By name the value as text, with secrets hidden, and where it was set."""
        rows = {}
        for item in dataclasses.fields(self):
            value = getattr(self, item.name)
            if item.metadata["secret"] and value is not None:
                value = "(hidden)"
            if isinstance(value, tuple):
                value = ",".join(map(str, value))
            text = "" if value is None else str(value)
            rows[item.name] = {"value": text, "from": origins.get(item.name, "the default")}
        return rows

    def shown(self, origins: Mapping[str, str] | None = None) -> str:
        """One ``name = value`` a line, with secrets hidden; with ``origins`` where it was set."""
        lines = []
        for name, row in self.listed(origins or {}).items():
            line = f"{name} = {row['value']}"
            lines.append(line if origins is None else f"{line:<40}  # {row['from']}")
        return "\n".join(lines)


def _one_of(value: str, *allowed: str) -> str:
    if value not in allowed:
        raise ValueError(f"must be one of {', '.join(allowed)}")
    return value


def load_settings(
    environment: Mapping[str, str],
    flags: Mapping[str, Any] | None = None,
    config: Path | None = None,
) -> Settings:
    """Put the settings together: defaults < ``config`` (TOML) < ``XR_*`` < ``flags``.

    Flags that are None were not given. ``XR_CONFIG`` names the TOML file where ``config`` is None.

    Raises:
        SettingsError: an unknown name, or a value that cannot be used; says where it came from.
    """
    return load_with_origins(environment, flags, config)[0]


def load_with_origins(
    environment: Mapping[str, str],
    flags: Mapping[str, Any] | None = None,
    config: Path | None = None,
) -> tuple[Settings, dict[str, str]]:
    """The settings as ``load_settings`` puts them together, and where each was set, by name."""
    if config is None and environment.get("XR_CONFIG"):
        config = Path(environment["XR_CONFIG"])
    _refuse_misspelt(environment)
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for origin, given in (
        (str(config), _read_toml(config)),
        ("the environment", _read_environment(environment)),
        ("the flags", {k: v for k, v in (flags or {}).items() if v is not None}),
    ):
        values.update(_checked(origin, given))
        origins.update(dict.fromkeys(given, origin))
    return Settings(**values), origins


def _read_toml(path: Path | None) -> Mapping[str, Any]:
    if path is None:
        return {}
    import tomllib  # most commands run without a file

    try:
        return tomllib.loads(path.read_text())
    except PermissionError as error:
        raise SettingsError(
            f"cannot read the settings in {path}: run this as root or as the server's user, or "
            "leave them out: XR_CONFIG= (empty)"
        ) from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"cannot read the settings in {path}: {error}") from error


def _read_environment(environment: Mapping[str, str]) -> dict[str, str]:
    return {_VARIABLES[key]: value for key, value in environment.items() if key in _VARIABLES}


def unknown_names(environment: Mapping[str, str]) -> list[str]:
    """The variables that begin like settings and are not, such as those of a container link."""
    known = _VARIABLES.keys() | {"XR_CONFIG"}
    return sorted(name for name in environment if name.startswith("XR_") and name not in known)


def _refuse_misspelt(environment: Mapping[str, str]) -> None:
    for name in unknown_names(environment):
        hint = _nearest(name, [*_VARIABLES, "XR_CONFIG"])
        if hint:
            raise SettingsError(f"the environment: there is no setting {name}{hint}")


def _nearest(name: str, names: Iterable[str]) -> str:
    """A question that names the most similar setting; "" if none is similar."""
    found = get_close_matches(name, names, n=1, cutoff=_NEAR)
    return f": did you mean {found[0]}?" if found else ""


def _checked(origin: str, given: Mapping[str, Any]) -> dict[str, Any]:
    values = {}
    for name, value in given.items():
        if name not in _FIELDS:
            hint = _nearest(name, _FIELDS)
            raise SettingsError(f"{origin}: there is no setting {name!r}{hint}")
        try:
            values[name] = _FIELDS[name].metadata["read"](value)
        except ValueError as error:
            shown = "(hidden)" if _FIELDS[name].metadata["secret"] else repr(value)
            raise SettingsError(f"{origin}: {name} = {shown}: {error}") from error
    return values


_FIELDS = {item.name: item for item in dataclasses.fields(Settings)}
_VARIABLES = {f"XR_{name.upper()}": name for name in _FIELDS}
