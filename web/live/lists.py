"""What is not an entry: conversations in lists, offers, colleagues, one's place in the queue.

Conversations change with every message; their events are gathered for a moment and sent once.
"""

import asyncio
import json
import time
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import select

from hub import access, conversations, handoff, staff, visible
from hub.logs import get_logger
from hub.models import Agent, Availability, Conversation, Participant
from hub.models.base import table
from hub.runtime import Hub
from hub.store import Tx
from hub.store.hot import Row
from web import represent
from web.live.presence import Presence
from web.live.sockets import CustomerSocket, Registry
from web.serving import SocketServer

log = get_logger()

GATHER_SECONDS, LONGEST_SECONDS = 0.08, 1.0
REST = 9  # times as long as passing on took: under load, lists take a tenth of the time and messages the rest
PLACES_SECONDS = 5.0

_cnv, _member = table(Conversation), table(Participant)
_agent, _avail = table(Agent), table(Availability)


class Lists:
    """Tells consoles what belongs into their lists, and chat windows how they stand."""

    def __init__(self, hub: Hub, sio: SocketServer, registry: Registry, presence: Presence) -> None:
        self._hub = hub
        self._sio = sio
        self._registry = registry
        self._presence = presence
        self._conversations: set[str] = set()
        self._offers: set[str] = set()
        self._agents: set[str] = set()
        self._moved: set[str] = set()
        self._told: dict[str, set[str]] = {}
        self._wake = asyncio.Event()

    def mark(self, kind: str, id: str) -> None:
        """A conversation, an offer or an agent may have changed."""
        if not self._registry.agents and not self._registry.customers:
            return
        {"conversation": self._conversations, "offer": self._offers, "agent": self._agents}[kind].add(id)
        self._wake.set()

    def moved(self, log_id: str) -> None:
        """Who may see this customer's conversations has changed: some screens must forget them."""
        self._moved.add(log_id)

    def told_offers(self, agent_ids: Collection[str]) -> set[str]:
        """Offers that ring on the consoles of these agents, as far as they were told."""
        self._told = {id: offers for id, offers in self._told.items() if id in agent_ids}
        return set().union(*self._told.values())

    async def run(self) -> None:
        """Pass on until cancelled, at most about twelve times a second; when there is much, once a second."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            began = time.monotonic()
            try:
                await self._pass_on()
            except Exception:  # the loop must live on: screens fetch their lists when they reconnect
                log.exception("passing lists on failed")
            took = time.monotonic() - began
            await asyncio.sleep(min(max(GATHER_SECONDS, REST * took), LONGEST_SECONDS))

    async def places(self) -> None:
        """Every few seconds: those who wait hear where they stand now."""
        while True:
            await asyncio.sleep(PLACES_SECONDS)
            waiting = [socket for socket in self._registry.customers.values() if socket.is_waiting]
            try:
                await self.tell_customers(waiting)
            except Exception:  # the loop must live on: the database may be away for a while
                log.exception("telling places failed")

    async def _pass_on(self) -> None:
        offers, self._offers = self._offers, set()
        ids, self._conversations = self._conversations, set()
        agents, self._agents = self._agents, set()
        for offer_id in sorted(offers):
            await self._tell_offer(offer_id)
        if ids:
            await self._tell_conversations(sorted(ids))
        if agents:
            await self._tell_agents(sorted(agents))

    async def _tell_conversations(self, ids: list[str]) -> None:
        moved, self._moved = self._moved, set()
        rows, resources, shared = await self._hub.store.read(lambda tx: self._read(tx, ids))
        listeners = _Listeners(self._registry)
        for row, resource in zip(rows, resources, strict=True):
            listed = listeners.of(row, shared)
            await self._sio.tell("conversation", _announcement(row, resource, is_listed=True), listed, "/agent")
            if row.log_id in moved:
                others = [sid for sid in self._registry.agents if sid not in listed]
                await self._sio.tell("conversation_gone", {"id": row.id}, others, "/agent")
            await self._tell_watching(row, resource, listed)
        await self._tell_customers_of(rows)

    async def _tell_watching(self, row: Row, resource: Any, listed: set[str]) -> None:
        """Screens on which the customer is open, although this conversation is in none of their lists."""
        watch = self._registry.watches.get(row.log_id)
        for sid in watch.agents - listed if watch is not None else ():
            socket = self._registry.agents.get(sid)
            if socket is not None:
                shown = resource if access.reads_history(socket.viewer) else represent.as_title(resource)
                await self._sio.tell("conversation", _announcement(row, shown, is_listed=False), [sid], "/agent")

    def _read(self, tx: Tx, ids: list[str]) -> tuple[list[Row], list[Any], dict[str, list[str]]]:
        rows = tx.all(select(_cnv).where(_cnv.c.id.in_(ids)).order_by(_cnv.c.id))
        members = tx.all(
            select(_member.c.conversation_id, _member.c.ref_id).where(
                _member.c.conversation_id.in_(ids), _member.c.kind == "agent"
            )
        )
        shared: dict[str, list[str]] = {}
        for member in members:
            shared.setdefault(member.conversation_id, []).append(member.ref_id)
        return rows, list(represent.conversations(tx, rows, present=self._presence)), shared

    async def _tell_customers_of(self, rows: list[Row]) -> None:
        """Chat windows, if what they show of the conversation may have changed; messages reach them as entries."""
        stand: dict[str | None, dict[str, Any]] = {}
        for row in rows:
            stand.setdefault(row.log_id, {})[row.id] = _standing(row)
        changed = {}
        for socket in self._registry.customers.values():
            now = stand.get(socket.grant.customer_id, {})
            if any(socket.stands.get(id) != each for id, each in now.items()):
                changed[socket.sid] = socket
        await self.tell_customers(list(changed.values()))
        for socket in changed.values():
            socket.stands = stand[socket.grant.customer_id] | socket.stands

    async def tell_customer(self, socket: CustomerSocket) -> None:
        """Send a chat window its conversation, if that looks different from what it was told."""
        await self.tell_customers([socket])

    async def tell_customers(self, sockets: Sequence[CustomerSocket]) -> None:
        """The same for several windows, read together."""
        if not sockets:
            return
        found = await self._hub.store.read(lambda tx: [_about(tx, socket) for socket in sockets])
        for socket, (row, resource) in zip(sockets, found, strict=True):
            if row is not None:  # of the same read as what is shown: a change in between must not pass for told
                socket.stands[row.id] = _standing(row)
            shown = json.dumps(resource)
            if shown != socket.shown:
                socket.shown = shown
                socket.is_waiting = resource is not None and resource["with"]["kind"] == "queue"
                await self._sio.tell("conversation", {"resource": resource}, [socket.sid], "/customer")

    async def _tell_offer(self, offer_id: str) -> None:
        def read(tx: Tx) -> tuple[Row, Any, Any]:
            row = handoff.get_offer(tx, offer_id)
            resource = represent.offer(tx, row, present=self._presence) if row.state == "live" else None
            return row, resource, _winner(tx, row)

        row, resource, winner = await self._hub.store.read(read)
        event: dict[str, Any] = {"id": row.id, "state": row.state, "winner": winner}
        name, told = "offer_over", self._told.setdefault(row.agent_id, set())
        told.discard(row.id)
        if resource is not None:
            told.add(row.id)
            name, event = "offer", {"type": "offer", "resource": resource}
        await self._sio.tell(name, event, self._registry.agent_sids(row.agent_id), "/agent")

    async def _tell_agents(self, ids: list[str]) -> None:
        def read(tx: Tx) -> list[Any]:
            known = {a.agent_id: a for a in tx.all(select(_avail).where(_avail.c.agent_id.in_(ids)))}
            rows = tx.all(select(_agent).where(_agent.c.id.in_(ids)).order_by(_agent.c.id))
            return [represent.agent_short(row, known.get(row.id), staff.queues_of(tx, row.id)) for row in rows]

        for resource in await self._hub.store.read(read):
            await self._sio.tell(
                "agent", {"type": "agent", "resource": resource}, list(self._registry.agents), "/agent"
            )


def customer_conversation(tx: Tx, socket: CustomerSocket) -> Any:
    """The conversation a chat window is about, as its customer sees it, or None."""
    return _about(tx, socket)[1]


def _about(tx: Tx, socket: CustomerSocket) -> tuple[Row | None, Any]:
    row = visible.current(tx, socket.grant)
    return row, represent.customer_conversation(tx, row) if row is not None else None


class _Listeners:
    """The consoles of one moment by what brings a conversation into their lists."""

    def __init__(self, registry: Registry) -> None:
        self._everything: set[str] = set()
        self._of_agent: dict[str, set[str]] = {}
        self._of_queue: dict[str, set[str]] = {}
        for sid, socket in registry.agents.items():
            viewer = socket.viewer
            self._of_agent.setdefault(viewer.id, set()).add(sid)
            if viewer.sees_all:
                self._everything.add(sid)
            for queue_id in viewer.queue_ids if viewer.role == "agent" else ():
                self._of_queue.setdefault(queue_id, set()).add(sid)

    def of(self, row: Row, shared: dict[str, list[str]]) -> set[str]:
        """Who sees all, whose queue it is, who owns it, with whom it is shared."""
        found = self._everything | self._of_queue.get(row.queue_id, set())
        for agent_id in (row.owner_id, *shared.get(row.id, ())):
            found |= self._of_agent.get(agent_id, set())
        return found


def _standing(row: Row) -> tuple[Any, ...]:
    """What of a conversation its customer sees besides its entries."""
    owner = (row.owner_kind, row.owner_id, row.queue_id)
    return (row.status, *owner, row.language, row.read_through, row.resolved_at)


def _announcement(row: Row, resource: Any, is_listed: bool) -> dict[str, Any]:
    """A conversation as it is now. Not `listed`: of a customer who is open on this screen, but in none of its lists."""
    return {
        "type": "conversation",
        "resource": resource,
        "revision": row.version,
        "previous": row.version - 1,
        "listed": is_listed,
    }


def _winner(tx: Tx, row: Row) -> dict[str, str] | None:
    about = conversations.get(tx, row.conversation_id)
    if about.owner_kind != "agent" or about.owner_id == row.agent_id:
        return None
    winner = tx.first(select(_agent.c.id, _agent.c.name).where(_agent.c.id == about.owner_id))
    return {"id": winner.id, "name": winner.name} if winner is not None else None
