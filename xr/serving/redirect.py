"""Leads those who come by http to https: one answer to a connection, which then ends.

Nothing of the app is behind it. Its connections are bounded by themselves, so that a flood of them
takes no place from those by https.
"""

import logging
import socket
from collections import Counter
from contextlib import suppress
from http import HTTPStatus
from urllib.parse import urlsplit

import h11
import trio

from xr.metrics import Metrics
from xr.rates import counted, parse_address
from xr.serving.listeners import PoliteListener
from xr.serving.tls import TlsStream

log = logging.getLogger(__name__)

MOST = 100
"""Connections at a time; those beyond them wait in the kernel until one has ended."""
MOST_OF_ONE = 25
"""Those of one address (IPv6: of one /64); one more is closed without an answer."""
SECONDS = 5.0
"""Seconds for a connection, from its first byte to its end."""
_LONGEST = 16 * 1024  # bytes of a request's head
_PIECE = 4096
_UNREAD = 64  # pieces that a peer may still send after the answer
_GONE = (trio.BrokenResourceError, trio.ClosedResourceError)

Stream = trio.SocketStream | TlsStream


async def redirect(listener: PoliteListener, origin: str, metrics: Metrics) -> None:
    """Send all requests for the host of ``origin`` there, until cancelled; refuse all others."""
    places = trio.Semaphore(MOST)
    held: Counter[str] = Counter()

    async def serve(stream: Stream, address: str) -> None:
        try:
            with trio.move_on_after(SECONDS), suppress(*_GONE):
                await _serve(stream, origin)
        except Exception as error:  # noqa: BLE001  # one connection's fault ends it alone
            metrics.connection_faults += 1
            log.info("redirect.failed error=%.200r", error)
        finally:
            places.release()
            held[address] -= 1
            if not held[address]:
                del held[address]
            await trio.aclose_forcefully(stream)

    try:
        async with trio.open_nursery() as nursery:
            while True:
                await places.acquire()
                plain = await listener.accept()
                address = _address(plain)
                if held[address] >= MOST_OF_ONE:
                    metrics.refused["redirect"] += 1
                    plain.close()
                    places.release()
                    continue
                held[address] += 1
                nursery.start_soon(serve, listener.stream(plain), address, name="redirect")
    finally:
        listener.close()


def location(request: h11.Request, origin: str) -> str | None:
    """The address by https that a request is led to; None if it is not for this host."""
    host = dict(request.headers).get(b"host", b"").decode("latin1")
    target = request.target.decode("latin1")
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:  # such as a bracket alone
        return None
    ours = name.removesuffix(".") == urlsplit(origin).hostname
    return origin + target if ours and target.startswith("/") else None


def _address(plain: socket.socket) -> str:
    """The peer's address as limits count it."""
    try:
        return counted(parse_address(plain.getpeername()[0]))
    except OSError:  # it is gone already
        return counted(None)


async def _serve(stream: Stream, origin: str) -> None:
    request = await _read(stream)
    if request is None:
        return
    to = None if isinstance(request, h11.RemoteProtocolError) else location(request, origin)
    await stream.send_all(_answer(to))
    if isinstance(stream, trio.SocketStream):
        await stream.send_eof()
    for _ in range(_UNREAD):  # bytes that nobody reads would reset the connection, answer and all
        if not await stream.receive_some(_PIECE):
            break


async def _read(stream: Stream) -> h11.Request | h11.RemoteProtocolError | None:
    """The first request, or its fault; None if the peer ended before it was whole."""
    http = h11.Connection(h11.SERVER, max_incomplete_event_size=_LONGEST)
    while True:
        try:
            event = http.next_event()
        except h11.RemoteProtocolError as error:
            return error
        if isinstance(event, h11.Request):
            return event
        if event is not h11.NEED_DATA:
            return None
        http.receive_data(await stream.receive_some(_PIECE))


def _answer(to: str | None) -> bytes:
    status = HTTPStatus.BAD_REQUEST if to is None else HTTPStatus.PERMANENT_REDIRECT
    lines = [
        f"HTTP/1.1 {status.value} {status.phrase}",
        *([] if to is None else [f"location: {to}"]),
        "content-length: 0",
        "connection: close",
    ]
    return "\r\n".join([*lines, "", ""]).encode("latin1")
