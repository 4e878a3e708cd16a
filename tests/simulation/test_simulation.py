"""A slice of the simulation for every test run, and that a run repeats itself.

``make simulate SEEDS=…`` goes further; ``python -m tests.simulation --seed N`` shows one.
"""

import os
import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest

import xr.rooms.running
from tests.simulation.report import failure
from tests.simulation.story import INTENTS, MODES, Action, Browser, Plan, make_plan, shrink
from tests.simulation.world import Outcome, simulate

SLICE = 25
REPEATED = 7  # a seed in which much goes wrong
ANN = Browser("ann1", "ann", "binary", tab=True, hands=False, delays=(0.0, 0.03), capacity=100_000)


@pytest.mark.parametrize("first", range(0, 4 * SLICE, SLICE))
def test_promises_hold(first: int) -> None:
    for seed in range(first, first + SLICE):
        outcome = simulate(make_plan(seed))
        if outcome.violation is not None:
            pytest.fail(failure(make_plan(seed), outcome.violation))
        assert outcome.steps > 50
        assert 60 < outcome.seconds < 250


def test_a_run_repeats_itself_to_the_byte() -> None:
    first, second = (simulate(make_plan(REPEATED), kept=True) for _ in range(2))
    assert len(first.lines) > 100
    assert first.lines == second.lines


def test_another_process_repeats_it_too() -> None:
    told = [_shown_by_another_process(REPEATED, hash_seed) for hash_seed in ("1", "2")]
    assert told[0] == told[1]
    assert simulate(make_plan(REPEATED), kept=True).lines[-1] in told[0]


def _shown_by_another_process(seed: int, hash_seed: str) -> str:
    command = [sys.executable, "-m", "tests.simulation", "--seed", str(seed)]
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return done.stdout


def test_stories_have_all_kinds_of_faults() -> None:
    drawn: dict[str, set[Any]] = {}
    for seed in range(300):
        for action in make_plan(seed).actions:
            drawn.setdefault(action.kind, set()).update(action.arguments.values())
    assert drawn.keys() >= {"leave", "rejoin", "reload", "storm", "forget", "kick", "delete"}
    assert drawn.keys() >= {"stop", "crash", "stall", "vanish"}
    assert drawn["store"] >= set(MODES)
    assert drawn["blip"] >= {"close", "cut", "reset", "silence"}
    assert {make_plan(seed).breaking for seed in range(300)} >= {0, 4}
    assert {"kick", "ban", "unban", "mute", "set_role"} <= drawn["moderate"]
    assert {*INTENTS, "kick", "set_role"} <= drawn["ask"]
    assert {"set_room", "invite", "revoke", "sesame"} <= drawn["manage"]
    assert drawn["crash room"] >= {"presence", "snapshot", "reflector"}


def story(*actions: Action, **changes: Any) -> Plan:
    """A world in which only this happens."""
    return replace(
        make_plan(0), browsers=(ANN,), actions=actions, always_spawn=(), breaking=0, **changes
    )


def outcome_of(plan: Plan) -> Outcome:
    outcome = simulate(plan, kept=True)
    assert outcome.violation is None, str(outcome.violation)
    return outcome


def walk(at: float, who: str) -> Action:
    how = {"room": "red", "steps": 3, "every": 0.1, "binary": True, "null_ref": False}
    return Action(at, "walk", {"who": who, **how})


def test_a_connection_that_dies_while_it_joins_anew_has_its_grace() -> None:
    for tenths in range(20):  # of a millisecond: both in one read, or not
        outcome_of(
            story(
                Action(0.5, "come", {"who": "ann1", "room": "red"}),
                walk(3.0, "ann1"),
                Action(9.0, "rejoin", {"who": "ann1", "room": "red"}),
                Action(9.0 + tenths / 10_000, "blip", {"who": "ann1", "how": "close", "back": 1.0}),
                grace=5.0,
            )
        )


def test_a_slow_join_of_a_dead_connection_does_not_supersede_a_newer_one() -> None:
    for seed in range(20):
        outcome_of(
            story(
                Action(0.8, "come", {"who": "ann1", "room": "red"}),
                Action(0.8, "store", {"mode": "slow", "seconds": 3.0}),
                Action(1.3, "blip", {"who": "ann1", "how": "silence", "back": 0.01}),
                seed=seed,
            )
        )


def test_a_pose_that_is_held_back_survives_the_end_of_its_room() -> None:
    for hundredths in range(20):
        at = 5.56 + hundredths / 100  # while poses over the rate are held back
        outcome_of(
            story(
                Action(0.5, "come", {"who": "ann1", "room": "red"}),
                Action(5.0, "flood", {"who": "ann1", "room": "red", "binary": True}),
                Action(at, "crash room", {"room": "red", "task": "reflector"}),
            )
        )


def test_a_room_that_failed_with_its_store_writes_though_nobody_comes_back() -> None:
    outcome = outcome_of(
        story(
            Action(0.5, "come", {"who": "ann1", "room": "red"}),
            walk(3.0, "ann1"),
            Action(3.2, "store", {"mode": "broken", "seconds": 8.0}),
            Action(3.5, "crash room", {"room": "red", "task": "presence"}),
            Action(5.0, "go", {"who": "ann1", "code": 1001}),
            Action(44.0, "crash", {"down": 1.0, "silently": False}),
            length=45.0,
            flush_interval=5.0,
        )
    )
    assert outcome.injected["server crash"] == 1


def test_a_failing_story_is_told_short(monkeypatch: pytest.MonkeyPatch) -> None:
    async def write_nothing(room: object) -> None:
        return

    monkeypatch.setattr(xr.rooms.running, "write_all", write_nothing)
    plan, violation = next(
        (plan, violation)
        for plan in map(make_plan, range(50))
        if (violation := simulate(plan).violation) is not None
    )
    told = failure(plan, violation)
    assert f"seed {plan.seed}: {violation}" in told
    assert f"--seed {plan.seed}" in told
    assert "come who=" in told
    assert len(told.splitlines()) < len(plan.actions)


def test_shrinking_keeps_what_is_needed() -> None:
    actions = tuple(Action(float(at), "go", {"who": str(at)}) for at in range(40))
    plan = replace(make_plan(0), actions=actions)

    def fails(shorter: Plan) -> bool:
        return {3.0, 17.0, 18.0} <= {action.at for action in shorter.actions}

    assert [action.at for action in shrink(plan, fails, 200).actions] == [3.0, 17.0, 18.0]
    assert fails(shrink(plan, fails, 5))
