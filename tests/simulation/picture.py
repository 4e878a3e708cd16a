"""The room as a membership was shown it, decoded as a client does and held against the stream.

A picture follows the log of its room's run from the place where its member was attached: every join
and leave in order, every pose at least as new as the one before.
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from tests.simulation.members import Member
from tests.simulation.model import Model
from tests.simulation.society import KEPT, state_of
from tests.simulation.story import ENTITIES
from tests.simulation.timeline import Violation
from xr.pose import Pose
from xr.wire.record import unpack_poses

ORDER = (
    "asked",
    "phx_reply",
    "snapshot",
    "user_snapshot",
    "presence_state",
    "chat",
    "room_options",
)
"""The events that come first, in this order; then the rest."""


class Picture:
    """One membership as its client sees it."""

    def __init__(self, model: Model, room_id: str, join_ref: str, asked_at: float) -> None:
        self.room_id = room_id
        self.join_ref = join_ref
        self.asked_at = asked_at
        self.leaving = False
        self.member: Member | None = None
        self.stage = 0
        self.verified = -1.0
        self._model = model
        self._cursor = 0
        self._places: dict[str, int] = {}
        self._numbers: dict[str, int] = {}
        self._people: dict[str, dict[str, Any]] = {}
        self._lines: dict[str, dict[str, Any]] = {}
        self._options: dict[str, Any] = {}
        self._folds: dict[str, Callable[[dict[str, Any]], None]] = {
            "user_changed": self._fold_change,
            "said": self._fold_line,
            "unsaid": self._fold_removal,
            "room_changed": self._fold_options,
            "reacted": self._fold_gesture,
        }

    @property
    def joined(self) -> bool:
        """All that comes first has come."""
        return self.stage == len(ORDER) - 1

    @property
    def given_up(self) -> bool:
        """It was left before its join was answered, if the join has arrived at all."""
        return self.leaving and self.stage == 0

    def answered(self, member: Member | None) -> None:
        """The join was granted."""
        self._advance("phx_reply")
        if member is None or member.run is None:
            raise self._fault("granted by presence", "a reply, but no place")
        self.member = member
        self._cursor = member.cursor

    def state(self, event: str, payload: Any) -> None:
        """An event that comes under the join's own ref after the reply."""
        self._advance(event)
        if event == "snapshot":
            if payload != ENTITIES:
                raise self._fault("entities as stored", payload)
        elif event == "user_snapshot":
            self._take_snapshot(payload)
        elif event == "chat":
            self._take_chat(payload)
        elif event == "room_options":
            if payload != self._granted.options:
                raise self._fault("options at their place", payload, self._granted.options)
            self._options = payload
        elif _refs(payload) != self._granted.connections:
            raise self._fault("refs are connections", payload, self._granted.connections)

    def broadcast(self, event: str, payload: Any) -> None:
        """An event for everybody in the room."""
        if not self.joined:
            raise self._fault("order of the welcome", event, "after", ORDER[self.stage])
        if event == "presence_diff":
            self._follow("diff", _refs(payload["joins"]), _refs(payload["leaves"]))
        elif event == "poses":
            self._take_records(payload)
        else:
            self._take_stoc(payload["event"], payload["payload"])

    def complete(self) -> None:
        """Nothing is on its way: the picture must be the room as it is."""
        run = self._granted.run
        assert run is not None
        if self._cursor != len(run.log):
            raise self._fault("the stream has no gap", "missing", run.log[self._cursor])
        if self._numbers != run.numbers:
            raise self._fault("pictures are true", self._numbers, run.numbers)
        seen = self._people, self._lines, self._options
        if seen != (run.people, run.lines, run.options):
            raise self._fault("pictures are true", seen, run.people, run.lines, run.options)
        for user_id, index in self._places.items():
            last = self._model.history(self.room_id, user_id).last
            if index != last:
                raise self._fault("the newest arrives", user_id, "at", index, "stands at", last)

    @property
    def _granted(self) -> Member:
        assert self.member is not None
        return self.member

    def _advance(self, event: str) -> None:
        if self.joined or ORDER[self.stage + 1] != event:
            raise self._fault("order of the welcome", event, "after", ORDER[self.stage])
        self.stage += 1

    def _take_snapshot(self, payload: Mapping[str, Any]) -> None:
        expected = self._granted.welcome
        if payload.keys() != expected.keys():
            raise self._fault("snapshot at its place", list(payload), list(expected))
        for user_id, shown in payload.items():
            n, index = expected[user_id]
            if shown["n"] != n:
                raise self._fault("snapshot at its place", user_id, shown, n)
            self._places[user_id] = index  # a newer one may have taken its place in the stream
            self._numbers[user_id] = n
            self._people[user_id] = state_of(shown)
            if self._people[user_id] != self._granted.people[user_id]:
                raise self._fault("people at their place", shown, self._granted.people[user_id])
            self._take_pose(user_id, _pose(shown))

    def _take_chat(self, payload: Mapping[str, Any]) -> None:
        if payload["lines"] != self._granted.lines:
            raise self._fault("lines at their place", payload, self._granted.lines)
        self._lines = {line["id"]: line for line in payload["lines"]}

    def _take_records(self, data: bytes) -> None:
        users = {n: user_id for user_id, n in self._numbers.items()}
        for n, pose in unpack_poses(data).items():
            if n not in users:
                raise self._fault("no avatar without a join", "n", n)
            self._take_pose(users[n], pose)

    def _take_stoc(self, event: str, payload: Mapping[str, Any]) -> None:
        if event == "users_moved":
            for user_id, shown in payload.items():
                self._take_pose(user_id, _pose(shown))
            return
        if event in self._folds:
            self._follow(event, payload)
            self._folds[event](dict(payload))
            return
        user_id = payload["user_id"]
        if event == "user_moved":
            self._take_pose(user_id, _pose(payload))
        elif event == "user_joined":
            if user_id in self._numbers:
                raise self._fault("joins and leaves alternate", user_id, "joined twice")
            index = self._model.history(self.room_id, user_id).find(_pose(payload))
            state = self._people[user_id] = state_of(payload)
            self._follow("joined", user_id, payload["n"], index, state)
            self._places[user_id], self._numbers[user_id] = int(index or 0), payload["n"]
        elif event == "user_left":
            self._follow("left", user_id)
            del self._places[user_id], self._numbers[user_id], self._people[user_id]
        elif event == "moderated":
            me = self.member.user_id if self.member is not None else ""
            if not self._model.acts.may_moderate(self.room_id, me):
                raise self._fault("acts are told to moderators", me)
        else:
            raise self._fault("only known events", event)

    def _fold_change(self, payload: dict[str, Any]) -> None:
        user_id = payload["user_id"]
        if user_id not in self._people:
            raise self._fault("no change without a join", user_id)
        self._people[user_id] = state_of({**self._people[user_id], **payload})

    def _fold_line(self, payload: dict[str, Any]) -> None:
        self._lines[payload["id"]] = payload
        if len(self._lines) > KEPT:
            del self._lines[next(iter(self._lines))]

    def _fold_removal(self, payload: dict[str, Any]) -> None:
        self._lines.pop(payload["id"], None)

    def _fold_options(self, payload: dict[str, Any]) -> None:
        self._options = payload

    def _fold_gesture(self, payload: dict[str, Any]) -> None:
        if payload["user_id"] not in self._people:
            raise self._fault("no gesture without a join", payload)

    def _take_pose(self, user_id: str, pose: Pose) -> None:
        if user_id not in self._numbers:
            raise self._fault("no avatar without a join", user_id)
        index = self._model.history(self.room_id, user_id).find(pose)
        if index is None:
            raise self._fault("only what was sent", user_id, pose)
        if index < self._places[user_id]:
            raise self._fault("poses go forward", user_id, index, self._places[user_id])
        self._places[user_id] = index

    def _follow(self, *entry: Any) -> None:
        run = self._granted.run
        assert run is not None
        if self._cursor >= len(run.log) or run.log[self._cursor] != entry:
            expected = run.log[self._cursor] if self._cursor < len(run.log) else "nothing"
            raise self._fault("the stream in order", entry, "instead of", expected)
        self._cursor += 1

    def _fault(self, rule: str, *what: object) -> Violation:
        link = self.member.link.name if self.member else ""
        return self._model.journal.fault(rule, self.room_id, link, *what)


def _pose(payload: Mapping[str, Any]) -> Pose:
    return msgspec.convert({k: payload[k] for k in _POSE_KEYS & payload.keys()}, Pose)


_POSE_KEYS = {"position", "rotation", "left", "right"}


def _refs(payload: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    return {
        user_id: tuple(meta["phx_ref"] for meta in value["metas"])
        for user_id, value in payload.items()
    }
