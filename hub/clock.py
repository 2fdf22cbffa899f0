"""Time as the hub keeps it: whole microseconds since 1970, UTC (decision 3)."""

import time
from datetime import UTC, datetime
from functools import lru_cache

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


class Clock:
    """The one source of time; tests move `offset` (microseconds) instead of waiting."""

    def __init__(self) -> None:
        self.offset = 0

    def now(self) -> int:
        """Microseconds since 1970, UTC."""
        return time.time_ns() // 1000 + self.offset

    def advance(self, seconds: float) -> None:
        """Let time pass, for tests."""
        self.offset += int(seconds * SECOND)


def to_text(micros: int) -> str:
    """RFC 3339 with microseconds: `2026-11-21T14:02:00.000000Z`."""
    return f"{_second(micros // SECOND)}.{micros % SECOND:06d}Z"


@lru_cache(maxsize=1024)
def _second(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
