"""The console's side: namespace `/agent`."""

from http.cookies import CookieError, SimpleCookie
from typing import Any

from hub import access, audit, availability, conversations, handoff, replies, staff
from hub.errors import Forbidden, Unauthenticated
from hub.runtime import Hub
from hub.store import Tx
from hub.store.hot import Row
from web import represent
from web.auth import cookie_name
from web.live import door
from web.live.door import Ack, Door
from web.live.pump import counter
from web.live.screens import Screens
from web.live.sockets import AgentSocket

REPLIES_PER_MINUTE = 120
TYPING_MS = 6000
MAX_WATCHES = 50


class AgentDoor(Door):
    """One console window of one agent; rights are asked again at every join and every command."""

    def __init__(self, hub: Hub, screens: Screens) -> None:
        super().__init__("/agent", hub)
        self._screens = screens

    def socket_of(self, sid: str) -> AgentSocket | None:
        """A window that was let in."""
        return self._screens.registry.agents.get(sid)

    async def on_arrival(self, sid: str, environ: dict[str, Any], auth: dict[str, Any]) -> None:
        """Let a console in by its log-in, or a program by its token.

        A cookie alone counts only with an `Origin` of ours, which the server has checked: any page
        may open a web socket, and the browser would send the cookie along.
        """
        token = auth.get("token")
        is_cookie = not isinstance(token, str) or not token
        if is_cookie:
            if not environ.get("HTTP_ORIGIN"):
                raise Forbidden("a log-in counts only from our own pages")
            token = _cookie(environ.get("HTTP_COOKIE", ""), cookie_name(self.hub.settings))
        if not isinstance(token, str) or not 0 < len(token) <= 200:
            raise Unauthenticated("log in first")

        def look(tx: Tx) -> access.Viewer:
            row = staff.by_login(tx, token) if is_cookie else staff.by_token(tx, token)
            return access.viewer(tx, row.agent_id)

        viewer = await self.hub.store.read(look)
        self._screens.registry.agents[sid] = AgentSocket(sid, viewer, token, is_cookie)
        await self.hub.store.write(lambda tx: availability.renew(tx, [viewer.id]))

    async def on_gone(self, sid: str) -> None:
        """Forget the window; the agent's lease runs out unless another one renews it."""
        self._screens.registry.drop(sid)

    async def do_watch(self, socket: AgentSocket, data: dict[str, Any]) -> Ack:
        """Listen to a customer's log from now on; fetch after the ack."""
        log_id = door.text(data, "customer_id", limit=64)
        if len(socket.sent) >= MAX_WATCHES:
            raise Forbidden("this window watches too many customers")

        def look(tx: Tx) -> Row:
            socket.viewer = access.viewer(tx, socket.viewer.id)
            access.require_customer(tx, socket.viewer, log_id)
            return counter(tx, log_id)

        row = await self.hub.store.read(look)
        if self._screens.registry.agents.get(socket.sid) is not socket:
            raise Unauthenticated("this window was closed")  # nobody would ever end its watch
        watch = self._screens.registry.watch(log_id, row.counter, row.epoch)
        watch.agents.add(socket.sid)
        socket.sent.setdefault(log_id, min(watch.revision, row.counter))
        self._screens.pump.mark(log_id)
        return {"cursor": f"{log_id}:{row.counter}"}

    async def do_unwatch(self, socket: AgentSocket, data: dict[str, Any]) -> None:
        """Stop listening."""
        log_id = door.text(data, "customer_id", limit=64)
        socket.sent.pop(log_id, None)
        self._screens.registry.unwatch(log_id, socket.sid)

    async def do_reply(self, socket: AgentSocket, data: dict[str, Any]) -> Ack:
        """Say something to the customer; the same `client_key` never says it twice."""
        await self.limit(f"replies:{socket.viewer.id}", self.hub.settings.scaled(REPLIES_PER_MINUTE), 60)
        conversation_id = door.text(data, "conversation_id", limit=64)
        key = door.text(data, "client_key", limit=64)
        body, files = door.text(data, "text", limit=70_000, default=""), door.ids(data, "attachments")

        def write(tx: Tx) -> Any:
            who = access.viewer(tx, socket.viewer.id)
            access.conversation(tx, who, conversation_id)
            entry = replies.reply(tx, conversation_id, who.actor, body, client_key=key, files=files)
            return represent.entry(tx, entry)

        return {"entry": await self.hub.store.write(write)}

    async def do_typing(self, socket: AgentSocket, data: dict[str, Any]) -> None:
        """Show the customer that an answer is being written; only the owner's typing is shown."""
        on = door.flag(data, "on")
        conversation_id = door.text(data, "conversation_id", limit=64)
        row = await self.hub.store.read(lambda tx: conversations.get(tx, conversation_id))
        if row.owner_id == socket.viewer.id and row.status == "open":
            await self._screens.ephemera.tell_typing(
                {
                    "log": row.log_id,
                    "conversation_id": row.id,
                    "who": {"kind": "agent", "id": socket.viewer.id, "name": socket.viewer.name},
                    "on": on,
                    "expires_ms": TYPING_MS,
                }
            )

    async def do_presence(self, socket: AgentSocket, data: dict[str, Any]) -> Ack:
        """Take offers from now on (`online`), or not (`away`)."""
        state = door.text(data, "state", limit=10)
        await self.hub.store.write(lambda tx: availability.set_state(tx, socket.viewer.id, state))
        return {"state": state}

    async def do_accept(self, socket: AgentSocket, data: dict[str, Any]) -> Ack:
        """Accept an offer; exactly one wins, the others hear who."""
        offer_id = door.text(data, "offer_id", limit=64)

        def write(tx: Tx) -> Any:
            who = access.viewer(tx, socket.viewer.id)
            row = handoff.accept(tx, offer_id, who.actor)
            audit.note(tx, who.actor, "accept", "conversation", row.id, offer=offer_id)
            return represent.conversation(tx, row, present=self._screens.ephemera.presence)

        return {"conversation": await self.hub.store.write(write)}


def _cookie(header: str, name: str) -> str:
    try:
        found = SimpleCookie(header[:8000]).get(name)
    except CookieError:
        return ""
    return found.value if found is not None else ""
