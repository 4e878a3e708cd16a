"""A look into a roster, for the tests of rooms and the checker of the simulation."""

from xr.rooms.roster import Roster


def refs_of(roster: Roster) -> dict[str, tuple[str, ...]]:
    """The refs of everybody's connections."""
    return {user_id: tuple(user.connections) for user_id, user in roster.users.items()}
