"""A link that is late and loses packets, for programs that talk TCP over it; needs Linux and root.

The kernel's own ``netem`` is not in every kernel, a TUN device is. All that is sent to ``FAR``
comes out of the device as packets, and a thread here gives each back to the kernel, late or never,
with its two addresses exchanged. So a connection to ``FAR`` is one to ``NEAR`` over the link, both
ways, and neither checksum changes. All is in a network namespace of this process alone.
"""

import ctypes
import fcntl
import heapq
import os
import random
import select
import struct
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

NEAR, FAR = "10.9.0.1", "10.9.0.2"
"""The address at which servers listen, and the one at which they are reached over the link."""

_DEVICE = b"link0"
_TUNSETIFF, _TUN, _NO_HEADER = 0x400454CA, 0x0001, 0x1000
_NEW_NETWORK = 0x40000000
_MTU = 1500


@contextmanager
def lossy_link(delay: float, loss: float, seed: int = 0) -> Iterator[None]:
    """Put this process and its children into a network with the link, while the block lasts.

    ``delay`` is in seconds and one way, ``loss`` the part of packets that is lost, each way.

    Raises:
        OSError: this machine does not let one.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_NEW_NETWORK):
        raise OSError(ctypes.get_errno(), "no network namespace: it needs root")
    device = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(device, _TUNSETIFF, struct.pack("16sH", _DEVICE, _TUN | _NO_HEADER))
    name = _DEVICE.decode()
    for command in ("link set lo up", f"addr add {NEAR}/24 dev {name}", f"link set {name} up"):
        subprocess.run(["ip", *command.split()], check=True)
    ended = threading.Event()
    carrier = threading.Thread(target=_carry, args=(device, delay, loss, seed, ended))
    carrier.start()
    try:
        yield
    finally:
        ended.set()
        carrier.join()
        os.close(device)


def _carry(device: int, delay: float, loss: float, seed: int, ended: threading.Event) -> None:
    """Carry packets in their order until it has ended."""
    rng = random.Random(seed)
    under_way: list[tuple[float, int, bytes]] = []
    count = 0
    while not ended.is_set():
        wait = under_way[0][0] - time.monotonic() if under_way else 0.1
        if select.select([device], [], [], min(0.1, max(0.0, wait)))[0]:
            packet = os.read(device, _MTU)
            if packet[0] >> 4 == 4 and rng.random() >= loss:  # IPv4 alone
                count += 1
                exchanged = packet[:12] + packet[16:20] + packet[12:16] + packet[20:]
                heapq.heappush(under_way, (time.monotonic() + delay, count, exchanged))
        while under_way and under_way[0][0] <= time.monotonic():
            os.write(device, heapq.heappop(under_way)[2])
