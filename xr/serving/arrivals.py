"""Connections as they are accepted: a websocket whose handshake has come already needs no task.

Behind a proxy, and wherever the request comes as fast as it can be accepted, that is nearly every
one. All others, and all that is not a whole good request for a websocket, are left as they are.
"""

import logging
import socket
from collections.abc import Callable

from xr.metrics import Metrics
from xr.serving.handshake import Admit, Admitted, note_refusal
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
        """Answer a handshake that has come whole; False, and nothing is read, if there is none."""
        try:
            data = plain.recv(MAX_RECV, socket.MSG_PEEK)
            if b"pgrade" not in data:
                return False
            return self._answer(plain, data)
        except BlockingIOError:
            return False
        except Exception as error:  # noqa: BLE001  # one connection's fault ends it alone
            self._metrics.connection_faults += 1
            log.info("http.failed error=%.200r", error)
            plain.close()
            return True

    def _answer(self, plain: socket.socket, data: bytes) -> bool:
        http = self._http((plain.getpeername()[:2], plain.getsockname()[:2]))
        upgrade = http.read_upgrade(data)
        if upgrade is None:
            return False
        plain.recv(len(data))
        answer, decision = http.open(upgrade, self._admit)
        if isinstance(decision, Admitted):
            self._reader.add(plain, None, decision.connected, answer, http.early)
        else:
            plain.send(answer)  # there is room for it, as for the first bytes of any connection
            note_refusal(decision, http.client, self._metrics)
            plain.shutdown(socket.SHUT_WR)
            plain.close()
        return True
