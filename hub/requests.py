"""Requests to take over: asked with a brief, answered, told on the timeline.

A request points at a position of the timeline (`as_of`); its brief points at entries.
"""

from typing import Any, Literal

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from hub import brief, timeline
from hub.errors import NotFound
from hub.ids import new_id
from hub.models import Handoff
from hub.models.base import table
from hub.ports import Actor
from hub.store import Hot, HotUpdate, Tx
from hub.store.hot import Row

State = Literal["requested", "offered", "accepted", "declined", "expired", "cancelled"]
PENDING = ("requested", "offered")

_handoff = table(Handoff)
_GET = Hot(select(_handoff).where(_handoff.c.id == bindparam("handoff_id")))
_ADD = Hot(insert(_handoff).returning(_handoff))
_SET = HotUpdate(_handoff)
_CANCEL = Hot(
    update(_handoff)
    .where(
        _handoff.c.id == bindparam("handoff_id"),
        or_(_handoff.c.state == "requested", _handoff.c.state == "offered"),
    )
    .values(state="cancelled", answered_at=bindparam("moment"))
)
_LAST_AGENT = Hot(
    select(_handoff.c.accepted_by)
    .where(_handoff.c.conversation_id == bindparam("cnv"), _handoff.c.accepted_by.is_not(None))
    .order_by(_handoff.c.answered_at.desc(), _handoff.c.id.desc())
    .limit(1)
)


def get(tx: Tx, handoff_id: str) -> Row:
    """One handoff. Raises NotFound."""
    row = tx.one(_GET, handoff_id=handoff_id)
    if row is None:
        raise NotFound("no such handoff")
    return row


def pending(tx: Tx, conversation: Row) -> Row | None:
    """The request of a conversation that nobody has answered yet."""
    row = tx.one(_GET, handoff_id=conversation.handoff_id) if conversation.handoff_id else None
    return row if row is not None and row.state in PENDING else None


def last_agent(tx: Tx, conversation_id: str) -> str:
    """The last agent who accepted this conversation, or empty."""
    row = tx.one(_LAST_AGENT, cnv=conversation_id)
    return str(row.accepted_by) if row is not None else ""


def set_state(tx: Tx, handoff_id: str, state: State, **values: Any) -> Row:
    """The request has come this far; gives it as it is then."""
    row = tx.set(_SET, handoff_id, state=state, **values)
    assert row is not None
    return row


def acknowledge(tx: Tx, handoff_id: str) -> Row:
    """The receiver has read the brief now."""
    row = tx.set(_SET, handoff_id, acknowledged_at=tx.now)
    assert row is not None
    return row


def ask(
    tx: Tx,
    conversation: Row,
    by: Actor,
    target: Actor,
    *,
    reason: str = "",
    summary: str = "",
    needs: tuple[dict[str, Any], ...] = (),
) -> Row:
    """Write a request with its brief; an earlier unanswered one is cancelled. The conversation is held."""
    if conversation.handoff_id:
        tx.run(_CANCEL, handoff_id=conversation.handoff_id, moment=tx.now)
    handoff_id = new_id("hnd")
    body = {
        "state": "requested",
        "handoff_id": handoff_id,
        "from": _person(by),
        "to": _person(target),
        "reason": reason,
        "summary": summary,
    }
    entry = _append(tx, conversation, by, body)
    entries = brief.read(tx, conversation.id)
    row = tx.one(
        _ADD,
        id=handoff_id,
        conversation_id=conversation.id,
        log_id=conversation.log_id,
        state="requested",
        from_kind=by.kind,
        from_id=by.id,
        from_name=by.name,
        to_kind=target.kind,
        to_id=target.id,
        to_name=target.name,
        reason=reason,
        summary=summary,
        as_of={conversation.log_id: entry.position},
        brief=brief.gather(tx, conversation.id, entries, needs=needs),
        digest=brief.digest(entries),
        requested_at=tx.now,
        answered_at=None,
        accepted_by=None,
        accepted_name="",
        painted_at=None,
        lead_us=None,
        acknowledged_at=None,
    )
    assert row is not None
    return row


def tell(tx: Tx, conversation: Row, request: Row, who: Actor, state: str, reason: str = "") -> None:
    """Write onto the timeline, for staff, what became of a request."""
    body: dict[str, Any] = {
        "state": state,
        "handoff_id": request.id,
        "from": {"kind": request.from_kind, "id": request.from_id, "name": request.from_name},
        "to": {"kind": request.to_kind, "id": request.to_id, "name": request.to_name},
        "reason": reason or request.reason,
    }
    if state == "accepted" and request.lead_us is not None:
        body["lead_ms"] = request.lead_us // 1000
    _append(tx, conversation, who, body)


def _append(tx: Tx, conversation: Row, who: Actor, body: dict[str, Any]) -> Row:
    return timeline.append(
        tx,
        conversation.log_id,
        conversation.id,
        "handoff",
        body,
        author=who,
        audience="staff",
        channel=conversation.channel,
    )


def _person(actor: Actor) -> dict[str, str]:
    return {"kind": actor.kind, "id": actor.id, "name": actor.name}
