"""The table of docs/settings.md, of the settings and their docstrings."""

import dataclasses
from typing import Any

from tools.wire.docstrings import member_docs
from tools.wire.markdown import table
from xr.settings import Settings


def settings_table() -> str:
    """Each setting with its default and its meaning."""
    docs = member_docs(Settings)
    return table(
        ("environment", "default", "what it is"),
        [
            (f"`XR_{item.name.upper()}`", _shown(item.name, item.default), docs[item.name])
            for item in dataclasses.fields(Settings)
        ],
    )


def _shown(name: str, default: Any) -> str:
    if default in (None, ()):
        return "none" if default == () else "unset"
    return f"`{default:g}`" if isinstance(default, float) else f"`{default}`"
