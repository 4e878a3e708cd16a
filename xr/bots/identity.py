"""The identity of a bot: it asks for the room's page, as a browser does."""

import http.client
from html.parser import HTMLParser
from typing import NamedTuple
from urllib.parse import quote, urlencode, urlsplit

from xr.errors import XrError

PATIENCE = 10.0  # seconds


class Visitor(NamedTuple):
    """A user id that the server gave, and the token that proves it."""

    user_id: str
    token: str


def enter(url: str, password: str) -> str:
    """Give the server's password; returns the cookie that remembers it. Blocks.

    Raises:
        XrError: it is another password, or no such server.
        OSError: the server cannot be reached.
    """
    form = urlencode({"password": password})
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    response, _ = _ask(url, "POST", "/enter", form, headers)
    cookie = response.getheader("Set-Cookie")
    if response.status != http.HTTPStatus.SEE_OTHER or cookie is None:
        raise XrError(f"the server does not take the password in XR_PASSWORD: {response.status}")
    return cookie.partition(";")[0]


def fetch_visitor(url: str, room_id: str, cookie: str) -> Visitor:
    """Ask for the room's page as a new user, with the ``cookie`` of ``enter`` or "". Blocks.

    Raises:
        XrError: there is no such room, or no such server.
        OSError: the server cannot be reached.
    """
    headers = {"Cookie": cookie} if cookie else {}
    response, page = _ask(url, "GET", f"/rooms/{quote(room_id, safe='')}", None, headers)
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


def _ask(
    url: str, method: str, path: str, body: str | None, headers: dict[str, str]
) -> tuple[http.client.HTTPResponse, str]:
    """Send one request; the answer with its text."""
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    connection = kind(parts.netloc, timeout=PATIENCE)
    try:
        connection.request(method, f"{parts.path}{path}", body, headers)
        response = connection.getresponse()
        return response, response.read().decode(errors="replace")
    except http.client.HTTPException as error:
        raise XrError(f"{url} does not speak HTTP: {error!r}") from error
    finally:
        connection.close()


class _Metas(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.metas: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name, content = given.get("name"), given.get("content")
        if tag == "meta" and name and content:
            self.metas[name] = content
