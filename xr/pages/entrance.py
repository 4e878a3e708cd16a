"""The password of the whole server: a page asks for it, and a signed cookie remembers it.

Without it nothing is shown or made: the gate asks ``is_closed_to`` before it serves, and a socket's
token is good only under the password for which it was given (``identity.py``).
"""

from typing import TYPE_CHECKING
from urllib.parse import quote

from quart import Blueprint, Response, request

from xr.identity import ENTRY_COOKIE
from xr.pages.access import read_form
from xr.pages.addresses import caller_of
from xr.pages.answers import HTML, Answer
from xr.pages.cookies import cookie_of, entry_cookie
from xr.pages.errors import error_answer, error_response
from xr.pages.rendering import render
from xr.pages.services import Services, services
from xr.wire.refusals import Refused

if TYPE_CHECKING:
    from hypercorn.typing import WWWScope

entrance = Blueprint("entrance", __name__)

PATH = "/enter"
ASKED = "This server has a password: open its first page in a browser and give it."
WRONG = "That is not the password of this server."
_OPEN = (
    *("/assets/", "/static/", "/favicon.ico", "/robots.txt"),  # the same for everybody
    *("/healthz", "/metrics", "/admin"),  # for the operator, who proves that otherwise
    *(PATH, "/api/door"),  # these say how to come in
    "/privacy",  # who is asked for something may read what becomes of it
)


def is_closed_to(parts: Services, scope: "WWWScope", path: str) -> bool:
    """Whether the server's password must be given before this is served."""
    if parts.settings.password is None or path.startswith(_OPEN):
        return False
    return not has_entered(parts, scope)


def has_entered(parts: Services, scope: "WWWScope") -> bool:
    """Whether the request's cookie shows that its browser was told the password."""
    return parts.identity.is_entry(cookie_of(scope, ENTRY_COOKIE))


def ask_for_password(scope: "WWWScope", path: str) -> Answer:
    """The page that asks for it, and then leads to ``path``; programs are told in a sentence."""
    method = scope["method"] if scope["type"] == "http" else ""
    if method not in ("GET", "HEAD") or path.startswith("/api/"):
        return error_answer(path, 403, ASKED)
    query = scope["query_string"].decode("latin1")
    return Answer(403, HTML, _page(f"{quote(path)}?{query}" if query else quote(path)), [])


@entrance.get(PATH)
async def show() -> Response:
    """Ask for the password."""
    return Response(_page("/"), 200, content_type=HTML)


@entrance.post(PATH)
async def enter() -> Response:
    """Compare the form's ``password``, and go to ``next``, a path of this server."""
    parts = services()
    form = await read_form()
    caller, way = caller_of(request.scope, parts.settings), _own_path(form.get("next", ""))
    try:
        right = await parts.passwords.check(
            caller.address, form.get("password", ""), parts.password_hash
        )
    except Refused as refusal:
        parts.metrics.refused["password"] += 1
        headers = {"Retry-After": str(refusal.response["retry_after"])}
        return error_response(429, refusal.detail, headers)
    if not right:
        parts.metrics.refused["password"] += 1
        return Response(_page(way, WRONG), 403, content_type=HTML)
    name, cookie = entry_cookie(parts, caller)
    return Response("", 303, {"Location": way, name.decode(): cookie.decode()})


def _page(way: str, mistake: str = "") -> bytes:
    return render("password.html", way=way, mistake=mistake).encode()


def _own_path(text: str) -> str:
    """The path, if it is one of this server: browsers take ``//host`` for another one."""
    odd = not text.startswith("/") or text[1:2] in ("/", "\\") or not text.isprintable()
    return "/" if odd else text
