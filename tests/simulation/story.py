"""Stories: what happens in one simulated world, drawn from a seed, and made shorter while it fails.

Each seed takes part of the kinds of action only, and some of them more often, so that rare mixtures
come up. An action that does not fit when its time has come does nothing: any may be left out.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from xr.rooms.entities import Entities
from xr.wire.messages import Poses

SPAWN_POINT = (3.0, 0.0, -4.0)
ENTITIES: Entities = {
    "box": {"mesh_builder": ["box", {"width": 2}], "position": [1.0, 2.0, 3.0]},
    "spawn": {"spawn_point": True, "position": list(SPAWN_POINT)},
}
"""The things in every room."""

FORMS: tuple[Poses, ...] = ("json", "batch", "binary")
NO_LIMIT = 100
MODES = ("slow", "locked", "full", "broken", "lying", "buggy")
"""Faults of the store: all takes long; nothing can be written, after a wait or at
once; nothing can be read either; an error is reported though the data is there; an error that
nobody expects.
"""

Arguments = Mapping[str, Any]


@dataclass(frozen=True)
class Action:
    """Something that happens ``at`` a time, in seconds: a kind and its arguments."""

    at: float
    kind: str
    arguments: Arguments = field(default_factory=dict)

    def __str__(self) -> str:
        arguments = " ".join(f"{name}={value}" for name, value in self.arguments.items())
        return f"{self.at:9.3f}  {self.kind} {arguments}".rstrip()


@dataclass(frozen=True)
class Browser:
    """A page of a user's: how it wants poses, whether it names its tab, and its network.

    ``delays`` is the least and the most seconds of one way, ``capacity`` the bytes on the way.
    """

    name: str
    user_id: str
    form: Poses
    tab: bool
    hands: bool
    delays: tuple[float, float]
    capacity: int

    def __str__(self) -> str:
        marks = [self.form, *(["tab"] if self.tab else []), *(["hands"] if self.hands else [])]
        return f"{self.name} ({', '.join(marks)}, {self.delays[1]} s, {self.capacity} B)"


@dataclass(frozen=True)
class Plan:
    """A world: its rooms, people and settings, and all that happens until ``length`` seconds.

    Of all that the server writes, every ``breaking``-th part finds its peer gone; 0: none does.
    """

    seed: int
    rooms: tuple[str, ...]
    always_spawn: tuple[str, ...]
    browsers: tuple[Browser, ...]
    grace: float
    idle: float
    flush_interval: float
    limit: int
    backlog: int
    length: float
    breaking: int
    actions: tuple[Action, ...]

    def __str__(self) -> str:
        settings = (
            f"grace {self.grace} s, idle {self.idle} s, flush {self.flush_interval} s, "
            f"at most {self.limit} users, backlog {self.backlog} B, always spawn in "
            f"{', '.join(self.always_spawn) or 'no room'}, "
            f"{f'write {self.breaking} of each {self.breaking}' if self.breaking else 'no write'} "
            "breaks its link"
        )
        return "\n".join((settings, *map(str, self.browsers), *map(str, self.actions)))


def make_plan(seed: int) -> Plan:
    """The story of a seed."""
    rng = random.Random(f"story {seed}")
    rooms = ("red", "blue", "green")[: rng.choice((1, 1, 2, 3))]
    browsers = tuple(
        _browser(rng, f"{user}{number}", user)
        for user in ("ann", "bob", "cat", "dan", "eve")[: rng.randint(2, 5)]
        for number in range(1, rng.choice((1, 1, 2)) + 1)
    )
    length = rng.uniform(15, 45)
    return Plan(
        seed=seed,
        rooms=rooms,
        always_spawn=rooms[:1] if rng.random() < 0.1 else (),
        browsers=browsers,
        grace=rng.choice((0.5, 5.0, 5.0)),
        idle=rng.choice((1.0, 5.0, 30.0)),
        flush_interval=rng.choice((1.0, 5.0)),
        limit=2 if rng.random() < 0.1 else NO_LIMIT,
        backlog=rng.choice((3_000 * len(rooms), 786_432)),  # a welcome of each at once fits
        length=length,
        breaking=random.Random(f"breaking {seed}").choice((0, 0, 0, 4, 15, 60)),
        actions=_sociable(
            _moderated(_actions(_Dice(rng, rooms, browsers), length), seed, rooms, browsers),
            seed,
            rooms,
            browsers,
        ),
    )


def _browser(rng: random.Random, name: str, user_id: str) -> Browser:
    return Browser(
        name,
        user_id,
        rng.choice(FORMS),
        tab=rng.random() < 0.6,
        hands=rng.random() < 0.3,
        delays=(0.05, 0.4) if rng.random() < 0.3 else (0.0, 0.05),
        capacity=rng.choice((600, 3_000, 100_000)),
    )


@dataclass
class _Dice:
    """Draws the arguments of actions."""

    rng: random.Random
    rooms: tuple[str, ...]
    browsers: tuple[Browser, ...]

    def draw(self, kind: str) -> Arguments:
        """Arguments for a kind of action."""
        return {name: how(self) for name, how in _KINDS[kind][1].items()}


def _one_of(*values: Any) -> Callable[[_Dice], Any]:
    return lambda dice: dice.rng.choice(values)


def _who(dice: _Dice) -> str:
    return dice.rng.choice(dice.browsers).name


def _user(dice: _Dice) -> str:
    return dice.rng.choice(dice.browsers).user_id


def _room(dice: _Dice) -> str:
    return dice.rng.choice(dice.rooms)


def _room_or_all(dice: _Dice) -> str | None:
    return dice.rng.choice((*dice.rooms, None))


def _while(dice: _Dice) -> float:
    return round(dice.rng.choice((0.01, 0.3, 2.0, 5.0, 8.0)) * dice.rng.uniform(0.8, 1.2), 3)


_SEAT: Mapping[str, Callable[[_Dice], Any]] = {"who": _who, "room": _room}
_BREAKS = _one_of("close", "cut", "reset", "silence")
_CODES = _one_of(None, 1000, 1001)

_KINDS: Mapping[str, tuple[float, Mapping[str, Callable[[_Dice], Any]]]] = {
    "come": (6, _SEAT),
    "walk": (
        16,
        {
            **_SEAT,
            "steps": _one_of(1, 3, 10),
            "every": _one_of(0.03, 0.1, 0.3),
            "binary": _one_of(True, False),
            "null_ref": _one_of(True, False, False, False),
        },
    ),
    "flood": (0.5, {**_SEAT, "binary": _one_of(True, False)}),
    "leave": (3, _SEAT),
    "go": (3, {"who": _who, "code": _CODES}),
    "reload": (2, {"who": _who, "code": _CODES}),
    "rejoin": (2, _SEAT),
    "blip": (4, {"who": _who, "how": _BREAKS, "back": _while}),
    "vanish": (2, {"who": _who, "how": _BREAKS}),
    "stall": (3, {"who": _who, "seconds": _one_of(0.3, 2.0, 6.0, 15.0)}),
    "storm": (1, {"within": _one_of(0.01, 0.5, 3.0)}),
    "forget": (1, {"user": _user, "room": _room_or_all}),
    "kick": (1, {"user": _user, "room": _room_or_all}),
    "delete": (0.4, {"room": _room}),
    "crash room": (1.5, {"room": _room, "task": _one_of("presence", "snapshot", "reflector")}),
    "store": (
        3,
        {
            "mode": _one_of(*MODES),
            "seconds": _one_of(0.5, 3.0, 8.0),
        },
    ),
    "stop": (0.8, {"down": _one_of(1.0, 3.0)}),
    "crash": (0.8, {"down": _one_of(1.0, 3.0), "silently": _one_of(True, False, False)}),
}
"""By kind: how often it comes, and how its arguments are drawn."""


def _actions(dice: _Dice, length: float) -> tuple[Action, ...]:
    rng = dice.rng
    weights = {
        kind: weight * rng.choice((1, 1, 3))
        for kind, (weight, _) in _KINDS.items()
        if kind in ("come", "walk") or rng.random() < 0.5
    }
    if rng.random() < 0.25:  # a revolving door
        weights |= {"come": 60, "leave": 60, "reload": 10}
    actions = [
        Action(rng.uniform(0, 3), "come", {"who": browser.name, "room": _room(dice)})
        for browser in dice.browsers
    ]
    for kind in rng.choices(list(weights), list(weights.values()), k=int(length * 0.9)):
        at = rng.uniform(1, length)
        if rng.random() < 0.5:  # close upon another, for that is when things go wrong
            at = rng.choice(actions).at + rng.choice((0.0, 0.01, 0.02, 0.1, 0.5))
        actions.append(Action(at, kind, dice.draw(kind)))
    return tuple(sorted(actions, key=lambda action: action.at))


ACTS: Mapping[str, Callable[[random.Random], dict[str, Any]]] = {
    "kick": lambda rng: {"minutes": rng.choice((0.02, 0.1, 10))},
    "ban": lambda rng: {"hours": rng.choice((0.001, 0.003, None)), "address": rng.random() < 0.5},
    "unban": lambda rng: {},
    "mute": lambda rng: {"muted": rng.random() < 0.6},
    "set_role": lambda rng: {"role": rng.choice(("guest", "member", "moderator", "owner"))},
}
"""Acts of moderation, and how their payload is drawn."""


def _moderated(
    actions: tuple[Action, ...], seed: int, rooms: tuple[str, ...], browsers: tuple[Browser, ...]
) -> tuple[Action, ...]:
    """In some stories a moderator is at work, often close upon something else."""
    rng = random.Random(f"moderation {seed}")
    if rng.random() < 0.6:
        return actions
    acts = []
    for _ in range(rng.randint(3, 15)):
        name = rng.choice([*ACTS])
        at = rng.choice(actions).at + rng.choice((-0.01, 0.0, 0.001, 0.02, 0.5))
        user = rng.choice(browsers).user_id
        arguments = {"room": rng.choice(rooms), "act": name, "user": user, **ACTS[name](rng)}
        acts.append(Action(max(at, 0.0), "moderate", arguments))
    return tuple(sorted((*actions, *acts), key=lambda action: action.at))


def _profile(rng: random.Random) -> dict[str, Any]:
    return {
        "name": f"Name {rng.randrange(100)}",
        "color": f"#{rng.getrandbits(24):06x}",
        "avatar": rng.choice(("round", "robot", "fox", "ghost")),
    }


def _options(rng: random.Random) -> dict[str, Any]:
    return rng.choice(
        (
            {"locked": rng.random() < 0.4},
            {"password": rng.choice((None, None, "sesame", "abrakadabra"))},
            {"name": f"Room {rng.randrange(100)}", "listed": rng.random() < 0.5},
            {
                "capacity": rng.choice((None, 50)),
                "who_may_build": rng.choice(("everybody", "members")),
            },
        )
    )


INTENTS: Mapping[str, tuple[int, Callable[[random.Random], dict[str, Any]]]] = {
    "say": (8, lambda rng: {"text": f"line {rng.getrandbits(40)}"}),
    "unsay": (3, lambda rng: {"pick": rng.randrange(1_000)}),
    "i_am": (3, lambda rng: dict(rng.sample(sorted(_profile(rng).items()), rng.randint(1, 3)))),
    "raise_hand": (2, lambda rng: {"up": rng.random() < 0.6}),
    "react": (1, lambda rng: {"kind": rng.choice(("wave", "clap", "heart", "laugh"))}),
    "set_room": (1, _options),
}
"""Intents of pages: how often they come, and how their payload is drawn."""


def _sociable(
    actions: tuple[Action, ...], seed: int, rooms: tuple[str, ...], browsers: tuple[Browser, ...]
) -> tuple[Action, ...]:
    """In most stories people write, choose names, show gestures, and open and close doors."""
    rng = random.Random(f"society {seed}")
    if rng.random() < 0.4:
        return actions
    names, more = list(INTENTS), []
    for _ in range(rng.randint(5, 30)):
        at = max(rng.choice(actions).at + rng.choice((-0.01, 0.0, 0.001, 0.02, 0.5, 3.0)), 0.0)
        who = {"who": rng.choice(browsers).name, "room": rng.choice(rooms)}
        kind = rng.random()
        if kind < 0.75:
            event = rng.choices(names, [often for often, _ in INTENTS.values()])[0]
            more.append(Action(at, "ask", {**who, "event": event, **INTENTS[event][1](rng)}))
        elif kind < 0.85:
            act = rng.choice([*ACTS])
            to = rng.choice(browsers).user_id
            more.append(Action(at, "ask", {**who, "event": act, "user_id": to, **ACTS[act](rng)}))
        else:
            more.append(Action(at, "manage", {"room": who["room"], **_managed(rng)}))
    return tuple(sorted((*actions, *more), key=lambda action: action.at))


def _managed(rng: random.Random) -> dict[str, Any]:
    event = rng.choice(("set_room", "set_room", "set_room", "invite", "revoke"))
    if event == "set_room":
        return {"event": event, **_options(rng)}
    return (
        {"event": event, "role": rng.choice(("guest", "member"))}
        if event == "invite"
        else {"event": event}
    )


def shrink(plan: Plan, fails: Callable[[Plan], bool], attempts: int) -> Plan:
    """The plan without actions that it does not need to fail: large parts are tried first."""
    size = len(plan.actions) // 2
    while size >= 1:
        start, shorter = 0, False
        while start < len(plan.actions):
            if attempts == 0:
                return plan
            attempts -= 1
            left = replace(plan, actions=plan.actions[:start] + plan.actions[start + size :])
            if fails(left):
                plan, shorter = left, True
            else:
                start += size
        if size > 1 or not shorter:
            size //= 2
    return plan
