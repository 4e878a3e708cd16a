"""All that a server tells is in the tables of messages, with no key more or less."""

import json
from collections.abc import Iterable
from typing import Any

import msgspec
from trio.testing import MockClock

from tests.channels.backend import TOPIC, Browser, open_backend, pose, record, settled
from tests.rooms.fake_client import FakeClient
from tools.wire.catalogue import gather
from xr.events import EntitiesChanged, Moderated, UserLeft
from xr.features import FEATURES
from xr.features.doors import RoomChanged
from xr.roles import Role
from xr.wire.messages import Refusal, Reply
from xr.wire.voice import pack_voice_push

EVENTS = gather().events
RESPONSES = {each.reply for each in gather().intents.values() if each.reply is not None}


def events_that_fit(browsers: Iterable[Browser]) -> set[str]:
    """The events that these heard; each payload is checked against its type."""
    heard = set()
    for browser in browsers:
        for _, _, _, event, payload in browser.told():
            in_stoc = event == "stoc"
            name, told = (payload["event"], payload["payload"]) if in_stoc else (event, payload)
            assert EVENTS[name].in_stoc is in_stoc, name
            if EVENTS[name].payload is not bytes:
                assert fits(told, EVENTS[name].payload), (name, told)
            if name == "phx_reply":
                assert response_fits(told), told
            heard.add(name)
    return heard


def fits(payload: Any, kind: Any) -> bool:
    """Whether a payload has this type, and no key that the type does not know."""
    try:
        known = msgspec.convert(payload, kind)
    except msgspec.ValidationError:
        return False
    return bool(json.loads(msgspec.json.encode(known)) == payload)


def response_fits(payload: Any) -> bool:
    reply = msgspec.convert(payload, Reply)
    kinds = (Refusal,) if reply.status == "error" else RESPONSES
    return any(fits(reply.response, kind) for kind in kinds)


def test_a_key_that_no_table_knows_is_noticed() -> None:
    user = {"user_id": "ann"}
    assert fits(user, EVENTS["user_left"].payload)
    assert not fits({**user, "why": "tired"}, EVENTS["user_left"].payload)


class Insider(FakeClient):
    """A client of a test, by which it gets hold of the room; it reads nothing."""

    def send(self, frames: bytes) -> None:
        pass


async def test_all_events_are_told_as_their_types_say(autojump_clock: MockClock) -> None:
    async with open_backend("hall", "garden", features=FEATURES) as backend:
        ann = backend.browser("ann")
        ann.join(poses="json", fingers=True)
        ben, cat, dan = (backend.browser(user_id) for user_id in ("ben", "cat", "dan"))
        fay = backend.browser("fay")
        ben.join(poses="batch")
        cat.join(poses="binary")
        fay.join(poses="binary", stamps=True, voice=1, fingers=True)
        dan.join("room:nowhere")
        dan.join(poses="many")
        dan.push("i_moved", pose(1))
        await settled()
        hands = {
            side: {"position": [0, 1, 0], "rotation": [0, 0, 0, 1]} for side in ("left", "right")
        }
        ann.push("i_moved", {**pose(1), **hands})
        ann.push("i_moved", {})
        ann.push("i_danced", {})
        ann.push("i_am", {"name": "Ann"})
        ann.push("raise_hand", {"up": True})
        ann.push("react", {"kind": "wave"})
        ann.push("bend_fingers", {"left": [0, 1, 2, 3, 255]})
        ann.push("say", {"text": "Hello"})
        cat.push_record(record(2), join_ref="j1")
        cat.push_binary("voice", pack_voice_push(1, 0, 99, bytes([31 << 3, 1])), join_ref="j1")
        await settled()
        room = await backend.lobby.join("hall", Insider("eve"))
        ann.push("unsay", {"id": next(iter(room.snapshot.unsaved["chat"]["lines"]))})
        room.stream.publish(EntitiesChanged(created={"box": {"text": "new"}}))
        room.stream.publish(EntitiesChanged(changed={"box": {"text": None}}, deleted=("spawn",)))
        room.standings.give("ann", Role.MODERATOR)
        room.stream.publish(RoomChanged(room.door.options))
        room.stream.publish(Moderated("kick", "bob", None, "minutes 10"))
        await settled()
        backend.endpoint.kick("cat")
        ben.push("phx_leave", {}, TOPIC)
        await settled()
        room.stream.publish(UserLeft("a stranger"))  # which is the room's end
        await settled()
        assert events_that_fit([ann, ben, cat, dan, fay]) == set(EVENTS)
