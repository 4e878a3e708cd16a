"""Watches a store while it is used, also while there is nothing to write."""

import logging

import trio

from xr.errors import StoreError
from xr.store.protocol import Checks

log = logging.getLogger(__name__)


async def watch(store: Checks, every: float) -> None:
    """Log once that the store is lost, and once that it is back; look ``every`` so many seconds."""
    lost = False
    while True:
        try:
            await store.check_place()
        except StoreError as error:
            if not lost:
                log.error("database.lost error=%r", str(error))  # noqa: TRY400 - no fault of ours
            lost = True
        else:
            if lost:
                log.warning("database.recovered: it is in its place again")
            lost = False
        await trio.sleep(every)
