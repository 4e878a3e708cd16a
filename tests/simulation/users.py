"""A simulated browser page: the habits of the npm package ``phoenix``, without its code.

It reconnects and rejoins by itself, answers pings, sends heartbeats, and checks what it is told.
"""

import random
from collections.abc import Callable
from typing import Any

import msgspec
import trio

from tests.simulation.frames import (
    BINARY,
    CLOSE,
    PING,
    PONG,
    TEXT,
    FrameReader,
    client_frame,
    close_frame,
    pose_frame,
    read_broadcast,
)
from tests.simulation.model import Model
from tests.simulation.network import Link
from tests.simulation.picture import Picture
from tests.simulation.reasons import Reasons
from tests.simulation.story import Browser
from tests.simulation.timeline import Timeline

_HEARTBEAT = 30.0
_JOIN_TIMEOUT = 10.0
_RECONNECT = (0.01, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
_REJOIN = (1.0, 2.0, 5.0)


class Page:
    """One browser page of one user."""

    def __init__(
        self,
        browser: Browser,
        timeline: Timeline,
        rng: random.Random,
        model: Model,
        reasons: Reasons,
        dial: Callable[["Page"], Link | None],
    ) -> None:
        self.browser = browser
        self.here = False
        self.link: Link | None = None
        self.open = False
        self.wanted: dict[str, None] = {}
        self.pictures: dict[str, list[Picture]] = {}
        self.tab = ""
        self._timeline = timeline
        self._rng = rng
        self._model = model
        self._reasons = reasons
        self._dial = dial
        self._visits = 0
        self._refs = 0
        self._unanswered = ""
        self.asked: dict[str, tuple[str, Picture]] = {}  # intents that are not answered, by ref
        self._answered: set[str] = set()
        self._reader = FrameReader()

    # Acts of a user.

    def come(self, room_id: str) -> None:
        """Open the page, if it is not, and enter a room."""
        if not self.here:
            self.here = True
            self._visits += 1
            self.tab = f"{self.browser.name}-{self._visits}"
        if room_id not in self.wanted:
            self.wanted[room_id] = None
            if self.open:
                self._join(room_id)
        if self.link is None:
            self._connect()

    def move(self, room_id: str, *, binary: bool, null_ref: bool) -> None:
        """Take one step."""
        pictures, link = self.pictures.get(room_id), self.link
        if not pictures or not self.open or link is None:
            return
        pose = self._model.next_pose(room_id, self.browser.user_id, hands=self.browser.hands)
        join_ref = None if null_ref else pictures[-1].join_ref
        if binary:
            link.send(pose_frame(join_ref, f"room:{room_id}", pose))
        else:
            self._push(join_ref, f"room:{room_id}", "i_moved", pose)

    def ask(self, room_id: str, event: str, payload: Any) -> None:
        """Ask for an intent, of the room that the page is in or on its way to."""
        pictures = self.pictures.get(room_id)
        if pictures and self.open and self.link is not None:
            ref = self._push(pictures[-1].join_ref, f"room:{room_id}", event, payload)
            self.asked[ref] = event, pictures[-1]

    def leave(self, room_id: str) -> None:
        """Leave a room and keep the page."""
        if self.wanted.pop(room_id, 0) is None:
            self._leave_channel(room_id)

    def rejoin(self, room_id: str) -> None:
        """Join a room again on the same socket."""
        if room_id in self.wanted and self.open:
            self._join(room_id)

    def go(self, code: int | None) -> None:
        """Close the page."""
        self.here = False
        self.wanted.clear()
        self._close(code, "")

    def lose(self, how: str) -> None:
        """Have the connection break in a certain way; the page does not know, or knows at once."""
        link = self.link
        if link is None:
            return
        if how == "close":
            self._close(1000, "heartbeat timeout")
        elif how == "silence":
            link.vanish()
        else:
            link.cut(reset=how == "reset")
        self._forget_link()

    def back(self) -> None:
        """Connect again after a loss."""
        if self.here and self.link is None:
            self._connect()

    # tests.simulation.network.Peer.

    def opened(self, link: Link) -> None:
        """The websocket is there: join what was joined, or wanted meanwhile."""
        self.open = True
        self._unanswered = ""
        self._timeline.after(_HEARTBEAT, lambda: self._beat(link))
        for room_id in self.wanted:
            self._join(room_id)

    def heard(self, link: Link, data: bytes) -> None:
        """Bytes from the server: whole frames, and perhaps a part of one."""
        if link.dead:
            return
        for opcode, payload in self._reader.feed(data):
            self._frame(link, opcode, payload)
            if link is not self.link:
                return

    def ended(self, link: Link) -> None:
        """The link is over, without a close frame."""
        if link is self.link:
            self._disconnected()

    def refused(self, link: Link) -> None:
        """The upgrade was refused, or nobody listens."""
        if link is self.link:
            self._disconnected()

    # The socket.

    def _connect(self) -> None:
        self._reader = FrameReader()
        self.link = self._dial(self)
        if self.link is None:
            self._disconnected()

    def _disconnected(self) -> None:
        self._forget_link()
        if self.here:
            self._timeline.after(self._rng.choice(_RECONNECT), self.back)

    def _forget_link(self) -> None:
        self.link = None
        self.open = False
        self.pictures.clear()
        self.asked.clear()

    def _close(self, code: int | None, reason: str) -> None:
        link = self.link
        self._forget_link()
        if link is not None:
            link.send(close_frame(code, reason))
            link.hang_up()

    def _beat(self, link: Link) -> None:
        if link is not self.link or not self.open:
            return
        if self._unanswered:
            self._close(1000, "heartbeat timeout")
            self._timeline.after(self._rng.choice(_RECONNECT), self.back)
            return
        self._unanswered = self._push(None, "phoenix", "heartbeat", {})
        self._timeline.after(_HEARTBEAT, lambda: self._beat(link))

    def _frame(self, link: Link, opcode: int, payload: bytes) -> None:
        if opcode == TEXT:
            join_ref, ref, topic, event, content = msgspec.json.decode(payload)
            self._message(join_ref, ref, topic, event, content)
        elif opcode == BINARY:
            self._message(None, None, *read_broadcast(payload))
        elif opcode == PING:
            link.send(client_frame(PONG, payload))
        elif opcode == CLOSE:
            code = int.from_bytes(payload[:2], "big")
            self._reasons.closed(self.browser, link, code, payload[2:].decode())
            link.send(close_frame(code))
            link.hang_up()
            if code == 1000:  # phoenix does not come back after it
                self.here = False
                self.wanted.clear()
            self._disconnected()

    def _push(self, join_ref: str | None, topic: str, event: str, payload: Any) -> str:
        self._refs += 1
        ref = str(self._refs)
        text = msgspec.json.encode([join_ref, ref, topic, event, payload])
        if self.link is not None:
            self.link.send(client_frame(TEXT, text))
        return ref

    # Channels.

    def _join(self, room_id: str) -> None:
        ref = str(self._refs + 1)
        payload: dict[str, str] = {"poses": self.browser.form}
        if self.browser.tab:
            payload["tab"] = self.tab
        payload |= self._model.society.knock(room_id, f"{self.browser.name} {ref}")
        picture = Picture(self._model, room_id, ref, trio.current_time())
        self.pictures.setdefault(room_id, []).append(picture)
        self._push(ref, f"room:{room_id}", "phx_join", payload)
        self._timeline.after(_JOIN_TIMEOUT, lambda: self._time_out(picture))

    def _leave_channel(self, room_id: str) -> None:
        pictures = self.pictures.get(room_id)
        if pictures and self.open:
            pictures[-1].leaving = True
            self._push(pictures[-1].join_ref, f"room:{room_id}", "phx_leave", {})

    def _time_out(self, picture: Picture) -> None:
        pictures = self.pictures.get(picture.room_id, [])
        if picture.stage or picture not in pictures or picture.leaving:
            return
        if picture is pictures[-1] and self.open:
            self._leave_channel(picture.room_id)
            self._rejoin_later(picture.room_id)

    def _rejoin_later(self, room_id: str) -> None:
        def rejoin() -> None:
            pictures = self.pictures.get(room_id)
            if self.open and room_id in self.wanted and (not pictures or pictures[-1].leaving):
                self._join(room_id)

        self._timeline.after(self._rng.choice(_REJOIN), rejoin)

    def _message(
        self, join_ref: str | None, ref: str | None, topic: str, event: str, payload: Any
    ) -> None:
        self._model.journal.note(self.browser.name, "<-", join_ref, topic, event, payload)
        if topic == "phoenix":
            if ref == self._unanswered:
                self._unanswered = ""
            return
        room_id = topic.removeprefix("room:")
        pictures = self.pictures.get(room_id, [])
        if join_ref is None:
            if event != "phx_reply":
                self._reasons.belongs(self.browser, pictures, event).broadcast(event, payload)
            return
        picture = next((p for p in pictures if p.join_ref == join_ref), None)
        if picture is None:
            return
        if event == "phx_reply":
            self._reply(picture, ref, payload)
        elif event in ("phx_close", "phx_error"):
            self._reasons.ended(self.browser, picture, pictures, event)
            pictures.remove(picture)
            if event == "phx_error":
                self._rejoin_later(room_id)
            elif not pictures and not picture.leaving:
                self.wanted.pop(room_id, None)
        else:
            self._reasons.first(self.browser, picture, pictures)
            picture.state(event, payload)

    def _reply(self, picture: Picture, ref: str | None, payload: Any) -> None:
        reason = payload["response"].get("reason", "")
        if ref in self._answered:
            raise self._model.journal.fault("answered once", self.browser.name, ref, payload)
        if ref in self.asked:
            event, _ = self.asked.pop(ref)
            self._answered.add(ref)
            self._reasons.obeyed(self.browser, picture, event, payload)
        elif ref != picture.join_ref:
            self._reasons.answered(self.browser, picture, reason)
        elif payload["status"] == "ok":
            self._reasons.first(self.browser, picture, self.pictures[picture.room_id])
            member = self._model.members.find(self.link, picture.room_id, picture.join_ref)
            picture.answered(member)
        else:
            pictures = self.pictures[picture.room_id]
            hurried = (self.link, picture.join_ref) in self._model.members.too_fast
            self._reasons.refused(self.browser, picture, pictures, reason, over_rate=hurried)
            pictures.remove(picture)
            if reason == "no such room":
                self.wanted.pop(picture.room_id, None)
            else:
                self._rejoin_later(picture.room_id)
