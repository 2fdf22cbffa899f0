"""Staff's view: rows of the store as resources. Pure but for bulk look-ups in the given transaction."""

from collections.abc import Container, Iterable, Sequence
from typing import Any

from sqlalchemy import select

from hub import brief as briefs
from hub import conversations as verbs
from hub import handoff as handoffs
from hub import identity, placement, queues
from hub.clock import SECOND, to_text
from hub.models import Agent, Attachment, ChannelAccount, Customer, Delivery, Handoff, Participant, Queue
from hub.models.base import table
from hub.store import Tx
from hub.store.hot import Row
from web.represent import shapes
from web.represent.words import name_in, opening_hours

_agent, _queue, _customer = table(Agent), table(Queue), table(Customer)
_handoff, _member, _account = table(Handoff), table(Participant), table(ChannelAccount)
_file, _delivery = table(Attachment), table(Delivery)


def entries(tx: Tx, rows: Sequence[Row]) -> list[shapes.Entry]:
    """Entries in the order given; files and deliveries are looked up only for those that have some."""
    files = files_of(tx, rows)
    sent = _deliveries_of(tx, [row.id for row in rows if row.deliveries])
    return [_entry(row, files.get(row.id, []), sent.get(row.id, [])) for row in rows]


def entry(tx: Tx, row: Row) -> shapes.Entry:
    """One entry."""
    return entries(tx, [row])[0]


