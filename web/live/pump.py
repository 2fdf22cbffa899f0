"""From a changed log to the screens that watch it: read once, tell many."""

import asyncio
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select

from hub import access, conversations, timeline, visible, visitors
from hub.logs import get_logger
from hub.models import Customer
from hub.models.base import table
from hub.runtime import Hub
from hub.store import Hot, Tx
from hub.store.hot import Row
from web import represent
from web.live.sockets import Registry, Watch
from web.serving import SocketServer

log = get_logger()

SWEEP_SECONDS = 1.0
PAGE = 200

_customer = table(Customer)
_COUNTER = Hot(
    select(_customer.c.counter, _customer.c.epoch, _customer.c.last_ordered_at).where(
        _customer.c.id == bindparam("log_id")
    )
)


@dataclass(slots=True)
class News:
    """What changed on one log, for both audiences; `hidden` are conversations that a console may not read."""

    log_id: str
    rows: list[Row]
    staff: list[Any]
    hidden: dict[str, frozenset[str]]
    customers: dict[str, list[Any]]
    grants: dict[str, visitors.Grant]


@dataclass(frozen=True, slots=True)
class Fresh:
    """An entry that was committed here a moment ago, and nothing else of its log with it, as both audiences see it."""

    row: Row
    staff: Any
    customer: Any


def counter(tx: Tx, log_id: str) -> Row:
    """Counter, epoch and last moment of a log."""
    row = tx.one(_COUNTER, log_id=log_id)
    assert row is not None
    return row


