"""Each route, form, command and intent, as each role: a new one has to be added here.

The room is not listed. A ``guest`` has visited it, a ``stranger`` never has; None has no cookie.
"""

from collections.abc import Mapping
from typing import Any

import pytest
from quart import Response
from trio.testing import MockClock

from tests.pages.app_under_test import make_parts
from tests.pages.open_rooms import Site, open_site
from tests.store.examples import STANDING
from xr.features import FEATURES
from xr.operations import OPERATIONS
from xr.pages.dashboard import FORMS as OPERATORS_FORMS
from xr.pages.forms import FORMS as ROOM_FORMS
from xr.roles import Role, may
from xr.rooms.tenure import Tenure
from xr.wire.reasons import Reason
from xr.wire.refusals import Refused

PEOPLE = (None, "stranger", "guest", "member", "moderator", "owner")
Codes = tuple[int, int, int, int, int, int]
"""The statuses of the answers to ``PEOPLE``, in their order."""

SETTINGS = "/rooms/<room_id>/settings"
FORM: Codes = (404, 404, 403, 403, 303, 303)
OWNERS_FORM: Codes = (404, 404, 403, 403, 403, 303)
OWNERS_PAGE: Codes = (404, 404, 403, 403, 403, 200)

ROUTES: Mapping[tuple[str, str], Codes] = {
    ("GET", "/"): (200,) * 6,
    ("GET", "/admin"): (403,) * 6,  # tests/pages/test_dashboard.py has the operator
    ("GET", "/admin/live"): (403,) * 6,
    ("GET", "/admin/rooms"): (403,) * 6,
    ("POST", "/admin/enter"): (403,) * 6,  # a wrong password
    ("POST", "/admin/leave"): (403,) * 6,
    ("GET", "/api/door"): (200,) * 6,
    ("GET", "/api/rooms"): (200,) * 6,
    ("GET", "/api/token"): (403, 200, 200, 200, 200, 200),
    ("GET", "/assets/<path:name>"): (404,) * 6,
    ("GET", "/enter"): (200,) * 6,
    ("POST", "/enter"): (403,) * 6,  # a wrong password
    ("GET", "/favicon.ico"): (200,) * 6,
    ("GET", "/healthz"): (200,) * 6,
    ("GET", "/me"): (200,) * 6,
    ("GET", "/me/data"): (200,) * 6,
    ("GET", "/me/forget"): (200,) * 6,
    ("POST", "/me/forget"): (303,) * 6,
    ("GET", "/metrics"): (403,) * 6,
    ("GET", "/privacy"): (200,) * 6,
    ("GET", "/robots.txt"): (200,) * 6,
    ("GET", "/rooms"): (303,) * 6,
    ("POST", "/rooms"): (303,) * 6,
    ("GET", "/rooms/<path:typed>"): (404,) * 6,
    ("GET", "/rooms/<typed>"): (404,) * 6,
    ("GET", "/rooms/<room_id>/delete"): OWNERS_PAGE,
    ("POST", "/rooms/<room_id>/delete"): OWNERS_FORM,
    ("GET", "/rooms/<room_id>/export"): OWNERS_PAGE,
    ("GET", SETTINGS): (404, 404, 403, 403, 200, 200),
    ("GET", "/socket/websocket"): (426,) * 6,
    ("GET", "/static/<path:name>"): (404,) * 6,
    # answered in front of the app: the link is the key to a room that is not listed
    ("GET", "/rooms/hall"): (200,) * 6,
    ("GET", "/api/rooms/hall/look"): (200,) * 6,
    **{("POST", f"/admin/{name}"): (403,) * 6 for name in OPERATIONS},
    **{("POST", f"/admin/act/{name}"): (403,) * 6 for name in OPERATORS_FORMS},
    ("POST", f"{SETTINGS}/options"): OWNERS_FORM,
    ("POST", f"{SETTINGS}/password"): OWNERS_FORM,
    ("POST", f"{SETTINGS}/role"): OWNERS_FORM,
    **{
        ("POST", f"{SETTINGS}/{name}"): FORM
        for name in ("lock", "kick", "ban", "unban", "mute", "invite", "revoke")
    },
}

