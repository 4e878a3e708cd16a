"""Calls of a client whose failure must not become its room's."""

import logging
from collections.abc import Callable

from xr.rooms.protocols import Client

log = logging.getLogger(__name__)


def tell(client: Client, call: Callable[[], None]) -> None:
    """Call a method of the client; whatever it raises is logged, and nobody else is harmed."""
    try:
        call()
    except Exception:
        log.exception("client.failed user=%s", client.user_id)
