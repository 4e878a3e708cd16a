"""The operator's commands: asked of the running server, or done here when none runs.

A server that runs holds the lock of its database; its lock file says where it answers.
"""

import json
import random
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

import trio

from xr.errors import StoreError
from xr.identity import Identity
from xr.settings import Settings
from xr.store.furniture import furnish
from xr.store.lock import acquire, holder
from xr.store.ownership import refuse_to_create
from xr.store.protocol import Store
from xr.store.secret import load_secret
from xr.store.sqlite import open_store
from xr.wire.reasons import Reason

if TYPE_CHECKING:
    from urllib.request import OpenerDirector

Answer = Mapping[str, Any]

_PATIENCE = 30.0  # seconds; a deleted room takes up to ten to send everybody away
_DAY = 86_400


class AdminClient:
    """Asks a running server on this machine, with a token that its secret signs."""

    def __init__(self, url: str, secret: str) -> None:
        self._url = url
        self._identity = Identity(secret)

    def ask(self, command: str, arguments: Mapping[str, Any]) -> Answer:
        """Have the server do ``command``; blocks for up to half a minute.

        Raises:
            StoreError: the server cannot be reached, or refuses; the message says why.
        """
        import urllib.error  # these are slow to load, and most commands find no server
        import urllib.request

        request = urllib.request.Request(
            f"{self._url}/admin/{command}",
            data=json.dumps(arguments).encode(),
            headers={
                "Authorization": f"Bearer {self._identity.sign_admin()}",
                "Content-Type": "application/json",
            },
        )
        try:
            with _opener().open(request, timeout=_PATIENCE) as response:
                return _read_answer(response.read())
        except urllib.error.HTTPError as error:
            with error:
                raise StoreError(_refusal(error.code, error.read())) from error
        except OSError as error:  # URLError is one
            raise StoreError(f"the server at {self._url} does not answer: {error}") from error


def _opener() -> "OpenerDirector":
    """No proxy, for the server takes commands from this machine only.

    No certificate is checked: it is for the public name, and the address is this machine's.
    """
    import ssl
    import urllib.request

    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
    )


def _refusal(code: int, body: bytes) -> str:
    reason = _read_answer(body).get("error", "no reason given")
    if code == 403:
        reason += " Has this command the same settings, such as XR_SECRET_KEY, as the server?"
    return f"the server refused: {reason}"


def _read_answer(body: bytes) -> Answer:
    try:
        answer = json.loads(body)
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise StoreError("the server answered with something that is no answer")
    return answer


async def perform(
    command: str, arguments: Mapping[str, Any], settings: Settings, create: bool = False
) -> Answer:
    """Do a command where it belongs: in the server that holds the database, else in the database.

    With ``create`` a database is made where there is none.

    Raises:
        StoreError: it cannot be done; the message says why.
    """
    found = holder(settings.database)
    if found is not None:
        if found.url is None:
            raise StoreError(f"database {settings.database} is in use by {found}: try again soon")
        client = AdminClient(found.url, load_secret(settings))
        return await trio.to_thread.run_sync(client.ask, command, arguments, abandon_on_cancel=True)
    if command == "users-kick":
        raise StoreError("no server runs on this database, so nobody is connected")
    refuse_to_create(settings.database, create)
    with acquire(settings.database):
        async with open_store(settings.database, settings.synchronous) as store:
            return await _DIRECT[command](store, **arguments)


async def _list(store: Store) -> Answer:
    rooms = await store.list_rooms()
    return {
        "rooms": [
            {"id": room.room_id, "name": room.name, "created_at": room.created_at, "present": 0}
            for room in rooms
        ]
    }


async def _create(store: Store, name: str) -> Answer:
    return {"id": await store.create_room(_checked(name), furnish(random.Random()))}


async def _rename(store: Store, room_id: str, name: str) -> Answer:
    return _found(await store.rename_room(room_id, _checked(name)))


async def _delete(
    store: Store, room_id: str | None = None, never_entered: bool = False, days: float = 0
) -> Answer:
    if never_entered:
        return {"deleted": len(await store.delete_never_entered(days * _DAY))}
    return _found(await store.delete_room(room_id or ""))


async def _always_spawn(store: Store, room_id: str, always_spawn: bool) -> Answer:
    return _found(await store.set_always_spawn(room_id, always_spawn))


async def _forget_user(store: Store, user_id: str, room_id: str | None = None) -> Answer:
    return {"forgotten": await store.forget_poses(user_id, room_id)}


async def _forget_old(store: Store, days: float) -> Answer:
    return {"forgotten": await store.forget_older_than(days * _DAY)}


_DIRECT: Mapping[str, Callable[..., Awaitable[Answer]]] = {
    "rooms-list": _list,
    "rooms-create": _create,
    "rooms-rename": _rename,
    "rooms-delete": _delete,
    "rooms-always-spawn": _always_spawn,
    "users-forget": _forget_user,
    "poses-forget": _forget_old,
}


def _checked(name: str) -> str:
    from xr.pages.upkeep import room_name  # brings Quart along, which other commands do without

    try:
        return room_name(name)
    except ValueError as error:
        raise StoreError(str(error)) from error


def _found(found: bool) -> Answer:
    if not found:
        raise StoreError(Reason.NO_SUCH_ROOM)
    return {}
