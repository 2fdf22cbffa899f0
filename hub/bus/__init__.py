"""The bus between processes: hints, rate limits, and facts that may be forgotten (typing, seen now).

Nothing that matters travels only here: a lost message is healed by the sweep, and without Redis each
process limits alone. See `docs/decisions/0008-hints-over-redis.md`.
"""

from hub.bus.base import Bus, Handler
from hub.bus.memory import MemoryBus
from hub.bus.opening import open_bus

__all__ = ["Bus", "Handler", "MemoryBus", "open_bus"]
