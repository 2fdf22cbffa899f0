"""What a bus can do."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

Message = dict[str, Any]
Handler = Callable[[Message], None]


class Bus(ABC):
    """Carries hints to the other processes and counts what is limited, quickly and without promises."""

    def __init__(self) -> None:
        self._handlers: dict[str, list[Handler]] = {}

    def subscribe(self, channel: str, handler: Handler) -> None:
        """Call `handler` on the event loop with each message that another process publishes from now on."""
        self._handlers.setdefault(channel, []).append(handler)

    @abstractmethod
    async def start(self) -> None:
        """Begin; returns in about two seconds at most, whether the other end is there or not."""

    @abstractmethod
    async def close(self) -> None:
        """Send what is still waiting if that is quick, then let go of everything."""

    @abstractmethod
    def publish(self, channel: str, message: Message) -> None:
        """Tell the other processes, never this one; JSON values only. Never waits, never raises."""

    @abstractmethod
    async def take(self, key: str, limit: int, seconds: int) -> int:
        """Use one of `limit` permits for `key` in any span of `seconds`.

        Gives 0 when it was free, else the whole seconds until one will be; a refusal uses nothing up.
        """

    @abstractmethod
    async def put(self, key: str, value: object, seconds: int) -> None:
        """Remember a JSON value for so long, at most."""

    @abstractmethod
    async def get(self, key: str) -> Any:
        """The remembered value, or None."""

    @property
    @abstractmethod
    def is_up(self) -> bool:
        """Whether other processes can be reached now."""
