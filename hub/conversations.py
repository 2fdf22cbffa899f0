"""A conversation's life: opened, touched by messages, changing hands, resolved, reopened.

Every change of owner passes `set_owner`, so the owner is never null and the counters stay true.
"""

from typing import Any

from sqlalchemy import bindparam, case, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from hub import availability, identity, outbox, timeline
from hub.errors import Conflict, ConversationResolved, Invalid, NotFound
from hub.ids import new_id
from hub.models import Availability, Conversation, Disposition, Handoff, Offer, Participant, Queue
from hub.models.base import table
from hub.ports import SYSTEM, Actor
from hub.store import Hot, HotUpdate, Tx
from hub.store.hot import Row

_cnv, _member = table(Conversation), table(Participant)
_queue, _avail = table(Queue), table(Availability)
_offer, _handoff = table(Offer), table(Handoff)

PREVIEW = 140
COUNTERS_FIRST = 1  # rank of the queues' counters among what a transaction does at its end

_GET = Hot(select(_cnv).where(_cnv.c.id == bindparam("cnv_id")))
_LOCK = Hot(select(_cnv).where(_cnv.c.id == bindparam("cnv_id")).with_for_update())
_INSERT = Hot(insert(_cnv).returning(_cnv))
_CHANGE = HotUpdate(_cnv, "version")
_HEARD = HotUpdate(_cnv, "version", "unread")
_KEY_TAKEN = Hot(select(_cnv.c.id).where(_cnv.c.open_key == bindparam("key")))
_END_OFFERS = Hot(
    update(_offer)
    .where(_offer.c.conversation_id == bindparam("cnv"), _offer.c.state == "live")
    .values(state="withdrawn", reason="resolved", answered_at=bindparam("moment"))
    .returning(_offer.c.id, _offer.c.agent_id)
)
_END_REQUEST = Hot(
    update(_handoff)
    .where(_handoff.c.id == bindparam("request"), or_(_handoff.c.state == "requested", _handoff.c.state == "offered"))
    .values(state="cancelled", answered_at=bindparam("moment"))
)
_JOIN = Hot(insert(_member).on_conflict_do_nothing(index_elements=["conversation_id", "kind", "ref_id"]))
_CHANGE_LOAD = Hot(
    update(_avail)
    .where(_avail.c.agent_id == bindparam("agent"))
    .values(load=case((_avail.c.load + bindparam("by") < 0, 0), else_=_avail.c.load + bindparam("by")))
)
_CHANGE_WAITING = Hot(
    update(_queue)
    .where(_queue.c.id == bindparam("queue"))
    .values(waiting=case((_queue.c.waiting + bindparam("by") < 0, 0), else_=_queue.c.waiting + bindparam("by")))
)


def get(tx: Tx, conversation_id: str) -> Row:
    """One conversation. Raises NotFound."""
    row = tx.one(_GET, cnv_id=conversation_id)
    if row is None:
        raise NotFound("no such conversation")
    return row


def hold(tx: Tx, conversation_id: str) -> Row:
    """Lock the log, then the conversation, and give it as it is now. Raises NotFound."""
    row = get(tx, conversation_id)
    if tx.is_sqlite:
        return row
    timeline.lock(tx, row.log_id)
    return tx.one(_LOCK, cnv_id=conversation_id)


def hold_open(tx: Tx, conversation_id: str) -> Row:
    """Like `hold`. Raises ConversationResolved when it is over."""
    row = hold(tx, conversation_id)
    require_open(row)
    return row


def require_open(conversation: Row) -> None:
    """Raises ConversationResolved when it is over."""
    if conversation.status != "open":
        raise ConversationResolved("the conversation is resolved; reopen it first")


def key_of(log_id: str, link_id: str | None) -> str:
    """One conversation at most is open per customer, and per link they came through."""
    return f"{log_id}:{link_id}" if link_id else log_id


