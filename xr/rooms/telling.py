"""Guarded calls: a client's failure must not become its room's."""

import logging
from collections.abc import Callable

from xr.rooms.protocols import Client

log = logging.getLogger(__name__)


def tell(client: Client, call: Callable[[], None]) -> None:
    """Call a method of the client, and log any exception, so that it harms nobody else."""
    try:
        call()
    except Exception:
        log.exception("client.failed user=%s", client.user_id)
