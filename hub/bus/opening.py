"""Choose the bus by its URL."""

from hub.bus.base import Bus
from hub.bus.memory import MemoryBus
from hub.clock import Clock


def open_bus(url: str, clock: Clock | None = None) -> Bus:
    """A bus over Redis, or within this process when `url` is empty; call `start` before use."""
    if not url:
        return MemoryBus(clock)
    from hub.bus.redis import RedisBus  # seven megabytes that the embedded default does without

    return RedisBus(url, clock)
