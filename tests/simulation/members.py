"""The users who have asked to be in a room, and how that ended: one account of all connections.

It hears what reaches the server before the server obeys it.
"""

from dataclasses import dataclass, field
from typing import Any

import msgspec
import trio

from tests.simulation.network import Link
from tests.simulation.poses import number_of
from tests.simulation.timeline import Journal
from xr.channels.membership import WAITING, Membership, State
from xr.rooms.room import Room
from xr.wire.record import unpack_push

Refs = dict[str, tuple[str, ...]]

LATE = 10.0
"""Seconds that the end of a membership may wait for the store, while a join is on its way."""
_GOODBYES = (1001, 1005)


@dataclass(eq=False)
class Member:
    """One ``phx_join`` that reached the server, and what became of it."""

    link: Link
    room_id: str
    user_id: str
    join_ref: str
    tab: str | None
    replaces: "Member | None"
    asked_at: float
    client: Membership | None = None  # once it is attached
    run: "Run | None" = None
    attached_at: float = 0.0
    ended: str = ""  # "goodbye", "lost", "superseded" or "room"
    late: float = 0.0  # how long after ``until`` it may still count
    until: float = 0.0  # when it must no longer count, if it has ended
    successor: "Member | None" = None  # a later join of the same socket
    ended_at: float = -1.0
    pending: list[int] = field(default_factory=list)  # numbers of poses that must be taken
    held: int = 0  # that of the newest over the rate, which must be taken a little later
    waiting: int = 0  # messages that came before the join was answered
    cursor: int = 0  # where in the run's log its stream begins
    welcome: dict[str, tuple[int, int]] = field(default_factory=dict)  # n and place, by user
    connections: Refs = field(default_factory=dict)
    people: dict[str, dict[str, Any]] = field(default_factory=dict)
    lines: list[dict[str, Any]] = field(default_factory=list)
    options: dict[str, Any] = field(default_factory=dict)
    password: str | None = None
    invite: str | None = None

    @property
    def welcomed(self) -> bool:
        """Whether the join was granted and the client told so."""
        return self.client is not None and self.client.state is not State.JOINING

    def may_move(self, number: int) -> bool:
        """Whether a room may take this pose of it now: it is taken if so."""
        if self.pending[:1] == [number] and (self.late or not self.ended):
            self.pending.pop(0)
        elif number == self.held and (not self.ended or self.ended_at == trio.current_time()):
            self.held = 0
        else:
            return False
        return True


@dataclass(eq=False)
class Run:
    """A room from its opening to its end: who is in it, and what its stream has said."""

    room_id: str
    room: Room
    numbers: dict[str, int] = field(default_factory=dict)
    members: dict[str, dict[str, Member]] = field(default_factory=dict)
    arriving: tuple[str, str] | None = None
    superseded: list[Member] = field(default_factory=list)
    departed: list[Member] = field(default_factory=list)
    log: list[tuple[Any, ...]] = field(default_factory=list)
    touched: float = 0.0
    crashed: bool = False
    people: dict[str, dict[str, Any]] = field(default_factory=dict)
    lines: dict[str, dict[str, Any]] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)
    gave_way: str = ""  # who has left before the end of their grace, for one who is about to join

    def refs(self) -> Refs:
        """Refs by user, as Phoenix's presence has them."""
        return {user: tuple(members) for user, members in self.members.items() if members}


