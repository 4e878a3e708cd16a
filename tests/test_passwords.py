"""Passwords of rooms: hashed with a salt, compared in a time that tells nothing."""

import time

import trio

from xr.passwords import hash_password, is_password
from xr.rooms.passwords import verify_in_thread


def test_a_password_is_known_by_its_hash_alone() -> None:
    hashed = hash_password("grün tea")
    assert hashed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert hashed != hash_password("grün tea")
    assert is_password("grün tea", hashed)
    assert is_password("gru\u0308n tea", hashed)  # as another keyboard writes it
    assert not is_password("grün te", hashed)
    assert not is_password("", hashed)


def test_nothing_is_the_password_where_there_is_none_or_it_cannot_be_read() -> None:
    for hashed in (None, "", "plain", "$argon2id$v=19$m=1"):
        assert not is_password("plain", hashed)


def test_a_comparison_takes_as_long_without_a_password() -> None:
    hashed = hash_password("tea")

    def seconds(password: str, known: str | None) -> float:
        started = time.thread_time()
        is_password(password, known)
        return time.thread_time() - started

    best = {
        name: min(seconds(password, known) for _ in range(5))
        for name, password, known in (
            ("right", "tea", hashed),
            ("wrong", "coffee", hashed),
            ("none", "tea", None),
        )
    }
    assert max(best.values()) < 2 * min(best.values())


async def test_the_loop_goes_on_during_a_comparison() -> None:
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            await trio.lowlevel.checkpoint()
            turns += 1

    async with trio.open_nursery() as nursery:
        nursery.start_soon(count)
        await trio.lowlevel.checkpoint()
        before = turns
        assert not await verify_in_thread("tea", None)
        assert turns > before + 10
        nursery.cancel_scope.cancel()
