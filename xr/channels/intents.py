"""A member's intents: looked up in the room, asked for at their own rates, decoded and obeyed."""

import math
from functools import cache, partial
from typing import Any

import msgspec
import trio

from xr.channels.outlet import Outlet
from xr.channels.serializer import Message
from xr.rates import Bucket
from xr.rooms.feature import Intent, Member, member_of
from xr.rooms.room import Room
from xr.wire.reasons import Reason
from xr.wire.refusals import Refused


class Place:
    """A member's place in an open room, with a bucket for each intent that they have asked for.

    The socket's reader owns it. Bounded by the intents that the room has.
    """

    def __init__(self, room: Room) -> None:
        self.room = room
        self._buckets: dict[str, Bucket] = {}
        self._preparing: trio.Lock | None = None  # 500 bytes that few members need

    def answer(self, outlet: Outlet, member: Member, message: Message) -> None:
        """Have the room obey an intent, and reply: ok with the response, or why not.

        A binary intent is not answered, and a refusal of it is counted.
        """
        silent = self.is_binary(message)
        try:
            intent = self.room.intent(message.event, member)
            self._take(message.event, intent)
            payload = _payload(intent, message)
            if intent.prepare is not None:
                later = partial(self._answer_later, outlet, member, message, intent, payload)
                outlet.spawn(later, f"prepare {message.event}")
                return
            response = self.room.obey(intent, member, payload)
        except Refused as refusal:
            if silent:
                outlet.dropped(f"{message.event}: {refusal.reason}")
            else:
                outlet.refuse(message, refusal)
        else:
            if not silent:
                outlet.reply(message, "ok", response)

    async def _answer_later(
        self, outlet: Outlet, member: Member, message: Message, intent: Intent[Any], payload: Any
    ) -> None:
        """Prepare the payload in a thread, in the order of asking; then have the room obey."""
        assert intent.prepare is not None
        if self._preparing is None:
            self._preparing = trio.Lock()
        try:
            async with self._preparing:
                payload = await trio.to_thread.run_sync(intent.prepare, payload)
            standing = self.room.standings[member.user_id]
            member = member_of(member.user_id, standing, member.ref)
            intent = self.room.intent(message.event, member)  # the role may have changed
            response = self.room.obey(intent, member, payload)
        except Refused as refusal:
            outlet.refuse(message, refusal)
        else:
            outlet.reply(message, "ok", response)

    def is_binary(self, message: Message) -> bool:
        """Whether this is a binary push of an intent that is asked so."""
        if not message.binary:
            return False
        intent = self.room.intents.get(message.event)
        return intent is not None and intent.payload is bytes

    def _take(self, event: str, intent: Intent[Any]) -> None:
        bucket = self._buckets.get(event)
        if bucket is None:
            bucket = self._buckets[event] = Bucket(intent.rate.a_second, intent.rate.burst)
        if not bucket.take():
            raise too_fast(bucket)


def too_fast(bucket: Bucket) -> Refused:
    """The refusal of one thing too many; ``retry_after`` is in seconds, rounded up."""
    return Refused(Reason.TOO_FAST, retry_after=math.ceil(bucket.wait() * 1000) / 1000)


@cache
def _decoder(payload: type[Any]) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(payload)


def _payload(intent: Intent[Any], message: Message) -> Any:
    if intent.payload is bytes:
        if not message.binary:
            raise Refused(Reason.INVALID_PAYLOAD, "the payload is binary")
        return bytes(message.payload)
    if message.binary:
        raise Refused(Reason.INVALID_PAYLOAD, "the payload is JSON")
    try:
        decoder = _decoder(intent.payload)  # type: ignore[arg-type]  # types are hashable
        return decoder.decode(message.payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refused(Reason.INVALID_PAYLOAD, str(error)) from error
