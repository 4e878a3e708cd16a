"""How long a request's body may be: short, but for one command of this machine."""

from typing import Any

from quart_trio.wrappers import TrioRequest

from xr.pages.addresses import caller_of
from xr.settings import Settings

BODY_LIMIT = 16 * 1024
"""The most bytes of a body: the longest form is a room's name."""
FILE_LIMIT = 32 * 1024 * 1024
"""That of the command of this machine which brings a room as a file."""
_LONG = "/admin/rooms-import"


def bounded(settings: Settings) -> type[TrioRequest]:
    """The requests of an app with these settings: the bound is known before a byte is taken."""

    class Bounded(TrioRequest):
        """A request with a bound that depends on who asks."""

        def __init__(self, *args: Any, **options: Any) -> None:
            scope = options["scope"]
            long = scope["path"] == _LONG and caller_of(scope, settings).local
            options["max_content_length"] = FILE_LIMIT if long else BODY_LIMIT
            super().__init__(*args, **options)

    return Bounded
