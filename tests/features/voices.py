"""Browsers that talk and listen, for the tests of voice."""

from tests.channels.backend import TOPIC, Backend, Browser, pose, settled
from xr.wire.voice import pack_voice_push


def sound(mark: int) -> bytes:
    """A packet of 20 ms that can be told from others."""
    return bytes([31 << 3, mark & 255, 1, 2, 3])


class Talker:
    """A browser that talks and listens."""

    def __init__(self, browser: Browser, number: int) -> None:
        self.browser = browser
        self.number = number
        self.seq = 0

    def talk(self, packets: int = 1, size: int = 0, topic: str = TOPIC) -> None:
        for _ in range(packets):
            self.seq += 1
            packet = sound(self.seq) + bytes(size)
            push = pack_voice_push(self.seq, 0, 99, packet)
            self.browser.push_binary("voice", push, topic)

    def switch(self, flags: int) -> None:
        """Switch the microphone on or off."""
        self.browser.push_binary("voice", pack_voice_push(self.seq, flags, 0, b""))

    def mics(self) -> list[tuple[str, str]]:
        """The changes of microphones that it was told of since the last time."""
        return [
            (news["user_id"], news["mic"])
            for event, news in self.browser.stoc()
            if event == "user_changed" and "mic" in news
        ]

    def heard(self) -> list[tuple[int, int]]:
        """The packets since the last time: ``n`` and number."""
        return [
            (n, packet.seq)
            for _, _, _, event, records in self.browser.told()
            if event == "voice"
            for n, packet in records
        ]

    def stand(self, x: float) -> None:
        self.browser.push("i_moved", pose(x))


async def enter(backend: Backend, *names: str, voice: int = 1) -> list[Talker]:
    """Users who stand in one place."""
    talkers = []
    for number, name in enumerate(names):
        browser = await backend.visitor(name, voice=voice)
        talkers.append(Talker(browser, number))
        talkers[-1].stand(0)
    await settled()
    for talker in talkers:
        talker.browser.told()
    return talkers