def open_new(
    tx: Tx,
    log_id: str,
    *,
    account: Row,
    channel: str,
    address_id: str | None,
    owner: Actor,
    queue_id: str,
    language: str,
    open_key: str | None,
    topic: str = "",
    origin: dict[str, Any] | None = None,
    link_id: str | None = None,
) -> Row:
    """Open a conversation for its first owner. The log is held by the caller."""
    now = tx.now
    row = tx.one(
        _INSERT,
        id=new_id("cnv"),
        log_id=log_id,
        status="open",
        topic=topic,
        channel=channel,
        account_id=account.id,
        address_id=address_id,
        open_key=open_key,
        queue_id=queue_id,
        owner_kind=owner.kind,
        owner_id=owner.id,
        version=1,
        language=language,
        opened_at=now,
        updated_at=now,
        sort_at=now,
        waiting_since=now if owner.kind == "queue" else None,
        resolved_at=None,
        resolved_by="",
        last_text="",
        last_kind="",
        last_at=now,
        last_author_kind="",
        last_author_id="",
        last_author_name="",
        unanswered=False,
        unread=0,
        read_through=0,
        handoff_id=None,
        disposition_id=None,
        origin=origin or {},
        link_id=link_id,
    )
    assert row is not None
    if owner.kind == "queue":
        _count(tx, "queue", owner.id, 1)
    tx.hint("conversation", row.id)
    return row


def join(tx: Tx, conversation_id: str, kind: str, ref_id: str, name: str = "") -> None:
    """Somebody takes part from now on; joining twice changes nothing."""
    tx.run(
        _JOIN, id=new_id("par"), conversation_id=conversation_id, kind=kind, ref_id=ref_id, name=name, joined_at=tx.now
    )


def participants(tx: Tx, conversation_id: str) -> list[Row]:
    """Who takes part, in the order of joining."""
    return tx.all(
        select(_member)
        .where(_member.c.conversation_id == conversation_id)
        .order_by(_member.c.joined_at, _member.c.id)
        .limit(100)
    )


def touch(tx: Tx, conversation: Row, entry: Row, preview: str, **values: Any) -> Row:
    """A message was added: the line in the list, the order of the list and the counts follow it.

    `values` are columns to set besides, so that one message means one update.
    """
    is_inbound = entry.direction == "in"
    row = tx.set(
        _HEARD if is_inbound else _CHANGE,
        conversation.id,
        updated_at=entry.ordered_at,
        sort_at=entry.ordered_at,
        last_text=preview[:PREVIEW],
        last_kind=entry.kind,
        last_at=entry.ordered_at,
        last_author_kind=entry.author_kind,
        last_author_id=entry.author_id,
        last_author_name=entry.author_name,
        unanswered=is_inbound or (conversation.unanswered and entry.direction != "out"),
        **values,
    )
    assert row is not None
    tx.hint("conversation", row.id)
    return row


def change(tx: Tx, conversation_id: str, **values: Any) -> Row:
    """Set columns, raise the version, tell the screens. The conversation is held by the caller."""
    row = tx.set(_CHANGE, conversation_id, updated_at=tx.now, **values)
    assert row is not None
    tx.hint("conversation", conversation_id)
    return row


def set_owner(tx: Tx, conversation: Row, owner: Actor, *, waiting_since: int | None = None, **values: Any) -> Row:
    """Give a held conversation to an agent, a bot or a queue.

    Capacity is checked by whoever accepts (`availability.reserve`), not here.
    """
    before, after = (conversation.owner_kind, conversation.owner_id), (owner.kind, owner.id)
    for (kind, id), by in sorted(((before, -1), (after, 1))):  # one order for everybody: agents before queues
        _count(tx, kind, id, by)
    if owner.kind == "queue":
        values = {"queue_id": owner.id, "waiting_since": waiting_since or tx.now, **values}
    else:
        values["waiting_since"] = None
    row = change(tx, conversation.id, owner_kind=owner.kind, owner_id=owner.id, sort_at=tx.now, **values)
    if before[0] == "bot" and owner.kind != "bot":
        outbox.add(tx, "bot_gone", conversation.id)
    for agent_id in sorted({id for kind, id in (before, after) if kind == "agent"}):
        availability.wake_queues(tx, agent_id)
        tx.hint("agent", agent_id)
    identity.raise_epoch(tx, conversation.log_id)
    return row


def _count(tx: Tx, kind: str, id: str, by: int) -> None:
    if kind == "agent":
        tx.run(_CHANGE_LOAD, agent=id, by=by)
    elif kind == "queue":
        tx.at_end(COUNTERS_FIRST, id, lambda tx, total: _change_waiting(tx, id, total), by)


def _change_waiting(tx: Tx, queue_id: str, by: int) -> None:
    if by:
        tx.run(_CHANGE_WAITING, queue=queue_id, by=by)


