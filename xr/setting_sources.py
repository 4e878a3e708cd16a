"""The sources of settings: defaults, a TOML file, the environment, flags; the strongest last."""

import dataclasses
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from xr.errors import SettingsError
from xr.settings import Settings

_NEAR = 0.8  # similarity of two names, from 0 to 1, from which one counts as the other misspelt


def listed(settings: Settings, origins: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """By name the value as text, with secrets hidden, and where it was set."""
    rows = {}
    for item in dataclasses.fields(settings):
        value = getattr(settings, item.name)
        if item.metadata["secret"] and value is not None:
            value = "(hidden)"
        if isinstance(value, tuple):
            value = ",".join(map(str, value))
        text = "" if value is None else str(value)
        rows[item.name] = {"value": text, "from": origins.get(item.name, "the default")}
    return rows


def shown(settings: Settings, origins: Mapping[str, str] | None = None) -> str:
    """One ``name = value`` a line, with secrets hidden; with ``origins`` where it was set."""
    lines = []
    for name, row in listed(settings, origins or {}).items():
        line = f"{name} = {row['value']}"
        lines.append(line if origins is None else f"{line:<40}  # {row['from']}")
    return "\n".join(lines)


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
