"""Figures for Prometheus: what this process counted, and what the store holds when asked."""

import time
from collections.abc import Callable, Iterable
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from sqlalchemy import func, select
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub.clock import SECOND
from hub.models import Availability, DeadLetter, Delivery, Outbox, OutboxKey, Queue
from hub.models.base import table
from hub.store import Hint, Tx
from web.problems import endpoint_of

MEDIA_TYPE = CONTENT_TYPE_PLAIN_0_0_4
UNFINISHED = ("queued", "sending", "failed", "unknown")
_todo, _line, _dead, _delivery = table(Outbox), table(OutboxKey), table(DeadLetter), table(Delivery)
_queue, _availability = table(Queue), table(Availability)


class Meters:
    """The figures of one process."""

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # they would double the page
        own = CollectorRegistry()
        self.registry = own
        self.requests = Counter(
            "hub_http_requests", "Answers by route and status.", ["endpoint", "status"], registry=own
        )
        self.seconds = Histogram("hub_http_seconds", "Time to the first byte, by route.", ["endpoint"], registry=own)
        self.hints = Counter("hub_hints", "Hints that told screens to look, by kind.", ["kind"], registry=own)
        self.sockets = Gauge("hub_sockets", "Open sockets, by namespace.", ["namespace"], registry=own)
        self.brief_lead = Histogram(
            "hub_brief_lead_seconds",
            "How long the brief was on the agent's screen before the answer.",
            buckets=(0.5, 1, 2, 3, 5, 8, 13, 20, 30, 60),
            registry=own,
        )
        self.todos = Gauge("hub_todos", "To-dos that wait.", registry=own)
        self.oldest = Gauge("hub_todo_oldest_seconds", "Age of the oldest to-do.", registry=own)
        self.dead = Gauge("hub_dead_letters", "To-dos that failed too often.", registry=own)
        self.deliveries = Gauge("hub_deliveries", "Deliveries that are not done, by state.", ["state"], registry=own)
        self.waiting = Gauge("hub_queue_waiting", "Conversations that wait, by queue.", ["queue"], registry=own)
        self.online = Gauge("hub_agents_online", "Agents who take offers.", registry=own)

    def count_hints(self, hints: Iterable[Hint]) -> None:
        """Screens were told to look."""
        for hint in hints:
            self.hints.labels(hint.kind).inc()

    def text(self, figures: dict[str, Any]) -> bytes:
        """The page, with the figures of the store as they are now."""
        self.todos.set(figures["todos"])
        self.oldest.set(figures["oldest"])
        self.dead.set(figures["dead"])
        self.online.set(figures["online"])
        for state in UNFINISHED:
            self.deliveries.labels(state).set(figures["deliveries"].get(state, 0))
        for slug, count in figures["waiting"].items():
            self.waiting.labels(slug).set(count)
        return generate_latest(self.registry)


def figures(tx: Tx) -> dict[str, Any]:
    """What the store holds: only counts that stay small or are kept by index."""
    oldest = tx.first(select(func.min(_todo.c.created_at)))
    states = (
        select(_delivery.c.state, func.count()).where(_delivery.c.state.in_(UNFINISHED)).group_by(_delivery.c.state)
    )
    online = select(func.count()).where(_availability.c.state == "online", _availability.c.lease_until > tx.now)
    return {
        "todos": _count(tx, select(func.count()).select_from(_todo)),
        "oldest": (tx.now - oldest[0]) / SECOND if oldest and oldest[0] else 0,
        "dead": _count(tx, select(func.count()).select_from(_dead)),
        "online": _count(tx, online),
        "deliveries": {row[0]: row[1] for row in tx.all(states)},
        "waiting": {row.slug: row.waiting for row in tx.all(select(_queue.c.slug, _queue.c.waiting).limit(500))},
    }


class Measure:
    """Counts answers and their time to the first byte."""

    def __init__(self, app: ASGIApp, *, meters: Meters, clock: Callable[[], float] = time.perf_counter) -> None:
        self.app = app
        self.meters = meters
        self.clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on and count."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = self.clock()

        async def count(message: Message) -> None:
            if message["type"] == "http.response.start":
                name = endpoint_of(scope)
                self.meters.requests.labels(name, str(message["status"])).inc()
                self.meters.seconds.labels(name).observe(self.clock() - began)
            await send(message)

        await self.app(scope, receive, count)


def _count(tx: Tx, statement: Any) -> int:
    row = tx.first(statement)
    return int(row[0]) if row else 0
