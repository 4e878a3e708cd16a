"""Files that browsers fetch: read and compressed once, then answered from memory.

A crowd that enters a room together asks for the same megabyte at the same moment, on the thread
that also moves the avatars. The cache is bounded by the folders that the server ships.
The cache belongs to the event loop's thread.
"""

import gzip
import mimetypes
import os
import stat
import zlib
from dataclasses import dataclass, field
from pathlib import Path

import trio
from quart import Response, abort, request
from werkzeug.security import safe_join

_COMPRESSED = (
    "text/",
    "application/javascript",
    "application/json",
    "application/wasm",
    "image/svg+xml",
)
_FALLBACK = "application/octet-stream"


@dataclass(frozen=True)
class _File:
    modified: int  # nanoseconds
    body: bytes
    zipped: bytes | None  # where that is smaller
    mimetype: str
    etag: str


@dataclass(frozen=True)
class Folder:
    """One folder that is served. ``policy`` is the ``Cache-Control`` of its files."""

    path: Path
    policy: str
    _kept: dict[str, _File] = field(default_factory=dict)
    _reading: trio.Lock = field(default_factory=trio.Lock)

    async def answer(self, name: str) -> Response:
        """Answer the request with the file, or with 304 if the browser has it; 404 if none is."""
        path = safe_join(str(self.path), name)
        modified = _modified(path)
        if path is None or modified is None:
            abort(404)
        async with self._reading:  # the first of a crowd reads it, for all
            kept = self._kept.get(path)
            if kept is None or kept.modified != modified:
                kept = await trio.to_thread.run_sync(_read, Path(path), modified)
                self._kept[path] = kept
        return self._response(kept)

    def _response(self, kept: _File) -> Response:
        headers = {"Cache-Control": self.policy, "ETag": f'"{kept.etag}"'}
        if kept.zipped is not None:
            headers["Vary"] = "Accept-Encoding"
        if request.if_none_match.contains_weak(kept.etag):
            unchanged = Response(b"", 304, headers)
            del unchanged.headers["Content-Length"]  # it would be the file's, not that of nothing
            return unchanged
        if kept.zipped is not None and request.accept_encodings["gzip"]:
            headers["Content-Encoding"] = "gzip"
            return Response(kept.zipped, 200, headers, mimetype=kept.mimetype)
        return Response(kept.body, 200, headers, mimetype=kept.mimetype)


def _modified(path: str | None) -> int | None:
    """When the file was changed, in nanoseconds; None if there is no such file."""
    try:
        status = os.stat(path or "")
    except (OSError, ValueError):  # ValueError: a NUL in the name
        return None
    return status.st_mtime_ns if stat.S_ISREG(status.st_mode) else None


def _read(path: Path, modified: int) -> _File:
    body = path.read_bytes()
    mimetype = mimetypes.guess_type(path.name)[0] or _FALLBACK
    zipped = gzip.compress(body, mtime=0) if mimetype.startswith(_COMPRESSED) else None
    if zipped is not None and len(zipped) >= len(body):
        zipped = None
    return _File(modified, body, zipped, mimetype, f"{zlib.crc32(body):08x}-{len(body):x}")
