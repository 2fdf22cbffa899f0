"""What must be looked after: agents who vanished or left, sends that were lost, what is kept for a while."""

from typing import Any

from sqlalchemy import bindparam, select

from hub import availability, delivery, handoff, outbox
from hub.clock import DAY, HOUR, SECOND
from hub.models import Conversation, InboundKey, KeptReply, RawInbound
from hub.models.base import table
from hub.ports import SYSTEM
from hub.store import Hot, Tx

SWEEP_SECONDS = 5
FIRST_PURGE = HOUR  # not a day: a hub that is started every morning would never purge
KEEP_RAW = 30 * DAY
KEEP_REPLIES = 2 * DAY
KEEP_KEYS = 400 * DAY
_cnv = table(Conversation)
_OWNED = Hot(
    select(_cnv.c.id)
    .where(_cnv.c.owner_kind == "agent", _cnv.c.owner_id == bindparam("agent"), _cnv.c.status == "open")
    .order_by(_cnv.c.sort_at, _cnv.c.id)
    .limit(1)
)


def start(tx: Tx) -> None:
    """Set the first sweeps; each sets the next, so that one process of many does it.

    On SQLite one process works, and it starts here: leases that stand are of one that was killed, and
    nobody should wait for them to run out.
    """
    if tx.is_sqlite:
        outbox.release(tx)
        delivery.release(tx)
    outbox.set_timer(tx, "sweep", "agents", tx.now + SWEEP_SECONDS * SECOND)
    outbox.set_timer(tx, "sweep", "deliveries", tx.now + SWEEP_SECONDS * SECOND)
    outbox.set_timer(tx, "sweep", "purge", tx.now + FIRST_PURGE)


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


def sweep_on(tx: Tx, key: str, _payload: dict[str, Any]) -> None:
    """A chore that keeps failing alarms and is tried again later; it is never given up."""
    outbox.set_timer(tx, "sweep", key, tx.now + SWEEP_SECONDS * SECOND)


def vanish(tx: Tx) -> None:
    """Agents nobody has seen for a minute are gone; what they serve is looked after one by one."""
    for agent in availability.vanished(tx):
        outbox.add(tx, "agent_gone", agent.agent_id, {"reason": "owner_vanished"})


def leave(tx: Tx, agent_id: str) -> None:
    """An agent says goodbye: what they still own goes back to its queue now."""
    availability.go_offline(tx, agent_id)
    outbox.add(tx, "agent_gone", agent_id, {"reason": "owner_left"})


def agent_gone(tx: Tx, agent_id: str, payload: dict[str, Any]) -> None:
    """Give one conversation of somebody who is gone to the head of its queue, and come again for the next."""
    if not availability.is_gone(tx, agent_id):
        return
    handoff.end_offers(tx, agent_id, payload["reason"])
    row = tx.one(_OWNED, agent=agent_id)
    if row is None:
        availability.go_offline(tx, agent_id)
        return
    handoff.give_back(tx, row.id, SYSTEM, payload["reason"])
    outbox.add(tx, "agent_gone", agent_id, payload)


def purge(tx: Tx) -> None:
    """Forget what is kept only for a while: raw requests, kept replies, old keys."""
    raw, replies, keys = table(RawInbound), table(KeptReply), table(InboundKey)
    tx.do(raw.delete().where(raw.c.received_at < tx.now - KEEP_RAW, raw.c.error == ""))
    tx.do(replies.delete().where(replies.c.created_at < tx.now - KEEP_REPLIES))
    tx.do(keys.delete().where(keys.c.at < tx.now - KEEP_KEYS))
