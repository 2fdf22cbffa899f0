"""The chat window's side: namespace `/customer`."""

from typing import Any

import phonenumbers

from hub import bots, conversations, delivery, handoff, identity, intake, timeline, visible, visitors
from hub.errors import Conflict, Invalid, Unauthenticated
from hub.languages import ui_language
from hub.ports import Actor, AddressValue
from hub.runtime import Hub
from hub.store import Tx
from hub.store.hot import Row
from hub.timeline import NEWEST
from web import represent
from web.live import door
from web.live.door import Ack, Door
from web.live.lists import customer_conversation
from web.live.pump import Fresh, counter
from web.live.screens import Screens
from web.live.sockets import CustomerSocket

MESSAGES_PER_MINUTE = 60
TYPING_MS = 6000
PAGE = 50
MISSED = 200


class CustomerDoor(Door):
    """One browser window of one visitor; what it may see is its grant."""

    def __init__(self, hub: Hub, screens: Screens) -> None:
        super().__init__("/customer", hub)
        self._screens = screens

    def socket_of(self, sid: str) -> CustomerSocket | None:
        """A window that was let in."""
        return self._screens.registry.customers.get(sid)

    async def on_arrival(self, sid: str, environ: dict[str, Any], auth: dict[str, Any]) -> None:
        """Let a window in by its token, and watch its customer's log if it has one."""
        token = auth.get("token")
        if not isinstance(token, str) or not 0 < len(token) <= 200:
            raise Unauthenticated("this chat has no token")

        def look(tx: Tx) -> tuple[Row, Row, visitors.Grant]:
            visitor = visitors.by_token(tx, token)
            account = visitors.account(tx, visitor.account_id)
            if auth.get("key") not in (None, account.key):
                raise Unauthenticated("this chat belongs to another widget")
            return visitor, account, visitors.grant(tx, visitor)

        visitor, account, grant = await self.hub.store.read(look)
        socket = CustomerSocket(sid, visitor, account, grant)
        self._screens.registry.customers[sid] = socket
        await self._join(socket)

    async def on_gone(self, sid: str) -> None:
        """Forget the window; the customer is away when it was the last one."""
        socket = self._screens.registry.drop(sid)
        log_id = socket.grant.customer_id if isinstance(socket, CustomerSocket) else None
        if log_id is not None and log_id not in self._screens.registry.present_logs():
            self._screens.ephemera.presence.leave(log_id)
            await self._screens.ephemera.tell_presence(log_id, False)

    async def adopt(self, visitor_id: str) -> None:
        """A visitor's first message was taken, perhaps in another window: all its windows watch now."""
        for socket in self._screens.registry.customers_of(visitor_id):
            if socket.grant.customer_id is None:
                await self._refresh(socket)

    async def do_message(self, socket: CustomerSocket, data: dict[str, Any]) -> Ack:
        """Take a message; the ack comes after the commit and carries the entry."""
        await self.limit(f"messages:{socket.visitor.id}", self.hub.settings.scaled(MESSAGES_PER_MINUTE), 60)
        key = door.text(data, "client_key", limit=64)
        if len(key) < 8:
            raise Invalid("client_key is a UUID", field="client_key")
        body = door.text(data, "text", limit=70_000, default="")
        name = door.text(data, "name", limit=80, default="")
        files, answers = door.ids(data, "attachments"), door.texts(data, "answers")
        flow = door.text(data, "flow", limit=64, default="")
        if flow:
            answers["flow"] = flow
        about = door.text(data, "conversation_id", limit=64, default="") or None
        language = ui_language(socket.visitor.locale) or "en"
        visitor = socket.visitor

        def take(tx: Tx) -> tuple[Fresh, bool]:
            now_known = visitors.by_id(tx, visitor.id) if visitor.address_id is None else visitor
            arrival = intake.Arrival(
                account=socket.account,
                address=AddressValue(visitor.scheme, visitor.value),
                text=body,
                name=name,
                client_key=key,
                files=files,
                answers=answers,
                language=language,
                link=visitors.link_of(tx, now_known),
                conversation_id=about,
                upload_owner=visitor.id,
            )
            taken = intake.accept(tx, arrival)
            entry = taken.entry
            assert entry is not None
            visitors.settle(tx, now_known, entry.address_id, entry.log_id)
            fresh = Fresh(entry, represent.entry(tx, entry), represent.customer_entry(tx, entry))
            return fresh, [hint.kind for hint in tx.hints].count("log") == 1

        fresh, is_alone = await self.hub.store.write(take)
        if is_alone:
            self._screens.pump.give(fresh)
        entry = fresh.row
        if socket.grant.customer_id is None or entry.conversation_id not in socket.grant.conversation_ids:
            await self._refresh(socket)
        return {"entry": fresh.customer}

    async def do_sync(self, socket: CustomerSocket, data: dict[str, Any]) -> Ack:
        """What was missed after a cursor, or a page of what came before a moment."""
        after, before = door.number(data, "after"), door.number(data, "before")

        def look(tx: Tx) -> Ack:
            grant = visitors.grant(tx, visitors.by_id(tx, socket.visitor.id))
            at = visible.cursor(tx, grant)
            if after is None:
                rows = visible.page(tx, grant, before=before or NEWEST, limit=PAGE + 1)
                older, rows = len(rows) > PAGE, rows[-PAGE:]
            else:
                rows = visible.changes(tx, grant, after, MISSED)
                older = False
                if len(rows) == MISSED:
                    at = rows[-1].revised_at
            return {
                "entries": represent.customer_entries(tx, rows),
                "cursor": at,
                "more": after is not None and len(rows) == MISSED,
                "older": older,
                "conversation": customer_conversation(tx, socket),
            }

        return await self.hub.store.read(look)

    async def do_ack(self, socket: CustomerSocket, data: dict[str, Any]) -> None:
        """What the window has shown (`delivered`) and the customer has seen (`read`)."""
        shown, read = door.number(data, "delivered"), door.number(data, "read")
        address_id = socket.grant.address_id
        if address_id is not None and (shown or read):
            await self.hub.store.write(lambda tx: delivery.acknowledge(tx, address_id, shown or 0, read))

    async def do_typing(self, socket: CustomerSocket, data: dict[str, Any]) -> None:
        """Tell whoever serves this customer; nothing is stored."""
        on = door.flag(data, "on")
        grant = socket.grant
        if grant.customer_id is not None and grant.conversation_ids:
            await self._screens.ephemera.tell_typing(
                {
                    "log": grant.customer_id,
                    "conversation_id": grant.conversation_ids[0],
                    "who": {"kind": "customer", "id": grant.address_id, "name": ""},
                    "on": on,
                    "expires_ms": TYPING_MS,
                }
            )

    async def do_person(self, socket: CustomerSocket, data: dict[str, Any]) -> Ack:
        """The customer asks for a person: the bot is silent from now on."""

        def ask(tx: Tx) -> None:
            row = conversations.hold(tx, self._open(tx, socket).id)
            if row.owner_kind == "bot":
                handoff.to_queue(tx, row, bots.stop_flow(tx, row), row.queue_id, reason="asked_for_person")

        await self.limit(f"person:{socket.visitor.id}", 10, 60)
        await self.hub.store.write(ask)
        return {}

    async def do_end(self, socket: CustomerSocket, data: dict[str, Any]) -> Ack:
        """The customer ends the chat."""

        def end(tx: Tx) -> None:
            row = self._open(tx, socket)
            who = Actor("customer", str(socket.grant.address_id), "")
            conversations.resolve(tx, row.id, who, code="closed_by_customer")

        await self.hub.store.write(end)
        return {}

    async def do_leave_address(self, socket: CustomerSocket, data: dict[str, Any]) -> Ack:
        """Where an answer may be sent: a claim, which shows nothing and captures nothing."""
        await self.limit(f"claims:{socket.visitor.id}", 5, 3600)
        scheme = door.text(data, "scheme", limit=10)
        value = normal_address(scheme, door.text(data, "value", limit=254))
        may_write = door.flag(data, "consent")

        def leave(tx: Tx) -> None:
            row = self._open(tx, socket)
            conversations.hold(tx, row.id)
            identity.claim(
                tx,
                row.log_id,
                value,
                source="typed in chat",
                conversation_id=row.id,
                consent={"answer": may_write},
            )
            who = Actor("customer", str(socket.grant.address_id), "")
            body = {"code": "claim_left", "params": {"scheme": value.scheme, "value": value.value}}
            timeline.append(tx, row.log_id, row.id, "system", body, author=who, audience="staff", channel=row.channel)

        await self.hub.store.write(leave)
        return {}

    def _open(self, tx: Tx, socket: CustomerSocket) -> Row:
        row = visible.current(tx, visitors.grant(tx, visitors.by_id(tx, socket.visitor.id)))
        if row is None or row.status != "open":
            raise Conflict("there is no open conversation here")
        return row

    async def _refresh(self, socket: CustomerSocket) -> None:
        """The visitor has a customer now, or another conversation: see again what it may see."""

        def look(tx: Tx) -> tuple[Row, visitors.Grant]:
            visitor = visitors.by_id(tx, socket.visitor.id)
            return visitor, visitors.grant(tx, visitor)

        was_known = socket.grant.customer_id
        socket.visitor, socket.grant = await self.hub.store.read(look)
        if was_known is None:
            if await self._join(socket):
                # What the bot or another window said before we watched was told to nobody here.
                await self.emit("resync", {}, to=socket.sid)
        else:
            self._screens.pump.mark(str(socket.grant.customer_id))

    async def _join(self, socket: CustomerSocket) -> bool:
        """Watch first, then look where the log stands: what comes in between is told twice, not lost.

        False when there is nothing to watch, or the window watches already.
        """
        log_id = socket.grant.customer_id
        if log_id is None:
            return False
        is_first = socket.sent == 0

        def look(tx: Tx) -> tuple[Row, int]:
            return counter(tx, log_id), visible.cursor(tx, socket.grant)

        row, cursor = await self.hub.store.read(look)
        if self._screens.registry.customers.get(socket.sid) is not socket:
            return False  # the window was closed meanwhile: nobody would ever end its watch
        watch = self._screens.registry.watch(log_id, row.counter, row.epoch)
        if socket.sid in watch.customers:
            return False
        watch.customers.add(socket.sid)
        if is_first:
            socket.sent = cursor
        if self._screens.ephemera.presence.see(log_id):
            await self._screens.ephemera.tell_presence(log_id, True)
        self._screens.pump.mark(log_id)
        await self._screens.lists.tell_customer(socket)
        return True


def normal_address(scheme: str, value: str) -> AddressValue:
    """A typed address in its normal form. Raises Invalid when it is none."""
    if scheme == "mailto":
        name, at, domain = value.strip().rpartition("@")
        if not at or not name or "." not in domain or any(c.isspace() or ord(c) < 32 for c in value.strip()):
            raise Invalid("this is not an email address", field="value")
        return AddressValue("mailto", f"{name}@{domain.casefold()}")
    if scheme == "tel":
        try:
            parsed = phonenumbers.parse(value, None)
        except phonenumbers.NumberParseException as error:
            raise Invalid("write the number with its country code, such as +852…", field="value") from error
        if not phonenumbers.is_possible_number(parsed):
            raise Invalid("this is not a phone number", field="value")
        return AddressValue("tel", phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))
    raise Invalid("scheme is mailto or tel", field="scheme")
