"""Lists of conversations, and one of them."""

from typing import Literal

from pydantic import Field
from typing_extensions import TypedDict

from hub import access, conversations, identity, inbox, queues
from hub.errors import Conflict, Invalid, NotFound
from hub.store import Tx
from web import represent
from web.auth import StaffCall
from web.endpoint import ANYBODY, Body, Endpoints, Query
from web.represent import shapes

routes = Endpoints("Conversations", "staff")
ROUTES = (routes,)


class InboxQuery(Query):
    """Which conversations."""

    view: Literal["mine", "queue", "all"] = Field("mine", description="Owned, waiting in my queues, or all I may see.")
    queue: str | None = Field(None, max_length=60)
    status: Literal["open", "resolved"] = "open"
    q: str | None = Field(None, min_length=1, max_length=200, description="Part of a customer's name, or an address.")
    after: str | None = Field(None, max_length=100)
    limit: int = Field(50, ge=1, le=100)


class Counts(TypedDict):
    """Conversations of the asker, and those that wait in their queues."""

    mine: int
    queue: int


class ConversationPage(TypedDict):
    """A page of a list."""

    items: list[shapes.Conversation]
    next: str | None
    counts: Counts


class ConversationChange(Body):
    """What may be changed of a conversation. `version` is the one that was seen."""

    version: int
    topic: str | None = Field(None, max_length=200)
    language: Literal["en", "zh-Hans", "zh-Hant"] | None = None
    queue: str | None = Field(None, max_length=60)


@routes.add("GET", "/api/v1/conversations", roles=ANYBODY, errors=(NotFound,))
async def list_conversations(call: StaffCall, query: InboxQuery) -> ConversationPage:
    """List conversations.

    `mine` and `all` come newest activity first, `queue` the longest waiting first.
    """

    def read(tx: Tx) -> ConversationPage:
        page = _page(tx, call.who, query)
        own = inbox.counts(tx, call.who)
        return {
            "items": represent.conversations(tx, page.rows, present=call.present),
            "next": page.next,
            "counts": {"mine": own["mine"], "queue": own["queue"]},
        }

    return await call.hub.store.read(read)


@routes.add("GET", "/api/v1/conversations/{id}", roles=ANYBODY)
async def get_conversation(call: StaffCall) -> shapes.Conversation:
    """One conversation, if the asker may know of it."""

    def read(tx: Tx) -> shapes.Conversation:
        return represent.conversation(tx, access.conversation(tx, call.who, call.path("id")), present=call.present)

    return await call.hub.store.read(read)


@routes.add("PATCH", "/api/v1/conversations/{id}", errors=(Conflict,))
async def change_conversation(call: StaffCall, body: ConversationChange) -> shapes.Conversation:
    """Change topic, language or queue. Refused when somebody else was first."""

    def write(tx: Tx) -> shapes.Conversation:
        access.conversation(tx, call.who, call.path("id"))
        row = conversations.hold(tx, call.path("id"))
        if row.version != body.version:
            raise Conflict("the conversation has changed meanwhile", version=row.version)
        values = {"topic": body.topic, "language": body.language}
        if body.queue is not None:
            if row.owner_kind == "queue":
                raise Invalid("hand it over instead: it waits in a queue", field="queue")
            values["queue_id"] = queues.get(tx, body.queue).id
        changed = {name: value for name, value in values.items() if value is not None}
        if changed:
            row = conversations.change(tx, row.id, **changed)
        if "queue_id" in changed:
            identity.raise_epoch(tx, row.log_id)
        return represent.conversation(tx, row, present=call.present)

    return await call.hub.store.write(write)


def _page(tx: Tx, who: access.Viewer, query: InboxQuery) -> inbox.Page:
    if query.q is not None:
        called = [row.id for row in inbox.customers_called(tx, query.q)]
        rows = [row for row in inbox.found(tx, called, status=query.status) if access.may_see(tx, who, row)]
        return inbox.Page(rows[: query.limit], None)
    if query.view == "mine":
        return inbox.mine(tx, who, status=query.status, after=query.after, limit=query.limit)
    if query.view == "queue" and query.status == "open":
        return inbox.waiting(tx, who, queue=query.queue, after=query.after, limit=query.limit)
    return inbox.visible(tx, who, queue=query.queue, status=query.status, after=query.after, limit=query.limit)
