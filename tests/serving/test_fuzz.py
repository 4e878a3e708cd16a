"""A slice of the mutated clients; XR_FUZZ sets how many, XR_FUZZ_SEED which."""

import os

import pytest
import trio

from tests.serving.conftest import Launch
from tests.serving.fuzz import fuzz

pytestmark = pytest.mark.timing

COUNT = int(os.environ.get("XR_FUZZ", "1500"))
SEED = int(os.environ.get("XR_FUZZ_SEED", "1"))
MEGABYTE = 1 << 20


async def test_nobody_feels_clients_that_are_nearly_right(launch_either: Launch) -> None:
    server = launch_either()
    count = COUNT // 5 if server.tls else COUNT  # a handshake takes longer than what follows
    with trio.fail_after(60 + COUNT):
        figures = await fuzz(server, count, SEED)
    print(figures)
    assert server.alive
    log = server.log
    assert "Traceback" not in log, log[log.find("Traceback") - 1000 :][:4000]
    assert figures.stuck == []
    assert len(figures.outcomes) > 10, "the mutations reach no deep place any more"
    assert figures.p99 < 0.15
    assert figures.memory_after - figures.memory_before < 8 * MEGABYTE
    assert figures.descriptors_after <= figures.descriptors_before
