"""The tables of docs/settings.md and docs/privacy.md, of the settings and their docstrings."""

import dataclasses
from typing import Any

from tools.wire.docstrings import member_docs
from tools.wire.markdown import table
from xr.listening import Listening
from xr.pages.retention import KEPT
from xr.settings import Settings


def settings_table() -> str:
    """Each setting with its default and its meaning."""
    docs = {**member_docs(Listening), **member_docs(Settings)}
    return table(
        ("environment", "default", "what it is"),
        [
            (f"`XR_{item.name.upper()}`", _shown(item.name, item.default), docs[item.name])
            for item in dataclasses.fields(Settings)
        ],
    )


def kept_table() -> str:
    """Each kind of data that is kept of visitors, and until when by the defaults."""
    return table(
        ("stored", "when", "until", "setting"),
        [
            (
                kept.data,
                kept.written,
                kept.until(Settings()),
                f"`XR_{kept.setting.upper()}`" if kept.setting else "",
            )
            for kept in KEPT
        ],
    )


def _shown(name: str, default: Any) -> str:
    if default in (None, ()):
        return "none" if default == () else "unset"
    return f"`{default:g}`" if isinstance(default, float) else f"`{default}`"
