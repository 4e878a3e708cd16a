"""Tries at the passwords of rooms: few a minute of an address, one at a time."""

import math
from collections.abc import Awaitable, Callable

import trio

from xr.passwords import is_password
from xr.rates import Addresses
from xr.wire.reasons import Reason
from xr.wire.refusals import Refused

TRIES = 5
"""Wrong passwords that an address may give at once, and in a minute."""
_MINUTE = 60


Verify = Callable[[str, str | None], Awaitable[bool]]
"""Whether a password is the one that was hashed; it takes as long without a hash."""


async def verify_in_thread(password: str, hashed: str | None) -> bool:
    """Compare in a thread, so that nobody else waits. Cancelled, the thread ends all the same."""
    return await trio.to_thread.run_sync(is_password, password, hashed)


class Passwords:
    """Checks passwords for all rooms of a server.

    One at a time: a check takes 19 MiB and some 40 ms of a core. So a class of thirty behind one
    address gets in with the right password: only a wrong one counts. The line before it is as long
    as there are joins, which have a rate of their own.
    """

    def __init__(self, verify: Verify) -> None:
        self._verify = verify
        self._turn = trio.Lock()
        self._tries = Addresses(TRIES / _MINUTE, burst=TRIES)

    async def check(self, address: str, password: str, hashed: str | None) -> bool:
        """Whether the password is the one that was hashed.

        Without a hash it is not; that takes as long, and counts as no try.

        Raises:
            Refused: the address has given too many wrong ones.
        """
        async with self._turn:
            delay = self._tries.delay(address) if hashed is not None else 0
            if delay:
                raise Refused(
                    Reason.TOO_FAST,
                    f"Too many wrong passwords came from your network. Try again in "
                    f"{math.ceil(delay)} s.",
                    retry_after=math.ceil(delay),
                )
            right = await self._verify(password, hashed)
            if right:  # only wrong ones are limited
                self._tries.give_back(address)
            return right
