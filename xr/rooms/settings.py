"""The settings that all rooms of a server share."""

from dataclasses import dataclass


@dataclass(frozen=True)
class RoomSettings:
    """Seconds; users at most (0: no limit); hours for which chat is kept (0: only in memory)."""

    grace: float = 5.0
    idle: float = 30.0
    flush_interval: float = 5.0
    limit: int = 100
    tick: float = 0.05
    chat_hours: float = 24.0
