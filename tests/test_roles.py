"""The table of roles, tried for every pair."""

from itertools import pairwise, product

import pytest

from xr.roles import CAPABILITIES, Capability, Role, may


def test_a_higher_role_may_all_that_a_lower_one_may() -> None:
    for lower, higher in pairwise(Role):
        assert CAPABILITIES[lower] < CAPABILITIES[higher]


def test_roles_have_one_order() -> None:
    ranks = list(Role)
    for one, other in product(Role, Role):
        assert one.outranks(other) == (ranks.index(one) > ranks.index(other))


@pytest.mark.parametrize(
    ("capability", "least"),
    [
        (Capability.SPEAK, Role.GUEST),
        (Capability.CHAT, Role.GUEST),
        (Capability.MOVE_THINGS, Role.GUEST),
        (Capability.BUILD, Role.MEMBER),
        (Capability.UPLOAD, Role.MEMBER),
        (Capability.MODERATE, Role.MODERATOR),
        (Capability.CONFIGURE, Role.OWNER),
    ],
)
def test_a_capability_begins_with_a_role(capability: Capability, least: Role) -> None:
    assert [role for role in Role if may(role, capability)] == list(Role)[list(Role).index(least) :]


def test_everybody_may_do_what_needs_no_capability() -> None:
    assert all(may(role, None) for role in Role)
