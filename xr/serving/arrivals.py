"""Connections as they are accepted: a first request that has come already may need no task.

Behind a proxy, and wherever the request comes as fast as it can be accepted, that is nearly every
one. A websocket is opened, and a page at hand is answered; all else is left as it is.
"""

import logging
import socket
from collections.abc import Callable

import h11

from xr.metrics import Metrics
from xr.serving.handshake import Admit, Admitted, asks_for_websocket, note_refusal
from xr.serving.http import PlainHttp
from xr.serving.hypercorn_internals import MAX_RECV
from xr.serving.reader import Reader

log = logging.getLogger(__name__)

Ends = tuple[tuple[str, int], tuple[str, int]]
"""The addresses of the peer and of the server."""


class Arrivals:
    """``http`` gives the HTTP of a new connection between two ends. Nothing here waits."""

    def __init__(
        self, http: Callable[[Ends], PlainHttp], admit: Admit, reader: Reader, metrics: Metrics
    ) -> None:
        self._http = http
        self._admit = admit
        self._reader = reader
        self._metrics = metrics

    def answer(self, plain: socket.socket) -> bool:
        """Answer a request that has come whole, if that is possible at once.

        False if the connection needs a task: for what is not read yet, or for what may come next.
        """
        try:
            data = plain.recv(MAX_RECV, socket.MSG_PEEK)
            return data.startswith(b"GET ") and self._answer(plain, data)
        except BlockingIOError:
            return False
        except Exception as error:  # noqa: BLE001  # one connection's fault ends it alone
            self._metrics.connection_faults += 1
            log.info("http.failed error=%.200r", error)
            plain.close()
            return True

    def _answer(self, plain: socket.socket, data: bytes) -> bool:
        http = self._http((plain.getpeername()[:2], plain.getsockname()[:2]))
        request = http.read_whole(data)
        if request is None:
            return False
        if asks_for_websocket(request):
            plain.recv(len(data))
            self._open(plain, http, request)
            return True
        page = http.answer(request)
        if page is None:
            return False
        plain.recv(len(data) - len(http.early))
        plain.send(page)  # there is room for it, as for the first bytes of any connection
        if not http.goes_on:
            _end(plain)
        return not http.goes_on

    def _open(self, plain: socket.socket, http: PlainHttp, request: h11.Request) -> None:
        answer, decision = http.open(request, self._admit)
        if isinstance(decision, Admitted):
            self._reader.add(plain, None, decision.connected, answer, http.early)
        else:
            plain.send(answer)
            note_refusal(decision, http.client, self._metrics)
            _end(plain)


def _end(plain: socket.socket) -> None:
    plain.shutdown(socket.SHUT_WR)
    plain.close()