FORMS: Mapping[str, Mapping[str, str]] = {
    "options": {"name": "Attic"},
    "password": {"password": ""},
    "role": {"user_id": "other", "role": "member"},
    "lock": {"locked": "on"},
    "kick": {"user_id": "member"},
    "ban": {"user_id": "guest", "address": "off"},
    "unban": {"user_id": "banned"},
    "mute": {"user_id": "guest", "muted": "on"},
    "invite": {"role": "member", "hours": "1"},
    "revoke": {},
}
ANYWHERE = {"<path:name>": "nothing", "<path:typed>": "no/thing", "<typed>": "nothing"}


def test_each_route_is_tried() -> None:
    found = set()
    for rule in make_parts().app.url_map.iter_rules():
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            if rule.rule.startswith("/admin/act/"):
                found |= {(method, f"/admin/act/{name}") for name in OPERATORS_FORMS}
            elif rule.rule.startswith("/admin/<"):
                found |= {(method, f"/admin/{name}") for name in OPERATIONS}
            elif "<any(" in rule.rule:
                found |= {(method, f"{SETTINGS}/{name}") for name in ROOM_FORMS}
            else:
                found.add((method, rule.rule))
    in_front = {("GET", "/rooms/hall"), ("GET", "/api/rooms/hall/look")}
    stream = ("GET", "/api/rooms/counts")  # does not end: tests/pages/test_counts.py
    assert found - {stream} | in_front == set(ROUTES)


async def prepare(site: Site) -> dict[str, str]:
    """Let the guest have visited the room; an invite and a ban are there. Fields for a form."""
    await site.backend.store.save_poses(Tenure("hall"), {"guest": STANDING})
    await site.parts.services.ask("hall", "ban", {"user_id": "banned"})
    invite = await site.parts.services.ask("hall", "invite", {"role": "guest"})
    return {"id": invite.id}


async def answer_of(
    site: Site, method: str, rule: str, user_id: str | None, fields: Mapping[str, str]
) -> Response:
    """The answer to somebody who asks the route from another machine."""
    path = rule.replace("<room_id>", "hall")
    for hole, text in ANYWHERE.items():
        path = path.replace(hole, text)
    name = path.rpartition("/")[2]
    client, headers = site.parts.app.test_client(), site.headers(user_id)
    base: dict[str, Any] = {"client": ("192.0.2.7", 5000)}
    if method == "GET":
        return await client.get(path, headers=headers, scope_base=base)
    form = {"name": "x"} if path == "/rooms" else dict(FORMS.get(name, {}))
    form |= fields if name == "revoke" else {}
    return await client.post(path, form=form, headers=headers, scope_base=base)


@pytest.mark.parametrize(("method", "rule"), ROUTES)
async def test_each_route_answers_each_role(
    method: str, rule: str, autojump_clock: MockClock
) -> None:
    for user_id, code in zip(PEOPLE, ROUTES[method, rule], strict=True):
        async with open_site() as site:
            fields = await prepare(site)
            before = await site.backend.store.load_room("hall")
            answer = await answer_of(site, method, rule, user_id, fields)
            assert answer.status_code == code, (user_id, await answer.get_data(as_text=True))
            if code in (403, 404) or method == "GET":
                assert await site.backend.store.load_room("hall") == before


INTENTS = {name: intent for feature in FEATURES for name, intent in feature.intents.items()}


@pytest.mark.parametrize("name", INTENTS)
async def test_each_intent_is_asked_by_each_role_and_by_the_operator(
    name: str, autojump_clock: MockClock
) -> None:
    needs = INTENTS[name].needs
    roles = {"stranger": Role.GUEST, "guest": Role.GUEST, **{role.value: role for role in Role}}
    async with open_site() as site:
        ask = site.parts.services.ask
        for user_id, role in (*roles.items(), (None, Role.OWNER)):
            before = await site.backend.store.load_room("hall")
            with pytest.raises(Refused) as refused:  # no payload of an intent is a list
                await ask("hall", name, [], user_id)  # type: ignore[arg-type]
            allowed = may(role, needs)
            assert (refused.value.reason is Reason.NOT_ALLOWED) is not allowed, user_id
            assert await site.backend.store.load_room("hall") == before
