"""How a conversation changes hands without losing anything.

A queue takes over at once, an agent by accepting; until then the previous owner still owns
(decision 10). The requests themselves and their briefs are in `hub.requests`.
"""

from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects.postgresql import insert

from hub import availability, conversations, outbox, queues, requests
from hub.clock import SECOND
from hub.errors import AlreadyAccepted, Conflict, Forbidden, Invalid, NotFound, OfferOver
from hub.ids import new_id
from hub.models import Agent, Offer
from hub.models.base import table
from hub.ports import SYSTEM, Actor
from hub.requests import PENDING as PENDING
from hub.requests import get as get
from hub.requests import last_agent as last_agent
from hub.store import Hot, Tx
from hub.store.hot import Row

_offer, _agent = table(Offer), table(Agent)

_OFFER = Hot(select(_offer).where(_offer.c.id == bindparam("offer_id")))
_LIVE = Hot(select(_offer).where(_offer.c.conversation_id == bindparam("cnv"), _offer.c.state == "live"))
_RINGING = Hot(
    select(_offer)
    .where(_offer.c.agent_id == bindparam("agent"), _offer.c.state == "live")
    .order_by(_offer.c.created_at, _offer.c.id)
    .limit(20)
)
_MAKE = Hot(insert(_offer).returning(_offer))
_SETTLE = Hot(
    update(_offer)
    .where(_offer.c.id == bindparam("offer_id"), _offer.c.state == "live")
    .values(state=bindparam("new_state"), answered_at=bindparam("moment"), reason=bindparam("why"))
    .returning(_offer.c.agent_id)
)
_PAINTED = Hot(
    update(_offer)
    .where(_offer.c.id == bindparam("offer_id"), _offer.c.state == "live", _offer.c.painted_at.is_(None))
    .values(painted_at=bindparam("moment"))
)
_NAME = Hot(select(_agent.c.id, _agent.c.name, _agent.c.disabled_at).where(_agent.c.id == bindparam("agent")))


def get_offer(tx: Tx, offer_id: str) -> Row:
    """One offer. Raises NotFound."""
    row = tx.one(_OFFER, offer_id=offer_id)
    if row is None:
        raise NotFound("no such offer")
    return row


def live_offers(tx: Tx, agent_id: str) -> list[Row]:
    """Offers that ring for an agent."""
    return tx.run(_RINGING, agent=agent_id)


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
    withdraw(tx, conversation.id, "replaced")
    request = requests.ask(tx, conversation, by, target, reason=reason, summary=summary, needs=needs)
    conversation = conversations.set_owner(tx, conversation, target, waiting_since=waiting_since, handoff_id=request.id)
    _line_up(tx, conversation, queue)
    return request


def line_up(tx: Tx, conversation: Row, by: Actor = SYSTEM, *, reason: str = "") -> Row:
    """Make sure that a held conversation of a queue is asked for there, with a brief; gives it as it is then."""
    if conversation.owner_kind != "queue" or requests.pending(tx, conversation) is not None:
        return conversation
    queue = queues.get(tx, conversation.owner_id)
    request = requests.ask(tx, conversation, by, queues.actor(queue, conversation.language), reason=reason)
    conversation = conversations.change(tx, conversation.id, handoff_id=request.id)
    _line_up(tx, conversation, queue)
    return conversation


def _line_up(tx: Tx, conversation: Row, queue: Row) -> None:
    """Let routing look, and tell the customer honestly: they wait, or nobody is there."""
    told = {"queue": {"id": queue.id, "name": queues.name(queue, conversation.language)}}
    if queues.is_open(queue.hours, tx.now) and availability.anybody_there(tx, queue.id):
        conversations.say_status(tx, conversation, "queued", told)
    else:
        opens = queues.opens_at(queue.hours, tx.now)
        conversations.say_status(tx, conversation, "nobody_there", {**told, "opens_at": opens})
    outbox.add(tx, "routing", queue.id)


