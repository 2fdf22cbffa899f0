"""Customers and their timelines."""

from typing import Literal

from pydantic import Field
from typing_extensions import TypedDict

from hub import access, audit, conversations, identity, inbox, timeline
from hub.errors import Invalid, NotFound
from hub.store import Tx
from hub.store.hot import Row
from web import represent
from web.auth import StaffCall
from web.endpoint import Body, Endpoints, Query
from web.queries import conversations_of, customer_at, customers_after
from web.represent import shapes

routes = Endpoints("Customers", "staff")
ROUTES = (routes,)
MAX_SCANNED = 200


class CustomerQuery(Query):
    """Which customers: one by address, some by name, or all, newest first."""

    address: str | None = Field(None, max_length=400, description="`tel:+15550100`, `mailto:lin@example.org`")
    q: str | None = Field(None, min_length=1, max_length=200)
    after: str | None = Field(None, max_length=100)
    limit: int = Field(50, ge=1, le=100)


class CustomerPage(TypedDict):
    """A page of customers."""

    items: list[shapes.Customer]
    next: str | None


class CustomerChange(Body):
    """What staff may correct."""

    name: str | None = Field(None, max_length=200)
    language: Literal["en", "zh-Hans", "zh-Hant"] | None = None
    tier: str | None = Field(None, max_length=40)


class TimelineQuery(Query):
    """Which part of the timeline; without a cursor the newest page."""

    after: str | None = Field(None, max_length=100, description="Entries that stand after this cursor, oldest first.")
    before: str | None = Field(None, max_length=100, description="The older page.")
    changes: str | None = Field(None, max_length=100, description="Everything that changed since, by revision.")
    limit: int = Field(50, ge=1, le=200)


class TimelinePage(TypedDict):
    """A part of a timeline. `cursor` is for `changes`, `previous` for `before`, `next` for what was asked with."""

    items: list[shapes.Entry]
    next: str | None
    previous: str | None
    cursor: str
    conversations: list[shapes.Conversation]


@routes.add("GET", "/api/v1/customers")
async def list_customers(call: StaffCall, query: CustomerQuery) -> CustomerPage:
    """Find customers the asker may know of."""

    def read(tx: Tx) -> CustomerPage:
        rows, following = _candidates(tx, query)
        seen = [row for row in rows if access.may_see_customer(tx, call.who, row.id)]
        return {"items": [represent.customer(tx, row) for row in seen[: query.limit]], "next": following}

    return await call.hub.store.read(read)


@routes.add("GET", "/api/v1/customers/{id}")
async def get_customer(call: StaffCall) -> shapes.Customer:
    """One customer with addresses and claims."""

    def read(tx: Tx) -> shapes.Customer:
        access.require_customer(tx, call.who, call.path("id"))
        return represent.customer(tx, identity.customer(tx, call.path("id")))

    return await call.hub.store.read(read)


@routes.add("PATCH", "/api/v1/customers/{id}")
async def change_customer(call: StaffCall, body: CustomerChange) -> shapes.Customer:
    """Correct name, language or tier."""

    def write(tx: Tx) -> shapes.Customer:
        access.require_customer(tx, call.who, call.path("id"))
        timeline.lock(tx, call.path("id"))
        changed = body.model_dump(exclude_none=True)
        if changed:
            identity.describe(tx, call.path("id"), **changed)
            audit.note(tx, call.who.actor, "change", "customer", call.path("id"), fields=sorted(changed))
        return represent.customer(tx, identity.customer(tx, call.path("id")))

    return await call.hub.store.write(write)


