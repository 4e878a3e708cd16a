"""Users as their room knows them, for the tests of what is above."""

import msgspec

from xr.profile import default_profile
from xr.roles import Role
from xr.wire.messages import UserState, newcomer


def state(user_id: str) -> UserState:
    """The state of a guest who has chosen no profile."""
    return newcomer(default_profile(user_id), Role.GUEST)


def state_json(user_id: str) -> dict[str, object]:
    """The same, as clients read it."""
    fields: dict[str, object] = msgspec.to_builtins(state(user_id))
    return fields
