"""The bus of a single process: there is nobody else to tell, limits and facts are kept here."""

import math
import time
from collections import OrderedDict, deque
from typing import Any, TypeVar

from hub.bus.base import Bus, Message
from hub.clock import SECOND, Clock

V = TypeVar("V")
MAX_KEYS = 50_000


class MemoryBus(Bus):
    """Keeps at most `MAX_KEYS` limits and as many facts, so that a flood of keys cannot fill the memory."""

    def __init__(self, clock: Clock | None = None) -> None:
        """Time is monotonic, so a step of the host's clock changes nothing; `clock.offset` moves it in tests."""
        super().__init__()
        self._clock = clock or Clock()
        self._taken: OrderedDict[str, tuple[float, deque[float]]] = OrderedDict()
        self._facts: OrderedDict[str, tuple[float, Any]] = OrderedDict()

    async def start(self) -> None:
        """Nothing to begin."""

    async def close(self) -> None:
        """Nothing to let go of."""

    def publish(self, channel: str, message: Message) -> None:
        """There is no other process."""

    async def take(self, key: str, limit: int, seconds: int) -> int:
        """See `Bus.take`."""
        return self.take_now(key, limit, seconds)

    def take_now(self, key: str, limit: int, seconds: int) -> int:
        """The same without waiting: the moments of the last `limit` permits tell all."""
        now = self._now()
        _, moments = self._taken.get(key) or (0.0, deque[float]())
        while moments and moments[0] <= now - seconds:
            moments.popleft()
        if len(moments) >= limit:
            return math.ceil(moments[-limit] + seconds - now) if limit > 0 else seconds
        moments.append(now)
        _keep(self._taken, key, now + seconds, moments, now)
        return 0

    async def put(self, key: str, value: object, seconds: int) -> None:
        """See `Bus.put`."""
        now = self._now()
        _keep(self._facts, key, now + seconds, value, now)

    async def get(self, key: str) -> Any:
        """See `Bus.get`."""
        until, value = self._facts.get(key, (0.0, None))
        return value if until > self._now() else None

    @property
    def is_up(self) -> bool:
        """Always: everybody there is can be reached."""
        return True

    def _now(self) -> float:
        return time.monotonic() + self._clock.offset / SECOND


def _keep(kept: "OrderedDict[str, tuple[float, V]]", key: str, until: float, value: V, now: float) -> None:
    """Store as the newest; drop the oldest that are over, and the oldest of all when there are too many."""
    kept[key] = (until, value)
    kept.move_to_end(key)
    while len(kept) > 1:
        oldest = next(iter(kept))
        if kept[oldest][0] > now and len(kept) <= MAX_KEYS:
            return
        del kept[oldest]
