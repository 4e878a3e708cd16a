"""TLS without a socket, and the stream over it in which a connection shakes hands and speaks HTTP.

A ``Session`` is one connection's TLS as plain functions of bytes; nothing in it waits. The stream
moves its bytes until a websocket is open, then a ``TlsWire`` does, in the reader's sweep.
"""

import ssl
from contextlib import suppress

import trio

RECORD = 16_384
"""Bytes of plain text in a record, at most (RFC 8446 section 5.1)."""
PIECE = 4096
"""Bytes encrypted in one call. OpenSSL's buffer grows to the largest and stays so, for each client;
a few calls for a large frame cost less than that."""
_GONE = (trio.BrokenResourceError, trio.ClosedResourceError, trio.BusyResourceError)


class Session:
    """The server's side of one TLS connection. All may raise ``ssl.SSLError``: the peer's fault.

    OpenSSL answers some records itself, with alerts or new keys: after each call the caller sends
    the bytes that are ``owed``.
    """

    __slots__ = ("_incoming", "_outgoing", "_tls", "ended")

    def __init__(self, context: ssl.SSLContext) -> None:
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self.ended = False  # the peer has said that it sends nothing more

    def shake_hands(self) -> bool:
        """Go on with the handshake; True when it is done."""
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            return False
        return True

    @property
    def alpn(self) -> str | None:
        """The protocol that both have agreed on, if any."""
        return self._tls.selected_alpn_protocol()

    def feed(self, data: bytes) -> None:
        """Take bytes from the peer."""
        self._incoming.write(data)

    def opened(self) -> bytes:
        """Decrypt all whole records that have come."""
        parts = []
        while self._incoming.pending:
            try:
                part = self._tls.read(RECORD)
            except ssl.SSLWantReadError:  # a record has come in part
                break
            except ssl.SSLZeroReturnError:
                part = b""
            if not part:
                self.ended = True
                break
            parts.append(part)
        return b"".join(parts)

    def seal(self, data: bytes) -> bytes:
        """Encrypt, behind the bytes that are owed. At most ``RECORD`` bytes keep buffers small."""
        if len(data) <= PIECE:
            self._tls.write(data)
            return self._outgoing.read()
        parts = []
        for start in range(0, len(data), PIECE):
            self._tls.write(data[start : start + PIECE])
            parts.append(self._outgoing.read())
        return b"".join(parts)

    def owed(self) -> bytes:
        """Bytes that OpenSSL itself has for the peer; mostly none."""
        return self._outgoing.read() if self._outgoing.pending else b""

    def goodbye(self) -> bytes:
        """Make a close_notify; the peer's own is not waited for."""
        with suppress(ssl.SSLError):
            self._tls.unwrap()
        return self._outgoing.read()


class TlsStream(trio.abc.AsyncResource):
    """The part of ``trio.SSLStream`` that Hypercorn uses, over a session that can be handed over.

    One task receives; any may send. An end without close_notify is an end, as usual with HTTP.
    """

    def __init__(self, transport: trio.SocketStream, context: ssl.SSLContext) -> None:
        self.transport_stream = transport
        self.session = Session(context)
        self._sending = trio.Lock()  # records go in the order in which they were sealed

    async def do_handshake(self) -> None:
        """Shake hands; raises ``trio.BrokenResourceError`` if that fails."""
        try:
            while not self.session.shake_hands():
                await self._send_owed()
                data = await self.transport_stream.receive_some(RECORD)
                if not data:
                    raise trio.BrokenResourceError("the peer ended in the handshake")
                self.session.feed(data)
            await self._send_owed()
        except ssl.SSLError as error:
            await self._fail(error)

    def selected_alpn_protocol(self) -> str | None:
        """The protocol that both have agreed on, if any."""
        return self.session.alpn

    async def receive_some(self, _max_bytes: int) -> bytes:
        """Receive about a record of bytes at most; empty at the end."""
        try:
            while not (data := self.session.opened()) and not self.session.ended:
                received = await self.transport_stream.receive_some(RECORD)
                if not received:
                    return b""
                self.session.feed(received)
                await self._send_owed()
        except ssl.SSLError as error:
            await self._fail(error)
        await trio.lowlevel.checkpoint()
        return data

    async def send_all(self, data: bytes) -> None:
        """Send all bytes. Cancelled, the stream can only be closed.

        Raises:
            BrokenResourceError: TLS has ended, or the connection has.
        """
        for start in range(0, len(data), RECORD):
            async with self._sending:
                try:
                    sealed = self.session.seal(data[start : start + RECORD])
                except ssl.SSLError as error:  # such as a shutdown that came meanwhile
                    raise trio.BrokenResourceError(str(error)) from error
                await self.transport_stream.send_all(sealed)

    async def aclose(self) -> None:
        """Send close_notify, if the peer takes it, and close."""
        try:
            async with self._sending:
                await self.transport_stream.send_all(self.session.goodbye())
        except _GONE:
            pass
        finally:
            await self.transport_stream.aclose()

    async def _send_owed(self) -> None:
        async with self._sending:
            if owed := self.session.owed():
                await self.transport_stream.send_all(owed)

    async def _fail(self, error: ssl.SSLError) -> None:
        with suppress(*_GONE):
            await self._send_owed()  # the alert that says why
        raise trio.BrokenResourceError(str(error)) from error
