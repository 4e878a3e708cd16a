"""``python -m tests.simulation``: simulate many seeds, or show what happens in one."""

import argparse
import time
from collections import Counter

from tests.simulation.report import failure
from tests.simulation.story import make_plan
from tests.simulation.world import simulate

_MOST_TOLD = 3


def main() -> int:
    """Run the command; the exit code is 1 if a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=1000, help="how many seeds to simulate")
    parser.add_argument("--first", type=int, default=0, help="the first of them")
    parser.add_argument("--seed", type=int, help="show the events of this seed only")
    options = parser.parse_args()
    if options.seed is not None:
        return show(options.seed)
    return run(options.first, options.seeds)


def show(seed: int) -> int:
    """Print the plan and the events of one seed."""
    plan = make_plan(seed)
    outcome = simulate(plan, kept=True)
    print(plan, *outcome.lines, sep="\n")
    print(f"seed {seed}: {outcome.violation or 'no violation'}")
    return int(outcome.violation is not None)


def run(first: int, seeds: int) -> int:
    """Simulate seeds and print what was seen; failures are told with a short story."""
    started = time.perf_counter()
    injected: Counter[str] = Counter()
    steps, seconds, failed = 0, 0.0, 0
    for seed in range(first, first + seeds):
        outcome = simulate(make_plan(seed))
        steps += outcome.steps
        seconds += outcome.seconds
        injected += outcome.injected
        if outcome.violation is not None:
            failed += 1
            if failed <= _MOST_TOLD:
                print(failure(make_plan(seed), outcome.violation), flush=True)
    elapsed = time.perf_counter() - started
    print(f"{seeds} seeds in {elapsed:.1f} s: {seeds / elapsed:.1f} a second")
    print(f"{seconds / 3600:.1f} simulated hours, checked at {steps} moments")
    print(f"{injected.total()} faults:", ", ".join(f"{v} {k}" for k, v in sorted(injected.items())))
    print(f"{failed} violations")
    return int(failed > 0)


if __name__ == "__main__":
    raise SystemExit(main())
