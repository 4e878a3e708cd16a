"""The real server as a process of its own, and what can be seen of it from outside."""

import json
import os
import re
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlencode

import trio

from tests.serving.raw import Head, RawSocket, connect, upgrade
from xr.identity import Identity

SECRET = "a secret for tests only"
START_SECONDS = 60
HYPERCORN = [sys.executable, "-m", "hypercorn", "--worker-class", "trio"]
Way = Literal["serve", "asgi"]
"""``xr serve``, which answers handshakes itself; or the app under stock Hypercorn."""
_ADDRESS = re.compile(r"https?://127\.0\.0\.1:(\d{1,5})\s")  # a line may be read half written


@dataclass
class Server:
    """A server that runs; ``log`` is all that it has written so far."""

    process: subprocess.Popen[bytes]
    log_file: Path
    database: Path
    tls: ssl.SSLContext | None = None
    port: int = 0
    checked: int = 0  # how much of the log has been looked at
    opened: list[RawSocket] = field(default_factory=list)
    identity: Identity = field(default_factory=lambda: Identity(SECRET))

    @property
    def log(self) -> str:
        return self.log_file.read_text(errors="replace")

    def new_log(self) -> str:
        """All that was written since this was asked last."""
        log = self.log
        new, self.checked = log[self.checked :], len(log)
        return new

    def wait_for_line(self, text: str, count: int = 1) -> None:
        """Wait until the log has so many lines with ``text``: a thread of its own writes it."""
        deadline = time.monotonic() + START_SECONDS
        while self.log.count(text) < count:
            assert time.monotonic() < deadline, self.log
            time.sleep(0.01)

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    @property
    def memory(self) -> int:
        """Resident bytes."""
        pages = Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    @property
    def cpu(self) -> float:
        """Seconds of CPU used so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def descriptors(self) -> int:
        """Open file descriptors."""
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def terminate(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    async def exit_code(self, seconds: float) -> int:
        """Wait for the end of the process, no longer than ``seconds``."""
        with trio.fail_after(seconds):
            return await trio.to_thread.run_sync(self.process.wait, abandon_on_cancel=True)

    async def command(self, *arguments: str) -> None:
        """Run ``xr`` with these arguments beside the server."""
        environment = {**os.environ, "XR_DATABASE": str(self.database), "XR_SECRET_KEY": SECRET}
        command = [sys.executable, "-m", "xr", *arguments]
        await trio.run_process(command, env=environment, capture_stdout=True)

    async def connect(self, **options: Any) -> RawSocket:
        """A connection; it is closed with the test, or before."""
        raw = await connect(self.port, tls=self.tls, **options)
        self.opened.append(raw)
        return raw

    def hang_up(self) -> None:
        """Close all connections that were made here."""
        for raw in self.opened:
            if raw.socket.fileno() >= 0:
                os.close(raw.socket.detach())  # also where no Trio runs
        self.opened.clear()

    async def fetch(
        self, path: str, *, method: str = "GET", form: dict[str, str] | None = None
    ) -> tuple[Head, bytes]:
        """One request on a connection of its own: the head of the answer and its body."""
        body = urlencode(form).encode() if form else b""
        lines = [f"{method} {path} HTTP/1.1", "Host: localhost", "Connection: close"]
        if form:
            lines += ["Content-Type: application/x-www-form-urlencoded"]
            lines += [f"Content-Length: {len(body)}"]
        async with await self.connect() as raw:
            await raw.send("\r\n".join([*lines, "", ""]).encode() + body)
            head = await raw.head()
            assert head is not None, "the server ended the connection"
            return head, b"" if method == "HEAD" else await raw.body(head)

    async def make_room(self, name: str = "test") -> str:
        head, _ = await self.fetch("/rooms", method="POST", form={"name": name})
        assert head.status == 303
        _, body = await self.fetch("/api/rooms")
        return str(json.loads(body)[0]["id"])

    async def metrics(self) -> dict[str, float]:
        """Samples by name and labels, as ``/metrics`` writes them."""
        _, body = await self.fetch("/metrics")
        lines = [line for line in body.decode().splitlines() if line and line[0] != "#"]
        return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}

    async def health(self) -> tuple[int, dict[str, Any]]:
        head, body = await self.fetch("/healthz")
        return head.status, json.loads(body)

    async def websocket(self, user_id: str | None = None, **options: Any) -> RawSocket:
        """An open websocket of ``user_id``, else of a new user."""
        token = self.identity.sign_token(user_id or self.identity.new_user())
        raw = await self.connect(**options)
        await raw.send(upgrade(token=token))
        head = await raw.head()
        assert head is not None, "the server ended the connection"
        assert head.status == 101
        return raw

    async def member(self, room_id: str, user_id: str | None = None, **options: Any) -> RawSocket:
        """A websocket that has joined the room and has its ``presence_state``."""
        raw = await self.websocket(user_id, **options)
        reply = await raw.join(room_id, poses="binary")
        assert reply.payload["status"] == "ok"
        await raw.until("presence_state")
        return raw


@contextmanager
def launched(
    folder: Path,
    tls: ssl.SSLContext | None = None,
    patch: str = "",
    way: Way = "serve",
    flags: Sequence[str] = (),
    **settings: Any,
) -> Iterator[Server]:
    """Run the server with these settings, on a free port, until the end of the block.

    ``flags`` are of ``xr serve``, without a patch. ``patch`` is Python that its process runs before
    it starts to serve. ``way`` "asgi" lets stock Hypercorn serve it, without a patch.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith("XR_")}
    given = {"port": 0, "database": folder / "xr.db", "secret_key": SECRET}
    chosen = {**given, "page_rate": 0, "room_rate": 0, **settings}  # all tests have one address
    environment |= {f"XR_{name.upper()}": str(value) for name, value in chosen.items()}
    log_file = folder / "server.log"
    command = [sys.executable, "-m", "xr", "serve", *flags]
    if patch:
        start = "import sys; from xr.cli import main; sys.exit(main(['serve']))"
        command = [sys.executable, "-c", f"{patch}\n{start}"]
    if way == "asgi":
        assert not patch
        command = [*HYPERCORN, "--bind", f"127.0.0.1:{chosen['port']}", "xr.asgi:create_app()"]
    before = log_file.stat().st_size if log_file.exists() else 0
    with log_file.open("ab") as log:
        process = subprocess.Popen(
            command, env=environment, stdout=log, stderr=log, start_new_session=True
        )
    server = Server(process, log_file, Path(str(chosen["database"])), tls, checked=before)
    try:
        _wait_for_start(server)
        yield server
    finally:
        server.hang_up()
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # Hypercorn has a worker process
        process.wait()


def _wait_for_start(server: Server) -> None:
    deadline = time.monotonic() + START_SECONDS
    while (found := _ADDRESS.search(server.log[server.checked :])) is None:
        assert server.alive, server.log
        assert time.monotonic() < deadline, server.log
        time.sleep(0.01)
    server.port = int(found[1])
