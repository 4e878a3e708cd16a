"""Files that browsers fetch: read and compressed once, then answered from memory.

A build may have left ``NAME.br`` beside a file, its content as brotli, for those who take it.

A crowd that enters a room together asks for the same megabyte at the same moment, on the thread
that also moves the avatars. The cache is bounded by the folders that the server ships.
The cache belongs to the event loop's thread.
"""

import gzip
import mimetypes
import os
import stat
import zlib
from collections.abc import Mapping
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
    packed: Mapping[
        str, bytes
    ]  # content coding → body, the smallest first; none larger than the body
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
        if kept.packed:
            headers["Vary"] = "Accept-Encoding"
        if request.if_none_match.contains_weak(kept.etag):
            unchanged = Response(b"", 304, headers)
            del unchanged.headers["Content-Length"]  # it would be the file's, not that of nothing
            return unchanged
        for coding, body in kept.packed.items():
            if request.accept_encodings[coding]:
                headers["Content-Encoding"] = coding
                return Response(body, 200, headers, mimetype=kept.mimetype)
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
    packed = _pack(path, body) if mimetype.startswith(_COMPRESSED) else {}
    smaller = {coding: text for coding, text in packed.items() if len(text) < len(body)}
    return _File(modified, body, smaller, mimetype, f"{zlib.crc32(body):08x}-{len(body):x}")


def _pack(path: Path, body: bytes) -> dict[str, bytes]:
    """The file by content coding; as brotli where the build has left that beside it."""
    brotli = path.with_name(f"{path.name}.br")
    packed = {"gzip": gzip.compress(body, mtime=0)}
    try:  # an older one is of another build
        if brotli.stat().st_mtime_ns >= path.stat().st_mtime_ns:
            packed = {"br": brotli.read_bytes(), **packed}
    except FileNotFoundError:
        pass
    return packed