@routes.add("GET", "/api/v1/customers/{id}/timeline")
async def get_timeline(call: StaffCall, query: TimelineQuery) -> TimelinePage:
    """The customer's timeline over all conversations and channels.

    Conversations that the asker may know of but not read come as title and state, without their entries.
    Opening the newest page is written down in the audit.
    """
    log_id = call.path("id")
    if sum(cursor is not None for cursor in (query.after, query.before, query.changes)) > 1:
        raise Invalid("give one of after, before and changes", field="after")

    def read(tx: Tx) -> TimelinePage:
        access.require_customer(tx, call.who, log_id)
        return _page(tx, call, log_id, query)

    if query.after or query.before or query.changes:
        return await call.hub.store.read(read)

    def look(tx: Tx) -> TimelinePage:
        page = read(tx)
        audit.note(tx, call.who.actor, "read_timeline", "customer", log_id)
        return page

    return await call.hub.store.write(look)


@routes.add("GET", "/api/v1/entries/{id}")
async def get_entry(call: StaffCall) -> shapes.Entry:
    """One entry, if the asker may read its conversation."""

    def read(tx: Tx) -> shapes.Entry:
        row = timeline.get(tx, call.path("id"))
        readable(tx, call.who, row)
        return represent.entry(tx, row)

    return await call.hub.store.read(read)


def readable(tx: Tx, who: access.Viewer, entry: Row) -> None:
    """Raises NotFound unless the viewer may read what this entry says."""
    about = conversations.get(tx, entry.conversation_id)
    if access.may_see(tx, who, about):
        return
    if not who.see_history or not access.may_see_customer(tx, who, entry.log_id):
        raise NotFound("no such entry")


def _page(tx: Tx, call: StaffCall, log_id: str, query: TimelineQuery) -> TimelinePage:
    counter = identity.customer(tx, log_id).counter  # before the entries: what comes meanwhile is fetched twice
    rows = _rows(tx, log_id, query)
    is_full = len(rows) == query.limit
    following = previous = None
    if query.changes is not None:
        following = f"{log_id}:{rows[-1].revision}" if is_full else None
        counter = rows[-1].revision if is_full else max(counter, rows[-1].revision if rows else 0)
    elif query.after is not None:
        following = f"{log_id}:{rows[-1].position}" if is_full else None
    else:
        previous = f"{log_id}:{rows[0].position}" if is_full and rows[0].position > 1 else None
    named = conversations_of(tx, log_id, {row.conversation_id for row in rows})
    hidden = access.hidden_conversations(tx, call.who, named)
    shown = represent.conversations(tx, named, present=call.present)
    return {
        "items": represent.entries(tx, [row for row in rows if row.conversation_id not in hidden]),
        "next": following,
        "previous": previous,
        "cursor": f"{log_id}:{counter}",
        "conversations": [represent.as_title(each) if each["id"] in hidden else each for each in shown],
    }


def _rows(tx: Tx, log_id: str, query: TimelineQuery) -> list[Row]:
    if query.changes is not None:
        return timeline.changes(tx, log_id, _number(query.changes, log_id, "changes"), query.limit)
    if query.after is not None:
        after = _number(query.after, log_id, "after")
        return timeline.following(tx, log_id, after=after, limit=query.limit)
    before = timeline.NEWEST if query.before is None else _number(query.before, log_id, "before")
    return timeline.page(tx, log_id, before=before, limit=query.limit)


def _number(cursor: str, log_id: str, field: str) -> int:
    log, _, number = cursor.rpartition(":")
    if log != log_id or not number.isascii() or not number.isdigit() or len(number) > 18:
        raise Invalid("this is no cursor of this timeline", field=field)
    return int(number)


def _candidates(tx: Tx, query: CustomerQuery) -> tuple[list[Row], str | None]:
    if query.address is not None:
        scheme, _, value = query.address.partition(":")
        if scheme == "tel":
            value = "+" + value[1:] if value.startswith(" ") else value  # an unescaped + arrives as a space
        found = customer_at(tx, scheme, value)
        return ([found] if found is not None else []), None
    if query.q is not None:
        return inbox.customers_called(tx, query.q), None
    return customers_after(tx, query.after, query.limit)
