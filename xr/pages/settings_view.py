"""The words of a room's settings page: people, invites and acts, as its template shows them."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from xr.operations.moderation import list_acts
from xr.pages.access import Manager
from xr.pages.services import Services
from xr.profile import Profile
from xr.roles import Capability, Role
from xr.rooms.standings import PLAIN, Bar, Standing
from xr.wire.reasons import Reason

MOST_PEOPLE = 200
"""People of a room whom the page shows: those inside, those with a standing, the last visitors."""
MOST_ACTS = 50


@dataclass(frozen=True)
class Person:
    """A user as the page shows them. ``kept_out`` says how and until when; "" is not at all.

    ``below`` is whether the role of the one who looks is higher.
    """

    user_id: str
    name: str
    role: Role
    inside: bool
    own: bool
    below: bool
    muted: bool
    kept_out: str


@dataclass(frozen=True)
class ShownInvite:
    """An invite; ``path`` is that of its link, "" for who could not have given it."""

    id: str
    role: Role
    until: str
    path: str


@dataclass(frozen=True)
class ShownAct:
    """An act of moderation, in words."""

    at: str
    by: str
    text: str


async def people(parts: Services, manager: Manager) -> tuple[Sequence[Person], int]:
    """The people of the room, those inside first, and how many are left out."""
    room, inside = manager.room, list(parts.who(manager.room.room_id))
    visitors = [user.user_id for user in await parts.store.list_users(room.room_id)]
    every = list(dict.fromkeys([*inside, *room.standings, *visitors]))
    shown = every[:MOST_PEOPLE]
    profiles = await parts.store.profiles_of(shown)
    found = [_person(manager, user_id, profiles, user_id in inside) for user_id in shown]
    ranks = list(Role)
    found.sort(key=lambda each: (not each.inside, -ranks.index(each.role), each.name.casefold()))
    return found, len(every) - len(shown)


def invites(parts: Services, manager: Manager) -> Iterator[ShownInvite]:
    """The invites that hold, the oldest first."""
    room_id, now = manager.room.room_id, time.time()
    roles = roles_to_give(manager)
    for key, invite in sorted(manager.room.invites.items(), key=lambda item: item[1].made_at):
        if invite.holds(now):
            link = f"/rooms/{room_id}?invite={parts.identity.sign_invite(room_id, key)}"
            until = "for good" if invite.expires_at is None else f"until {_time(invite.expires_at)}"
            yield ShownInvite(key, invite.role, until, link if invite.role in roles else "")


def roles_to_give(manager: Manager) -> Sequence[Role]:
    """The roles with which the manager may invite."""
    return list(Role) if manager.may(Capability.CONFIGURE) else [Role.GUEST, Role.MEMBER]


async def acts(parts: Services, manager: Manager) -> Sequence[ShownAct]:
    """The last acts of moderation in the room, the newest first."""
    found = (await list_acts(parts, manager.room.room_id))["acts"][:MOST_ACTS]
    ids = {each[name] for each in found for name in ("by", "user_id")} - {None, ""}
    names = {key: each.name for key, each in (await parts.store.profiles_of(ids)).items()}
    return [
        ShownAct(
            _time(each["at"]),
            names.get(each["by"], "The operator"),
            " ".join(filter(None, (each["act"], names.get(each["user_id"]), each["detail"]))),
        )
        for each in found
    ]


def _person(
    manager: Manager, user_id: str, profiles: Mapping[str, Profile], inside: bool
) -> Person:
    standing = manager.room.standings.get(user_id, PLAIN)
    return Person(
        user_id=user_id,
        name=profiles[user_id].name,
        role=standing.role,
        inside=inside,
        own=user_id == manager.user_id,
        below=manager.role.outranks(standing.role),
        muted=standing.muted,
        kept_out=kept_out(standing),
    )


def kept_out(standing: Standing) -> str:
    """How a user is kept out, and until when; "" where they are not."""
    if standing.bar is None or not standing.is_barred(time.time()):
        return ""
    return _barred(standing.bar)


def _barred(bar: Bar) -> str:
    word = "banned" if bar.why is Reason.BANNED else "sent out"
    return word if bar.until is None else f"{word} until {_time(bar.until)}"


def _time(moment: float) -> str:
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d %H:%M} UTC"
