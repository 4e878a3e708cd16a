"""Lets websockets into the app: under an ASGI server this is where they are admitted or refused.

It stands before Quart, as the HTTP server of ``xr serve`` does, and asks the same function. Quart
then sees only what was admitted.
"""

from typing import TYPE_CHECKING, Any, cast

from xr.pages.asgi_socket import AsgiConnection
from xr.pages.services import Services
from xr.pages.socket import ADMITTED, CONNECTION, PATH, admit
from xr.serving.carrier import LOST
from xr.serving.handshake import Rejected, decide, note_refusal

if TYPE_CHECKING:
    from hypercorn.typing import (
        ASGIFramework,
        ASGIReceiveCallable,
        ASGIReceiveEvent,
        ASGISendCallable,
        Scope,
    )


class Upgrade:
    """An ASGI app around another one."""

    def __init__(self, app: "ASGIFramework", parts: Services) -> None:
        self._app = app
        self._parts = parts

    async def __call__(
        self, scope: "Scope", receive: "ASGIReceiveCallable", send: "ASGISendCallable"
    ) -> None:
        """Serve one websocket; all else passes through."""
        if scope["type"] != "websocket":
            await self._app(scope, receive, send)
            return
        answer = decide(lambda asked: admit(self._parts, asked), scope)
        if isinstance(answer, Rejected):
            await receive()  # websocket.connect
            await self._refuse(answer, scope, send)
            return
        connection = AsgiConnection(self._parts.metrics)

        async def receive_and_tell() -> "ASGIReceiveEvent":
            # Quart would cancel the route and keep the close code to itself.
            event = await receive()
            if event["type"] == "websocket.disconnect":
                connection.gone(event.get("code") or LOST, str(event.get("reason") or ""))
            return event

        cast("dict[str, Any]", scope).update(
            {ADMITTED: answer, CONNECTION: connection, "path": PATH}
        )
        await self._app(scope, receive_and_tell, send)

    async def _refuse(self, refused: Rejected, scope: "Scope", send: "ASGISendCallable") -> None:
        note_refusal(refused, None, self._parts.metrics)
        extensions = cast("dict[str, Any]", scope).get("extensions") or {}
        if "websocket.http.response" not in extensions:
            await send({"type": "websocket.close", "code": 1000, "reason": None})  # it says 403
            return
        headers, body = refused.answer()
        await send(
            {
                "type": "websocket.http.response.start",
                "status": refused.status,
                "headers": headers,
            }
        )
        await send({"type": "websocket.http.response.body", "body": body, "more_body": False})
