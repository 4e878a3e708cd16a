"""The pages over rooms that are really open: app, lobby and sockets on one store, no network."""

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial

from quart import Response

from tests.channels.backend import Backend, Browser, open_backend
from tests.pages.app_under_test import LOCAL, Parts, make_parts
from tests.rooms.house import SIGNER
from xr.features import FEATURES
from xr.identity import COOKIE
from xr.roles import Role
from xr.rooms.asking import ask
from xr.rooms.lifecycle import Ending
from xr.rooms.standings import Standing
from xr.rooms.tenure import Tenure
from xr.rooms.users import send_out, settle
from xr.rooms.writing import write
from xr.settings import Settings
from xr.wire.reasons import Reason

STAFF = {
    "owner": Standing(Role.OWNER),
    "moderator": Standing(Role.MODERATOR),
    "member": Standing(Role.MEMBER),
}
"""Users who are called as their role; "guest" has visited the room, "stranger" has not."""


@dataclass
class Site:
    """The parts of a server, and visitors who are called by their user id."""

    parts: Parts
    backend: Backend

    async def get(self, path: str, user_id: str | None) -> Response:
        """The answer to a visitor of this id; None has no cookie."""
        client = self.parts.app.test_client()
        return await client.get(path, headers=self.headers(user_id), scope_base=LOCAL)

    async def post(self, path: str, user_id: str | None, /, **form: str) -> Response:
        """Send a form."""
        client = self.parts.app.test_client()
        headers = self.headers(user_id)
        return await client.post(path, form=form, headers=headers, scope_base=LOCAL)

    async def text(self, path: str, user_id: str | None) -> str:
        """A page, which must be there."""
        response = await self.get(path, user_id)
        assert response.status_code == 200
        return await response.get_data(as_text=True)

    async def enter(self, user_id: str, room_id: str = "hall") -> Browser:
        """Somebody's websocket, in the room."""
        return await self.backend.visitor(user_id, f"room:{room_id}")

    def headers(self, user_id: str | None) -> dict[str, str]:
        """The cookie of a user."""
        if user_id is None:
            return {}
        return {"Cookie": f"{COOKIE}={self.parts.identity.sign_cookie(user_id)}"}


@asynccontextmanager
async def open_site(
    settings: Settings | None = None, staff: Sequence[str] = tuple(STAFF)
) -> AsyncIterator[Site]:
    """A server with the room ``hall``, which is not listed, and its staff."""
    async with open_backend("hall", features=FEATURES, now=time.time) as backend:
        tenure, lobby = Tenure("hall"), backend.lobby
        await backend.store.save_standings(tenure, {each: STAFF[each] for each in staff})
        await backend.store.save_options(tenure, {"listed": False})

        async def forget_user(user_id: str) -> int:
            with lobby.forgetting():
                lobby.forget_user(user_id)
                return await backend.store.forget_user(user_id)

        async def leave_all(user_id: str) -> None:
            backend.endpoint.kick(user_id, reason=Reason.FORGOTTEN)
            await send_out(lobby.supervisor, user_id)

        parts = make_parts(
            settings or Settings(page_rate=0, room_rate=0),
            backend.store,
            identity=SIGNER,
            present=lobby.present,
            who=lobby.who,
            close_room=lobby.close,
            forget_pose=backend.store.forget_pose,
            forget_user=forget_user,
            kick=backend.endpoint.kick,
            stop_room=partial(lobby.close, why=Ending.STOPPED),
            open_sockets=backend.endpoint.open_sockets,
            write=partial(write, lobby.supervisor),
            settle=partial(settle, lobby.supervisor),
            send_out=leave_all,
            ask=partial(ask, lobby.supervisor),
            knock=lobby.refusal,
            options=lobby.options,
            record=lobby.record,
            look=lobby.look,
        )
        yield Site(replace(parts, identity=SIGNER), backend)
