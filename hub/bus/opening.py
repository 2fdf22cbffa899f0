"""Choose the bus by its URL."""

from hub.bus.base import Bus
from hub.bus.memory import MemoryBus
from hub.bus.redis import RedisBus
from hub.clock import Clock


def open_bus(url: str, clock: Clock | None = None) -> Bus:
    """A bus over Redis, or within this process when `url` is empty; call `start` before use."""
    return RedisBus(url, clock) if url else MemoryBus(clock)
