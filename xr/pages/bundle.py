"""The browser bundle: which scripts and styles Vite built for the entry ``src/app.ts``.

Source of the format: Vite's guide, "Backend Integration".
"""

import logging
import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import msgspec

log = logging.getLogger(__name__)

ENTRY = "src/app.ts"


class _Chunk(msgspec.Struct):
    """A chunk in the manifest."""

    file: str
    css: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()


@dataclass(frozen=True)
class Bundle:
    """Paths below the bundle's folder: the script, what it imports at once, and the styles."""

    script: str
    preloads: tuple[str, ...]
    styles: tuple[str, ...]


def read_bundle(web: Path) -> Bundle | None:
    """The bundle as it is built now, or None if it is not built.

    Its manifest is looked at for each page, so that a fresh build needs no restart, and read only
    when it has changed.
    """
    manifest = web / ".vite" / "manifest.json"
    try:
        status = os.stat(manifest)
    except OSError:
        return None
    return _read(manifest, (status.st_mtime_ns, status.st_size, status.st_ino))


@lru_cache(maxsize=4)
def _read(manifest: Path, _version: tuple[int, int, int]) -> Bundle | None:
    try:
        chunks = msgspec.json.decode(manifest.read_bytes(), type=dict[str, _Chunk])
        needed = _needed(chunks)
    except (OSError, msgspec.DecodeError, KeyError) as error:
        log.error("bundle.unreadable file=%r reason=%r", str(manifest), error)  # noqa: TRY400
        return None
    return Bundle(
        script=needed[0].file,
        preloads=tuple(chunk.file for chunk in needed[1:]),
        styles=tuple(dict.fromkeys(style for chunk in needed for style in chunk.css)),
    )


def _needed(chunks: dict[str, _Chunk]) -> list[_Chunk]:
    """The entry and all that it imports, directly or not, each once.

    Raises:
        KeyError: one of them is not in the manifest.
    """
    names = [ENTRY]
    for name in names:  # grows while it is walked
        names += [item for item in chunks[name].imports if item not in names]
    return [chunks[name] for name in names]
