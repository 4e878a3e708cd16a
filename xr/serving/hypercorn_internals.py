"""All of Hypercorn that our HTTP server is built on and that is no public interface of it.

Nothing else of ``xr`` imports any of these from Hypercorn. The release is pinned to 0.18, and
``tests/serving/test_internals.py`` fails when one of them changes. An app under stock Hypercorn
(``xr/asgi.py``) needs none of them.
"""

from hypercorn.app_wrappers import ASGIWrapper
from hypercorn.events import Closed, Event, RawData
from hypercorn.protocol.h11 import H11Protocol
from hypercorn.protocol.ws_stream import Handshake
from hypercorn.trio.lifespan import Lifespan
from hypercorn.trio.tcp_server import MAX_RECV, TCPServer
from hypercorn.trio.worker_context import WorkerContext
from hypercorn.typing import ConnectionState, LifespanState

__all__ = (
    "MAX_RECV",
    "ASGIWrapper",
    "Closed",
    "ConnectionState",
    "Event",
    "H11Protocol",
    "Handshake",
    "Lifespan",
    "LifespanState",
    "RawData",
    "TCPServer",
    "WorkerContext",
)
