"""The API for programs: a new socket token, health, metrics."""

from quart import Blueprint, Response, abort, jsonify, request

from xr import __version__
from xr.identity import COOKIE, TOKEN_SECONDS
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
    """How the server is: 200 while it serves, 503 when it does not or will soon not."""
    found = await services().health()
    code = 200 if found.status in ("ok", "degraded") else 503
    answer = {"status": found.status, "reasons": list(found.reasons), "version": __version__}
    return jsonify(answer), code


@api.get("/metrics")
async def metrics() -> Response:
    """The counters as Prometheus text."""
    from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

    return Response(generate_latest(services().registry), content_type=CONTENT_TYPE_LATEST)
