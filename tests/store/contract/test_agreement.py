"""The contract of a store: all implementations do the same, whatever is asked in which order."""

import itertools
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import trio
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.clock import Clock
from tests.store.conftest import IMPLEMENTATIONS
from xr.errors import RequestRefused, StoreError
from xr.pose import LIMIT, Placement, Pose
from xr.roles import Role
from xr.rooms.invites import Invite
from xr.rooms.options import Who
from xr.rooms.standings import Bar, Standing
from xr.rooms.tenure import Tenure
from xr.store.protocol import Store
from xr.wire.reasons import Reason

Step = Callable[[Store, list[str]], Coroutine[Any, Any, object]]

users = st.sampled_from(["ann", "ben", "cem"])
rooms = st.integers(0, 3)  # which of the rooms made so far; beyond the last: none
metres = st.floats(-LIMIT - 1, LIMIT + 1)
positions = st.tuples(metres, metres, metres)
rotations = st.sampled_from([(0.0, 0.0, 0.0, 1.0), (0.5, -0.5, 0.5, -0.5), (1.0, 0.0, 0.0, 1.0)])
hands = st.none() | st.builds(Placement, positions, rotations)
poses = st.builds(Pose, positions, rotations, hands, hands)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2)
    ),
    max_leaves=5,
)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=3)
keys = st.sampled_from(["box", "lamp"]) | texts
entities = st.dictionaries(keys, st.dictionaries(keys, json_values, max_size=2), max_size=3)
changes = st.dictionaries(st.tuples(keys, keys.filter(bool)), json_values, max_size=4)
removals = st.dictionaries(st.tuples(keys, st.just("")), st.none(), max_size=2)
bars = st.none() | st.builds(
    Bar, st.sampled_from([Reason.KICKED, Reason.BANNED]), st.none() | st.floats(0, 9)
)
option_changes = st.fixed_dictionaries(
    {},
    optional={
        "name": st.text("abc", min_size=1, max_size=3),
        "listed": st.booleans(),
        "always_spawn": st.booleans(),
        "locked": st.booleans(),
        "password": st.none() | st.just("a hash"),
        "password_epoch": st.integers(0, 2),
        "capacity": st.none() | st.integers(1, 9),
        "who_may_build": st.sampled_from(Who),
        "voice": st.booleans(),
    },
)
invites = st.builds(Invite, st.sampled_from(Role), st.none() | users, st.floats(0, 9))
names = st.text(max_size=90) | st.text("abc", min_size=1, max_size=3)


def _room(made: list[str], number: int) -> str:
    return made[number] if number < len(made) else "nowhere"


def _create(name: str, things: dict[str, Any], made_by: str | None = None) -> Step:
    async def step(store: Store, made: list[str]) -> None:
        made.append(await store.create_room(name, things, made_by))

    return step


async def _numbers(made: list[str], room_ids: Awaitable[list[str]]) -> set[int]:
    """Rooms by when they were made: each store gives them ids of its own."""
    return {made.index(room_id) for room_id in await room_ids}


steps = st.one_of(
    st.builds(_create, names, entities, st.none() | users),
    st.builds(
        lambda n, batch: lambda s, m: s.save_standings(Tenure(_room(m, n)), batch),
        rooms,
        st.dictionaries(users, st.builds(Standing, st.sampled_from(Role), st.booleans(), bars)),
    ),
    st.builds(
        lambda n, batch: lambda s, m: s.save_options(Tenure(_room(m, n)), batch),
        rooms,
        option_changes,
    ),
    st.builds(
        lambda n, batch: lambda s, m: s.save_invites(Tenure(_room(m, n)), batch),
        rooms,
        st.dictionaries(st.sampled_from(["i1", "i2"]), st.none() | invites),
    ),
    st.builds(
        lambda n, batch: lambda s, m: s.save_let_in(Tenure(_room(m, n)), batch),
        rooms,
        st.dictionaries(users, st.integers(0, 2)),
    ),
    st.builds(lambda n: lambda s, m: s.list_users(_room(m, n)), rooms),
    st.builds(lambda n: lambda s, m: s.delete_room(_room(m, n)), rooms),
    st.builds(
        lambda n, batch: lambda s, m: s.save_poses(Tenure(_room(m, n)), batch),
        rooms,
        st.dictionaries(users, poses, max_size=3),
    ),
    st.builds(
        lambda n, gone, new: lambda s, m: s.save_components(Tenure(_room(m, n)), {**new, **gone}),
        rooms,
        removals,
        changes,
    ),
    st.builds(lambda n, user: lambda s, m: s.load_visit(_room(m, n), user), rooms, users),
    st.builds(lambda user: lambda s, m: s.forget_user(user), users),
    st.builds(lambda user, n: lambda s, m: s.forget_pose(user, _room(m, n)), users, rooms),
    st.builds(lambda age: lambda s, m: s.forget_older_than(age), st.integers(0, 6)),
    st.builds(
        lambda age, n, by: (
            lambda s, m: _numbers(m, s.delete_never_entered(age, [_room(m, n)], by_visitors=by))
        ),
        st.integers(0, 6),
        rooms,
        st.booleans(),
    ),
)


async def _answer(step: Step, store: Store, made: list[str]) -> object:
    try:
        return await step(store, made)
    except (StoreError, RequestRefused) as error:
        return type(error)


async def _everything(store: Store, made: list[str]) -> object:
    listed = [
        (made.index(r.room_id), r.name, r.created_at, r.made_by, r.roles, r.listed, r.guarded)
        for r in await store.list_rooms()
    ]
    content = []
    for room_id in made:
        room = await store.load_room(room_id)
        visits = [await store.load_visit(room_id, user_id) for user_id in ("ann", "ben", "cem")]
        content.append(
            room and (msgspec.structs.astuple(room)[1:], visits, await store.poses(room_id))
        )
    return listed, content, await store.list_users()


@settings(
    max_examples=40,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
)
@given(st.lists(steps, min_size=5, max_size=25))
def test_all_implementations_agree(script: list[Step]) -> None:
    async def play(folder: Path) -> None:
        clock = Clock()
        async with AsyncExitStack() as stack:
            made: dict[Store, list[str]] = {}
            for name, opened in IMPLEMENTATIONS.items():
                made[await stack.enter_async_context(opened(folder / name, clock))] = []
            for step in itertools.chain([_create("a", {}), _create("b", {})], script):
                clock.time += 1
                first, *others = [await _answer(step, store, made[store]) for store in made]
                assert others == [first] * len(others)
                first, *others = [await _everything(store, made[store]) for store in made]
                assert others == [first] * len(others)

    with TemporaryDirectory() as folder:
        trio.run(play, Path(folder))
