"""The operator's page ``/admin``: what goes on in the server, and what may be done about it.

A ticket of ``xr admin-link`` or a password gives the browser a cookie of its own. Every form asks
an operation of the one table, as the command line does, and works without script.
"""

import logging
from collections.abc import Mapping
from typing import Any

import msgspec
from quart import Blueprint, Response, redirect, request
from quart.typing import ResponseReturnValue

from xr.errors import NotFound, RequestRefused
from xr.identity import OPERATOR_COOKIE
from xr.operations import OPERATIONS
from xr.operations.rooms import find_rooms
from xr.pages import dashboard_view as view
from xr.pages.access import read_form
from xr.pages.addresses import caller_of
from xr.pages.admin import without_secrets
from xr.pages.answers import HTML, Body
from xr.pages.cookies import operator_cookie
from xr.pages.plots import plots
from xr.pages.rendering import render, render_aside
from xr.pages.services import services
from xr.roles import Role
from xr.wire.refusals import Refused

log = logging.getLogger(__name__)

dashboard = Blueprint("dashboard", __name__)

ENTER = "/admin/enter"
FORMS: Mapping[str, str] = {
    "rooms-announce": "It is said.",
    "rooms-close": "The room is locked, and all are sent out.",
    "rooms-set": "The room is set.",
    "rooms-role": "The role is given.",
    "rooms-delete": "Deleted.",
    "users-kick": "They are sent out for ten minutes.",
    "users-ban": "They are kept out.",
    "users-unban": "They may come in again.",
    "users-mute": "Done. It holds now.",
}
"""The operations that the page's forms ask, with the sentence for each that is done."""
USED = "This link was used already, or is older than ten minutes. Make a new one: xr admin-link"
WRONG = "That is not the password."
_NAMES = ",".join(map(repr, FORMS))


@dashboard.before_request
async def admit() -> Response | None:
    """Let in who has the cookie; all others are asked in, and are told nothing else."""
    if request.path == ENTER:
        return None
    if services().identity.is_operator(request.cookies.get(OPERATOR_COOKIE)):
        return None
    ticket = request.args.get("ticket", "")
    if services().tickets.holds(ticket):
        return _ask_in(200, ticket=ticket)
    return _ask_in(403, mistake=USED if ticket else "")


@dashboard.get("/admin")
async def show() -> str:
    """All of it."""
    return await _page()


@dashboard.get("/admin/live")
async def live() -> Response:
    """The parts that change, for the page's own script; 304 while they have not."""
    body = Body((await render_aside("admin_live.html", **await _parts())).encode())
    headers = {"ETag": body.etag, "Cache-Control": "private, no-cache"}
    if request.headers.get("If-None-Match") == body.etag:
        return Response("", 304, headers)
    text, more = await body.encoded(request.headers.get("Accept-Encoding", ""))
    headers |= {name.decode(): value.decode() for name, value in more}
    return Response(text, 200, headers, content_type=HTML)


@dashboard.post(ENTER)
async def enter() -> Response:
    """Take the form's ``ticket`` or ``password``, and give the cookie."""
    parts, form = services(), await read_form()
    caller = caller_of(request.scope, parts.settings)
    if "ticket" in form:
        right, mistake = parts.tickets.take(form["ticket"]), USED
    else:
        given, mistake = form.get("password", ""), WRONG
        try:
            right = await parts.admin_passwords.check(caller.address, given, parts.admin_hash)
        except Refused as refusal:
            parts.metrics.refused["admin"] += 1
            answer = _ask_in(429, mistake=refusal.detail or "")
            answer.headers["Retry-After"] = str(refusal.response["retry_after"])
            return answer
    log.info("admin.entered right=%s address=%s", right, caller.address)
    if not right:
        parts.metrics.refused["admin"] += 1
        return _ask_in(403, mistake=mistake)
    name, cookie = operator_cookie(parts, caller)
    return Response("", 303, {"Location": "/admin", name.decode(): cookie.decode()})


@dashboard.post("/admin/leave")
async def leave() -> Response:
    """Take the cookie away."""
    caller = caller_of(request.scope, services().settings)
    name, cookie = operator_cookie(services(), caller, gone=True)
    return Response("", 303, {"Location": "/admin", name.decode(): cookie.decode()})


@dashboard.post(f"/admin/act/<any({_NAMES}):name>")
async def obey(name: str) -> ResponseReturnValue:
    """Perform the operation of a form; empty fields count as not given."""
    operation, form = OPERATIONS[name], await read_form()
    given = {field: text for field, text in form.items() if text.strip()}
    try:
        arguments = msgspec.convert(given, operation.arguments, strict=False)
        log.info("admin.asked command=%s arguments=%r", name, without_secrets(arguments))
        await operation.perform(services(), **msgspec.structs.asdict(arguments))
    except msgspec.ValidationError as error:
        return await _page(failure=f"That was not understood: {error}."), 400
    except RequestRefused as error:
        return await _page(failure=str(error)), 404 if isinstance(error, NotFound) else 400
    return redirect(f"/admin?done={name}", 303)


@dashboard.get("/admin/rooms")
async def choose() -> str:
    """The rooms that fit the fields of the form, before they are deleted or given to somebody."""
    given = {name: request.args.get(name, "").strip() for name in ("matching", "made_by", "days")}
    days = view.number(given["days"])
    found = await find_rooms(services(), days, given["made_by"] or None, given["matching"] or None)
    chosen = {name: text for name, text in given.items() if text and text != "0"}
    return render(
        "admin_rooms.html",
        rooms=found[: view.MOST_ROOMS],
        count=len(found),
        chosen=chosen,
        given=given,
        roles=list(Role),
        present=services().present(),
    )


def _ask_in(code: int, *, ticket: str = "", mistake: str = "") -> Response:
    page = render(
        "admin_enter.html",
        ticket=ticket,
        mistake=mistake,
        has_password=services().settings.admin_password is not None,
    )
    return Response(page, code, content_type=HTML)


async def _page(failure: str = "") -> str:
    done = FORMS.get(request.args.get("done", ""), "")
    parts = await _parts()  # with 500 people it takes a tenth of a second to write
    return await render_aside("admin.html", done=done, failure=failure, given={}, **parts)


async def _parts() -> dict[str, Any]:
    """The parts of the page that change."""
    parts = services()
    vitals = await parts.measure()
    rooms, left_out = await view.rooms(parts)
    return {
        "health": vitals.health,
        "figures": view.figures(parts, vitals),
        "plots": plots(parts.history.samples),
        "rooms": rooms,
        "left_out": left_out,
        "elsewhere": view.elsewhere(parts),
        "warnings": view.warnings(parts),
        "roles": list(Role),
    }
