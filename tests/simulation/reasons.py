"""Whether the server may tell a page what it does: no end, refusal or close without a reason."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import trio

from tests.simulation.model import Model
from tests.simulation.network import Link
from tests.simulation.picture import Picture
from tests.simulation.story import Browser
from tests.simulation.timeline import Violation

if TYPE_CHECKING:
    from tests.simulation.life import Life

_RECENTLY = 40.0  # seconds after which a client that stalled has read of a crash


class Reasons:
    """All that was done to the server, as far as it explains what pages hear of it."""

    def __init__(self, model: Model, life: "Callable[[], Life | None]") -> None:
        self.kicked: set[str] = set()
        self._model = model
        self._life = life

    def belongs(self, browser: Browser, pictures: Sequence[Picture], event: str) -> Picture:
        """Whose a frame for everybody is: the oldest membership's that is not over."""
        for picture in pictures:
            if not picture.given_up:
                return picture
        raise self._fault("nothing after the end", browser.name, event)

    def first(self, browser: Browser, picture: Picture, pictures: Sequence[Picture]) -> None:
        """A newer membership begins after the older one was closed."""
        if picture is not next(p for p in pictures if p is picture or not p.given_up):
            raise self._fault("closed before joined anew", browser.name, picture.room_id)

    def ended(
        self, browser: Browser, picture: Picture, pictures: Sequence[Picture], event: str
    ) -> None:
        """A membership was ended by the server, which must have had a reason."""
        room_id = picture.room_id
        if event == "phx_error":
            right = self._crashed_lately(room_id)
        else:
            right = self._may_be_closed(browser, picture, pictures)
        if not right:
            raise self._fault("no end without a reason", browser.name, room_id, event)

    def answered(self, browser: Browser, picture: Picture, reason: str) -> None:
        """A push was answered: ``phx_leave`` with ok, a pose not at all unless nobody took it."""
        if reason not in ("", "unmatched topic", "too many messages before the join"):
            raise self._fault("good pushes are taken", browser.name, picture.room_id, reason)

    def obeyed(self, browser: Browser, picture: Picture, event: str, payload: Any) -> None:
        """An intent was answered as done, or as refused for a reason."""
        room_id, response = picture.room_id, payload["response"]
        if payload["status"] == "ok":
            line = self._model.society.talk(room_id).known.get(response.get("id", ""))
            if event == "say" and (line is None or line.user_id != browser.user_id):
                raise self._fault("accepted is done", browser.name, room_id, response)
            return
        crashed = self._crashed_lately(room_id)
        reasons = {
            "too fast": True,
            "closed": True,
            "channel_crash": crashed,
            "unmatched topic": True,
            "too many messages before the join": True,
            "muted": event == "say" and self._model.acts.was_muted(room_id, browser.user_id),
            "not allowed": event not in ("say", "i_am", "react", "raise_hand"),
            "no such user": event in ("kick", "unban", "say", "i_am"),
            "no such line": event == "unsay",
            "last owner": event == "set_role",
        }
        if not reasons.get(response["reason"], False):
            raise self._fault("no refusal without a reason", browser.name, event, response)

    def refused(
        self,
        browser: Browser,
        picture: Picture,
        pictures: Sequence[Picture],
        reason: str,
        *,
        over_rate: bool,
    ) -> None:
        """A join was refused, which must have had a reason."""
        room_id = picture.room_id
        life = self._life()
        full = {b.user_id for b in self._model.plan.browsers}
        reasons = {
            "no such room": room_id in self._model.deleted,
            "room is full": len(full) > self._model.plan.limit,
            "the database cannot be read now, try again": life is not None and life.troubled(),
            "channel_crash": self._crashed_lately(room_id) or room_id in self._model.deleted,
            "closed": self._may_be_closed(browser, picture, pictures),
            "kicked": browser.user_id in self.kicked or self._out(browser, room_id),
            "banned": self._out(browser, room_id),
            "room is locked": self._model.society.may_be_closed(room_id, _RECENTLY),
            "password needed": self._model.society.may_be_closed(room_id, _RECENTLY),
            "wrong password": self._model.society.may_be_closed(room_id, _RECENTLY),
            "too fast": over_rate or self._model.society.may_be_closed(room_id, _RECENTLY),
            "joined again": picture is not pictures[-1],
            "the server is restarting": life is not None and life.ending,
        }
        if not reasons.get(reason, False):
            raise self._fault("no refusal without a reason", browser.name, room_id, reason)

    def closed(self, browser: Browser, link: Link, code: int, reason: str) -> None:
        """The server has sent a close frame, which must have had a reason."""
        ending = link.dead or self._ending()
        reasons = {
            1000: browser.user_id in self.kicked,
            1012: ending,
            1013: ending or reason == "too slow",
        }
        if not reasons.get(code, False):
            raise self._fault("no close without a reason", browser.name, code, reason)

    def _may_be_closed(
        self, browser: Browser, picture: Picture, pictures: Sequence[Picture]
    ) -> bool:
        anew = picture is not pictures[-1]
        out = self._out(browser, picture.room_id)
        kicked = browser.user_id in self.kicked or out
        return picture.leaving or anew or kicked or picture.room_id in self._model.deleted

    def _out(self, browser: Browser, room_id: str) -> bool:
        return self._model.acts.may_be_refused(room_id, browser.user_id)

    def _crashed_lately(self, room_id: str) -> bool:
        crashed = self._model.crashes.get(room_id, -1_000.0)
        return self._ending() or trio.current_time() - crashed < _RECENTLY

    def _ending(self) -> bool:
        life = self._life()
        return life is not None and life.ending

    def _fault(self, rule: str, *what: object) -> Violation:
        return self._model.journal.fault(rule, *what)
