"""The limits that a client meets, as rows of a table; the numbers are those of the code."""

from tools.wire.markdown import Row
from xr.channels.endpoint import REST
from xr.channels.joining import TOPICS
from xr.channels.membership import WAITING
from xr.channels.rate_keeper import ABUSE, LULL, READ_AHEAD
from xr.pages.services import BAD_TOKEN_BURST, BAD_TOKEN_RATE, PAGE_BURST, ROOM_BURST
from xr.rates import BURST
from xr.serving.carrier import BACKLOG, MAX_MESSAGE, STUCK
from xr.serving.connection import SILENT
from xr.serving.intake import CONTROLS
from xr.serving.liveness import ANSWER, QUIET
from xr.settings import Settings

KIB = 1024


def limits() -> list[Row]:
    """A limit: the thing, how much of it is allowed, and the operator's setting if there is one."""
    return [*_of_a_connection(), *_of_an_address(), *_of_the_server()]


def _of_a_connection() -> list[Row]:
    defaults = Settings()
    messages = defaults.message_rate
    return [
        ("one message", f"{MAX_MESSAGE // KIB} KiB, in one frame or many", ""),
        (
            "messages of a connection",
            f"{messages} a second, bursts of {BURST * messages}; above it the newest pose counts "
            "and other poses are dropped; all else is answered `too fast` with `retry_after` in "
            "seconds, but for `heartbeat` and `phx_leave`, which are obeyed",
            "`XR_MESSAGE_RATE`",
        ),
        (
            "what is read of a connection",
            f"{READ_AHEAD} times the message rate a second, twice that at once, in frames "
            "(fragments and pings too) and in KiB; above it the bytes wait, and you are slowed "
            "down",
            "`XR_MESSAGE_RATE`",
        ),
        ("pings and pongs of a connection", f"{CONTROLS} a second, then 1008 at once", ""),
        (
            "how long it may be over these",
            f"{ABUSE:g} s in all, then 1008; a rest of more than {_seconds(LULL)} counts back",
            "",
        ),
        (
            "silence of a connection",
            f"the server pings after {QUIET:g} s; after {QUIET + ANSWER:g} s the others are told "
            f"that you are `silent`; {SILENT:g} s, then 1011",
            "",
        ),
        (
            "frames that wait for a slow reader",
            f"{BACKLOG // KIB} KiB, or {STUCK:g} s in which it takes nothing; then 1013",
            "",
        ),
        ("rooms on one socket", f"{TOPICS}", ""),
        ("messages that wait for the answer to a join", f"{WAITING}", ""),
    ]


def _of_an_address() -> list[Row]:
    defaults = Settings()
    joins, pages, rooms = defaults.join_rate, defaults.page_rate, defaults.room_rate
    return [
        (
            "new connections of an address after a 1008",
            f"none for {REST:g} s: 503 with `Retry-After`",
            "`XR_MAX_PER_ADDRESS`, if not 0",
        ),
        (
            "joins of an address",
            f"{joins} a second, bursts of {BURST * joins}",
            "`XR_JOIN_RATE`",
        ),
        ("connections of an address", f"{defaults.max_per_address}", "`XR_MAX_PER_ADDRESS`"),
        (
            "pages and API calls of an address",
            f"{pages} a second, bursts of {PAGE_BURST * pages}; above it 429 with `Retry-After` "
            "(seconds)",
            "`XR_PAGE_RATE`",
        ),
        (
            "bad tokens of an address",
            f"{BAD_TOKEN_RATE} a second, bursts of {BAD_TOKEN_BURST}; above it 429 with "
            "`Retry-After`; good tokens are taken all the same",
            "",
        ),
        (
            "rooms that an address makes",
            f"{rooms} an hour, bursts of {ROOM_BURST * rooms:g}; above it 429 with `Retry-After`",
            "`XR_ROOM_RATE`",
        ),
    ]


def _of_the_server() -> list[Row]:
    defaults = Settings()
    return [
        ("connections of the server", f"{defaults.max_clients}", "`XR_MAX_CLIENTS`"),
        ("users in a room", f"{defaults.max_per_room}", "`XR_MAX_PER_ROOM`"),
    ]


def _seconds(number: float) -> str:
    return "a second" if number == 1 else f"{number:g} s"
