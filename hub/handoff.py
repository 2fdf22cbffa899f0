"""How a conversation changes hands without losing anything.

A handoff points at a position of the timeline (`as_of`); its brief points at entries. A queue takes
over at once, an agent by accepting; until then the previous owner still owns (decision 7).
"""

from typing import Any

from sqlalchemy import bindparam, select, update

from hub import availability, brief, conversations, outbox, queues, timeline
from hub.clock import SECOND
from hub.errors import AlreadyAccepted, Conflict, Forbidden, Invalid, NotFound, OfferOver
from hub.ids import new_id
from hub.models import Agent, Handoff, Offer
from hub.models.base import table
from hub.ports import Actor
from hub.store import Hot, Tx
from hub.store.hot import Row

_handoff, _offer, _agent = table(Handoff), table(Offer), table(Agent)
PENDING = ("requested", "offered")

_OFFER = Hot(select(_offer).where(_offer.c.id == bindparam("offer_id")))
_LIVE = Hot(select(_offer).where(_offer.c.conversation_id == bindparam("cnv"), _offer.c.state == "live"))
_GET = Hot(select(_handoff).where(_handoff.c.id == bindparam("handoff_id")))
_SETTLE = Hot(
    update(_offer)
    .where(_offer.c.id == bindparam("offer_id"), _offer.c.state == "live")
    .values(state=bindparam("new_state"), answered_at=bindparam("moment"), reason=bindparam("why"))
    .returning(_offer.c.id)
)


def get(tx: Tx, handoff_id: str) -> Row:
    """One handoff. Raises NotFound."""
    row = tx.one(_GET, handoff_id=handoff_id)
    if row is None:
        raise NotFound("no such handoff")
    return row


def get_offer(tx: Tx, offer_id: str) -> Row:
    """One offer. Raises NotFound."""
    row = tx.one(_OFFER, offer_id=offer_id)
    if row is None:
        raise NotFound("no such offer")
    return row


def live_offers(tx: Tx, agent_id: str) -> list[Row]:
    """Offers that ring for an agent."""
    return tx.all(
        select(_offer)
        .where(_offer.c.agent_id == agent_id, _offer.c.state == "live")
        .order_by(_offer.c.created_at)
        .limit(20)
    )


def last_agent(tx: Tx, conversation_id: str) -> str:
    """The last agent who accepted this conversation, or empty."""
    row = tx.first(
        select(_handoff.c.accepted_by)
        .where(_handoff.c.conversation_id == conversation_id, _handoff.c.accepted_by.is_not(None))
        .order_by(_handoff.c.requested_at.desc())
        .limit(1)
    )
    return str(row.accepted_by) if row is not None else ""


def to_queue(
    tx: Tx,
    conversation: Row,
    by: Actor,
    queue_id: str,
    *,
    reason: str = "",
    summary: str = "",
    needs: tuple[dict[str, Any], ...] = (),
    waiting_since: int | None = None,
) -> Row:
    """Hand a held conversation to a queue, which owns it from now on; routing follows.

    The customer is told honestly: their place, or that nobody is there.
    """
    queue = queues.get(tx, queue_id)
    target = queues.actor(queue, conversation.language)
    request = _request(tx, conversation, by, target, reason, summary, needs)
    conversation = conversations.set_owner(tx, conversation, target, waiting_since=waiting_since, handoff_id=request.id)
    _tell_waiting(tx, conversation, queue)
    outbox.add(tx, "routing", queue.id)
    return request


