"""The rooms as they ought to be: a plain account of presence, places, and what the store has.

It hears what a room publishes on its stream and what the store commits. Whatever does not follow
from what came before, and from the account of memberships, is a violation.
"""

import math
from typing import Any

import trio
from msgspec import UNSET

from tests.simulation.members import Members, Run, refused_anew
from tests.simulation.poses import History, number_of, numbered_pose, same
from tests.simulation.society import Society, Talk, state_of, wire
from tests.simulation.standings import RANKS, Acts
from tests.simulation.story import ACTS, SPAWN_POINT, Plan
from tests.simulation.timeline import Journal
from xr.channels.membership import Membership
from xr.events import ClientAttached, ConnectionsChanged, Event, UserJoined, UserLeft, UserMoved
from xr.pose import Pose
from xr.rooms.room import Room
from xr.wire.record import unpack
from xr.wire.refusals import Refused


class Model:
    """The account of one world."""

    def __init__(self, plan: Plan, journal: Journal) -> None:
        self.plan = plan
        self.journal = journal
        self.runs: list[Run] = []
        self.histories: dict[tuple[str, str], History] = {}
        self.deleted: set[str] = set()
        self.crashes: dict[str, float] = {}  # by room: when it was last made to crash
        self.members = Members(plan.grace, journal)
        self.acts = Acts(journal)
        self.society = Society(journal)
        self._sent: list[tuple[str, str, bool]] = []

    def history(self, room_id: str, user_id: str) -> History:
        """The places of a user in a room."""
        return self.histories.setdefault((room_id, user_id), History())

    def next_pose(self, room_id: str, user_id: str, *, hands: bool) -> Pose:
        """A pose that this user is about to send in this room, like no other."""
        self._sent.append((room_id, user_id, hands))
        return numbered_pose(len(self._sent), hands=hands)

    # Events that a room publishes.

    def published(self, run: Run, event: Event) -> None:
        """The next event of a room's stream."""
        run.touched = trio.current_time()
        if isinstance(event, UserMoved):
            self._moved(run, event)
        elif isinstance(event, UserJoined):
            self._joined(run, event)
        elif isinstance(event, UserLeft):
            self._left(run, event)
        elif isinstance(event, ConnectionsChanged):
            self._changed(run, event)
        elif isinstance(event, ClientAttached):
            self._attached(run, event)
        self.society.published(run, event)

    def _moved(self, run: Run, event: UserMoved) -> None:
        pose, user_id = unpack(event.pose), event.user_id
        number = number_of(pose) or 0
        candidates = [*run.members.get(user_id, {}).values(), *run.departed]
        if not any(member.may_move(number) for member in candidates):
            raise self.journal.fault("only what was sent", run.room_id, user_id, number, "moved")
        room_id, sender, hands = self._sent[number - 1]
        if (room_id, sender) != (run.room_id, user_id):
            raise self.journal.fault("rooms apart", number, "of", sender, "in", run.room_id)
        if not same(pose, numbered_pose(number, hands=hands)):
            raise self.journal.fault("poses as sent", number, pose)
        self.history(run.room_id, user_id).add(pose, trio.current_time())
        self.journal.note(run.room_id, "moved", user_id, number)

    def _joined(self, run: Run, event: UserJoined) -> None:
        user_id, n = event.user_id, event.number
        self.journal.note(run.room_id, "joined", user_id, n, number_of(unpack(event.pose)))
        if user_id in run.numbers:
            raise self.journal.fault("joins and leaves alternate", user_id, "joined twice")
        if n in run.numbers.values():
            raise self.journal.fault("n is one user's", n, "given to", user_id)
        index = self._placed(run, user_id, unpack(event.pose))
        run.numbers[user_id] = n
        run.gave_way = ""
        run.log.append(("joined", user_id, n, index, state_of(wire(event.state))))

    def _placed(self, run: Run, user_id: str, pose: Pose) -> int:
        """Where a user appears: where they stood, else near the spawn point."""
        history = self.history(run.room_id, user_id)
        always = run.room_id in self.plan.always_spawn
        if not always and history.found_again(pose):
            history.forgotten = -1  # they stand there anew
            index = history.find(pose)
            return index if index == history.last else history.add(pose, trio.current_time())
        if history.known and not always and run.room_id not in self.deleted:
            text = f"{user_id} at {pose}, stood at {history.places[-1].pose}"
            raise self.journal.fault("places are kept", run.room_id, text)
        self._check_spawn(run, user_id, pose)
        return history.add(pose, trio.current_time())

    def _check_spawn(self, run: Run, user_id: str, pose: Pose) -> None:
        x, y, z = pose.position
        away = math.hypot(x - SPAWN_POINT[0], z - SPAWN_POINT[2])
        if away > 3 or abs(y - SPAWN_POINT[1] - 1.7) > 0.001:
            raise self.journal.fault("spawned near the point", run.room_id, user_id, pose)
        for other in run.numbers:
            place = self.history(run.room_id, other).places[-1].pose.position
            if math.hypot(x - place[0], z - place[2]) < 0.59:
                raise self.journal.fault("spawned apart", run.room_id, user_id, other)

    def _left(self, run: Run, event: UserLeft) -> None:
        user_id = event.user_id
        self.journal.note(run.room_id, "left", user_id)
        if run.numbers.pop(user_id, None) is None:
            raise self.journal.fault("joins and leaves alternate", user_id, "left unjoined")
        if run.members.get(user_id):
            raise self.journal.fault("left with the last connection", run.room_id, user_id)
        run.log.append(("left", user_id))

    def _changed(self, run: Run, event: ConnectionsChanged) -> None:
        now = trio.current_time()
        yielding = self._who_may_give_way(run)
        for user_id, refs in event.leaves.items():
            for ref in refs:
                member = run.members.get(user_id, {}).pop(ref, None)
                if member is None:
                    raise self.journal.fault("refs are connections", ref, "left unjoined")
                if user_id in event.joins:
                    run.superseded.append(member)
                    run.departed.append(member)
                elif run.room_id in self.deleted or refused_anew(member):
                    continue
                elif member.ended not in ("goodbye", "lost"):
                    raise self.journal.fault("counted while it lives", run.room_id, user_id)
                elif member.ended == "lost" and now < member.until and user_id in yielding:
                    run.gave_way = user_id  # to one who joins at this very moment
                elif member.ended == "lost" and now < member.until:
                    raise self.journal.fault("a lost one has its grace", run.room_id, user_id)
        for user_id, refs in event.joins.items():
            (run.arriving,) = ((user_id, ref) for ref in refs)
        run.log.append(("diff", dict(event.joins), dict(event.leaves)))

    def _who_may_give_way(self, run: Run) -> set[str]:
        """In a full room, who is in grace and would be the first to go; those whose end is not
        known to the room yet are not counted among the others, but may be such a user."""
        if len(run.numbers) < self.plan.limit:
            return set()
        in_grace = {
            user: list(members.values())
            for user, members in run.members.items()
            if members and all(member.ended == "lost" for member in members.values())
        }
        known = [
            max(member.until for member in members)
            for members in in_grace.values()
            if not any(member.late for member in members)
        ]
        first = min(known, default=math.inf)
        return {
            user
            for user, members in in_grace.items()
            if max(member.until for member in members) <= first
        }

    def _attached(self, run: Run, event: ClientAttached) -> None:
        client: Membership = event.client
        member = self.members.of_client(client)
        if run.arriving != (client.user_id, client.ref):
            raise self.journal.fault("refs are connections", client.ref, "attached unjoined")
        run.arriving = None
        self.journal.note(run.room_id, "attached", member.link.name, client.ref)
        if run.room_id not in self.deleted and not member.ended:
            self.acts.came(run.room, client.user_id)
        self.society.came(run, member)
        superseded, run.superseded = run.superseded, []
        for old in superseded:
            if old is not member.replaces and (old.tab is None or old.tab != member.tab):
                raise self.journal.fault("superseded by its own", run.room_id, client.user_id)
            self.members.supersede(old)
        here = run.members.setdefault(client.user_id, {})
        here[client.ref] = member
        for other in here.values():
            if other is not member and other.tab is not None and other.tab == member.tab:
                raise self.journal.fault("a tab counts once", run.room_id, client.user_id)
        member.client, member.run, member.attached_at = client, run, trio.current_time()
        member.cursor = len(run.log)
        member.connections = run.refs()
        member.welcome = {
            user: (n, self.history(run.room_id, user).last) for user, n in run.numbers.items()
        }

    def obey(self, room: Room, name: str, by: str, payload: Any, obey: Any, *more: Any) -> Any:
        """Have a room obey an intent of a user, "" the operator: it may, and does it or nothing."""
        target = getattr(payload, "user_id", None)
        if target is not None:
            self.acts.look(room, target)
        rank = RANKS.index(room.standings[by].role) if by else RANKS.index("owner")
        needs = needed(name, payload, by, self.society.talk(room.room_id))
        muted = name == "say" and room.standings[by].muted
        number = room.stream.number
        try:
            response = obey(*more, payload)
        except Refused as refusal:
            if room.stream.number != number:
                raise self.journal.fault("refused is undone", name, by, refusal) from refusal
            raise
        if rank < needs or muted:
            raise self.journal.fault("nobody does what they may not", room.room_id, name, by)
        self.journal.note(room.room_id, "obeyed", name, by, payload)
        if name in ACTS:
            self.acts.obeyed(room, name, payload, rank)
        else:
            self.society.obeyed(room.room_id, name, by, payload, response)
        return response

    # Acts of the store.

    def committed(self, room_id: str, poses: dict[str, Pose]) -> None:
        """A transaction of poses is in the database."""
        for user_id, pose in poses.items():
            history = self.history(room_id, user_id)
            index = history.find(pose)
            self.journal.note(room_id, "stored", user_id, number_of(pose))
            if index is None:
                raise self.journal.fault("only what was sent", room_id, user_id, "stored", pose)
            if index < history.written:
                raise self.journal.fault("stored poses go forward", room_id, user_id, pose)
            if index <= history.forgotten:
                raise self.journal.fault("forgotten is forgotten", room_id, user_id, pose)
            history.written = index

    def forgot(self, room_id: str, user_id: str, asked: int) -> None:
        """A pose is deleted from the database; ``asked`` was the last place when an admin asked."""
        present = any(run.room_id == room_id and user_id in run.numbers for run in self.runs)
        self.journal.note(room_id, "forgot", user_id)
        self.history(room_id, user_id).forget(asked, present=present)

    def forgot_all(self, user_id: str, asked: dict[str, int]) -> None:
        """The database has nothing of a user from before it was ``asked``, but mutes and bans."""
        self.society.forgot(user_id, {run.room_id for run in self.runs})
        self.acts.forgot(user_id, asked)

    def half_forgot(self, room_id: str, user_id: str) -> None:
        """The database failed to, while memory has done so."""
        self.history(room_id, user_id).doubt = True

    def crash(self, room_id: str) -> None:
        """A room is about to crash, for a bug was put in."""
        self.crashes[room_id] = trio.current_time()
        for run in self.runs:
            if run.room_id == room_id:
                run.crashed = True

    def restarted(self) -> None:
        """A new process knows of what the store has, and of nothing else."""
        self.runs.clear()
        self.members.clear()
        self.acts.restarted()
        self.society.restarted()
        for history in self.histories.values():
            history.restart()


def needed(name: str, payload: Any, by: str, talk: Talk) -> int:
    """The least rank of somebody who may ask for an intent, by the words of the handbook."""
    if name == "set_role":
        return RANKS.index("owner")
    if name == "set_room":
        given = {k for k in payload.__struct_fields__ if getattr(payload, k) is not UNSET}
        return RANKS.index("moderator" if given <= {"locked"} else "owner")
    if name in ("invite", "revoke", "kick", "ban", "unban", "mute"):
        return RANKS.index("moderator")
    if name == "unsay" and payload.id in talk.lines and talk.lines[payload.id].user_id != by:
        return RANKS.index("moderator")
    return RANKS.index("guest")
