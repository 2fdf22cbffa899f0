"""Which customers have a chat open: here, and, by what other processes say on the bus, anywhere."""

from hub.clock import SECOND, Clock

KNOWN_SECONDS = 45


class Presence:
    """A set of customers, forgotten unless somebody goes on saying that they are there."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._until: dict[str, int] = {}

    def __contains__(self, log_id: object) -> bool:
        """Whether this customer is there now."""
        return isinstance(log_id, str) and self._until.get(log_id, 0) > self._clock.now()

    def see(self, log_id: str) -> bool:
        """The customer is there; true when that is news."""
        is_news = log_id not in self
        self._until[log_id] = self._clock.now() + KNOWN_SECONDS * SECOND
        return is_news

    def leave(self, log_id: str) -> None:
        """The customer has closed the last window."""
        self._until.pop(log_id, None)