def say_status(
    tx: Tx,
    conversation: Row,
    code: str,
    params: dict[str, Any] | None = None,
    *,
    author: Actor = SYSTEM,
    audience: timeline.Audience = "everyone",
) -> Row:
    """Write what happened to the conversation onto the timeline."""
    return timeline.append(
        tx,
        conversation.log_id,
        conversation.id,
        "status",
        {"code": code, "params": params or {}},
        author=author,
        audience=audience,
        channel=conversation.channel,
    )


def resolve(
    tx: Tx,
    conversation_id: str,
    by: Actor,
    *,
    disposition: str | None = None,
    code: str = "resolved",
    version: int | None = None,
) -> Row:
    """End a conversation with its disposition; resolving twice is told, not repeated.

    Raises: ConversationResolved, Invalid (no such disposition), Conflict (it changed meanwhile).
    """
    conversation = hold_open(tx, conversation_id)
    if version is not None and version != conversation.version:
        raise Conflict("the conversation has changed meanwhile", version=conversation.version)
    disposition_id = _disposition(tx, disposition)
    _count(tx, conversation.owner_kind, conversation.owner_id, -1)
    _end_requests(tx, conversation)
    say_status(tx, conversation, code, {"disposition": disposition}, author=by)
    row = change(
        tx,
        conversation.id,
        status="resolved",
        open_key=None,
        resolved_at=tx.now,
        resolved_by=by.id,
        disposition_id=disposition_id,
        waiting_since=None,
        unanswered=False,
        sort_at=tx.now,
    )
    if conversation.owner_kind == "bot":
        outbox.add(tx, "bot_gone", conversation.id)
    elif conversation.owner_kind == "agent":
        availability.wake_queues(tx, conversation.owner_id)
        tx.hint("agent", conversation.owner_id)
    tx.hint("access", conversation.log_id)
    return row


def _end_requests(tx: Tx, conversation: Row) -> None:
    """Nobody rings for a conversation that is over, and nobody is asked to take it any more."""
    for offer in tx.run(_END_OFFERS, cnv=conversation.id, moment=tx.now):
        outbox.clear_timer(tx, "offer_expiry", offer.id)
        availability.wake_queues(tx, offer.agent_id)
        tx.hint("offer", offer.id)
    if conversation.handoff_id:
        tx.run(_END_REQUEST, request=conversation.handoff_id, moment=tx.now)


def reopen(tx: Tx, conversation_id: str, by: Actor, owner: Actor) -> Row:
    """Open a resolved conversation again for `owner`.

    Raises: Conflict when it is open; CapacityReached when `owner` is an agent without room.
    """
    conversation = hold(tx, conversation_id)
    if conversation.status == "open":
        raise Conflict("the conversation is open")
    if owner.kind == "agent":
        availability.reserve(tx, owner.id)
        join(tx, conversation.id, "agent", owner.id, owner.name)
    _count(tx, owner.kind, owner.id, 1)
    say_status(tx, conversation, "reopened", author=by)
    key = key_of(conversation.log_id, conversation.link_id)
    row = change(
        tx,
        conversation.id,
        status="open",
        open_key=None if tx.one(_KEY_TAKEN, key=key) else key,
        resolved_at=None,
        disposition_id=None,
        owner_kind=owner.kind,
        owner_id=owner.id,
        sort_at=tx.now,
        handoff_id=None,
        waiting_since=tx.now if owner.kind == "queue" else None,
    )
    if owner.kind == "queue":
        outbox.add(tx, "routing", owner.id)
    elif owner.kind == "agent":
        tx.hint("agent", owner.id)
    identity.raise_epoch(tx, conversation.log_id)
    return row


def mark_read(tx: Tx, conversation_id: str, agent_id: str, through: int) -> Row:
    """The owner has seen everything up to `through` (microseconds); it never moves back."""
    conversation = hold(tx, conversation_id)
    if conversation.owner_id != agent_id or through <= conversation.read_through:
        return conversation
    seen_all = through >= conversation.last_at
    return change(tx, conversation.id, read_through=min(through, tx.now), unread=0 if seen_all else conversation.unread)


def _disposition(tx: Tx, slug: str | None) -> str | None:
    if slug is None:
        return None
    found = table(Disposition)
    row = tx.first(select(found.c.id).where((found.c.slug == slug) | (found.c.id == slug)))
    if row is None:
        raise Invalid("no such disposition", field="disposition")
    return str(row.id)