def to_agent(
    tx: Tx, conversation: Row, by: Actor, agent_id: str, *, reason: str = "", summary: str = "", seconds: int = 45
) -> Row:
    """Ask one agent to take over a held conversation; the previous owner keeps it until then.

    Raises: NotFound, Invalid (to oneself), Conflict (not online).
    """
    row = tx.one(_NAME, agent=agent_id)
    if row is None or row.disabled_at is not None:
        raise NotFound("no such agent")
    if conversation.owner_id == agent_id:
        raise Invalid("the agent owns the conversation already", field="to")
    if not availability.is_online(tx, agent_id):
        raise Conflict(f"{row.name} is not online", agent=agent_id)
    withdraw(tx, conversation.id, "replaced")
    request = requests.ask(tx, conversation, by, Actor("agent", row.id, row.name), reason=reason, summary=summary)
    conversations.change(tx, conversation.id, handoff_id=request.id)
    return _ring(tx, request, agent_id, seconds)


def offer(tx: Tx, conversation: Row, agent_id: str, *, seconds: int) -> Row:
    """Ring an agent for a held conversation of a queue; gives the request, whose brief they see.

    At most one offer lives per conversation (unique index).
    """
    conversation = line_up(tx, conversation)
    return _ring(tx, get(tx, conversation.handoff_id), agent_id, seconds)


def _ring(tx: Tx, request: Row, agent_id: str, seconds: int) -> Row:
    now = tx.now
    row = tx.one(
        _MAKE,
        id=new_id("ofr"),
        conversation_id=request.conversation_id,
        handoff_id=request.id,
        agent_id=agent_id,
        state="live",
        reason="",
        created_at=now,
        expires_at=now + seconds * SECOND,
        painted_at=None,
        answered_at=None,
    )
    assert row is not None
    outbox.set_timer(tx, "offer_expiry", row.id, row.expires_at)
    tx.hint("offer", row.id)
    conversations.change(tx, request.conversation_id)  # lists show how far the request has come
    return requests.set_state(tx, request.id, "offered")


def painted(tx: Tx, offer_id: str, agent_id: str) -> None:
    """The brief stands on the agent's screen, before any answer: the start of the lead time."""
    row = _mine(tx, offer_id, agent_id)
    tx.run(_PAINTED, offer_id=row.id, moment=tx.now)


def accept(tx: Tx, offer_id: str, who: Actor) -> Row:
    """Take over: exactly one wins, whatever comes at once.

    Raises: NotFound, AlreadyAccepted (with the winner), OfferOver, CapacityReached.
    """
    row = _mine(tx, offer_id, who.id)
    conversation = conversations.hold(tx, row.conversation_id)
    row = get_offer(tx, offer_id)
    if conversation.status == "open" and conversation.owner_id == who.id and row.state != "live":
        return conversation
    if row.state != "live" or row.expires_at <= tx.now or conversation.status != "open":
        raise _lost(tx, conversation, who)
    giver = conversation.owner_id if conversation.owner_kind == "agent" else ""
    availability.reserve(tx, who.id, instead_of=giver)
    if not _silence(tx, offer_id, "accepted", ""):
        raise OfferOver("the offer is over")
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
    request = requests.pending(tx, conversation)
    if request is None:
        owner = Actor(conversation.owner_kind, conversation.owner_id, conversation.owner_kind)
        request = requests.ask(tx, conversation, owner, who, reason="taken")
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
    if row is not None:
        _silence(tx, row.id, "withdrawn", reason)


def end_offers(tx: Tx, agent_id: str, reason: str) -> None:
    """An agent has gone: what rings for them goes to the next one at once."""
    for row in sorted(live_offers(tx, agent_id), key=lambda each: each.conversation_id):
        conversation = conversations.hold(tx, row.conversation_id)
        _end_offer(tx, conversation, row, "expired", reason)


