"""What must be looked after every few seconds: agents who vanished, sends that were lost."""

from typing import Any

from sqlalchemy import select

from hub import availability, conversations, delivery, handoff, outbox
from hub.clock import DAY, SECOND
from hub.models import Conversation, InboundKey, KeptReply, RawInbound
from hub.models.base import table
from hub.ports import SYSTEM
from hub.store import Tx

SWEEP_SECONDS = 5
KEEP_RAW = 30 * DAY
KEEP_REPLIES = 2 * DAY
KEEP_KEYS = 400 * DAY
AT_ONCE = 20

_cnv = table(Conversation)


def start(tx: Tx) -> None:
    """Set the first sweeps; each sets the next, so that one process of many does it."""
    outbox.set_timer(tx, "sweep", "agents", tx.now + SWEEP_SECONDS * SECOND)
    outbox.set_timer(tx, "sweep", "deliveries", tx.now + SWEEP_SECONDS * SECOND)
    outbox.set_timer(tx, "sweep", "purge", tx.now + DAY)


def sweep(tx: Tx, key: str, _payload: dict[str, Any]) -> None:
    """One chore, and the timer for its next turn."""
    pause = SWEEP_SECONDS * SECOND
    if key == "agents":
        vanish(tx)
    elif key == "deliveries":
        delivery.give_up_lost(tx)
    elif key == "purge":
        purge(tx)
        pause = DAY
    outbox.set_timer(tx, "sweep", key, tx.now + pause)


def vanish(tx: Tx) -> None:
    """Agents nobody has seen for a minute go offline; what they own goes to the head of its queue."""
    for agent in availability.vanished(tx):
        owned = tx.all(
            select(_cnv.c.id)
            .where(_cnv.c.owner_kind == "agent", _cnv.c.owner_id == agent.agent_id, _cnv.c.status == "open")
            .order_by(_cnv.c.log_id)
            .limit(AT_ONCE)
        )
        for row in owned:
            handoff.give_back(tx, row.id, SYSTEM, "owner_vanished")
        if len(owned) < AT_ONCE:
            availability.go_offline(tx, agent.agent_id)


def leave(tx: Tx, agent_id: str) -> None:
    """An agent says goodbye: what they still own goes back to its queue now."""
    rows = tx.all(
        select(_cnv.c.id)
        .where(_cnv.c.owner_kind == "agent", _cnv.c.owner_id == agent_id, _cnv.c.status == "open")
        .order_by(_cnv.c.log_id)
        .limit(200)
    )
    for row in rows:
        conversations.hold(tx, row.id)
        handoff.give_back(tx, row.id, SYSTEM, "owner_left")
    availability.go_offline(tx, agent_id)


def purge(tx: Tx) -> None:
    """Forget what is kept only for a while: raw requests, kept replies, old keys."""
    raw, replies, keys = table(RawInbound), table(KeptReply), table(InboundKey)
    tx.do(raw.delete().where(raw.c.received_at < tx.now - KEEP_RAW, raw.c.error == ""))
    tx.do(replies.delete().where(replies.c.created_at < tx.now - KEEP_REPLIES))
    tx.do(keys.delete().where(keys.c.at < tx.now - KEEP_KEYS))
