"""The log of the real server, also where nobody reads it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import trio

from tests.serving.process import SECRET, launched
from xr import __version__


async def test_a_run_is_framed_by_a_line_each(tmp_path: Path) -> None:
    with launched(tmp_path, log="json", public_url="http://rooms.example") as server:
        server.terminate()
        assert await server.exit_code(10) == 0
        lines = [json.loads(line) for line in server.log.splitlines() if line.startswith("{")]
    first, last = lines[0], lines[-1]
    assert first["event"] == "server.started"
    assert first["version"] == __version__
    assert first["database"] == str(tmp_path / "xr.db")
    assert (first["rooms"], first["public_url"]) == (0, "http://rooms.example")
    assert (last["event"], last["poses_written"]) == ("server.stopped", 0)


async def refused(port: int) -> None:
    """A handshake with a foreign origin, of which the log has a line."""
    stream = await trio.open_tcp_stream("127.0.0.1", port)
    async with stream:
        await stream.send_all(
            b"GET /socket/websocket?vsn=2.0.0 HTTP/1.1\r\nHost: localhost\r\n"
            b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: http://evil.example\r\n\r\n"
        )
        assert (await stream.receive_some()).startswith(b"HTTP/1.1 403")


def _start(folder: Path, stderr: int) -> subprocess.Popen[bytes]:
    """A server whose every log line is a kilobyte long, so that a pipe is full soon."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("XR_")}
    environment |= {"XR_PORT": "0", "XR_DATABASE": str(folder / "xr.db"), "XR_SECRET_KEY": SECRET}
    patch = (
        "import sys; from xr.logs import form, writer, sampling; from xr.cli import main\n"
        "writer.choose_line = lambda *_: lambda r: form.as_text(r) + 'x' * 1000\n"
        "sampling.PER_ADDRESS = sampling.PER_EVENT = 10**6\n"
        "sys.exit(main(['serve']))"
    )
    return subprocess.Popen(
        [sys.executable, "-c", patch], env=environment, stdout=subprocess.PIPE, stderr=stderr
    )


async def test_a_pipe_that_nobody_reads_stops_nothing(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    process = _start(tmp_path, writing)
    os.close(writing)
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline().rpartition(b":")[2])
        with trio.fail_after(30):
            for _ in range(200):
                await refused(port)
        process.send_signal(signal.SIGTERM)
        wait: Callable[[], int] = process.wait
        with trio.fail_after(10):
            assert await trio.to_thread.run_sync(wait, abandon_on_cancel=True) == 0
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
        os.close(reading)