def files_of(tx: Tx, rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Attachment rows by entry, in the order of upload."""
    ids = [row.id for row in rows if row.files]
    if not ids:
        return {}
    found: dict[str, list[Row]] = {}
    for row in tx.all(select(_file).where(_file.c.entry_id.in_(ids)).order_by(_file.c.id)):
        found.setdefault(row.entry_id, []).append(row)
    return found


def attachment(row: Row) -> shapes.Attachment:
    """A file, stored or refused."""
    return {
        "id": row.id,
        "name": row.name,
        "media_type": row.media_type,
        "bytes": row.bytes,
        "width": row.width,
        "height": row.height,
        "state": row.state,
        "inline": bool(row.inline),
        "url": f"/api/v1/files/{row.id}",
    }


def delivery(row: Row) -> shapes.Delivery:
    """What became of an entry on its way."""
    return {
        "id": row.id,
        "channel": channel(row.channel),
        "state": row.state,
        "reason": row.reason,
        "at": to_text(row.updated_at),
    }


def conversations(tx: Tx, rows: Sequence[Row], *, present: Container[str] = ()) -> list[shapes.Conversation]:
    """Conversations in the order given; `present` holds the customers who have a chat open now."""
    known = _Known(tx, rows)
    return [_conversation(row, known, present) for row in rows]


def conversation(tx: Tx, row: Row, *, present: Container[str] = ()) -> shapes.Conversation:
    """One conversation."""
    return conversations(tx, [row], present=present)[0]


def as_title(full: shapes.Conversation) -> shapes.Conversation:
    """What is left of a conversation for staff who may know that it was, but not what was said."""
    return {**full, "last": None, "unread": 0, "unanswered": False, "participants": [], "handoff": None}


def customer(tx: Tx, row: Row) -> shapes.Customer:
    """A customer with all addresses and claims."""
    return {
        "id": row.id,
        "name": row.name,
        "language": row.language,
        "tier": row.tier,
        "attributes": row.attributes,
        "addresses": [
            {"id": each.id, "scheme": each.scheme, "value": _shown(each), "label": each.label}
            for each in identity.addresses(tx, row.id)
        ],
        "claims": [
            {
                "id": each.id,
                "scheme": each.scheme,
                "value": each.value,
                "source": each.source,
                "at": to_text(each.created_at),
            }
            for each in identity.claims(tx, row.id)
        ],
        "created_at": to_text(row.created_at),
    }


def agent(row: Row, availability: Row | None, queue_ids: Iterable[str]) -> shapes.Agent:
    """An agent with everything that is theirs."""
    return {
        "id": row.id,
        "name": row.name,
        "email": row.email,
        "role": row.role,
        "state": availability.state if availability else "offline",
        "capacity": availability.capacity if availability else 0,
        "load": availability.load if availability else 0,
        "languages": row.languages,
        "skills": row.skills,
        "queues": sorted(queue_ids),
        "locale": row.locale,
        "settings": row.settings,
    }


def agent_short(row: Row, availability: Row | None, queue_ids: Iterable[str]) -> shapes.AgentShort:
    """A colleague."""
    return {
        "id": row.id,
        "name": row.name,
        "state": availability.state if availability else "offline",
        "load": availability.load if availability else 0,
        "capacity": availability.capacity if availability else 0,
        "queues": sorted(queue_ids),
    }


def queue(row: Row, at: int, locale: str = "en") -> shapes.Queue:
    """A queue as it is at a moment, its name and hours in the reader's language."""
    return {
        "id": row.id,
        "name": name_in(row.names, locale),
        "hours": {
            "zone": row.hours.get("zone", "UTC"),
            "open": queues.is_open(row.hours, at),
            "text": opening_hours(row.hours, locale),
        },
        "waiting": row.waiting,
    }


def handoff(row: Row) -> shapes.Handoff:
    """A request to take over."""
    return {
        "id": row.id,
        "conversation_id": row.conversation_id,
        "state": row.state,
        "to": {"kind": row.to_kind, "id": row.to_id, "name": row.to_name},
        "from": {"kind": row.from_kind, "id": row.from_id, "name": row.from_name},
        "reason": row.reason,
        "created_at": to_text(row.requested_at),
    }


def brief(tx: Tx, request: Row, conversation_row: Row) -> shapes.Brief:
    """What the receiver of this handoff must know, read from the entries it points at."""
    return briefs.render(tx, request, conversation_row)  # type: ignore[return-value]


def offer(tx: Tx, row: Row, *, present: Container[str] = ()) -> shapes.Offer:
    """An offer with the conversation and the brief, so that it can be judged before it is accepted."""
    about = verbs.get(tx, row.conversation_id)
    return {
        "id": row.id,
        "conversation": conversation(tx, about, present=present),
        "brief": brief(tx, handoffs.get(tx, row.handoff_id), about),
        "handoff_id": row.handoff_id,
        "created_at": to_text(row.created_at),
        "expires_at": to_text(row.expires_at),
        "seconds": max(0, row.expires_at - row.created_at) // SECOND,
        "state": row.state,
    }


def channel(name: str) -> str:
    """A channel by the name that readers know: web chat is simply `chat`."""
    return "chat" if name == "webchat" else name


def moment(micros: int | None) -> str | None:
    """A time, if it has come."""
    return None if micros is None else to_text(micros)


class _Known:
    """What several conversations point at, looked up together."""

    def __init__(self, tx: Tx, rows: Sequence[Row]) -> None:
        self.customers = _by_id(tx, _customer, {row.log_id for row in rows})
        self.queues = _by_id(tx, _queue, {row.queue_id for row in rows})
        self.agents = _by_id(tx, _agent, {row.owner_id for row in rows if row.owner_kind == "agent"})
        self.accounts = _by_id(tx, _account, {row.account_id for row in rows if row.owner_kind == "bot"})
        self.handoffs = _by_id(tx, _handoff, {row.handoff_id for row in rows if row.handoff_id})
        self.members: dict[str, list[Row]] = {}
        ids = [row.id for row in rows]
        if ids:
            query = select(_member).where(_member.c.conversation_id.in_(ids))
            for row in tx.all(query.order_by(_member.c.joined_at, _member.c.id)):
                self.members.setdefault(row.conversation_id, []).append(row)

    def owner(self, row: Row) -> shapes.Party:
        if row.owner_kind == "agent":
            name = self.agents[row.owner_id].name
        elif row.owner_kind == "queue":
            name = name_in(self.queues[row.owner_id].names)
        else:
            name = placement.bot_of(self.accounts[row.account_id], "en").name
        return {"kind": row.owner_kind, "id": row.owner_id, "name": name}


def _by_id(tx: Tx, rows: Any, ids: set[str]) -> dict[str, Row]:
    if not ids:
        return {}
    return {row.id: row for row in tx.all(select(rows).where(rows.c.id.in_(sorted(ids))))}


def _entry(row: Row, files: Sequence[Row], sent: list[shapes.Delivery]) -> shapes.Entry:
    return {
        "id": row.id,
        "log": row.log_id,
        "position": row.position,
        "revision": row.revision,
        "ordered_at": row.ordered_at,
        "conversation_id": row.conversation_id,
        "kind": row.kind,
        "channel": channel(row.channel),
        "direction": row.direction,
        "author": {"kind": row.author_kind, "id": row.author_id, "name": row.author_name},
        "audience": row.audience,
        "at": to_text(row.at),
        "body": row.body,
        "attachments": [attachment(each) for each in files],
        "deliveries": sent,
        "client_key": row.client_key,
    }


def _deliveries_of(tx: Tx, entry_ids: list[str]) -> dict[str, list[shapes.Delivery]]:
    if not entry_ids:
        return {}
    found: dict[str, list[shapes.Delivery]] = {}
    for row in tx.all(select(_delivery).where(_delivery.c.entry_id.in_(entry_ids)).order_by(_delivery.c.id)):
        found.setdefault(row.entry_id, []).append(delivery(row))
    return found


def _conversation(row: Row, known: _Known, present: Container[str]) -> shapes.Conversation:
    who, queue = known.customers[row.log_id], known.queues.get(row.queue_id)
    request = known.handoffs.get(row.handoff_id)
    last_by: shapes.Party = {"kind": row.last_author_kind, "id": row.last_author_id, "name": row.last_author_name}
    return {
        "id": row.id,
        "log": row.log_id,
        "customer": {"id": who.id, "name": who.name, "language": who.language, "tier": who.tier},
        "status": row.status,
        "topic": row.topic,
        "channel": channel(row.channel),
        "queue": {"id": queue.id, "name": name_in(queue.names)} if queue else None,
        "owner": known.owner(row),
        "version": row.version,
        "opened_at": to_text(row.opened_at),
        "updated_at": to_text(row.sort_at),  # what lists are ordered by, here and on the screens
        "resolved_at": moment(row.resolved_at),
        "waiting_since": moment(row.waiting_since),
        "last": {"text": row.last_text, "author": last_by, "at": to_text(row.last_at), "kind": row.last_kind}
        if row.last_kind
        else None,
        "unanswered": bool(row.unanswered),
        "unread": row.unread,
        "language": row.language,
        "disposition": row.disposition_id,
        "snoozed_until": None,
        "origin": {"kind": row.origin.get("kind", ""), "campaign": row.origin.get("campaign")} if row.origin else None,
        "handoff": {"id": request.id, "state": request.state} if request else None,
        "participants": [
            {"kind": each.kind, "id": each.ref_id, "name": each.name} for each in known.members.get(row.id, ())
        ],
        "customer_presence": "online" if row.log_id in present else "away",
        "read": {"through": row.read_through},
    }


def _shown(address: Row) -> str:
    """A visitor's address is a key of its browser; nobody needs to see it."""
    return "" if address.scheme == "visitor" else str(address.value)
