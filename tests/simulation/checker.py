"""Holds the world against the model: at every moment when nothing can go on without time passing,
when the server ends, and when everybody has gone.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import trio

from tests.rooms.rosters import refs_of
from tests.simulation.members import Member, Run
from tests.simulation.model import Model
from tests.simulation.network import Link
from tests.simulation.picture import Picture
from tests.simulation.story import NO_LIMIT
from tests.simulation.timeline import Violation
from xr.channels.membership import WAITING
from xr.rooms.lifecycle import Ending
from xr.serving.carrier import LINGER, STUCK
from xr.serving.connection import SILENT
from xr.serving.liveness import ANSWER, QUIET
from xr.store.memory import MemoryStore

if TYPE_CHECKING:
    from tests.simulation.life import Life
    from tests.simulation.users import Page

SOON = 0.1
"""Seconds in which a room has told a client that reads all there is: a tick and a bit."""
_BEATS = 2.5  # seconds by which the keeper may be late
_INBOX = 200  # events that a task of a room of a dozen pages may have before it
_ANSWERED = 20.0


class Checker(trio.abc.Instrument):
    """All checks but those of what pages are told."""

    def __init__(self, model: Model, pages: Sequence["Page"]) -> None:
        self.model = model
        self.pages = pages
        self.life: Life | None = None
        self.quiet_since: Callable[[], float] = lambda: 0.0  # since when the world is whole
        self.steps = 0

    # trio.abc.Instrument: before it waits, everything that can run has run.

    def before_io_wait(self, timeout: float) -> None:
        """Check, if nothing but time can bring anything new."""
        if self.life is None or self.model.journal.violations:
            return
        statistics = trio.lowlevel.current_statistics()
        if statistics.tasks_runnable or statistics.seconds_to_next_deadline <= 0:
            return
        self.steps += 1
        try:
            self._check_step(self.life)
        except Violation:
            return  # the journal has it
        except Exception as error:  # noqa: BLE001 - an instrument's own errors are only logged
            self.model.journal.fault("the checker works", repr(error))

    def _check_step(self, life: "Life") -> None:
        now = trio.current_time()
        self._close_runs(life)
        for run in self.model.runs:
            self._check_run(run, now)
        for page in self.pages:
            self._check_page(page, now)
        for link in life.links:
            self._check_link(link, now)
        for socket in life.server.endpoint.sockets:
            for membership in socket.memberships.values():
                if len(membership.waiting) > WAITING:
                    raise self._fault(
                        "queues are bounded", membership.join.topic, len(membership.waiting)
                    )
        members = sum(len(run.room.members) for run in self.model.runs)
        if members != life.server.metrics.members:
            raise self._fault("members are counted", members, life.server.metrics.members)

    def _close_runs(self, life: "Life") -> None:
        """Notice rooms that have ended: their members are members no longer."""
        for run in list(self.model.runs):
            if life.server.lobby.room(run.room_id) is run.room:
                continue
            self.model.runs.remove(run)
            if run.numbers and not (
                run.crashed or life.ending or run.room.life.ending is Ending.DELETED
            ):
                raise self._fault("rooms last", run.room_id, "ended with", list(run.numbers))
            if run.room.members:
                raise self._fault("nobody is left behind", run.room_id, len(run.room.members))
            for members in run.members.values():
                for member in members.values():
                    member.ended = member.ended or "room"

    def _check_run(self, run: Run, now: float) -> None:
        if run.crashed:
            return
        known, refs = refs_of(run.room.presence.roster), run.refs()
        if known != refs:
            raise self._fault("presence is right", run.room_id, known, refs)
        if sum(map(len, refs.values())) != run.room.presence.statistics().clients:
            raise self._fault("nothing is left over", run.room_id, "a client of presence")
        if run.gave_way:
            raise self._fault("nobody gives way to nobody", run.room_id, run.gave_way)
        if run.numbers.keys() != refs.keys():
            raise self._fault("presence is right", run.room_id, list(run.numbers), list(refs))
        if run.room.life.closing:
            return
        for user_id, members in run.members.items():
            for member in members.values():
                self._check_member(member, now)
            silent = "silent" in run.people.get(user_id, ())
            self._check_silence(list(members.values()), now, silent=silent)
        room = run.room
        if room.room_id not in self.model.deleted:
            self.model.acts.check(room)
        if not room.reflector.statistics().clients <= room.members:
            raise self._fault("nothing is left over", run.room_id, "an outbox")
        unread = room.stream.statistics().unread
        if max(unread.values()) > _INBOX:
            raise self._fault("queues are bounded", run.room_id, unread)

    def _check_silence(self, members: Sequence[Member], now: float, *, silent: bool) -> None:
        """Silent is who is heard on no connection, soon after that began and until it is over."""
        lines = [member.link.connection for member in members if not member.ended]
        quiet = [now - line.heard for line in lines if line is not None]
        if silent and any(_BEATS < seconds < QUIET + ANSWER for seconds in quiet):
            raise self._fault("silence ends", members[0].room_id, members[0].user_id, quiet)
        alive = 0 < len(quiet) == len(members) and all(line and line.open for line in lines)
        if alive and not silent and all(seconds > QUIET + ANSWER + _BEATS for seconds in quiet):
            raise self._fault("silence is told", members[0].room_id, members[0].user_id, quiet)

    def _check_member(self, member: Member, now: float) -> None:
        if member.ended == "superseded":
            raise self._fault("superseded is over", member.room_id, member.link.name)
        if member.ended and now >= member.until + member.late:
            rule = "grace ends" if member.ended == "lost" else "goodbye is at once"
            raise self._fault(rule, member.room_id, member.link.name)
        current = self.model.members.is_current(member)
        late = now - max(member.attached_at, member.link.spoken) > SOON
        if (member.pending or member.held) and current and late:
            raise self._fault("no pose is lost", member.room_id, member.link.name, member.pending)

    def _check_page(self, page: "Page", now: float) -> None:
        link = page.link
        if link is None or not page.pictures or link.dead or not link.quiet:
            return
        for pictures in page.pictures.values():
            for picture in pictures:
                self._check_picture(picture, link, now)

    def _check_picture(self, picture: Picture, link: Link, now: float) -> None:
        member = picture.member
        if member is None or not picture.joined:
            if picture.leaving:
                return  # it has timed out
            waited = now - max(picture.asked_at, self.quiet_since(), link.spoken)
            if waited > _ANSWERED:
                raise self._fault("joins are answered", link.name, picture.room_id)
            return
        run = member.run
        if run is None or member.ended or run.room.life.closing or run.crashed:
            return
        touched = max(run.touched, link.touched)
        if picture.verified < touched and now - touched >= SOON:
            picture.complete()
            picture.verified = now

    def _check_link(self, link: Link, now: float) -> None:
        connection = link.connection
        if connection is None:
            return
        if link.full_since is not None and now - link.full_since > STUCK + LINGER + _BEATS:
            raise self._fault("the stuck are closed", link.name)
        if now - link.spoken > SILENT + LINGER + _BEATS:
            raise self._fault("the silent are closed", link.name)
        statistics = connection.statistics()
        if statistics.open and statistics.backlog > self.model.plan.backlog:
            raise self._fault("queues are bounded", link.name, statistics.backlog)

    # When something is over.

    def check_settled(self) -> None:
        """Nothing has gone wrong for long: who wants to be in a room is, and sees it all."""
        limited = self.model.plan.limit < NO_LIMIT
        for page in self.pages:
            for room_id in page.wanted:
                out = self.model.acts.is_out(room_id, page.browser.user_id)
                closed = self.model.society.may_be_closed(room_id, 15.0)
                if room_id in self.model.deleted or out or closed:
                    continue
                pictures = page.pictures.get(room_id, [])
                if not (pictures and pictures[-1].joined) and not limited:
                    raise self._fault("all is well again", page.browser.name, room_id)
                if pictures and pictures[-1].joined and pictures[-1].verified < 0:
                    raise self._fault("the checker works", page.browser.name, "never verified")
        for page in self.pages:
            self._check_answers(page)
        for run in self.model.runs:
            refused = any(
                self.model.acts.is_out(run.room_id, p.browser.user_id) for p in self.pages
            )
            if run.room.snapshot.expects and not (limited or refused):
                raise self._fault("nothing is left over", run.room_id, "a join that is expected")
            known = run.room.snapshot.statistics().known
            barred = {user for user in known if self.model.acts.is_out(run.room_id, user)}
            if not (known <= run.numbers.keys() | barred or limited):  # who is refused, tries again
                raise self._fault("memory is given back", run.room_id, "poses of those who left")

    def _check_answers(self, page: "Page") -> None:
        if page.link is None or not page.link.quiet:
            return
        for event, picture in page.asked.values():
            if picture in page.pictures.get(picture.room_id, []) and picture.joined:
                raise self._fault("intents are answered", page.browser.name, event)

    def check_stopped(self, life: "Life") -> None:
        """The server has stopped cleanly: every place is in the store."""
        if life.store.trouble > life.ending_since - 0.5 or life.store.mode:
            return
        for (room_id, user_id), history in self.model.histories.items():
            kept = room_id in self.model.deleted or history.written == history.last
            if history.known and not kept:
                raise self._fault("a stop loses nothing", room_id, user_id)
        lost = self.model.society.unwritten(float("inf"), self.model.deleted)
        if lost:
            raise self._fault("a stop loses nothing", lost[0])

    def check_crashed(self, life: "Life") -> None:
        """The server has died: what was accepted a while before is in the store."""
        interval = self.model.plan.flush_interval
        now = trio.current_time()
        if life.store.trouble > now - 3 * (interval + 1):
            return
        for (room_id, user_id), history in self.model.histories.items():
            if room_id in self.model.deleted or not history.known:
                continue
            old = [i for i, p in enumerate(history.places) if p.at <= now - interval - 1]
            if old and history.written < old[-1] and old[-1] > history.forgotten:
                raise self._fault("a crash loses little", room_id, user_id)
        lost = self.model.society.unwritten(now - interval - 1, self.model.deleted)
        if lost:
            raise self._fault("a crash loses little", lost[0])

    async def check_rows(self, disk: MemoryStore) -> None:
        """The database has what was committed and was not forgotten, and nothing else."""
        expected = {
            key: history.places[history.written].pose
            for key, history in self.model.histories.items()
            if history.written >= 0 and key[0] not in self.model.deleted
        }
        rows = {
            (room_id, user_id): pose
            for room_id in self.model.plan.rooms
            for user_id, pose in (await disk.poses(room_id)).items()
        }
        if expected != rows:
            raise self._fault("rows are what was committed", expected, rows)

    def check_empty(self, life: "Life") -> None:
        """Everybody has gone long ago: nothing is left of them but poses."""
        lobby, endpoint = life.server.lobby.statistics(), life.server.endpoint.statistics()
        left = {
            "rooms": lobby.rooms,
            "unsaved poses": lobby.unsaved,
            "turns to join": lobby.joining,
            "sockets": endpoint.sockets,
            "addresses": endpoint.addresses,
            "links": len(life.links),
            "tasks of sockets": endpoint.tasks,
            "tasks of rooms": lobby.tasks,
            "members": life.server.metrics.members,
        }
        for name, count in left.items():
            if count:
                raise self._fault("nothing is left over", name, count)

    def _fault(self, rule: str, *what: object) -> Violation:
        return self.model.journal.fault(rule, *what)
