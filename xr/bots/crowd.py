"""Many bots at once."""

from collections.abc import Callable
from random import Random

import trio

from xr.bots.bot import Bot, Visit
from xr.bots.command import Options
from xr.bots.identity import enter
from xr.bots.report import Report, Sightings
from xr.errors import XrError

_COMING = 15.0  # bots a second, which stays below a server's default of joins from one address
_OVERTIME = 15.0  # seconds that bots may need to come to an end


async def run_bots(options: Options, out: Callable[[str], None]) -> Report:
    """Send bots into a room; ``out`` is called with each error at once.

    They arrive one after the other, and leave together ``seconds`` after the first arrived. The
    same seed makes them walk in the same way.
    """
    report, sightings = Report(out), Sightings()
    begin = trio.current_time()
    try:
        cookie = await _cookie(options)
    except XrError as error:
        report.trouble(str(error))
        return report
    except OSError as error:
        report.trouble(f"cannot reach {options.url}: {error.strerror or error}")
        return report
    visit = Visit(options.url, options.room, options.rate, options.poses, cookie)
    until = begin + options.seconds

    async def send(number: int) -> None:
        await trio.sleep_until(begin + number / _COMING)
        random = Random(f"{options.seed}/{number}")
        await Bot(visit, random, report, sightings).run(until)

    with trio.move_on_after(options.seconds + _OVERTIME) as scope:
        async with trio.open_nursery() as nursery:
            for number in range(options.count):
                nursery.start_soon(send, number, name=f"bot {number}")
    if scope.cancelled_caught:
        report.trouble("some bots did not come to an end")
    report.seconds = min(trio.current_time(), until) - begin
    return report


async def _cookie(options: Options) -> str:
    """The cookie that shows the password, given once for all."""
    if options.password is None:
        return ""
    return await trio.to_thread.run_sync(
        enter, options.url, options.password, abandon_on_cancel=True
    )
