"""What is told and never stored: who is there, and who is typing. It may be lost without harm."""

import asyncio
from typing import Any

import socketio

from hub.runtime import Hub
from web.live.presence import Presence
from web.live.sockets import Registry

PRESENCE = "presence"
TYPING = "typing"


class Ephemera:
    """Passes presence and typing on: here to the screens concerned, over the bus to other processes."""

    def __init__(self, hub: Hub, sio: socketio.AsyncServer, registry: Registry) -> None:
        self._hub = hub
        self._sio = sio
        self._registry = registry
        self.presence = Presence(hub.clock)
        self._running: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Hear what other processes say."""
        self._hub.bus.subscribe(PRESENCE, self._hear_presence)
        self._hub.bus.subscribe(TYPING, self._hear_typing)

    def still_here(self) -> None:
        """Say again who has a chat open here, before it is forgotten."""
        here = sorted(self._registry.present_logs())
        for log_id in here:
            self.presence.see(log_id)
        if here:
            self._hub.bus.publish(PRESENCE, {"here": here})

    def _soon(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def tell_presence(self, log_id: str, is_here: bool) -> None:
        """A customer opened the first window, or closed the last one."""
        self._hub.bus.publish(PRESENCE, {"here" if is_here else "gone": [log_id]})
        await self._pass_presence(log_id, is_here)

    def _hear_presence(self, message: dict[str, Any]) -> None:
        """Another process says who is there; whom we have here ourselves is not gone, and the others hear that."""
        for log_id in map(str, message.get("here", ())):
            if self.presence.see(log_id):
                self._soon(self._pass_presence(log_id, True))
        present = self._registry.present_logs()
        for log_id in map(str, message.get("gone", ())):
            if log_id in present:
                self._hub.bus.publish(PRESENCE, {"here": [log_id]})
            else:
                self.presence.leave(log_id)
                self._soon(self._pass_presence(log_id, False))

    async def _pass_presence(self, log_id: str, is_here: bool) -> None:
        watch = self._registry.watches.get(log_id)
        event = {"customer_id": log_id, "state": "online" if is_here else "away"}
        for sid in list(watch.agents) if watch is not None else ():
            await self._sio.emit("presence", event, to=sid, namespace="/agent")

    async def tell_typing(self, message: dict[str, Any]) -> None:
        """Pass typing on to the other side, here and in the other processes. Nothing is stored."""
        self._hub.bus.publish(TYPING, message)
        await self._pass_typing(message)

    def _hear_typing(self, message: dict[str, Any]) -> None:
        self._soon(self._pass_typing(message))

    async def _pass_typing(self, message: dict[str, Any]) -> None:
        watch = self._registry.watches.get(str(message.get("log")))
        if watch is None:
            return
        event = {name: message[name] for name in ("conversation_id", "who", "on", "expires_ms")}
        if message["who"]["kind"] == "customer":
            for sid in list(watch.agents):
                await self._sio.emit("typing", event, to=sid, namespace="/agent")
            return
        shown = {"who": {"kind": event["who"]["kind"], "name": event["who"]["name"]}, **_timing(event)}
        for sid in list(watch.customers):
            chat = self._registry.customers.get(sid)
            if chat is not None and event["conversation_id"] in chat.grant.conversation_ids:
                await self._sio.emit("typing", shown, to=sid, namespace="/customer")


def _timing(event: dict[str, Any]) -> dict[str, Any]:
    return {"on": event["on"], "expires_ms": event["expires_ms"]}