def to_agent(
    tx: Tx, conversation: Row, by: Actor, agent_id: str, *, reason: str = "", summary: str = "", seconds: int = 45
) -> Row:
    """Ask one agent to take over a held conversation; the previous owner keeps it until then.

    Raises: NotFound, Invalid (to oneself), Conflict (not online).
    """
    row = tx.first(select(_agent.c.id, _agent.c.name, _agent.c.disabled_at).where(_agent.c.id == agent_id))
    if row is None or row.disabled_at is not None:
        raise NotFound("no such agent")
    if conversation.owner_id == agent_id:
        raise Invalid("the agent owns the conversation already", field="to")
    if not availability.is_online(tx, agent_id):
        raise Conflict(f"{row.name} is not online", agent=agent_id)
    request = _request(tx, conversation, by, Actor("agent", row.id, row.name), reason, summary, ())
    conversations.change(tx, conversation.id, handoff_id=request.id)
    offer(tx, conversation, agent_id, seconds=seconds, handoff_id=request.id)
    return get(tx, request.id)


def offer(tx: Tx, conversation: Row, agent_id: str, *, seconds: int, handoff_id: str | None = None) -> Row:
    """Ring an agent with the brief. At most one offer lives per conversation (unique index)."""
    now = tx.now
    row = tx.first(
        _offer.insert()
        .values(
            id=new_id("ofr"),
            conversation_id=conversation.id,
            handoff_id=handoff_id or conversation.handoff_id,
            agent_id=agent_id,
            state="live",
            created_at=now,
            expires_at=now + seconds * SECOND,
        )
        .returning(_offer)
    )
    assert row is not None
    _set_handoff(tx, row.handoff_id, state="offered")
    outbox.set_timer(tx, "offer_expiry", row.id, row.expires_at)
    tx.hint("offer", row.id)
    return row


def painted(tx: Tx, offer_id: str, agent_id: str) -> None:
    """The brief stands on the agent's screen, before any answer: the start of the lead time."""
    row = _mine(tx, offer_id, agent_id)
    if row.state == "live" and row.painted_at is None:
        tx.do(update(_offer).where(_offer.c.id == offer_id, _offer.c.painted_at.is_(None)).values(painted_at=tx.now))


def accept(tx: Tx, offer_id: str, who: Actor) -> Row:
    """Take over: exactly one wins, whatever comes at once.

    Raises: NotFound, AlreadyAccepted (with the winner), OfferOver, CapacityReached.
    """
    row = _mine(tx, offer_id, who.id)
    conversation = conversations.hold(tx, row.conversation_id)
    row = get_offer(tx, offer_id)
    if row.state == "accepted" and conversation.owner_id == who.id:
        return conversation
    if row.state != "live" or row.expires_at <= tx.now or conversation.status != "open":
        raise _lost(tx, conversation, who)
    availability.reserve(tx, who.id)
    if tx.one(_SETTLE, offer_id=offer_id, new_state="accepted", moment=tx.now, why="") is None:
        raise OfferOver("the offer is over")
    outbox.clear_timer(tx, "offer_expiry", offer_id)
    tx.hint("offer", offer_id)
    return _take_over(tx, conversation, get(tx, row.handoff_id), who, row.painted_at)


def take(tx: Tx, conversation_id: str, who: Actor) -> Row:
    """Pull a conversation out of its queue, or away from the bot; an offer to another is withdrawn.

    Raises: AlreadyAccepted (with the winner), ConversationResolved, CapacityReached.
    """
    conversation = conversations.hold_open(tx, conversation_id)
    if conversation.owner_kind == "agent":
        if conversation.owner_id == who.id:
            return conversation
        raise _lost(tx, conversation, who)
    availability.reserve(tx, who.id)
    withdraw(tx, conversation.id, "taken")
    request = get(tx, conversation.handoff_id) if conversation.handoff_id else None
    if request is None or request.state not in PENDING:
        owner = Actor(conversation.owner_kind, conversation.owner_id, conversation.owner_kind)
        request = _request(tx, conversation, owner, who, "taken", "", ())
    return _take_over(tx, conversation, request, who, None)


def decline(tx: Tx, offer_id: str, who: Actor, reason: str = "") -> None:
    """Say no; the next agent is asked, the brief stays. Raises NotFound, OfferOver."""
    row = _mine(tx, offer_id, who.id)
    conversation = conversations.hold(tx, row.conversation_id)
    if not _end_offer(tx, conversation, row, "declined", reason):
        raise OfferOver("the offer is over")


