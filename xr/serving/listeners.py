"""The sockets that a server listens on: binding, running out of descriptors, and TLS."""

import errno
import logging
import os
import socket
from contextlib import suppress

import trio
from hypercorn.config import Config

from xr.errors import SettingsError
from xr.metrics import Metrics
from xr.serving.certificate import Certificate
from xr.serving.tls import TlsStream

log = logging.getLogger(__name__)

USER_TIMEOUT_MS = 10_000
_QUEUE = 1024  # connections that the kernel keeps until they are accepted
_BROKEN = {errno.EBADF, errno.EINVAL, errno.ENOTSOCK}
_FULL = {errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS}
_PAUSE = 0.1
_REFUSED_AT_ONCE = 20
_REQUEST = 65_536
_SORRY = (
    b"HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\nretry-after: 5\r\n"
    b"content-type: text/plain\r\ncontent-length: 19\r\n\r\nThe server is full.\n"[:-1]
)


class PoliteListener:
    """Accepts connections; when file descriptors run out, it answers 503.

    It then closes a descriptor that it keeps in reserve, accepts and refuses those that wait, and
    pauses. Over TLS it has a ``certificate``.
    """

    def __init__(
        self, plain: socket.socket, metrics: Metrics, certificate: Certificate | None
    ) -> None:
        plain.setblocking(False)
        self.certificate = certificate
        self._plain = plain
        self._metrics = metrics
        self._reserve = _spare()
        self._full = False

    async def accept(self) -> socket.socket:
        """Accept a connection, which does not block; running out of descriptors is handled here."""
        while True:
            await trio.lowlevel.checkpoint()
            try:
                plain, _ = self._plain.accept()
            except BlockingIOError:
                await trio.lowlevel.wait_readable(self._plain)
            except OSError as error:
                if error.errno in _BROKEN:
                    raise
                if error.errno in _FULL:  # any other error is of a peer that is gone
                    self._refuse()
                    await trio.sleep(_PAUSE)
            else:
                self._full = False
                plain.setblocking(False)
                return plain

    def stream(self, plain: socket.socket) -> trio.SocketStream | TlsStream:
        """The stream of a connection; its own task does the TLS handshake, with the certificate
        that is in use at this moment.
        """
        stream = trio.SocketStream(trio.socket.from_stdlib_socket(plain))
        return stream if self.certificate is None else TlsStream(stream, self.certificate.context)

    def close(self) -> None:
        """Stop listening."""
        self._give_up_reserve()
        self._plain.close()

    def _refuse(self) -> None:
        if not self._full:
            self._full = True
            log.warning("listener.full: out of file descriptors; raise the limit (ulimit -n)")
        self._give_up_reserve()
        with suppress(OSError):  # nobody waits any more
            for _ in range(_REFUSED_AT_ONCE):
                waiting, _ = self._plain.accept()
                self._metrics.refused["out of file descriptors"] += 1
                with waiting, suppress(OSError):  # the one who waited is gone
                    waiting.setblocking(False)
                    waiting.send(_SORRY)
                    waiting.shutdown(socket.SHUT_WR)
                    waiting.recv(_REQUEST)  # unread, these would reset the connection
        self._reserve = _spare()

    def _give_up_reserve(self) -> None:
        if self._reserve is not None:
            os.close(self._reserve)
            self._reserve = None


def _spare() -> int | None:
    """Open a descriptor to keep in reserve; None if there is none left."""
    try:
        return os.open(os.devnull, os.O_RDONLY)
    except OSError:
        return None


def open_listeners(
    config: Config, certificate: Certificate | None, metrics: Metrics
) -> tuple[list[PoliteListener], list[str]]:
    """Listen on the addresses that ``config`` binds; returns the listeners and their URLs.

    Raises:
        SettingsError: an address cannot be bound.
    """
    try:
        sockets = config.create_sockets()
    except OSError as error:
        where = " ".join(config.bind)
        raise SettingsError(
            f"cannot listen on {where}: {error.strerror} ({_cure(error)})"
        ) from error
    listeners = []
    urls = []
    for plain in sockets.insecure_sockets:
        listeners.append(_listener(plain, metrics, None))
        urls.append(f"http://{_address(plain)}")
    if certificate is not None:
        for plain in sockets.secure_sockets:
            listeners.append(_listener(plain, metrics, certificate))
            urls.append(f"https://{_address(plain)}")
    return listeners, urls


def _listener(
    plain: socket.socket, metrics: Metrics, certificate: Certificate | None
) -> PoliteListener:
    # A peer that takes no byte and acknowledges nothing frees its task and buffers in time.
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, USER_TIMEOUT_MS)
    plain.listen(_QUEUE)
    return PoliteListener(plain, metrics, certificate)


def _cure(error: OSError) -> str:
    """Say how to mend the settings for an address that cannot be bound."""
    if error.errno in (errno.EACCES, errno.EPERM):
        return (
            "a port below 1024 takes a capability, AmbientCapabilities=CAP_NET_BIND_SERVICE in a "
            "systemd unit; else set XR_PORT to 1024 or more, and put a proxy in front"
        )
    return "set XR_HOST, and XR_PORT or XR_REDIRECT_PORT"


def _address(plain: socket.socket) -> str:
    host, port = plain.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
