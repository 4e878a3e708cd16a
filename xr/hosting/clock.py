"""The findings about the clock: tokens, certificates and what is kept for days depend on it."""

import ctypes
import time
from pathlib import Path

from xr.hosting.findings import Findings, fault, good, warning
from xr.settings import Settings

_UNSYNCHRONISED = 5  # TIME_ERROR of adjtimex(2)
_ROOM_FOR_TIMEX = 512  # bytes; struct timex has 208. All zero: only asked, nothing is set
_ALLOWED = 60.0  # seconds; a file system may have a clock of its own


def look_at_clock(settings: Settings) -> Findings:
    """The clock is not behind what was written already, and something keeps it right."""
    now = time.time()
    database = settings.database.resolve()
    files = [path for end in ("", "-wal") if (path := Path(f"{database}{end}")).exists()]
    written = max((path.stat().st_mtime for path in files), default=0.0)
    told = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(now))
    cure = "timedatectl set-ntp true, or install chrony"
    if now < written - _ALLOWED:
        text = f"{told}, and the database was written {written - now:,.0f} s later than that"
        yield fault("clock", text, cure)
    elif _kernel_state() == _UNSYNCHRONISED:
        yield warning("clock", f"{told}; nothing keeps it right", cure)
    else:
        yield good("clock", told)


def _kernel_state() -> int:
    """The state of the kernel's clock (adjtimex(2)); -1 if it may not be asked."""
    try:
        return int(ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(_ROOM_FOR_TIMEX)))
    except AttributeError:  # another system than Linux
        return -1
