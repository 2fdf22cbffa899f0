"""What staff do in a conversation: reply, note, read, take, hand over, resolve, reopen."""

from typing import Literal

from pydantic import Field

from hub import access, audit, conversations, handoff, queues, replies
from hub.errors import (
    AlreadyAccepted,
    CapacityReached,
    Conflict,
    ConversationResolved,
    Invalid,
    NotFound,
    NotOwner,
    OfferOver,
)
from hub.ports import Actor
from hub.store import Tx
from hub.store.hot import Row
from web import represent
from web.auth import StaffCall
from web.endpoint import Body, Endpoints
from web.represent import shapes

routes = Endpoints("Conversations", "staff")
ROUTES = (routes,)


class Reply(Body):
    """A message to the customer. The same `client_key` is written once, however often it is sent."""

    text: str = Field(description="At most 64 kB of UTF-8.")
    attachments: list[str] = Field(default_factory=list, max_length=10)
    client_key: str | None = Field(None, min_length=1, max_length=100)
    channel: str | None = Field(None, max_length=40, description="The channel it is meant for, if it must be this one.")


class Note(Body):
    """A message to colleagues."""

    text: str = Field(description="At most 64 kB of UTF-8.")
    client_key: str | None = Field(None, min_length=1, max_length=100)


class ReadThrough(Body):
    """How far the owner has read."""

    through: int = Field(ge=0, le=2**62, description="The `ordered_at` of the last entry seen.")


class Resolution(Body):
    """How a conversation ends."""

    disposition: str | None = Field(None, max_length=60)
    note: str | None = Field(None, description="For colleagues.")
    version: int | None = None


class Target(Body):
    """To whom."""

    kind: Literal["queue", "agent"]
    id: str = Field(max_length=60)


class Transfer(Body):
    """A request that somebody else takes over."""

    to: Target
    reason: str = Field(max_length=500)
    summary: str = Field("", max_length=4000)


@routes.add("POST", "/api/v1/conversations/{id}/replies", status=201, errors=(NotOwner, ConversationResolved))
async def reply(call: StaffCall, body: Reply) -> shapes.Entry:
    """Say something to the customer, in a conversation the asker owns."""

    def write(tx: Tx) -> shapes.Entry:
        row = access.conversation(tx, call.who, call.path("id"))
        now_on = represent.channel(row.channel)
        if body.channel is not None and body.channel not in (row.channel, now_on):
            raise Invalid(f"the customer is on {now_on} now", field="channel")
        entry = replies.reply(tx, row.id, call.who.actor, body.text, client_key=body.client_key, files=body.attachments)
        return represent.entry(tx, entry)

    return await call.hub.store.write(write)


@routes.add("POST", "/api/v1/conversations/{id}/notes", status=201)
async def note(call: StaffCall, body: Note) -> shapes.Entry:
    """Write something that only staff see."""

    def write(tx: Tx) -> shapes.Entry:
        row = access.conversation(tx, call.who, call.path("id"))
        return represent.entry(tx, replies.note(tx, row.id, call.who.actor, body.text, client_key=body.client_key))

    return await call.hub.store.write(write)


@routes.add("POST", "/api/v1/conversations/{id}/read")
async def read(call: StaffCall, body: ReadThrough) -> shapes.Conversation:
    """The owner has seen everything up to a moment; it never moves back."""

    def write(tx: Tx) -> shapes.Conversation:
        row = access.conversation(tx, call.who, call.path("id"))
        return _shown(tx, call, conversations.mark_read(tx, row.id, call.who.id, body.through))

    return await call.hub.store.write(write)


@routes.add("POST", "/api/v1/conversations/{id}/resolve", errors=(ConversationResolved, Conflict, NotOwner))
async def resolve(call: StaffCall, body: Resolution) -> shapes.Conversation:
    """End a conversation; its owner and supervisors may."""

    def write(tx: Tx) -> shapes.Conversation:
        row = _owned(tx, call, conversations.hold(tx, access.conversation(tx, call.who, call.path("id")).id))
        if body.note:
            replies.note(tx, row.id, call.who.actor, body.note)
        done = conversations.resolve(tx, row.id, call.who.actor, disposition=body.disposition, version=body.version)
        audit.note(tx, call.who.actor, "resolve", "conversation", row.id)
        return _shown(tx, call, done)

    return await call.hub.store.write(write)


@routes.add("POST", "/api/v1/conversations/{id}/reopen", errors=(Conflict,))
async def reopen(call: StaffCall) -> shapes.Conversation:
    """Open a resolved conversation again, owned by the asker."""

    def write(tx: Tx) -> shapes.Conversation:
        row = access.conversation(tx, call.who, call.path("id"))
        opened = conversations.reopen(tx, row.id, call.who.actor, call.who.actor)
        audit.note(tx, call.who.actor, "reopen", "conversation", row.id)
        return _shown(tx, call, opened)

    return await call.hub.store.write(write)


@routes.add(
    "POST",
    "/api/v1/conversations/{id}/take",
    errors=(AlreadyAccepted, ConversationResolved, CapacityReached, OfferOver),
)
async def take(call: StaffCall) -> shapes.Conversation:
    """Pull a conversation out of its queue, or away from the bot. Exactly one asker wins."""

    def write(tx: Tx) -> shapes.Conversation:
        row = access.conversation(tx, call.who, call.path("id"))
        taken = handoff.take(tx, row.id, call.who.actor)
        audit.note(tx, call.who.actor, "take", "conversation", row.id)
        return _shown(tx, call, taken)

    return await call.hub.store.write(write)


@routes.add(
    "POST",
    "/api/v1/conversations/{id}/handoffs",
    status=201,
    errors=(NotFound, NotOwner, ConversationResolved, Conflict),
)
async def hand_over(call: StaffCall, body: Transfer) -> shapes.Handoff:
    """Hand a conversation to a queue, which owns it at once, or to an agent, who owns it by accepting."""

    def write(tx: Tx) -> shapes.Handoff:
        row = access.conversation(tx, call.who, call.path("id"))
        row = _owned(tx, call, conversations.hold_open(tx, row.id))
        if body.to.kind == "queue":
            queue = queues.get(tx, body.to.id)
            asked = handoff.to_queue(tx, row, call.who.actor, queue.id, reason=body.reason, summary=body.summary)
        else:
            asked = handoff.to_agent(tx, row, call.who.actor, body.to.id, reason=body.reason, summary=body.summary)
        audit.note(tx, call.who.actor, "hand_over", "conversation", row.id, handoff=asked.id)
        return represent.handoff(asked)

    return await call.hub.store.write(write)


def _owned(tx: Tx, call: StaffCall, row: Row) -> Row:
    """The conversation, if it is the asker's to move: its owner's, or any for supervisors."""
    if (row.owner_kind, row.owner_id) != ("agent", call.who.id) and not call.who.sees_all:
        raise NotOwner("only the owner of the conversation may do this", owner=_party(row))
    return row


def _party(row: Row) -> dict[str, str]:
    owner = Actor(row.owner_kind, row.owner_id, "")
    return {"kind": owner.kind, "id": owner.id}


def _shown(tx: Tx, call: StaffCall, row: Row) -> shapes.Conversation:
    return represent.conversation(tx, row, present=call.present)