class Members:
    """All memberships of one process of the server. ``grace`` is in seconds."""

    def __init__(self, grace: float, journal: Journal) -> None:
        self.asked: dict[Link, list[Member]] = {}
        self.too_fast: set[tuple[Link, str]] = set()  # join refs that came over the rate
        self._grace = grace
        self._journal = journal
        self._here: dict[Link, dict[str, Member]] = {}  # by room: whom a message is for

    def clear(self) -> None:
        """The process is over."""
        self.asked.clear()
        self.too_fast.clear()
        self._here.clear()

    def is_current(self, member: Member) -> bool:
        """Whether what its socket sends to the room is for this membership."""
        return self._here.get(member.link, {}).get(member.room_id) is member

    def find(self, link: Link | None, room_id: str, join_ref: str) -> Member | None:
        """The membership of a join; None if it has not arrived."""
        for member in self.asked.get(link, ()) if link is not None else ():
            if member.join_ref == join_ref and member.room_id == room_id:
                return member
        return None

    def of_client(self, client: Membership) -> Member:
        """The membership that the server knows by this client."""
        join_ref = msgspec.json.decode(client.join.join_ref)
        room_id = client.join.topic.removeprefix("room:")
        transport = client.outlet.transport
        link = next((link for link in self.asked if link.connection is transport), None)
        member = self.find(link, room_id, join_ref)
        if member is None:
            raise self._journal.fault("only who asked", room_id, client.user_id, join_ref)
        return member

    def supersede(self, old: Member) -> None:
        """Another has taken its place."""
        if not old.ended:
            old.ended, old.ended_at = "superseded", trio.current_time()
        if self.is_current(old):
            del self._here[old.link][old.room_id]

    def received(self, link: Link, kind: int, data: bytes, *, allowed: bool) -> None:
        """A message that the server is about to obey, or to refuse if it is over the rate."""
        join_ref, topic, event, payload = _read(kind, data)
        room_id = topic.removeprefix("room:")
        if topic == room_id:
            return
        here = self._here.setdefault(link, {})
        member = here.get(room_id)
        arrow = "->" if allowed else "over the rate:"
        self._journal.note(link.name, arrow, event, room_id, join_ref, payload)
        if event == "phx_join":
            if allowed:
                here[room_id] = self._asked(link, room_id, join_ref, payload, member)
            else:
                self.too_fast.add((link, join_ref))
        elif member is None or join_ref not in (None, member.join_ref):
            return
        elif not allowed and event != "phx_leave":  # a leave is obeyed all the same
            if event == "i_moved" and member.welcomed and not member.ended:
                member.held = payload
        elif not member.welcomed and member.waiting < WAITING:
            member.waiting += 1
            if event == "phx_leave":
                self._end_all(member, "goodbye", LATE)
            elif event == "i_moved" and not member.ended:
                member.pending.append(payload)
        elif event == "phx_leave":
            self._end_all(member, "goodbye")
            del here[room_id]
        elif event == "i_moved" and member.welcomed and not member.ended:
            member.held = 0
            member.pending.append(payload)

    def expelled(self, member: Member) -> None:
        """A room is about to end this membership, because its user is kept out."""
        self._end_all(member, "goodbye")
        member.ended, member.until, member.late = "goodbye", trio.current_time(), 0.0
        if self.is_current(member):
            del self._here[member.link][member.room_id]

    def closed(self, link: Link, code: int, reason: str) -> None:
        """The server has been told, or has decided, that a connection is over."""
        self._journal.note(link.name, "closed", code, reason)
        goodbye = code in _GOODBYES or (code == 1000 and reason != "heartbeat timeout")
        for member in self._here.pop(link, {}).values():
            self._end_all(member, "goodbye" if goodbye else "lost")

    def _asked(
        self, link: Link, room_id: str, join_ref: str, payload: Any, earlier: Member | None
    ) -> Member:
        now = trio.current_time()
        member = Member(link, room_id, link.user_id, join_ref, payload.get("tab"), earlier, now)
        member.password, member.invite = payload.get("password"), payload.get("invite")
        if earlier is not None:
            earlier.successor = member
        self.asked.setdefault(link, []).append(member)
        return member

    def _end_all(self, member: Member | None, how: str, late: float = 0.0) -> None:
        """End a membership, and an earlier one that counts as long as it has not been replaced."""
        while member is not None:
            if not member.ended:
                member.ended, member.ended_at = how, trio.current_time()
                grace = self._grace if how == "lost" else 0.0
                member.until = trio.current_time() + grace
                member.late = late
            member, late = member.replaces, LATE


def refused_anew(member: Member) -> bool:
    """Whether its socket has joined anew, by which it ended, and was not let in."""
    return member.successor is not None and not member.successor.ended and not member.ended


def _read(kind: int, data: bytes) -> tuple[Any, str, str, Any]:
    """Join ref, topic, event, and payload, which for a pose is its number."""
    if kind == 1:
        join_ref, _, topic, event, payload = msgspec.json.decode(data)
        if event == "i_moved":
            payload = round(payload["position"][0] / 0.01)
        return join_ref, topic, event, payload
    a = 5 + data[1]
    b = a + data[2]
    c = b + data[3]
    d = c + data[4]
    number = number_of(unpack_push(data[d:]))
    return data[5:a].decode() or None, data[b:c].decode(), data[c:d].decode(), number
