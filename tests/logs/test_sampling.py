"""How much peers can write into the log."""

import logging

from xr.logs.sampling import MINUTE, PER_ADDRESS, PER_EVENT, Sampler


def refused(address: str = "192.0.2.1", reason: str = "origin") -> logging.LogRecord:
    text = "socket.refused status=%d reason=%r address=%s"
    return logging.LogRecord(
        "xr.pages", logging.INFO, __file__, 1, text, (403, reason, address), None
    )


def told(sampler: Sampler, now: float) -> list[str]:
    return [record.getMessage() for record in sampler.tell(now)]


def test_the_first_of_an_address_are_written_and_the_others_told_once() -> None:
    sampler = Sampler(0.0)
    assert [sampler.admits(refused()) for _ in range(PER_ADDRESS + 677)].count(True) == PER_ADDRESS
    assert sampler.wait(10.0) == MINUTE - 10.0
    assert told(sampler, MINUTE - 1) == []
    assert told(sampler, MINUTE) == [
        "socket.refused reason='origin' count=677: so many more within a minute"
    ]
    assert told(sampler, MINUTE) == []
    assert sampler.wait(MINUTE) is None


def test_each_address_and_each_reason_is_seen_beside_a_loud_one() -> None:
    sampler = Sampler(0.0)
    for _ in range(1000):
        sampler.admits(refused())
    assert sampler.admits(refused("192.0.2.2"))
    assert sampler.admits(refused(reason="token"))


def test_many_addresses_together_are_bounded_too() -> None:
    sampler = Sampler(0.0)
    written = [sampler.admits(refused(f"192.0.2.{n}")) for n in range(200)]
    assert written == [True] * PER_EVENT + [False] * (200 - PER_EVENT)


def test_a_new_minute_begins_anew_also_when_nothing_was_held_back() -> None:
    sampler = Sampler(0.0)
    for minute in range(10):
        assert told(sampler, minute * MINUTE) == []
        assert [sampler.admits(refused()) for _ in range(PER_ADDRESS)] == [True] * PER_ADDRESS


def test_what_is_about_no_peer_is_always_written() -> None:
    sampler = Sampler(0.0)
    made = logging.LogRecord("xr", logging.INFO, __file__, 1, "room.opened room=%s", ("a",), None)
    assert all(sampler.admits(made) for _ in range(1000))
