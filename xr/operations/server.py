"""The server itself: the way to its page for the operator."""

from xr.operations.kinds import Answer
from xr.world import World


async def make_admin_link(world: World) -> Answer:
    """Print a link that opens the operator's page in a browser: once, and within ten minutes."""
    return {"path": f"/admin?ticket={world.tickets.make()}"}