class Pump:
    """Passes changes on, log by log, in order of revision."""

    def __init__(self, hub: Hub, sio: SocketServer, registry: Registry) -> None:
        self._hub = hub
        self._sio = sio
        self._registry = registry
        self._dirty: dict[str, int] = {}
        self._given: dict[str, list[Fresh]] = {}
        self._wake = asyncio.Event()
        self.missed: set[str] = set()
        self.suspects: set[str] = set()

    def mark(self, log_id: str) -> None:
        """This log may have changed."""
        if log_id in self._registry.watches:
            self._dirty[log_id] = self._dirty.get(log_id, 0) + 1
            self._wake.set()

    def give(self, fresh: Fresh) -> None:
        """What a commit of this process added need not be read again, if it proves to be all that is new."""
        if fresh.row.log_id in self._registry.watches:
            self._given.setdefault(fresh.row.log_id, []).append(fresh)

    async def run(self) -> None:
        """Pass on until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            dirty, self._dirty = self._dirty, {}
            given, self._given = self._given, {}
            try:
                await self._pass_on(dirty, given)
            except Exception:  # the loop must live on: the sweep finds what was missed
                log.exception("passing on failed")

    async def sweep(self) -> None:
        """Once a second: which watched logs moved without a hint, or changed who may see them?"""
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            known = {id: (w.revision, w.epoch) for id, w in self._registry.watches.items()}
            try:
                moved = await self._hub.store.read(lambda tx: self._moved(tx, known))  # noqa: B023
            except Exception:  # the loop must live on: the database may be away for a while
                log.exception("sweep failed")
                continue
            for log_id, has_new_epoch in moved:
                self.mark(log_id)
                self.missed.add(log_id)
                if has_new_epoch:
                    self.suspects.add(log_id)

    def _moved(self, tx: Tx, known: dict[str, tuple[int, int]]) -> list[tuple[str, bool]]:
        found = []
        for log_id, (revision, epoch) in known.items():
            row = tx.one(_COUNTER, log_id=log_id)
            if row is not None and (row.counter > revision or row.epoch != epoch):
                found.append((log_id, row.epoch != epoch))
        return found

    async def _pass_on(self, dirty: dict[str, int], given: dict[str, list[Fresh]]) -> None:
        jobs = []
        for log_id, marks in dirty.items():
            watch = self._registry.watches.get(log_id)
            if watch is None:
                continue
            grants, restricted = self._grants(watch), self._restricted(watch)
            fresh = sorted(given.get(log_id, ()), key=lambda each: each.row.revision)
            if len(fresh) == marks and not restricted and _is_all_new(watch, fresh, grants):
                await self._tell(_news(log_id, fresh, grants))
            else:
                jobs.append((log_id, watch.revision, grants, restricted))
        if jobs:
            for news in await self._hub.store.read(lambda tx: [self._collect(tx, *job) for job in jobs]):
                await self._tell(news)

    async def _tell(self, news: News) -> None:
        watch = self._registry.watches.get(news.log_id)
        if watch is None or not news.rows:
            return
        watch.revision = max(watch.revision, news.rows[-1].revision)
        await self._tell_staff(watch, news)
        await self._tell_customers(watch, news)
        if len(news.rows) == PAGE:
            self.mark(news.log_id)

    def _grants(self, watch: Watch) -> dict[str, visitors.Grant]:
        return {sid: c.grant for sid in watch.customers if (c := self._registry.customers.get(sid))}

    def _restricted(self, watch: Watch) -> dict[str, access.Viewer]:
        """Consoles of agents who may not read the rest of a customer's history."""
        viewers = {sid: s.viewer for sid in watch.agents if (s := self._registry.agents.get(sid))}
        return {sid: who for sid, who in viewers.items() if not access.reads_history(who)}

    def _collect(
        self,
        tx: Tx,
        log_id: str,
        after: int,
        grants: dict[str, visitors.Grant],
        restricted: dict[str, access.Viewer],
    ) -> News:
        rows = timeline.changes(tx, log_id, after, PAGE)
        about = [conversations.get(tx, id) for id in {row.conversation_id for row in rows}] if restricted else []
        hidden = {sid: access.hidden_conversations(tx, who, about) for sid, who in restricted.items()}
        fresh = {sid: self._renewed(tx, grant, rows) for sid, grant in grants.items()}
        customers = {sid: represent.customer_entries(tx, visible.only(rows, grant)) for sid, grant in fresh.items()}
        return News(log_id, rows, list(represent.entries(tx, rows)), hidden, customers, fresh)

    def _renewed(self, tx: Tx, grant: visitors.Grant, rows: list[Row]) -> visitors.Grant:
        """A conversation the window does not know yet may be the visitor's: look again."""
        if all(row.conversation_id in grant.conversation_ids for row in rows):
            return grant
        ids = access.grants(tx, grant.address_id)
        return visitors.Grant(grant.visitor_id, grant.address_id, grant.customer_id, ids)

    async def _tell_staff(self, watch: Watch, news: News) -> None:
        for sid in list(watch.agents):
            socket = self._registry.agents.get(sid)
            if socket is None:
                continue
            hidden = news.hidden.get(sid, frozenset())
            for resource in news.staff:
                previous = socket.sent.get(watch.log_id, 0)
                if resource["revision"] <= previous or resource["conversation_id"] in hidden:
                    continue
                socket.sent[watch.log_id] = resource["revision"]
                event = {
                    "type": "entry",
                    "resource": resource,
                    "revision": resource["revision"],
                    "previous": previous,
                    "log": watch.log_id,
                }
                await self._sio.tell("entry", event, [sid], "/agent")

    async def _tell_customers(self, watch: Watch, news: News) -> None:
        for sid, resources in news.customers.items():
            socket = self._registry.customers.get(sid)
            if socket is None:
                continue
            socket.grant = news.grants[sid]
            for resource in resources:
                if resource["revision"] <= socket.sent:
                    continue
                previous, socket.sent = socket.sent, resource["revision"]
                event = {"type": "entry", "resource": resource, "revision": socket.sent, "previous": previous}
                await self._sio.tell("entry", event, [sid], "/customer")


def _is_all_new(watch: Watch, fresh: list[Fresh], grants: dict[str, visitors.Grant]) -> bool:
    """Whether these follow without a gap on what was told, in conversations that every window knows.

    One mark is one commit that touched the log: as many marks as entries, each alone in its commit, leave no room
    for anything else.
    """
    follows = all(each.row.revision == watch.revision + n for n, each in enumerate(fresh, 1))
    return follows and all(e.row.conversation_id in g.conversation_ids for e in fresh for g in grants.values())


def _news(log_id: str, fresh: list[Fresh], grants: dict[str, visitors.Grant]) -> News:
    customers = {
        sid: [each.customer for each in fresh if visible.only([each.row], grant)] for sid, grant in grants.items()
    }
    return News(log_id, [each.row for each in fresh], [each.staff for each in fresh], {}, customers, grants)