def _silence(tx: Tx, offer_id: str, state: str, reason: str) -> bool:
    """Compare and set: only one of accept, decline, expiry and withdrawal ends an offer."""
    row = tx.one(_SETTLE, offer_id=offer_id, new_state=state, moment=tx.now, why=reason)
    if row is None:
        return False
    outbox.clear_timer(tx, "offer_expiry", offer_id)
    if state != "accepted":  # else `set_owner` wakes them
        availability.wake_queues(tx, row.agent_id)
    tx.hint("offer", offer_id)
    return True


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
    if who.id not in (conversation.owner_id, request.from_id):
        raise Forbidden("only who asked or owns it may take a transfer back")
    withdraw(tx, conversation.id, "cancelled")
    _unanswered(tx, conversation, request, who, "cancelled")
    return get(tx, handoff_id)


def acknowledge(tx: Tx, handoff_id: str, who: Actor) -> Row:
    """The receiver has read the brief: the receipt of the handoff. Raises NotFound, Forbidden."""
    request = get(tx, handoff_id)
    conversation = conversations.hold(tx, request.conversation_id)
    request = get(tx, handoff_id)
    if request.accepted_by != who.id:
        raise Forbidden("only the receiver acknowledges a brief")
    if request.acknowledged_at is None:
        request = requests.acknowledge(tx, handoff_id)
        requests.tell(tx, conversation, request, who, "acknowledged")
        conversations.change(tx, conversation.id)
    return request


def give_back(tx: Tx, conversation_id: str, by: Actor, reason: str) -> None:
    """An owner has gone: the queue owns the conversation, at its head."""
    conversation = conversations.hold(tx, conversation_id)
    if conversation.status != "open" or conversation.owner_kind != "agent":
        return
    first = queues.line(tx, conversation.queue_id, 1)
    ahead_of_all = min([conversation.opened_at, *(row.waiting_since - 1 for row in first)])
    to_queue(tx, conversation, by, conversation.queue_id, reason=reason, waiting_since=ahead_of_all)


def _take_over(tx: Tx, conversation: Row, request: Row, who: Actor, painted_at: int | None) -> Row:
    now = tx.now
    request = requests.set_state(
        tx,
        request.id,
        "accepted",
        answered_at=now,
        accepted_by=who.id,
        accepted_name=who.name,
        painted_at=painted_at,
        lead_us=now - painted_at if painted_at is not None else None,
    )
    conversations.join(tx, conversation.id, "agent", who.id, who.name)
    row = conversations.set_owner(tx, conversation, who, handoff_id=request.id)
    requests.tell(tx, row, request, who, "accepted")
    conversations.say_status(tx, row, "agent_joined", {"name": who.name}, author=who)
    return row


def _end_offer(tx: Tx, conversation: Row, row: Row, state: requests.State, reason: str) -> bool:
    if not _silence(tx, row.id, state, reason):
        return False
    request = get(tx, row.handoff_id)
    if request.to_kind == "agent":
        whom = Actor("agent", request.to_id, request.to_name)
        _unanswered(tx, conversation, request, whom, state, reason)
    else:
        requests.set_state(tx, request.id, "requested")
        conversations.change(tx, conversation.id)
        outbox.add(tx, "routing", request.to_id)
    return True


def _unanswered(tx: Tx, conversation: Row, request: Row, who: Actor, state: requests.State, reason: str = "") -> None:
    """A transfer to an agent came to nothing: the owner keeps it; if that is a queue, it waits there again."""
    request = requests.set_state(tx, request.id, state, answered_at=tx.now)
    requests.tell(tx, conversation, request, who, state, reason)
    line_up(tx, conversations.change(tx, conversation.id, handoff_id=None))


def _mine(tx: Tx, offer_id: str, agent_id: str) -> Row:
    row = get_offer(tx, offer_id)
    if row.agent_id != agent_id:
        raise NotFound("no such offer")
    return row


def _lost(tx: Tx, conversation: Row, who: Actor) -> Conflict:
    if conversation.owner_kind == "agent" and conversation.owner_id != who.id:
        winner = tx.one(_NAME, agent=conversation.owner_id)
        if winner is not None:
            return AlreadyAccepted(f"{winner.name} was first", winner={"id": winner.id, "name": winner.name})
    return OfferOver("the offer is over")
