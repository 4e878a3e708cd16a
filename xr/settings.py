"""One frozen value for all that an operator can set; ``setting_sources`` puts it together."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from xr import setting_values as read
from xr.errors import SettingsError
from xr.listening import Listening


@dataclass(frozen=True)
class Settings(Listening):
    """All settings of an operator. Durations in seconds; a limit of 0 is off.

    The docstring of each is its row in docs/settings.md (``make generate``).
    """

    database: Path = read.setting(Path("xr.db"), read.path, "the SQLite file")
    """the SQLite file. Beside it lie `….lock` (who uses it), `….secret` (below)
    and, after `--dev-cert`, `….dev-cert` (that certificate and its key)"""
    public_url: str | None = read.setting(
        None, read.public_url, "where browsers find the server; an Origin must equal it"
    )
    """where browsers find the server, such as `https://rooms.example.org`, or with a path, such as
    `https://example.org/xr` ([https.md](https.md#below-a-path)). An `Origin` must equal it.
    Unset: it must equal the request's own scheme and Host, and the Host must be `localhost`, a name
    below it, or a literal address: every other name is refused with 403, because anybody can point
    a name of theirs at your machine"""
    origins: tuple[str, ...] = read.setting(
        (), read.origins, "further origins, by comma, whose pages may connect"
    )
    """further origins by comma, such as `http://192.168.1.20:8000`: other addresses by which people
    reach this server, or pages elsewhere with a client of their own, which may open websockets"""
    frame_ancestors: tuple[str, ...] = read.setting(
        (), read.origins, "origins, by comma, whose pages may show this server in a frame"
    )
    """origins by comma whose pages may show this server in a frame; unset: nobody's. Over https
    cookies are then also sent in a frame (`SameSite=None; Partitioned`)"""
    makers: Literal["anyone", "members", "operator"] = read.setting(
        "anyone",
        read.one_of("anyone", "members", "operator"),
        "people who may make rooms: anyone, members or operator",
    )
    """people who may make rooms. `anyone` who may enter the server; `members`: those who are
    member, moderator or owner of a room (`xr rooms role`); `operator`: nobody but `xr rooms create`
    """
    password: str | None = read.setting(
        None, read.password, "asked for before anything is shown or made", secret=True
    )
    """a password for the whole server, 4 to 100 characters, or its argon2id hash, which `xr init`
    writes. A browser that gave it is remembered by a signed cookie; another password asks everybody
    anew. See [hosting.md](hosting.md#who-may-do-what)"""
    admin_password: str | None = read.setting(
        None, read.password, "opens the page /admin", secret=True
    )
    """opens the operator's page ([admin.md](admin.md)). Unset: only `xr admin-link` does"""
    secret_key: str | None = read.setting(
        None, read.secret, "signs cookies and tokens; else a file beside the database", secret=True
    )
    """signs cookies and tokens, 16 characters or more. Unset: a 0600 file beside the database, made
    at the first start. Another key makes everybody a stranger"""
    synchronous: str = read.setting(
        "NORMAL",
        read.one_of("NORMAL", "FULL"),
        "SQLite's synchronous: FULL also survives loss of power",
    )
    """SQLite's `synchronous`. `NORMAL` survives the death of the process, `FULL` also loss of
    power, for slower writes"""
    tick: float = read.setting(0.05, read.seconds(0.001, 1), "widest time between two reflections")
    """seconds, the widest time between two reflections of a room; with few clients it is narrower
    """
    flush_interval: float = read.setting(
        5.0, read.seconds(0.05, 3600), "time between writes of poses"
    )
    """seconds between two writes of changed poses, and the most that `kill -9` can cost"""
    grace: float = read.setting(
        5.0, read.seconds(0, 3600), "how long a lost connection stays present"
    )
    """seconds that a connection which died without goodbye still counts as present"""
    room_idle: float = read.setting(30.0, read.seconds(0, 86400), "an empty room stops after this")
    """seconds after which an empty room stops"""
    pose_age: int = read.setting(
        400, read.whole(0, 36500), "forget poses older than this many days"
    )
    """days after which poses that did not change are forgotten, and users who were not seen and
    have no role; 0 keeps them. [privacy.md](privacy.md) has all that is kept"""
    audit_days: int = read.setting(30, read.whole(0, 36500), "days for which acts are kept")
    """days for which acts of moderation are kept; 0 keeps them"""
    chat_hours: int = read.setting(
        24, read.whole(0, 8760), "hours for which chat is kept; 0: in memory"
    )
    """hours for which the last 50 lines of chat of a room are kept; 0 keeps them in memory only,
    until the room stops"""
    max_clients: int = read.setting(500, read.whole(0, 100_000), "websockets on this server")
    """websockets on the server; 0 is no limit, as in all that follow"""
    max_per_room: int = read.setting(100, read.whole(0, 65535), "users in one room")
    """users in one room; when it is full, a newcomer takes the place of whoever is in `XR_GRACE`
    and would leave first; a record names them by a 16-bit number, so never more than 65,536"""
    max_per_address: int = read.setting(32, read.whole(0, 100_000), "websockets of one address")
    """websockets of one address (IPv6: of one /64). With 0, an address is not told to rest after a
    flood either"""
    max_rooms: int = read.setting(
        1000, read.whole(0, 1_000_000), "rooms, beyond which no page makes more"
    )
    """rooms on the server; with so many, the page makes no more (`xr rooms create` does)"""
    message_rate: int = read.setting(
        60, read.whole(0, 100_000), "messages a second of one websocket"
    )
    """messages a second of one websocket, with bursts of twice as many. Of a websocket four times
    as many frames, or KiB, are read a second, and at least 128; who sends more is slowed down"""
    join_rate: int = read.setting(20, read.whole(0, 100_000), "joins a second of one address")
    """joins a second of one address, likewise"""
    page_rate: int = read.setting(
        20, read.whole(0, 100_000), "pages and API calls a second of one address"
    )
    """pages and API calls a second of one address, with bursts of five times as many. Files,
    `/healthz` and `/metrics` are not counted. Over it: 429 with `Retry-After`"""
    room_rate: int = read.setting(
        30, read.whole(0, 100_000), "rooms made by one address in an hour"
    )
    """rooms that one address may make in an hour, with bursts of a third of it. Over it: 429 with
    `Retry-After`"""
    voice: Literal["on", "off"] = read.setting(
        "on", read.one_of("on", "off"), "people hear each other: on or off"
    )
    """`off`: nobody is heard on this server, and the client shows no microphone; see
    [voice.md](voice.md)"""
    log: Literal["text", "json"] = read.setting(
        "text", read.one_of("text", "json"), "the log: text or json"
    )
    """the form of the log: `text` or `json`, one object a line; see
    [running.md](running.md)"""
    log_visits: Literal["on", "off"] = read.setting(
        "off", read.one_of("on", "off"), "a line of the log for each join and leave: on or off"
    )
    """`on`: the log has a line for each user who joins a room or leaves it"""
    metrics_token: str | None = read.setting(
        None, read.secret, "lets programs elsewhere read /metrics, as a bearer token", secret=True
    )
    """at least 16 characters; lets programs on other machines read `/metrics`, as `Authorization:
    Bearer …`. Without it only requests that began on this machine may"""
    trusted_proxies: tuple[read.Network, ...] = read.setting(
        (), read.networks, "networks whose X-Forwarded-For is believed, by comma"
    )
    """networks by comma, such as `127.0.0.1,10.0.0.0/8`, whose `X-Forwarded-For`, `-Proto` and
    `-Host` are believed"""

    @property
    def prefix(self) -> str:
        """The path below which the server is found, such as ``/xr``; mostly empty."""
        return urlsplit(self.public_url or "").path

    @property
    def public_origin(self) -> str | None:
        """The origin of the public URL."""
        return self.public_url and self.public_url.removesuffix(self.prefix)


def redirect_origin(settings: Settings) -> str | None:
    """The origin that those who come by http are led to; None if they are not.

    Raises:
        SettingsError: a port for it is set, and https is not.
    """
    if not settings.redirect_port:
        return None
    origin = settings.public_origin or ""
    if settings.tls_certificate is None or not origin.startswith("https:"):
        raise SettingsError(
            "XR_REDIRECT_PORT leads to this server's own https: set XR_TLS_CERTIFICATE, XR_TLS_KEY "
            "and a public URL with https, or leave it out (behind a proxy, the proxy does it)"
        )
    return origin