def expire(tx: Tx, offer_id: str, _payload: dict[str, Any]) -> None:
    """The countdown ended without an answer; runs as a timer."""
    row = tx.one(_OFFER, offer_id=offer_id)
    if row is None or row.state != "live":
        return
    conversation = conversations.hold(tx, row.conversation_id)
    _end_offer(tx, conversation, row, "expired", "no answer")


def withdraw(tx: Tx, conversation_id: str, reason: str) -> None:
    """Take back the live offer of a held conversation, if there is one."""
    row = tx.one(_LIVE, cnv=conversation_id)
    if (
        row is not None
        and tx.one(_SETTLE, offer_id=row.id, new_state="withdrawn", moment=tx.now, why=reason) is not None
    ):
        outbox.clear_timer(tx, "offer_expiry", row.id)
        tx.hint("offer", row.id)


def cancel(tx: Tx, handoff_id: str, who: Actor) -> Row:
    """Take a request back before anybody accepted. A conversation in a queue stays there.

    Raises: NotFound, Forbidden, Conflict (answered already).
    """
    request = get(tx, handoff_id)
    conversation = conversations.hold(tx, request.conversation_id)
    request = get(tx, handoff_id)
    if request.state not in PENDING:
        raise Conflict("the handoff was answered already", state=request.state)
    if request.to_kind == "queue":
        raise Conflict("the queue owns it now; take it back from there")
    if conversation.owner_id != who.id:
        raise Forbidden("only the owner may take a transfer back")
    withdraw(tx, conversation.id, "cancelled")
    _set_handoff(tx, handoff_id, state="cancelled", answered_at=tx.now)
    _write(tx, conversation, get(tx, handoff_id), who, "cancelled")
    conversations.change(tx, conversation.id, handoff_id=None)
    return get(tx, handoff_id)


def acknowledge(tx: Tx, handoff_id: str, who: Actor) -> Row:
    """The receiver has read the brief: the receipt of the handoff. Raises NotFound, Forbidden."""
    request = get(tx, handoff_id)
    conversation = conversations.hold(tx, request.conversation_id)
    request = get(tx, handoff_id)
    if request.accepted_by != who.id:
        raise Forbidden("only the receiver acknowledges a brief")
    if request.acknowledged_at is None:
        _set_handoff(tx, handoff_id, acknowledged_at=tx.now)
        request = get(tx, handoff_id)
        _write(tx, conversation, request, who, "acknowledged")
        conversations.change(tx, conversation.id)
    return request


def give_back(tx: Tx, conversation_id: str, by: Actor, reason: str) -> None:
    """An owner has gone: the queue owns the conversation, at its head."""
    conversation = conversations.hold(tx, conversation_id)
    if conversation.status != "open" or conversation.owner_kind != "agent":
        return
    to_queue(tx, conversation, by, conversation.queue_id, reason=reason, waiting_since=conversation.opened_at)


def _take_over(tx: Tx, conversation: Row, request: Row, who: Actor, painted_at: int | None) -> Row:
    now = tx.now
    lead = now - painted_at if painted_at is not None else None
    _set_handoff(
        tx,
        request.id,
        state="accepted",
        answered_at=now,
        accepted_by=who.id,
        accepted_name=who.name,
        painted_at=painted_at,
        lead_us=lead,
    )
    conversations.join(tx, conversation.id, "agent", who.id, who.name)
    row = conversations.set_owner(tx, conversation, who, handoff_id=request.id)
    _write(tx, row, get(tx, request.id), who, "accepted")
    conversations.say_status(tx, row, "agent_joined", {"name": who.name}, author=who)
    return conversations.get(tx, row.id)


