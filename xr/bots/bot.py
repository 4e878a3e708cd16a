"""One simulated user: comes, walks about, looks at the others, and leaves."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from random import Random
from typing import Any

import trio
from trio_websocket import (
    ConnectionClosed,
    ConnectionRejected,
    HandshakeError,
    WebSocketConnection,
)

from xr.bots import frames
from xr.bots.connection import connected
from xr.bots.identity import fetch_visitor
from xr.bots.report import Report, Sightings
from xr.bots.walk import Walk
from xr.errors import XrError, first_of
from xr.pose import Vector
from xr.wire.messages import Poses

_HEARTBEAT = 30.0  # seconds, as phoenix does by default
PATIENCE = 10.0  # seconds for the room's answer to the join

_CLOSINGS = {
    1000: "the server sent the bot away",
    1001: "the server went away",
    1006: "the connection broke",
    1008: "the server took the bot for abuse",
    1009: "the server found a message too big",
    1011: "the server had a fault",
    1012: "the server restarts",
    1013: "the bot was too slow for the server",
}


def _words(error: BaseException, url: str) -> str:
    match error := first_of(error):
        case ConnectionRejected():
            reason = (error.body or b"").decode(errors="replace").strip()
            return f"the websocket is refused: HTTP {error.status_code} {reason}"
        case HandshakeError() | trio.TooSlowError():
            return f"no websocket at {url}: {error!r}"
        case OSError():
            return f"cannot reach {url}: {error.strerror or error}"
        case _:
            return str(error)


@dataclass(frozen=True)
class Visit:
    """The task of all bots: server, room, poses a second, form of poses, cookie of the password."""

    url: str
    room: str
    rate: float
    poses: Poses
    cookie: str = ""

    @property
    def topic(self) -> str:
        """The room's topic."""
        return f"room:{self.room}"


class Bot:
    """One user. Its two tasks, one that walks and one that looks, share the socket."""

    def __init__(self, visit: Visit, random: Random, report: Report, sightings: Sightings) -> None:
        self._visit = visit
        self._random = random
        self._report = report
        self._sightings = sightings
        self._user_id = ""
        self._users: dict[int, str] = {}  # by their n
        self._start: Vector | None = None
        self._placed = trio.Event()
        self._leaving = False
        self._refs = 1  # the join has the first

    async def run(self, until: float) -> None:
        """Be in the room until this time on Trio's clock. Errors go to the report."""
        visit = self._visit
        try:
            visitor = await trio.to_thread.run_sync(
                fetch_visitor, visit.url, visit.room, visit.cookie, abandon_on_cancel=True
            )
            self._user_id = visitor.user_id
            async with connected(visit.url, visitor.token) as socket:
                await self._be_there(socket, until)
        except* (HandshakeError, XrError, OSError, trio.TooSlowError) as group:
            self._report.trouble(_words(group, visit.url))

    async def _be_there(self, socket: WebSocketConnection, until: float) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._faring, nursery.cancel_scope, self._look, socket, name="look")
            await self._faring(nursery.cancel_scope, self._walk, socket, until)
            nursery.cancel_scope.cancel()

    async def _faring(
        self, scope: trio.CancelScope, work: Callable[..., Awaitable[None]], *arguments: Any
    ) -> None:
        """Do one half of the bot's work; when it fails, that ends the other half too."""
        try:
            await work(*arguments)
        except ConnectionClosed as error:
            code = error.reason.code if error.reason else 1006
            detail = (error.reason and error.reason.reason) or ""
            words = _CLOSINGS.get(code, f"the connection was closed with {code}")
            self._report.trouble(f"{words}: {detail}" if detail else words)
            scope.cancel()
        except XrError as error:
            self._report.trouble(str(error))
            scope.cancel()

    async def _walk(self, socket: WebSocketConnection, until: float) -> None:
        walk = Walk(self._random, await self._join(socket))
        begin = trio.current_time()
        step = begin + self._random.random() / self._visit.rate  # bots do not walk in step
        beat = begin + _HEARTBEAT
        while step < until:
            await trio.sleep_until(step)
            now = trio.current_time()
            pose = walk.pose(now - begin)
            self._sightings.sent(self._user_id, pose.position, now)
            binary = self._visit.poses == "binary"
            await socket.send_message(
                frames.moved(binary, self._next_ref(), self._visit.topic, pose)
            )
            if now >= beat:
                heartbeat = frames.push(None, self._next_ref(), "phoenix", "heartbeat", {})
                await socket.send_message(heartbeat)
                beat += _HEARTBEAT
            step = max(step + 1 / self._visit.rate, now)
        await trio.sleep_until(until)
        self._leaving = True
        await self._push(socket, self._next_ref(), "phx_leave", {})

    async def _join(self, socket: WebSocketConnection) -> Vector:
        """Come into the room; returns where the server has put the bot."""
        wish = {"poses": self._visit.poses, "tab": f"bot-{self._user_id}"}
        await self._push(socket, frames.JOIN_REF, "phx_join", wish)
        with trio.move_on_after(PATIENCE):
            await self._placed.wait()
        if self._start is None:
            raise XrError(f"the room did not answer the join within {PATIENCE:g} s")
        self._report.joined += 1
        return self._start

    async def _push(
        self, socket: WebSocketConnection, ref: str, event: str, payload: dict[str, Any]
    ) -> None:
        await socket.send_message(
            frames.push(frames.JOIN_REF, ref, self._visit.topic, event, payload)
        )

    def _next_ref(self) -> str:
        self._refs += 1
        return str(self._refs)

    async def _look(self, socket: WebSocketConnection) -> None:
        while True:
            message = frames.read(await socket.get_message())
            try:
                self._saw(message, trio.current_time())
            except (AttributeError, KeyError, TypeError) as error:
                raise XrError(
                    f"the server sent a {message.event} of another shape: {error!r}"
                ) from error

    def _saw(self, message: frames.Received, now: float) -> None:
        payload = message.payload
        match message.event:
            case "poses":
                users = self._users
                self._saw_poses(
                    ((users.get(n, ""), p.position) for n, p in frames.poses(payload).items()), now
                )
            case "stoc":
                self._saw_event(payload["event"], payload["payload"], now)
            case "user_snapshot":
                self._users = {seat["n"]: user_id for user_id, seat in payload.items()}
                self._start = payload[self._user_id]["position"]
                self._placed.set()
            case "phx_reply" if payload["status"] != "ok":
                self._refused(message.ref, payload["response"])
            case "phx_error":
                raise XrError("the room had a fault")
            case "phx_close" if not self._leaving:
                raise XrError("the room was closed")

    def _refused(self, ref: str | None, response: dict[str, Any]) -> None:
        reason = response.get("reason", "no reason given")
        if ref == frames.JOIN_REF:
            raise XrError(f"the room refused the join: {reason}")
        self._report.trouble(f"the server refused a message: {reason}")

    def _saw_event(self, event: str, payload: dict[str, Any], now: float) -> None:
        match event:
            case "user_moved":
                self._saw_poses([(payload["user_id"], payload["position"])], now)
            case "users_moved":
                self._saw_poses([(user, pose["position"]) for user, pose in payload.items()], now)
            case "user_joined":
                self._users[payload["n"]] = payload["user_id"]
                self._report.joins += 1
            case "user_left":
                self._report.leaves += 1

    def _saw_poses(self, poses: Iterable[tuple[str, Any]], now: float) -> None:
        for user_id, position in poses:
            if user_id != self._user_id:
                self._report.arrived(self._sightings.age(user_id, position, now))
