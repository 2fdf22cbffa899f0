"""The delivery ledger and the audit."""

from typing import Any, Literal

from pydantic import Field
from typing_extensions import TypedDict

from hub import access, audit, conversations, delivery
from hub.clock import to_text
from hub.errors import Conflict
from hub.store import Tx
from hub.store.hot import Row
from web.auth import StaffCall
from web.endpoint import SUPERVISORS, Endpoints, Query
from web.queries import deliveries_after
from web.represent import shapes
from web.represent.staff import channel

routes = Endpoints("Ledger", "staff")
ROUTES = (routes,)


class LedgerQuery(Query):
    """Which deliveries, oldest first."""

    state: Literal["queued", "sending", "sent", "delivered", "read", "failed", "unknown"] = "unknown"
    after: str | None = Field(None, max_length=60)
    limit: int = Field(50, ge=1, le=200)


class LedgerLine(TypedDict):
    """One outbound entry on its way to one address, with all it went through."""

    id: str
    entry_id: str
    log: str
    conversation_id: str
    channel: str
    state: shapes.DeliveryState
    attempt: int
    provider_id: str | None
    reason: str
    history: list[Any]
    created_at: str
    updated_at: str


class LedgerPage(TypedDict):
    """A page of deliveries."""

    items: list[LedgerLine]
    next: str | None


class AuditQuery(Query):
    """About which thing, newest first."""

    object: str = Field(min_length=1, max_length=60)
    after: str | None = Field(None, max_length=60)
    limit: int = Field(50, ge=1, le=200)


class AuditLine(TypedDict):
    """Who looked at or changed what."""

    id: str
    at: str
    actor: dict[str, str]
    action: str
    object: dict[str, str]
    details: dict[str, Any]


class AuditPage(TypedDict):
    """A page of the audit."""

    items: list[AuditLine]
    next: str | None


@routes.add("GET", "/api/v1/deliveries", roles=SUPERVISORS)
async def list_deliveries(call: StaffCall, query: LedgerQuery) -> LedgerPage:
    """Deliveries in one state, oldest first."""

    def read(tx: Tx) -> LedgerPage:
        rows = deliveries_after(tx, query.state, query.after or "", query.limit + 1)
        page = rows[: query.limit]
        return {"items": [_line(row) for row in page], "next": page[-1].id if len(rows) > query.limit else None}

    return await call.hub.store.read(read)


@routes.add("POST", "/api/v1/deliveries/{id}/send_again", errors=(Conflict,))
async def send_again(call: StaffCall) -> LedgerLine:
    """A person decided: a failed or unknown delivery is queued once more."""

    def write(tx: Tx) -> LedgerLine:
        row = delivery.get(tx, call.path("id"))
        access.conversation(tx, call.who, row.conversation_id)
        conversations.hold(tx, row.conversation_id)
        if delivery.get(tx, row.id).state not in ("failed", "unknown"):
            raise Conflict("only a failed or unknown delivery can be sent again", state=row.state)
        delivery.send_again(tx, row.id)
        audit.note(tx, call.who.actor, "send_again", "delivery", row.id)
        return _line(delivery.get(tx, row.id))

    return await call.hub.store.write(write)


@routes.add("GET", "/api/v1/audit", roles=SUPERVISORS)
async def list_audit(call: StaffCall, query: AuditQuery) -> AuditPage:
    """What happened to one thing and who looked at it, newest first."""

    def read(tx: Tx) -> AuditPage:
        rows = audit.of(tx, query.object, before=query.after or "~", limit=query.limit + 1)
        page = rows[: query.limit]
        return {"items": [_audited(row) for row in page], "next": page[-1].id if len(rows) > query.limit else None}

    return await call.hub.store.read(read)


def _line(row: Row) -> LedgerLine:
    return {
        "id": row.id,
        "entry_id": row.entry_id,
        "log": row.log_id,
        "conversation_id": row.conversation_id,
        "channel": channel(row.channel),
        "state": row.state,
        "attempt": row.attempt,
        "provider_id": row.provider_id,
        "reason": row.reason,
        "history": [[state, to_text(at)] for state, at, *_ in row.history],
        "created_at": to_text(row.created_at),
        "updated_at": to_text(row.updated_at),
    }


def _audited(row: Row) -> AuditLine:
    return {
        "id": row.id,
        "at": to_text(row.at),
        "actor": {"kind": row.actor_kind, "id": row.actor_id},
        "action": row.action,
        "object": {"kind": row.object_kind, "id": row.object_id},
        "details": row.details,
    }