def _request(
    tx: Tx, conversation: Row, by: Actor, target: Actor, reason: str, summary: str, needs: tuple[dict[str, Any], ...]
) -> Row:
    """Write the request with its brief; an earlier unanswered one is cancelled."""
    withdraw(tx, conversation.id, "replaced")
    if conversation.handoff_id:
        tx.do(
            update(_handoff)
            .where(_handoff.c.id == conversation.handoff_id, _handoff.c.state.in_(PENDING))
            .values(state="cancelled", answered_at=tx.now)
        )
    handoff_id = new_id("hnd")
    body = {
        "state": "requested",
        "handoff_id": handoff_id,
        "from": _person(by),
        "to": _person(target),
        "reason": reason,
        "summary": summary,
    }
    entry = timeline.append(
        tx,
        conversation.log_id,
        conversation.id,
        "handoff",
        body,
        author=by,
        audience="staff",
        channel=conversation.channel,
    )
    points = brief.gather(tx, conversation, needs=needs, summary=summary)
    tx.do(
        _handoff.insert().values(
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
            brief=points,
            digest=brief.digest(tx, conversation.id, entry.ordered_at),
            requested_at=tx.now,
        )
    )
    return get(tx, handoff_id)


def _tell_waiting(tx: Tx, conversation: Row, queue: Row) -> None:
    if queues.is_open(queue.hours, tx.now) and availability.anybody_there(tx, queue.id):
        conversations.say_status(tx, conversation, "queued", {"queue": queue.id})
    else:
        opens = queues.opens_at(queue.hours, tx.now)
        conversations.say_status(tx, conversation, "nobody_there", {"queue": queue.id, "opens_at": opens})


def _end_offer(tx: Tx, conversation: Row, row: Row, state: str, reason: str) -> bool:
    if tx.one(_SETTLE, offer_id=row.id, new_state=state, moment=tx.now, why=reason) is None:
        return False
    outbox.clear_timer(tx, "offer_expiry", row.id)
    tx.hint("offer", row.id)
    request = get(tx, row.handoff_id)
    if request.to_kind == "agent":
        _set_handoff(tx, request.id, state=state, answered_at=tx.now)
        whom = Actor("agent", request.to_id, request.to_name)
        _write(tx, conversation, get(tx, request.id), whom, state, reason)
        conversations.change(tx, conversation.id, handoff_id=None)
    else:
        _set_handoff(tx, request.id, state="requested")
        outbox.add(tx, "routing", request.to_id)
    return True


def _write(tx: Tx, conversation: Row, request: Row, who: Actor, state: str, reason: str = "") -> None:
    body: dict[str, Any] = {
        "state": state,
        "handoff_id": request.id,
        "from": {"kind": request.from_kind, "id": request.from_id, "name": request.from_name},
        "to": {"kind": request.to_kind, "id": request.to_id, "name": request.to_name},
        "reason": reason or request.reason,
    }
    if state == "accepted" and request.lead_us is not None:
        body["lead_ms"] = request.lead_us // 1000
    timeline.append(
        tx,
        conversation.log_id,
        conversation.id,
        "handoff",
        body,
        author=who,
        audience="staff",
        channel=conversation.channel,
    )


def _mine(tx: Tx, offer_id: str, agent_id: str) -> Row:
    row = get_offer(tx, offer_id)
    if row.agent_id != agent_id:
        raise NotFound("no such offer")
    return row


def _lost(tx: Tx, conversation: Row, who: Actor) -> Conflict:
    if conversation.owner_kind == "agent" and conversation.owner_id != who.id:
        winner = tx.first(select(_agent.c.id, _agent.c.name).where(_agent.c.id == conversation.owner_id))
        if winner is not None:
            return AlreadyAccepted(f"{winner.name} was first", winner={"id": winner.id, "name": winner.name})
    return OfferOver("the offer is over")


def _set_handoff(tx: Tx, handoff_id: str, **values: Any) -> None:
    tx.do(update(_handoff).where(_handoff.c.id == handoff_id).values(**values))


def _person(actor: Actor) -> dict[str, str]:
    return {"kind": actor.kind, "id": actor.id, "name": actor.name}
