"""Handoffs and offers: the brief, painted, accepted, declined, acknowledged."""

from pydantic import Field
from typing_extensions import TypedDict

from hub import access, audit, conversations, handoff
from hub.clock import SECOND
from hub.errors import AlreadyAccepted, CapacityReached, Conflict, NotFound, OfferOver
from hub.store import Tx
from hub.store.hot import Row
from web import represent
from web.auth import StaffCall
from web.endpoint import Body, Endpoints
from web.represent import shapes

routes = Endpoints("Handoffs", "staff")
ROUTES = (routes,)
Accepted = tuple[shapes.Conversation, int | None]
ACCEPTING = (AlreadyAccepted, OfferOver, CapacityReached)


class Refusal(Body):
    """Why an agent says no."""

    reason: str = Field("", max_length=500)


class Nothing(Body):
    """An empty object."""


class Offers(TypedDict):
    """What rings now."""

    items: list[shapes.Offer]
    next: str | None


@routes.add("GET", "/api/v1/handoffs/{id}/brief")
async def brief(call: StaffCall) -> shapes.Brief:
    """What the receiver must know, each line with the entry it comes from."""

    def read(tx: Tx) -> shapes.Brief:
        request, about = _seen(tx, call, call.path("id"))
        audit.note(tx, call.who.actor, "read_brief", "handoff", request.id)
        return represent.brief(tx, request, about)

    return await call.hub.store.write(read)


@routes.add("POST", "/api/v1/handoffs/{id}/accept", errors=ACCEPTING)
async def accept_handoff(call: StaffCall) -> shapes.Conversation:
    """Accept the offer that rings for the asker on this handoff."""

    def write(tx: Tx) -> Accepted:
        request = handoff.get(tx, call.path("id"))
        mine = [row for row in handoff.live_offers(tx, call.who.id) if row.handoff_id == request.id]
        if mine:
            return _accept(tx, call, mine[0].id)
        _seen(tx, call, request.id)
        raise OfferOver("no offer of this handoff rings for you")

    return _measured(call, await call.hub.store.write(write))


@routes.add("POST", "/api/v1/handoffs/{id}/cancel", errors=(Conflict,))
async def cancel_handoff(call: StaffCall) -> shapes.Handoff:
    """Take a request back before anybody accepted."""

    def write(tx: Tx) -> shapes.Handoff:
        request, _ = _seen(tx, call, call.path("id"))
        return represent.handoff(handoff.cancel(tx, request.id, call.who.actor))

    return await call.hub.store.write(write)


@routes.add("POST", "/api/v1/handoffs/{id}/acknowledge")
async def acknowledge_handoff(call: StaffCall) -> shapes.Handoff:
    """The receiver has read the brief."""

    def write(tx: Tx) -> shapes.Handoff:
        request, _ = _seen(tx, call, call.path("id"))
        return represent.handoff(handoff.acknowledge(tx, request.id, call.who.actor))

    return await call.hub.store.write(write)


@routes.add("GET", "/api/v1/offers")
async def offers(call: StaffCall) -> Offers:
    """What rings for the asker now."""

    def read(tx: Tx) -> Offers:
        rows = [row for row in handoff.live_offers(tx, call.who.id) if row.expires_at > tx.now]
        return {"items": [represent.offer(tx, row, present=call.present) for row in rows], "next": None}

    return await call.hub.store.read(read)


@routes.add("POST", "/api/v1/offers/{id}/painted", status=204)
async def painted(call: StaffCall, body: Nothing) -> None:
    """The brief stands on the asker's screen: the start of the lead time."""
    await call.hub.store.write(lambda tx: handoff.painted(tx, call.path("id"), call.who.id))


@routes.add("POST", "/api/v1/offers/{id}/accept", errors=ACCEPTING)
async def accept_offer(call: StaffCall) -> shapes.Conversation:
    """Take over. Exactly one asker wins; the others are told who."""
    return _measured(call, await call.hub.store.write(lambda tx: _accept(tx, call, call.path("id"))))


@routes.add("POST", "/api/v1/offers/{id}/decline", status=204, errors=(OfferOver,))
async def decline(call: StaffCall, body: Refusal) -> None:
    """Say no; the next agent is asked."""
    await call.hub.store.write(lambda tx: handoff.decline(tx, call.path("id"), call.who.actor, body.reason))


def _accept(tx: Tx, call: StaffCall, offer_id: str) -> Accepted:
    row = handoff.accept(tx, offer_id, call.who.actor)
    audit.note(tx, call.who.actor, "accept", "conversation", row.id, offer=offer_id)
    lead_us = handoff.get(tx, row.handoff_id).lead_us if row.handoff_id else None
    return represent.conversation(tx, row, present=call.present), lead_us


def _measured(call: StaffCall, accepted: Accepted) -> shapes.Conversation:
    """Count how long the brief was on screen before the answer."""
    conversation, lead_us = accepted
    if lead_us is not None:
        call.request.app.state.meters.brief_lead.observe(lead_us / SECOND)
    return conversation


def _seen(tx: Tx, call: StaffCall, handoff_id: str) -> tuple[Row, Row]:
    """The handoff and its conversation, if the asker may see that or is the one who is asked."""
    request = handoff.get(tx, handoff_id)
    about = conversations.get(tx, request.conversation_id)
    is_asked = request.to_kind == "agent" and request.to_id == call.who.id and request.state in handoff.PENDING
    if not is_asked and not access.may_see(tx, call.who, about):
        raise NotFound("no such handoff")
    return request, about
