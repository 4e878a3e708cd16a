"""An answer as plain bytes, for what is answered without Quart; and bodies that are compressed."""

import gzip
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b
from typing import TYPE_CHECKING

import trio

from xr.serving.protocols import Headers

if TYPE_CHECKING:
    from hypercorn.typing import ASGISendCallable

HTML = "text/html; charset=utf-8"
JSON = "application/json"

_WORTH_IT = 1024  # bytes; less fits into one packet either way
_QUICK = 16_384  # bytes that are compressed in a fraction of the time that a thread takes to start
_LEVEL = 4  # half the time of the usual 6, for a few per cent more


@dataclass(frozen=True)
class Answer:
    """Status, content type, body, and headers beside the usual ones."""

    status: int
    kind: str
    body: bytes
    headers: Headers = field(default_factory=list)

    @property
    def head(self) -> Headers:
        """The headers, with those that tell of the body; 304 has none (RFC 9110 section 15.4.5)."""
        if self.status == 304:
            return self.headers
        return [
            (b"content-type", self.kind.encode()),
            (b"content-length", b"%d" % len(self.body)),
            *self.headers,
        ]

    async def send(self, send: "ASGISendCallable") -> None:
        """Send all of it."""
        await send({"type": "http.response.start", "status": self.status, "headers": self.head})
        await send({"type": "http.response.body", "body": self.body, "more_body": False})


class Body:
    """A body that is answered perhaps many times, and compressed once, when first asked for.

    One that holds a secret, beside words that a stranger chose, is never compressed: its length
    would tell the secret letter by letter (BREACH).
    """

    def __init__(self, text: bytes, *, secret: bool = False) -> None:
        self._text = text
        self._secret = secret
        self._zipped: bytes | None = None
        self._zipping = trio.Lock()

    @cached_property
    def etag(self) -> str:
        """A validator of the text, whatever its encoding (RFC 9110 section 8.8.3)."""
        return f'W/"{blake2b(self._text, digest_size=12).hexdigest()}"'

    async def encoded(self, accepted: str) -> tuple[bytes, Headers]:
        """The bytes for a client with this ``Accept-Encoding``, and the headers that say which.

        A long text is compressed in a thread: it takes milliseconds, in which poses would wait.
        """
        if self._secret or len(self._text) < _WORTH_IT:
            return self._text, []
        vary = (b"vary", b"Accept-Encoding")
        if not accepts_gzip(accepted):
            return self._text, [vary]
        async with self._zipping:
            if self._zipped is None:
                self._zipped = await self._compressed()
        return self._zipped, [vary, (b"content-encoding", b"gzip")]

    async def _compressed(self) -> bytes:
        if len(self._text) < _QUICK:
            return _zip(self._text)
        return await trio.to_thread.run_sync(_zip, self._text)


def accepts_gzip(accepted: str) -> bool:
    """Whether an ``Accept-Encoding`` allows gzip (RFC 9110 section 12.5.3)."""
    for item in accepted.lower().split(","):
        name, _, weight = item.partition(";")
        if name.strip() == "gzip":
            return weight.replace(" ", "").rstrip("0").rstrip(".") not in ("q=", "q=0")
    return False


def _zip(text: bytes) -> bytes:
    return gzip.compress(text, _LEVEL, mtime=0)
