"""What is not an entry: conversations in lists, offers, colleagues, one's place in the queue.

Conversations change with every message; their events are gathered for a moment and sent once.
"""

import asyncio
import json
from typing import Any

import socketio
from sqlalchemy import select

from hub import access, conversations, handoff, visible
from hub.logs import get_logger
from hub.models import Agent, Availability, Conversation, Participant
from hub.models.base import table
from hub.runtime import Hub
from hub.store import Tx
from hub.store.hot import Row
from web import represent
from web.live.presence import Presence
from web.live.sockets import CustomerSocket, Registry

log = get_logger()

GATHER_SECONDS = 0.08
PLACES_SECONDS = 5.0

_cnv, _member = table(Conversation), table(Participant)
_agent, _avail = table(Agent), table(Availability)


class Lists:
    """Tells consoles what belongs into their lists, and chat windows how they stand."""

    def __init__(self, hub: Hub, sio: socketio.AsyncServer, registry: Registry, presence: Presence) -> None:
        self._hub = hub
        self._sio = sio
        self._registry = registry
        self._presence = presence
        self._conversations: set[str] = set()
        self._offers: set[str] = set()
        self._agents: set[str] = set()
        self._moved: set[str] = set()
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

    async def run(self) -> None:
        """Pass on until cancelled, at most about twelve times a second."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            try:
                await self._pass_on()
            except Exception:  # the loop must live on: screens fetch their lists when they reconnect
                log.exception("passing lists on failed")
            await asyncio.sleep(GATHER_SECONDS)

    async def places(self) -> None:
        """Every few seconds: those who wait hear where they stand now."""
        while True:
            await asyncio.sleep(PLACES_SECONDS)
            waiting = [socket for socket in self._registry.customers.values() if socket.is_waiting]
            for socket in waiting:
                try:
                    await self.tell_customer(socket)
                except Exception:  # the loop must live on: the database may be away for a while
                    log.exception("telling a place failed")

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
        for row, resource in zip(rows, resources, strict=True):
            for sid, socket in list(self._registry.agents.items()):
                is_listed = _may_list(socket.viewer, row, shared)
                if not is_listed and row.log_id in moved:
                    await self._sio.emit("conversation_gone", {"id": row.id}, to=sid, namespace="/agent")
                if is_listed or row.log_id in socket.sent:
                    may_read = is_listed or access.reads_history(socket.viewer)
                    event = _announcement(row, resource if may_read else represent.as_title(resource), is_listed)
                    await self._sio.emit("conversation", event, to=sid, namespace="/agent")
        logs = {row.log_id for row in rows}
        for customer in list(self._registry.customers.values()):
            if customer.grant.customer_id in logs:
                await self.tell_customer(customer)

    def _read(self, tx: Tx, ids: list[str]) -> tuple[list[Row], list[Any], set[tuple[str, str]]]:
        rows = tx.all(select(_cnv).where(_cnv.c.id.in_(ids)).order_by(_cnv.c.id))
        members = tx.all(
            select(_member.c.conversation_id, _member.c.ref_id).where(
                _member.c.conversation_id.in_(ids), _member.c.kind == "agent"
            )
        )
        shared = {(m.conversation_id, m.ref_id) for m in members}
        return rows, list(represent.conversations(tx, rows, present=self._presence)), shared

    async def tell_customer(self, socket: CustomerSocket) -> None:
        """Send a chat window its conversation, if that looks different from what it was told."""
        resource = await self._hub.store.read(lambda tx: customer_conversation(tx, socket))
        shown = json.dumps(resource)
        if shown != socket.shown:
            socket.shown = shown
            socket.is_waiting = resource is not None and resource["with"]["kind"] == "queue"
            await self._sio.emit("conversation", {"resource": resource}, to=socket.sid, namespace="/customer")

    async def _tell_offer(self, offer_id: str) -> None:
        def read(tx: Tx) -> tuple[Row, Any, Any]:
            row = handoff.get_offer(tx, offer_id)
            resource = represent.offer(tx, row, present=self._presence) if row.state == "live" else None
            return row, resource, _winner(tx, row)

        row, resource, winner = await self._hub.store.read(read)
        event: dict[str, Any] = {"id": row.id, "state": row.state, "winner": winner}
        name = "offer_over"
        if resource is not None:
            name, event = "offer", {"type": "offer", "resource": resource}
        for sid in self._registry.agent_sids(row.agent_id):
            await self._sio.emit(name, event, to=sid, namespace="/agent")

    async def _tell_agents(self, ids: list[str]) -> None:
        def read(tx: Tx) -> list[Any]:
            known = {a.agent_id: a for a in tx.all(select(_avail).where(_avail.c.agent_id.in_(ids)))}
            rows = tx.all(select(_agent).where(_agent.c.id.in_(ids)).order_by(_agent.c.id))
            return [represent.agent_short(row, known.get(row.id)) for row in rows]

        for resource in await self._hub.store.read(read):
            for sid in list(self._registry.agents):
                await self._sio.emit("agent", {"type": "agent", "resource": resource}, to=sid, namespace="/agent")


def customer_conversation(tx: Tx, socket: CustomerSocket) -> Any:
    """The conversation a chat window is about, as its customer sees it, or None."""
    row = visible.current(tx, socket.grant)
    return represent.customer_conversation(tx, row) if row is not None else None


def _announcement(row: Row, resource: Any, is_listed: bool) -> dict[str, Any]:
    """A conversation as it is now. Not `listed`: of a customer who is open on this screen, but in none of its lists."""
    return {
        "type": "conversation",
        "resource": resource,
        "revision": row.version,
        "previous": row.version - 1,
        "listed": is_listed,
    }


def _may_list(viewer: access.Viewer, row: Row, shared: set[tuple[str, str]]) -> bool:
    in_queue = viewer.role == "agent" and row.queue_id in viewer.queue_ids
    return viewer.sees_all or row.owner_id == viewer.id or in_queue or (row.id, viewer.id) in shared


def _winner(tx: Tx, row: Row) -> dict[str, str] | None:
    about = conversations.get(tx, row.conversation_id)
    if about.owner_kind != "agent" or about.owner_id == row.agent_id:
        return None
    winner = tx.first(select(_agent.c.id, _agent.c.name).where(_agent.c.id == about.owner_id))
    return {"id": winner.id, "name": winner.name} if winner is not None else None
