"""Who is connected to this process, and what each of them watches."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from hub.access import Viewer
from hub.store.hot import Row
from hub.visitors import Grant

FLOOD_PER_SECOND = 40
FLOOD_BURST = 120


@dataclass(slots=True)
class Bucket:
    """How much one socket may still send: refilled by time, emptied by events."""

    left: float = FLOOD_BURST
    at: float = field(default_factory=time.monotonic)

    def take(self) -> bool:
        """Use one permit; false when there is none."""
        now = time.monotonic()
        self.left = min(FLOOD_BURST, self.left + (now - self.at) * FLOOD_PER_SECOND)
        self.at = now
        if self.left < 1:
            return False
        self.left -= 1
        return True


@dataclass(slots=True)
class AgentSocket:
    """One console. `sent` is, per watched log, the last revision this screen was told."""

    sid: str
    viewer: Viewer
    token: str
    is_cookie: bool
    sent: dict[str, int] = field(default_factory=dict)
    bucket: Bucket = field(default_factory=Bucket)


@dataclass(slots=True)
class CustomerSocket:
    """One chat window. `sent` is the moment of the last change it was told, `stands` how its conversations stood."""

    sid: str
    visitor: Row
    account: Row
    grant: Grant
    sent: int = 0
    shown: str = ""
    is_waiting: bool = False
    stands: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    bucket: Bucket = field(default_factory=Bucket)


@dataclass(slots=True)
class Watch:
    """A log that somebody here watches, and how far its changes have been passed on."""

    log_id: str
    revision: int
    epoch: int
    agents: set[str] = field(default_factory=set)
    customers: set[str] = field(default_factory=set)


class Registry:
    """All sockets of this process. Used only on the event loop, so it needs no lock."""

    def __init__(self) -> None:
        self.agents: dict[str, AgentSocket] = {}
        self.customers: dict[str, CustomerSocket] = {}
        self.watches: dict[str, Watch] = {}

    def watch(self, log_id: str, revision: int, epoch: int) -> Watch:
        """The watch of a log, begun at `revision` if nobody watched it."""
        return self.watches.setdefault(log_id, Watch(log_id, revision, epoch))

    def unwatch(self, log_id: str, sid: str) -> None:
        """This socket no longer watches; the last one ends the watch."""
        watch = self.watches.get(log_id)
        if watch is None:
            return
        watch.agents.discard(sid)
        watch.customers.discard(sid)
        if not watch.agents and not watch.customers:
            del self.watches[log_id]

    def drop(self, sid: str) -> AgentSocket | CustomerSocket | None:
        """The socket is gone."""
        agent = self.agents.pop(sid, None)
        if agent is not None:
            for log_id in list(agent.sent):
                self.unwatch(log_id, sid)
            return agent
        customer = self.customers.pop(sid, None)
        if customer is not None and customer.grant.customer_id is not None:
            self.unwatch(customer.grant.customer_id, sid)
        return customer

    def agent_sids(self, agent_id: str) -> list[str]:
        """The sockets of one agent."""
        return [sid for sid, socket in self.agents.items() if socket.viewer.id == agent_id]

    def customers_of(self, visitor_id: str) -> Iterator[CustomerSocket]:
        """The windows of one browser."""
        return (s for s in list(self.customers.values()) if s.visitor.id == visitor_id)

    def present_logs(self) -> set[str]:
        """Customers who have a chat open here."""
        return {watch.log_id for watch in self.watches.values() if watch.customers}
