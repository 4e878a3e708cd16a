"""The API for programs: a new socket token, health, metrics."""

from hmac import compare_digest

from quart import Blueprint, Response, abort, jsonify, request

from xr import __version__
from xr.identity import COOKIE, TOKEN_SECONDS
from xr.pages.addresses import caller_of
from xr.pages.services import services

api = Blueprint("api", __name__)


@api.get("/api/token")
async def new_token() -> Response:
    """A new socket token for whom the cookie names: a page may stay open longer than a token."""
    identity = services().identity
    user_id = identity.read_cookie(request.cookies.get(COOKIE))
    if user_id is None:
        abort(403, description="No valid identity cookie came along. A room's page gives one.")
    return jsonify(
        {"token": identity.sign_token(user_id), "user_id": user_id, "expires_in": TOKEN_SECONDS}
    )


@api.get("/healthz")
async def health() -> tuple[Response, int]:
    """How the server is: 200 while it serves, 503 when it does not or will soon not.

    Reasons, hints at forgotten settings, and version are for the operator: they name rooms, paths
    and addresses.
    """
    found = await services().health()
    code = 200 if found.status in ("ok", "degraded") else 503
    answer: dict[str, object] = {"status": found.status}
    if _asks_for_operator():
        answer |= {
            "reasons": list(found.reasons),
            "hints": services().hints.texts,
            "version": __version__,
        }
    return jsonify(answer), code


@api.get("/metrics")
async def metrics() -> Response:
    """The counters as Prometheus text, for the operator."""
    if not _asks_for_operator():
        abort(403, description="Metrics are for this machine, or for who brings XR_METRICS_TOKEN.")
    from prometheus_client import CONTENT_TYPE_LATEST

    from xr.pages.exposition import exposition

    parts = services()
    text = exposition(parts.metrics, await parts.measure(), parts.settings)
    return Response(text, content_type=CONTENT_TYPE_LATEST)


def _asks_for_operator() -> bool:
    """Whether the request began on this machine, or brings the operator's token."""
    settings = services().settings
    if caller_of(request.scope, settings).local:
        return True
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    known = settings.metrics_token
    return (
        known is not None
        and scheme.lower() == "bearer"
        and compare_digest(token.encode(), known.encode())
    )
