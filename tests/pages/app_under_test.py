"""The app on a memory store, and a record of what it asked of the rest of the server."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from quart_trio import QuartTrio

from xr.identity import Identity
from xr.metrics import Metrics
from xr.monitoring.vitals import Health, Vitals
from xr.pages.app import create_app
from xr.pages.services import Services
from xr.rooms.options import Options
from xr.rooms.protocols import RoomRecord
from xr.serving.carrier import Carrier
from xr.settings import Settings
from xr.store.memory import MemoryStore
from xr.wire.reasons import Reason
from xr.wire.refusals import Refused

SECRET = "a secret of tests, long enough"
LOCAL: dict[str, Any] = {"client": ("127.0.0.1", 50000)}
"""A scope's peer on this machine, for the test client's ``scope_base``."""

NOWHERE = Path("/nonexistent/bundle")


@dataclass
class FakeServer:
    """A stand-in for the rest of the server: what it answers, and what it was told."""

    present: dict[str, int] = field(default_factory=dict)
    who: dict[str, list[str]] = field(default_factory=dict)
    health: Health = field(default_factory=lambda: Health("ok"))
    refusal: Reason | None = None
    metrics: Metrics = field(default_factory=Metrics)
    closed: list[str] = field(default_factory=list)
    forgotten: list[tuple[str, str | None]] = field(default_factory=list)
    kicked: list[tuple[str, str | None]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    intents: list[tuple[str, str, dict[str, Any], str | None]] = field(default_factory=list)
    connected: list[tuple[str, str]] = field(default_factory=list)
    versions: list[str] = field(default_factory=list)
    barred: dict[tuple[str, str, str], Refused] = field(default_factory=dict)
    doors: dict[str, Reason] = field(default_factory=dict)
    knocked: list[tuple[str, str, str | None]] = field(default_factory=list)
    options: dict[str, Options] = field(default_factory=dict)
    records: dict[str, RoomRecord] = field(default_factory=dict)
    look: dict[str, dict[str, bytes]] = field(default_factory=dict)

    async def close_room(self, room_id: str) -> None:
        self.closed.append(room_id)

    async def forget_pose(self, user_id: str, room_id: str) -> int:
        self.forgotten.append((user_id, room_id))
        return 3

    async def forget_user(self, user_id: str) -> int:
        self.forgotten.append((user_id, None))
        return 3

    async def ask(
        self, room_id: str, name: str, payload: Mapping[str, Any], user_id: str | None = None
    ) -> dict[str, Any]:
        self.intents.append((room_id, name, dict(payload), user_id))
        return {}

    def kick(self, user_id: str, room_id: str | None) -> int:
        self.kicked.append((user_id, room_id))
        return 2

    async def settle(self, user_id: str) -> bool:
        return True

    async def send_out(self, user_id: str) -> None: ...

    def refuse(self, address: str) -> Reason | None:
        self.asked.append(address)
        return self.refusal

    async def knock(
        self, room_id: str, user_id: str, address: str, invite: str | None
    ) -> Refused | None:
        self.knocked.append((room_id, user_id, invite))
        barred = self.barred.get((room_id, user_id, address))
        reason = None if invite == "good" else self.doors.get(room_id)
        return barred or (None if reason is None else Refused(reason))

    def connect(
        self, version: str, user_id: str, address: str, agent: str, carrier: Carrier
    ) -> None:
        self.versions.append(version)
        self.connected.append((user_id, address))
        carrier.close(1000, "")


@dataclass
class Parts:
    """An app with all that it was made of."""

    app: QuartTrio
    store: MemoryStore
    identity: Identity
    server: FakeServer
    services: Services

    def socket_path(self, user_id: str = "someone", vsn: str = "2.0.0") -> str:
        return f"/socket/websocket?vsn={vsn}&user_token={self.identity.sign_token(user_id)}"


class BrokenStore(MemoryStore):
    """A store of which the named methods fail as ``error`` says."""

    def __init__(self, error: Exception, *methods: str) -> None:
        super().__init__()
        for method in methods:
            setattr(self, method, failing(error))


def failing(error: Exception) -> Callable[..., Any]:
    """A method that fails so."""

    async def fail(*_: object, **__: object) -> None:
        raise error

    return fail


def make_parts(
    settings: Settings | None = None,
    store: MemoryStore | None = None,
    clock: Callable[[], float] | None = None,
    **changes: Any,
) -> Parts:
    """Put an app together; ``changes`` replace single services."""
    server = FakeServer()
    store = store or MemoryStore()
    settings = settings or Settings()
    identity = Identity(SECRET, clock or time.time, settings.password, settings.admin_password)

    async def health() -> Health:
        return server.health

    async def measure() -> Vitals:
        return Vitals(health=server.health)

    services = Services(
        settings=settings,
        store=store,
        identity=identity,
        web=NOWHERE,
        present=lambda: server.present,
        who=lambda room_id: server.who.get(room_id, ()),
        close_room=server.close_room,
        forget_pose=server.forget_pose,
        forget_user=server.forget_user,
        kick=server.kick,
        settle=server.settle,
        send_out=server.send_out,
        ask=server.ask,
        health=health,
        measure=measure,
        metrics=server.metrics,
        refusal=lambda _: server.refusal,
        refuse=server.refuse,
        knock=server.knock,
        options=server.options.get,
        record=server.records.get,
        look=server.look.get,
        connect=server.connect,
    )
    services = replace(services, **changes)
    return Parts(create_app(services), store, identity, server, services)
