"""Errors as people and programs see them: a page, JSON, or a line of text."""

import logging

import msgspec
from quart import Response, request
from quart_trio import QuartTrio
from werkzeug.exceptions import HTTPException

from xr.errors import NotFound, RequestRefused, StoreError
from xr.pages.answers import HTML, JSON, Answer
from xr.pages.rendering import render
from xr.serving.protocols import Headers

log = logging.getLogger(__name__)

_FOR_PROGRAMS = ("/api/", "/admin/", "/healthz", "/metrics")
_RETRY_SECONDS = b"5"

_TITLES = {
    400: "That was not understood",
    403: "That is not allowed",
    404: "Nothing is here",
    405: "That is not how this works",
    408: "That took too long",
    413: "That is too much",
    426: "This is a websocket",
    429: "That was too fast",
    503: "Not right now",
}
_TEXTS = {
    400: "The browser sent something that this server cannot read.",
    403: "The server understood the request and will not do it.",
    404: "The address is wrong, or what was here is gone.",
    405: "This address exists, but not for this kind of request.",
    408: "The request did not arrive in time.",
    413: "The request is larger than anything this server needs.",
    500: "The server made a mistake. It has been noted, and the server goes on.",
    503: "The server cannot reach its database. Please try again in a moment.",
}


def install_errors(app: QuartTrio) -> None:
    """Answer every error of this app in a way fit for whoever asked."""
    app.register_error_handler(HTTPException, _answer_refusal)
    app.register_error_handler(RequestRefused, _answer_request_refused)
    app.register_error_handler(StoreError, _answer_fault)
    app.register_error_handler(OSError, _answer_fault)
    app.register_error_handler(Exception, _answer_fault)


async def _answer_refusal(error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    # Werkzeug's own descriptions are for developers; ours are given by abort(description=).
    own = error.description if error.description != type(error).description else None
    headers = {name: text for name, text in error.get_headers() if name.lower() != "content-type"}
    return error_response(error.code or 500, own, headers)


async def _answer_request_refused(error: Exception) -> Response:
    return error_response(404 if isinstance(error, NotFound) else 400, str(error))


async def _answer_fault(error: Exception) -> Response:
    answer = fault_answer(request.path, error)
    headers = {name.decode(): value.decode() for name, value in answer.headers}
    return Response(answer.body, answer.status, headers, content_type=answer.kind)


def error_response(
    code: int, text: str | None = None, headers: dict[str, str] | None = None
) -> Response:
    """An answer that says what is wrong: JSON for the API, else a page."""
    answer = error_answer(request.path, code, text)
    return Response(answer.body, code, headers, content_type=answer.kind)


def error_answer(
    path: str, code: int, text: str | None = None, headers: Headers | None = None
) -> Answer:
    """An answer that says what is wrong with a request for ``path``, in front of the app."""
    text = text or _TEXTS.get(code, "")
    if path.startswith(_FOR_PROGRAMS):
        return Answer(code, JSON, msgspec.json.encode({"error": text}), headers or [])
    title = _TITLES.get(code, "Something went wrong")
    page = render("error.html", code=code, title=title, text=text)
    return Answer(code, HTML, page.encode(), headers or [])


def fault_answer(path: str, error: Exception) -> Answer:
    """The answer to a request that met an error which is not the visitor's; it is logged."""
    if isinstance(error, StoreError | OSError):
        log.error("store.failed path=%r reason=%r", path, error)
        return error_answer(path, 503, headers=[(b"retry-after", _RETRY_SECONDS)])
    log.error("page.failed path=%r", path, exc_info=error)
    return error_answer(path, 500)
