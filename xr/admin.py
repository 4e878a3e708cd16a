"""The operations as an operator asks for them: of the running server, or done here if none runs.

A server that runs holds the lock of its database; its lock file says where it answers.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import trio

from xr.errors import RequestRefused, StoreError
from xr.identity import Identity
from xr.operations import OPERATIONS, Answer
from xr.settings import Settings
from xr.store.lock import acquire, holder
from xr.store.ownership import refuse_to_create
from xr.store.protocol import Store
from xr.store.secret import load_secret
from xr.store.sqlite import open_store

if TYPE_CHECKING:
    from urllib.request import OpenerDirector

_PATIENCE = 30.0  # seconds; a deleted room takes up to ten to send everybody away


class AdminClient:
    """Asks a running server on this machine, with a token that its secret signs."""

    def __init__(self, url: str, secret: str) -> None:
        self._url = url
        self._identity = Identity(secret)

    def ask(self, name: str, arguments: Mapping[str, Any]) -> Answer:
        """Have the server do the operation ``name``; blocks for up to half a minute.

        Raises:
            RequestRefused: the server refuses; the message says why.
            StoreError: it cannot be reached, or is another server.
        """
        import urllib.error  # these are slow to load, and most commands find no server
        import urllib.request

        request = urllib.request.Request(
            f"{self._url}/admin/{name}",
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
                raise RequestRefused(_refusal(error.code, error.read())) from error
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


@dataclass(frozen=True)
class Unserved:
    """The world of a database that no server uses: no room is open, and nobody is present."""

    store: Store

    def present(self) -> Mapping[str, int]:
        """In no room anybody."""
        return {}

    def who(self, room_id: str, /) -> Sequence[str]:
        """Nobody."""
        return ()

    async def close_room(self, room_id: str, /) -> None:
        """Nothing is to be closed."""

    def always_spawn(self, room_id: str, always_spawn: bool, /) -> None:
        """Nobody needs to know."""

    async def forget(self, user_id: str, room_id: str | None, /) -> int:
        """Forget in the store."""
        return await self.store.forget_poses(user_id, room_id)

    def kick(self, user_id: str, room_id: str | None, /) -> int:
        """Nobody is connected."""
        return 0


async def perform(
    name: str, arguments: Mapping[str, Any], settings: Settings, create: bool = False
) -> Answer:
    """Do an operation where it belongs: in the server that holds the database, else in the store.

    With ``create`` a database is made where there is none.

    Raises:
        RequestRefused: it cannot be done; the message says why.
        StoreError: the database cannot be used, or its server does not answer.
    """
    operation = OPERATIONS[name]
    found = holder(settings.database)
    if found is not None:
        if found.url is None:
            raise StoreError(f"database {settings.database} is in use by {found}: try again soon")
        client = AdminClient(found.url, load_secret(settings))
        return await trio.to_thread.run_sync(client.ask, name, arguments, abandon_on_cancel=True)
    if operation.needs_server:
        raise RequestRefused("no server runs on this database, so nobody is connected")
    refuse_to_create(settings.database, create)
    with acquire(settings.database):
        async with open_store(settings.database, settings.synchronous) as store:
            return await operation.perform(Unserved(store), **arguments)
