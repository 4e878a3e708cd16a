"""The files that commands are given to read or to write; - is standard input or output."""

import os
import sys
from pathlib import Path

from xr.errors import RequestRefused

NEW_FILE = "a new file; - is standard output"

_STANDARD = Path("-")
_MOST = 16 * 1024 * 1024  # bytes


def read_text(path: Path) -> str:
    """The text of a file.

    Raises:
        RequestRefused: it is too long, or no text.
        OSError: it cannot be read.
    """
    if path == _STANDARD:
        content = sys.stdin.buffer.read(_MOST + 1)
    else:
        with path.open("rb") as file:
            content = file.read(_MOST + 1)
    if len(content) > _MOST:
        raise RequestRefused(f"{path} is longer than {_MOST >> 20} MiB")
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise RequestRefused(f"{path} is no text in UTF-8") from error


def refuse_to_replace(path: Path) -> None:
    """Raise ``RequestRefused`` where there is such a file already."""
    if path != _STANDARD and path.exists():
        raise RequestRefused(f"{path} exists already: name a new file")


def write_text(path: Path, text: str) -> None:
    """Write a new file that its owner alone can read.

    Raises:
        OSError: it cannot be written, or exists already.
    """
    if path == _STANDARD:
        print(text)
        return
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(f"{text}\n")
    print(f"wrote {path}: keep it secret")
