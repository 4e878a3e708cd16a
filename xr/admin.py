"""The operations as an operator asks for them: of the running server, or done here if none runs.

A server that runs holds the lock of its database; its lock file says where it answers.
"""

import json
import random
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import trio

from xr.errors import RequestRefused, StoreError
from xr.identity import Identity
from xr.operations import OPERATIONS
from xr.operations.kinds import Answer
from xr.settings import Settings
from xr.store.lock import acquire, holder
from xr.store.ownership import refuse_to_create
from xr.store.secret import load_secret
from xr.wire.refusals import Refused
from xr.world import World

if TYPE_CHECKING:
    from urllib.request import OpenerDirector

    from xr.rooms.supervisor import Supervisor
    from xr.store.protocol import Store

_PATIENCE = 30.0  # seconds; a deleted room takes up to ten to send everybody away


def ask(url: str, secret: str, name: str, arguments: Mapping[str, Any]) -> Answer:
    """Have the server at ``url`` do an operation, by a token that its secret signs.

    Blocks for up to half a minute.

    Raises:
        RequestRefused: the server refuses; the message says why.
        StoreError: it cannot be reached, or is another server.
    """
    import urllib.error  # these are slow to load, and most commands find no server
    import urllib.request

    headers = {
        "Authorization": f"Bearer {Identity(secret).sign_admin()}",
        "Content-Type": "application/json",
    }
    body = json.dumps(arguments).encode()
    request = urllib.request.Request(f"{url}/admin/{name}", data=body, headers=headers)
    try:
        with local_opener().open(request, timeout=_PATIENCE) as response:
            return _read_answer(response.read())
    except urllib.error.HTTPError as error:
        with error:
            raise RequestRefused(_refusal(error.code, error.read())) from error
    except OSError as error:  # URLError is one
        raise StoreError(f"the server at {url} does not answer: {error}") from error


def local_opener() -> "OpenerDirector":
    """An opener for a server on this machine: no proxy, for it takes commands from here only.

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
    answer.pop("ok", None)
    return answer


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
        asking = partial(ask, found.url, load_secret(settings), name, arguments)
        return await trio.to_thread.run_sync(asking, abandon_on_cancel=True)
    if operation.needs_server:
        raise RequestRefused("no server runs on this database, so nobody is connected")
    refuse_to_create(settings.database, create)
    from xr.store.sqlite import open_store  # slow to load too, and no need of a running server

    with acquire(settings.database):
        async with open_store(settings.database, settings.synchronous) as store:
            world = World(
                store=store,
                forget_pose=store.forget_pose,
                forget_user=store.forget_user,
                ask=partial(_ask_room, store, settings),
            )
            return await operation.perform(world, **arguments)


async def _ask_room(
    store: "Store",
    settings: Settings,
    room_id: str,
    name: str,
    payload: Mapping[str, Any],
    user_id: str | None = None,
) -> Any:
    """Ask an intent of a room that is opened for this alone, so that its rules hold here too.

    Raises:
        Refused: the room says why.
        StoreError: the change could not be written.
    """
    from xr.rooms.asking import ask as ask_room

    refusal: Refused | None = None
    response: Any = None
    supervisor = _rooms_alone(store, settings)
    async with trio.open_nursery() as nursery:
        await nursery.start(supervisor.run, name="rooms")
        try:
            response = await ask_room(supervisor, room_id, name, payload, user_id)
        except Refused as error:
            refusal = error
        supervisor.drain()
    if refusal is not None:
        raise refusal
    return response


def _rooms_alone(store: "Store", settings: Settings) -> "Supervisor":
    """The rooms of a store that nobody can join."""
    from xr.channels.room_frames import RoomFrames
    from xr.features import FEATURES
    from xr.metrics import Metrics
    from xr.rooms.building import Building
    from xr.rooms.settings import RoomSettings
    from xr.rooms.supervisor import Supervisor
    from xr.rooms.tenure import SoleOwner
    from xr.serving.framing import build_frame

    identity = Identity(load_secret(settings))
    building = Building(
        store,
        lambda room_id: RoomFrames(room_id, build_frame),
        RoomSettings(),
        Metrics(),
        identity.mark_address,
        identity,
        FEATURES,
    )
    return Supervisor(building, random.Random(), SoleOwner())
