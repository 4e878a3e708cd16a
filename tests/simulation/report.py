"""Tells of a seed that failed: the shortest story of it that could be found, and how to replay."""

from tests.simulation.story import Plan, shrink
from tests.simulation.timeline import Violation
from tests.simulation.world import simulate

_ATTEMPTS = 150


def failure(plan: Plan, violation: Violation) -> str:
    """The promises that this plan broke, and the shrunken plan that still breaks the same one."""

    def fails(shorter: Plan) -> bool:
        found = simulate(shorter).violation
        return found is not None and found.rule == violation.rule

    shorter = shrink(plan, fails, _ATTEMPTS)
    found = simulate(shorter).violation
    return "\n".join(
        (
            f"seed {plan.seed}: {violation}",
            f"the same with {len(shorter.actions)} of {len(plan.actions)} actions: {found}",
            str(shorter),
            f"replay with: python -m tests.simulation --seed {plan.seed}",
        )
    )
