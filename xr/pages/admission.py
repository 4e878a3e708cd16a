"""A websocket as the app sees it: let in or refused, and never read.

Whoever is let in is handed over at once, so nothing that the websocket says reaches Quart. Its own
class would start a task to read all the same, and a nursery for it, at every connection.
"""

from typing import TYPE_CHECKING

from quart.asgi import ASGIWebsocketConnection
from quart_trio.asgi import TrioASGIWebsocketConnection

if TYPE_CHECKING:
    from hypercorn.typing import ASGIReceiveCallable, ASGISendCallable


class Admission(TrioASGIWebsocketConnection):
    """Quart-Trio's websocket without its reader."""

    async def __call__(self, receive: "ASGIReceiveCallable", send: "ASGISendCallable") -> None:
        """Let the app decide; it runs in the task that asks."""
        websocket = self._create_websocket_from_scope(send)
        await ASGIWebsocketConnection.handle_websocket(self, websocket, send)
