"""A websocket client on bare Trio sockets: it can send anything, and reads strictly."""

import base64
import json
import socket
import ssl
import struct
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, NamedTuple

import trio

from tests.serving.client_frames import BINARY, CLOSE, PING, PONG, TEXT, client_frame

ABNORMAL = 1006
"""Stands for the end of a TCP connection without a close frame."""

KEY = base64.b64encode(b"sixteen bytes !!").decode()


class Head(NamedTuple):
    """The start of an HTTP answer; names of headers are in lower case."""

    status: int
    headers: dict[str, str]


class Push(NamedTuple):
    """A Phoenix message as the server sends it; a binary one has bytes as its payload."""

    join_ref: Any
    ref: Any
    topic: str
    event: str
    payload: Any


def upgrade(
    path: str = "/socket/websocket?vsn=2.0.0",
    token: str | None = None,
    *,
    host: str = "localhost",
    extra: Sequence[str] = (),
    without: Sequence[str] = (),
) -> bytes:
    """The request that opens a websocket; ``without`` names headers that are left out."""
    headers = {
        "Host": host,
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": KEY,
        "Sec-WebSocket-Version": "13",
    }
    if token is not None:
        encoded = base64.b64encode(token.encode()).decode().rstrip("=")
        headers["Sec-WebSocket-Protocol"] = f"phoenix, base64url.bearer.phx.{encoded}"
    lines = [f"GET {path} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in headers.items() if name not in without]
    return "\r\n".join([*lines, *extra, "", ""]).encode("latin1")


class RawSocket:
    """One connection to the server."""

    def __init__(self, stream: trio.SocketStream | trio.SSLStream[trio.SocketStream]) -> None:
        self.stream = stream
        self.received = bytearray()
        self.ended = False

    async def send(self, data: bytes) -> None:
        await self.stream.send_all(data)

    async def send_quietly(self, data: bytes) -> None:
        """Send to a server that may close the connection meanwhile."""
        try:
            await self.stream.send_all(data)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            self.ended = True

    async def end(self) -> None:
        """Send nothing more, but go on to read; over TLS without a goodbye."""
        plain = self.stream
        if isinstance(plain, trio.SSLStream):
            plain = plain.transport_stream
        with suppress(trio.BrokenResourceError):
            await plain.send_eof()

    async def receive_more(self) -> bool:
        """Wait for further bytes; False at the end of the connection, however it came."""
        try:
            data = await self.stream.receive_some(65536)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            data = b""
        self.received += data
        self.ended = not data
        return bool(data)

    async def aclose(self) -> None:
        with trio.move_on_after(1):
            await self.stream.aclose()

    @property
    def socket(self) -> trio.socket.SocketType:
        """The socket under all."""
        if isinstance(self.stream, trio.SocketStream):
            return self.stream.socket
        return self.stream.transport_stream.socket

    async def __aenter__(self) -> "RawSocket":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    # HTTP

    async def head(self) -> Head | None:
        """The next answer's head, or None if the connection ends before."""
        while b"\r\n\r\n" not in self.received:
            if not await self.receive_more():
                return None
        head, _, rest = bytes(self.received).partition(b"\r\n\r\n")
        self.received = bytearray(rest)
        status, *lines = head.decode("latin1").split("\r\n")
        pairs = (line.split(":", 1) for line in lines)
        headers = {name.strip().lower(): value.strip() for name, value in pairs}
        return Head(int(status.split()[1]), headers)

    async def rest(self) -> bytes:
        """All bytes up to the end of the connection."""
        while await self.receive_more():
            pass
        return bytes(self.received)

    async def body(self, head: Head) -> bytes:
        """The body that belongs to the head of an answer."""
        if "content-length" not in head.headers:
            return await self.rest()
        return await self._exactly(int(head.headers["content-length"])) or b""

    # Frames

    async def _exactly(self, size: int) -> bytes | None:
        while len(self.received) < size:
            if not await self.receive_more():
                return None
        data = bytes(self.received[:size])
        del self.received[:size]
        return data

    async def frame(self) -> tuple[int, bytes] | None:
        """The next frame, which must be as a server may send it; None at the end."""
        head = await self._exactly(2)
        if head is None:
            return None
        assert head[0] & 0xF0 == 0x80, f"not final, or a reserved bit: {head.hex()}"
        assert not head[1] & 0x80, "a server must not mask"
        length = head[1]
        if length >= 126:
            wide = await self._exactly(2 if length == 126 else 8)
            if wide is None:
                return None
            length = int.from_bytes(wide, "big")
            assert length > (125 if len(wide) == 2 else 65535), "a length in too many bytes"
        payload = await self._exactly(length)
        return None if payload is None else (head[0] & 15, payload)

    async def data_frame(self) -> tuple[int, bytes]:
        """The next text or binary frame. Pings are answered."""
        while True:
            frame = await self.frame()
            assert frame is not None, "the server ended the connection"
            opcode, payload = frame
            assert opcode != CLOSE, f"closed with {close_code(payload)}"
            if opcode == PING:
                await self.send(client_frame(PONG, payload))
            elif opcode != PONG:
                return frame

    async def close_code(self) -> int:
        """Read until the connection ends; the code that it was closed with."""
        code = ABNORMAL
        while (frame := await self.frame()) is not None:
            if frame[0] == CLOSE:
                assert code == ABNORMAL, "closed twice"
                code = close_code(frame[1])
            else:
                assert code == ABNORMAL, "a frame after the close frame"
        return code

    # Phoenix Channels

    async def push(
        self, topic: str, event: str, payload: Any, *, ref: str | None = "1", join_ref: Any = None
    ) -> None:
        """Send a message; bytes as payload make it a binary one."""
        await self.send(message(topic, event, payload, ref=ref, join_ref=join_ref))

    async def next_push(self) -> Push:
        opcode, payload = await self.data_frame()
        return Push(*json.loads(payload)) if opcode == TEXT else read_binary(payload)

    async def until(self, event: str, *, ref: Any = None) -> Push:
        """The next message with this event, and with this ref if one is given."""
        while True:
            push = await self.next_push()
            if push.event == event and ref in (None, push.ref):
                return push

    async def join(self, room_id: str, **params: Any) -> Push:
        """Join a room; returns the reply."""
        await self.push(f"room:{room_id}", "phx_join", params, ref="join", join_ref="join")
        return await self.until("phx_reply", ref="join")

    async def heartbeat(self, ref: str = "beat") -> Push:
        await self.push("phoenix", "heartbeat", {}, ref=ref)
        return await self.until("phx_reply", ref=ref)


def close_code(payload: bytes) -> int:
    return int.from_bytes(payload[:2], "big") if payload else 1005


def message(
    topic: str, event: str, payload: Any, *, ref: str | None = None, join_ref: str | None = None
) -> bytes:
    """The whole frame of a Phoenix push."""
    if not isinstance(payload, bytes):
        return client_frame(TEXT, json.dumps([join_ref, ref, topic, event, payload]).encode())
    texts = [(text or "").encode() for text in (join_ref, ref, topic, event)]
    sizes = bytes(map(len, texts))
    return client_frame(BINARY, b"\0" + sizes + b"".join(texts) + payload)


def read_binary(data: bytes) -> Push:
    """A binary message of the server: a push, a reply or a broadcast."""
    kind = data[0]
    count = {0: 3, 1: 4, 2: 2}[kind]
    texts = []
    offset = 1 + count
    for size in data[1 : 1 + count]:
        texts.append(data[offset : offset + size].decode())
        offset += size
    rest = data[offset:]
    if kind == 0:
        return Push(texts[0], None, texts[1], texts[2], rest)
    if kind == 1:
        return Push(texts[0], texts[1], texts[2], "phx_reply", (texts[3], rest))
    return Push(None, None, texts[0], texts[1], rest)


async def connect(
    port: int, *, tls: ssl.SSLContext | None = None, source: str = "127.0.0.1", buffer: int = 0
) -> RawSocket:
    """Open a TCP connection from ``source``, with a receive buffer of ``buffer`` bytes if given."""
    raw = trio.socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if buffer:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        await raw.bind((source, 0))
        await raw.connect(("127.0.0.1", port))
    except BaseException:
        raw.close()
        raise
    stream = trio.SocketStream(raw)
    if tls is None:
        return RawSocket(stream)
    secure = trio.SSLStream(stream, tls, server_hostname="localhost", https_compatible=True)
    return RawSocket(secure)


def reset(raw: RawSocket) -> None:
    """End the connection as a machine does that loses it: with a TCP reset, no goodbye."""
    raw.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    raw.socket.close()
