"""The services that the pages use: the only part of the server that they know."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from quart import current_app

from xr.channels.endpoint import OpenSocket
from xr.identity import Identity
from xr.metrics import Metrics
from xr.monitoring.history import History
from xr.monitoring.vitals import Health, Vitals
from xr.monitoring.warnings import Warnings
from xr.pages.catalogue import Catalogue
from xr.pages.hints import Hints
from xr.pages.listing import Listing
from xr.pages.streams import Streams
from xr.passwords import hash_password, is_hash
from xr.rates import Addresses
from xr.rooms.options import Options
from xr.rooms.passwords import Passwords, verify_in_thread
from xr.rooms.protocols import RoomRecord
from xr.serving.carrier import Carrier
from xr.settings import Settings
from xr.wire.reasons import Reason
from xr.wire.refusals import Refused
from xr.world import World

_KEY = "xr"
_HOUR = 3600
ROOM_BURST = 1 / 3  # of what an address may make in an hour
PAGE_BURST = 5
BAD_TOKEN_RATE = 1
"""Bad tokens a second and address that are answered one by one. Good ones are always let through,
so that nobody locks others of the same address out."""
BAD_TOKEN_BURST = 50
"""An address may ask for so many seconds' worth of pages at once."""


@dataclass(frozen=True, kw_only=True)
class Services(World):
    """The parts that the pages are put together with.

    ``web`` is the browser bundle's folder, with ``.vite/manifest.json`` and ``assets/``.
    ``refusal`` says why an address gets no further websocket, or None if it is welcome; ``refuse``
    does too and counts it. ``knock`` says why a room would not let a user in, who has the text of
    an invite or None. Of an open room ``options`` gives the options, ``record`` these with
    standings and invites, and ``look`` its state, as JSON by the name of the event that brings it.
    ``settle`` writes what is not yet written about a user, and says whether that worked;
    ``send_out`` ends the user's visits to all rooms. Both may wait long. ``connect`` gives
    the websocket of a user, an address and a program, once it is open, its handler. ``health`` and
    ``measure`` tell how the server is, ``metrics`` counts, and ``open_sockets`` are the websockets.
    """

    settings: Settings
    identity: Identity
    web: Path
    health: Callable[[], Awaitable[Health]]
    measure: Callable[[], Awaitable[Vitals]]
    metrics: Metrics
    refusal: Callable[[str], Reason | None]
    refuse: Callable[[str], Reason | None]
    knock: Callable[[str, str, str, str | None], Awaitable[Refused | None]]
    options: Callable[[str], Options | None]
    record: Callable[[str], RoomRecord | None]
    look: Callable[[str], Mapping[str, bytes] | None]
    settle: Callable[[str], Awaitable[bool]]
    send_out: Callable[[str], Awaitable[None]]
    connect: Callable[[str, str, str, str, Carrier], None]
    open_sockets: Callable[[], Sequence[OpenSocket]] = tuple
    history: History = field(default_factory=History)
    warnings: Warnings = field(default_factory=Warnings)
    hints: Hints = field(default_factory=Hints)

    @cached_property
    def catalogue(self) -> Catalogue:
        """The rooms there are."""
        return Catalogue(self.store)

    @cached_property
    def listing(self) -> Listing:
        """The list of rooms, written."""
        return Listing(self.catalogue, self, self.settings)

    @cached_property
    def streams(self) -> Streams:
        """The streams of counts that are open."""
        return Streams()

    @cached_property
    def passwords(self) -> Passwords:
        """The tries at the server's own password."""
        return Passwords(verify_in_thread)

    @cached_property
    def password_hash(self) -> str | None:
        """The hash of the server's password; from a plain one it takes some 40 ms to make."""
        return _hashed(self.settings.password)

    @cached_property
    def admin_passwords(self) -> Passwords:
        """The tries at the password of the operator's page."""
        return Passwords(verify_in_thread)

    @cached_property
    def admin_hash(self) -> str | None:
        """The hash of that password."""
        return _hashed(self.settings.admin_password)

    @cached_property
    def askers(self) -> Addresses:
        """How many more pages each address may ask for."""
        rate = self.settings.page_rate
        return Addresses(rate, burst=PAGE_BURST * rate)

    @cached_property
    def bad_tokens(self) -> Addresses:
        """How many more tokens that are none each address may offer with a websocket."""
        return Addresses(BAD_TOKEN_RATE, BAD_TOKEN_BURST)

    @cached_property
    def makers(self) -> Addresses:
        """How many more rooms each address may make."""
        rate = self.settings.room_rate
        return Addresses(rate / _HOUR, burst=max(1, rate * ROOM_BURST))

    def install(self) -> dict[str, "Services"]:
        """The entry of an app's ``extensions`` in which ``services`` finds this."""
        return {_KEY: self}


def _hashed(password: str | None) -> str | None:
    """A password of the settings as a hash, which it may be already."""
    return password if password is None or is_hash(password) else hash_password(password)


def services() -> Services:
    """The services of the app that answers this request."""
    found = current_app.extensions[_KEY]
    assert isinstance(found, Services)
    return found
