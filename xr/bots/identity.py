"""The identity of a bot: it asks for the room's page, as a browser does."""

import http.client
from html.parser import HTMLParser
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from xr.errors import XrError

PATIENCE = 10.0  # seconds


class Visitor(NamedTuple):
    """A user id that the server gave, and the token that proves it."""

    user_id: str
    token: str


def fetch_visitor(url: str, room_id: str) -> Visitor:
    """Ask for the room's page without a cookie, as a new user. Blocks.

    Raises:
        XrError: there is no such room, or no such server.
        OSError: the server cannot be reached.
    """
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    connection = kind(parts.netloc, timeout=PATIENCE)
    try:
        connection.request("GET", f"{parts.path.rstrip('/')}/rooms/{quote(room_id, safe='')}")
        response = connection.getresponse()
        page = response.read().decode(errors="replace")
    except http.client.HTTPException as error:
        raise XrError(f"{url} does not speak HTTP: {error!r}") from error
    finally:
        connection.close()
    if response.status == http.HTTPStatus.NOT_FOUND:
        raise XrError(f"there is no room {room_id!r}")
    if response.status != http.HTTPStatus.OK:
        raise XrError(f"the room's page is refused: HTTP {response.status} {response.reason}")
    return read_page(page)


def read_page(page: str) -> Visitor:
    """Find the identity in the room's page.

    Raises:
        XrError: it is not there.
    """
    found = _Metas()
    found.feed(page)
    try:
        return Visitor(found.metas["user-id"], found.metas["user-token"])
    except KeyError as error:
        raise XrError(f"the room's page has no meta element {error}") from error


class _Metas(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.metas: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name, content = given.get("name"), given.get("content")
        if tag == "meta" and name and content:
            self.metas[name] = content
