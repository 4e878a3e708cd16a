"""The table of what is measured, in the order of the runs of a round."""

from benchmarks.load import Load
from benchmarks.local import ColdStart, Flush
from benchmarks.measurement import Measurement
from benchmarks.pages import Page

SCENARIOS: tuple[Measurement, ...] = (
    ColdStart("cold-start"),
    Flush("flush"),
    Load("room-10", "load", 1, 10, peers=True),
    Load("room-100", "load", 1, 100, peers=True),
    Load("room-100-tls", "load", 1, 100, tls=True),
    Load("room-400", "load", 1, 400),
    Load("room-400-tls", "load", 1, 400, tls=True),
    Load("room-800", "load", 1, 800, peers=True),
    Load("room-1000", "load", 1, 1000),
    Load("room-2000", "load", 1, 2000, warm_up=5.0, peers=True),
    Load("rooms-20x10", "load", 20, 10, peers=True),
    Load("voice-20", "voice", 1, 20, talkers=3),
    Load("voice-100", "voice", 1, 100, talkers=8),
    Load("voice-500x10", "voice", 1, 500, talkers=20, groups=10),
    Load("idle", "idle", 11, 100, base=100, peers=True),
    Load("idle-tls", "idle", 11, 100, base=100, tls=True),
    Load("joins", "storm", 1, 100, seconds=5.0, warm_up=2.0, peers=True),
    Load("joins-page", "storm", 1, 100, seconds=5.0, warm_up=2.0, page=True),
    Page("page-room", "/rooms/{room}"),
    Page("page-room-cookie", "/rooms/{room}", cookie=True),
    Page("page-list", "/", rooms=1000),
)
