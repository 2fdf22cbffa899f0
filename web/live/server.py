"""The socket server of one process: its namespaces, its loops, and what it does with hints."""

import asyncio
from typing import Any

import socketio

from hub import access, availability, staff, visitors
from hub.errors import HubError, Unauthenticated
from hub.logs import get_logger
from hub.runtime import Hub
from hub.store import Hint, Tx
from web.live.agents import AgentDoor
from web.live.customers import CustomerDoor
from web.live.ephemera import Ephemera
from web.live.healing import Healing
from web.live.lists import Lists
from web.live.pump import Pump, counter
from web.live.screens import Screens
from web.live.sockets import AgentSocket, Registry
from web.serving import socket_server

log = get_logger()

RENEW_SECONDS = 15.0


class Live:
    """Give `asgi` to the application; `start` when the hub runs, `close` before it ends."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self.sio = socket_server(allowed_origins(hub), ["/agent", "/customer"])
        self.registry = Registry()
        self.ephemera = Ephemera(hub, self.sio, self.registry)
        self.presence = self.ephemera.presence
        self.pump = Pump(hub, self.sio, self.registry)
        self.lists = Lists(hub, self.sio, self.registry, self.presence)
        self._healing = Healing(hub, self.sio, self.registry, self.pump, self.lists, self.check_access)
        screens = Screens(self.registry, self.ephemera, self.pump, self.lists)
        self._customers = CustomerDoor(hub, screens)
        self._agents = AgentDoor(hub, screens)
        self.sio.register_namespace(self._customers)
        self.sio.register_namespace(self._agents)
        self.asgi = socketio.ASGIApp(self.sio, socketio_path="socket.io")
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Listen to hints and begin the loops."""
        self._hub.listen(self._hear)
        self.ephemera.start()
        loops = (self.pump.run(), self.pump.sweep(), self.lists.run(), self.lists.places())
        more = (self._healing.run(), self._renew())
        self._tasks = [asyncio.get_running_loop().create_task(loop) for loop in (*loops, *more)]

    async def close(self) -> None:
        """End the loops; browsers reconnect elsewhere by themselves."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.sio.shutdown()

    def _hear(self, hints: list[Hint]) -> None:
        for hint in hints:
            if hint.kind == "log":
                self.pump.mark(hint.id)
            elif hint.kind in ("conversation", "offer", "agent"):
                self.lists.mark(hint.kind, hint.id)
                if hint.kind == "agent" and (sids := self.registry.agent_sids(hint.id)):
                    self._soon(self._check_logins(sids))
            elif hint.kind == "access":
                self.lists.moved(hint.id)
                self._soon(self.check_access(hint.id))
            elif hint.kind == "visitor":
                self._soon(self._customers.adopt(hint.id))
            elif hint.kind == "logout":
                self._soon(self._check_logins(self.registry.agent_sids(hint.id)))

    def _soon(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.append(task)
        task.add_done_callback(self._tasks.remove)

    async def check_access(self, log_id: str) -> None:
        """Who watches this log is asked again whether they may; who may not is sent away."""
        watch = self.registry.watches.get(log_id)
        if watch is None:
            return
        sockets = [s for sid in watch.agents if (s := self.registry.agents.get(sid))]
        chats = [c for sid in watch.customers if (c := self.registry.customers.get(sid))]

        def look(tx: Tx) -> tuple[set[str], set[str], int]:
            kept = {s.sid for s in sockets if _still_sees(tx, s, log_id)}
            there = {c.sid for c in chats if _still_holds(tx, c.visitor.id)}
            return kept, there, _epoch(tx, log_id)

        kept, there, epoch = await self._hub.store.read(look)
        watch.epoch = epoch
        for socket in sockets:
            if socket.sid not in kept:
                self.registry.unwatch(log_id, socket.sid)
                socket.sent.pop(log_id, None)
                await self.sio.emit("resync", {"log": log_id}, to=socket.sid, namespace="/agent")
        for chat in chats:
            if chat.sid not in there:
                await self.end(chat.sid, "/customer")

    async def end(self, sid: str, namespace: str) -> None:
        """Tell a screen that its time is over, and close its socket."""
        await self.sio.emit("session_over", {}, to=sid, namespace=namespace)
        await self.sio.disconnect(sid, namespace=namespace)

    async def _renew(self) -> None:
        """While a console is connected its agent is there; log-ins that ended are shown the door."""
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            try:
                await self._agents.part_from_the_gone(list(self.registry.agents))
                await self._customers.part_from_the_gone(list(self.registry.customers))
                agents = sorted({socket.viewer.id for socket in self.registry.agents.values()})
                if agents:
                    await self._hub.store.write(lambda tx: availability.renew(tx, agents))  # noqa: B023
                await self._check_logins(list(self.registry.agents))
                self.ephemera.still_here()
            except Exception:  # the loop must live on: the database may be away for a while
                log.exception("renewing failed")

    async def _check_logins(self, sids: list[str]) -> None:
        sockets = [s for sid in sids if (s := self.registry.agents.get(sid))]
        good = await self._hub.store.read(lambda tx: {s.sid: _renewed(tx, s) for s in sockets})
        for socket in sockets:
            viewer = good[socket.sid]
            if viewer is None:
                await self.end(socket.sid, "/agent")
            elif viewer != socket.viewer:
                await self._has_other_rights(socket, viewer)

    async def _has_other_rights(self, socket: AgentSocket, viewer: access.Viewer) -> None:
        """Role, queues or sight of history have changed: lists are fetched again, and what may not be seen is left."""
        socket.viewer = viewer
        await self.sio.tell("inbox_stale", {}, [socket.sid], "/agent")
        for log_id in list(socket.sent):
            await self.sio.tell("resync", {"log": log_id}, [socket.sid], "/agent")
            await self.check_access(log_id)


def allowed_origins(hub: Hub) -> list[str]:
    """Browsers may connect from our own pages only; the widget's iframe is one of them."""
    base = hub.settings.base_url.rstrip("/")
    scheme, _, rest = base.partition("://")
    return [f"{scheme}://{rest.partition('/')[0]}"]


def _still_sees(tx: Tx, socket: AgentSocket, log_id: str) -> bool:
    try:
        socket.viewer = access.viewer(tx, socket.viewer.id)
    except HubError:
        return False
    return access.may_see_customer(tx, socket.viewer, log_id)


def _still_holds(tx: Tx, visitor_id: str) -> bool:
    return visitors.by_id(tx, visitor_id).revoked_at is None


def _epoch(tx: Tx, log_id: str) -> int:
    return int(counter(tx, log_id).epoch)


def _renewed(tx: Tx, socket: AgentSocket) -> access.Viewer | None:
    """The agent's rights as they are now, or None when the log-in or token has ended."""
    try:
        row = staff.by_login(tx, socket.token) if socket.is_cookie else staff.by_token(tx, socket.token)
        return access.viewer(tx, row.agent_id)
    except Unauthenticated:
        return None
