"""The operations for the command line, which asks the running server: one process that writes.

Only from this machine, and only with a token that is signed with the server's secret.
"""

import logging

import msgspec
from quart import Blueprint, Response, abort, jsonify, request

from xr.operations import OPERATIONS
from xr.pages.addresses import caller_of
from xr.pages.services import services

log = logging.getLogger(__name__)

_NAMES = ",".join(map(repr, OPERATIONS))

admin = Blueprint("admin", __name__, url_prefix="/admin")


@admin.before_request
async def admit() -> None:
    """Let in who is on this machine and knows the secret."""
    parts = services()
    if not caller_of(request.scope, parts.settings).local:
        abort(403, description="Commands are taken from this machine only, and from no proxy.")
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not parts.identity.is_admin(token):
        abort(403, description="The token is missing, forged or expired.")


@admin.post(f"/<any({_NAMES}):name>")
async def obey(name: str) -> Response:
    """Perform the operation of this name with the arguments of the body."""
    operation = OPERATIONS[name]
    try:
        body = await request.get_data() or b"{}"
        arguments = msgspec.json.decode(body, type=operation.arguments)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        abort(400, description=str(error))
    log.info("admin.asked command=%s arguments=%r", name, without_secrets(arguments))
    answer = await operation.perform(services(), **msgspec.structs.asdict(arguments))
    return jsonify({"ok": True, **answer})


def without_secrets(arguments: msgspec.Struct) -> msgspec.Struct:
    """The arguments as the log may have them."""
    hidden = {
        name: "(hidden)"
        for name in ("password", "document")
        if getattr(arguments, name, None) is not None
    }
    return msgspec.structs.replace(arguments, **hidden)
