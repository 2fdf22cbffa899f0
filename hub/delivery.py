"""The send queue and the ledger: what becomes of each outbound entry.

States move forward only. A send whose end nobody knows is `unknown` and is never repeated without
a person. Web chat's receipt is the browser's acknowledgement of what it has shown.
"""

from typing import Any

from sqlalchemy import bindparam, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from hub import timeline
from hub.clock import SECOND
from hub.errors import NotFound
from hub.ids import new_id
from hub.models import ChannelAccount, Delivery
from hub.models.base import table
from hub.ports import Receipt, Sent
from hub.store import Hot, Tx
from hub.store.hot import Row

RANK = {"queued": 0, "sending": 1, "unknown": 2, "sent": 3, "failed": 4, "delivered": 5, "read": 6}
MAX_ATTEMPTS = 8
SLACK_SECONDS = 30

_dlv = table(Delivery)

_ADD = Hot(insert(_dlv).returning(_dlv))
_DUE = Hot(
    select(_dlv.c.id, _dlv.c.conversation_id, _dlv.c.created_at)
    .where(_dlv.c.state == "queued", _dlv.c.next_at.is_not(None), _dlv.c.next_at <= bindparam("now"))
    .order_by(_dlv.c.next_at, _dlv.c.id)
    .limit(bindparam("count"))
    .with_for_update(skip_locked=True)
)
_AHEAD = Hot(
    select(_dlv.c.id)
    .where(
        _dlv.c.address_id == bindparam("address"),
        _dlv.c.state.in_(["queued", "sending"]),
        _dlv.c.next_at.is_not(None),
        _dlv.c.ordered_at < bindparam("ordered"),
        _dlv.c.channel == bindparam("through"),
    )
    .limit(1)
)
_GET = Hot(select(_dlv).where(_dlv.c.id == bindparam("delivery_id")))
_UNSEEN = Hot(
    select(_dlv.c.id, _dlv.c.entry_id, _dlv.c.log_id, _dlv.c.state, _dlv.c.history)
    .where(
        _dlv.c.address_id == bindparam("address"),
        _dlv.c.state.in_(["queued", "sent", "delivered"]),
        _dlv.c.ordered_at <= bindparam("through"),
        _dlv.c.channel == "webchat",
    )
    .order_by(_dlv.c.ordered_at)
    .limit(200)
)


def queue(tx: Tx, entry: Row, *, account_id: str, address_id: str, channel: str) -> Row:
    """Line an entry up for one address. Web chat needs no attempt: the timeline is its send."""
    row = tx.one(
        _ADD,
        id=new_id("dlv"),
        entry_id=entry.id,
        log_id=entry.log_id,
        conversation_id=entry.conversation_id,
        account_id=account_id,
        address_id=address_id,
        channel=channel,
        state="queued",
        attempt=0,
        provider_id=None,
        next_at=None if channel == "webchat" else tx.now,
        lease_until=None,
        reason="",
        history=[["queued", tx.now]],
        ordered_at=entry.ordered_at,
        created_at=tx.now,
        updated_at=tx.now,
    )
    assert row is not None
    if channel != "webchat":
        tx.hint("delivery", row.id)
    return row


def get(tx: Tx, delivery_id: str) -> Row:
    """One delivery. Raises NotFound."""
    row = tx.one(_GET, delivery_id=delivery_id)
    if row is None:
        raise NotFound("no such delivery")
    return row


def claim(tx: Tx, limit: int, send_seconds: float) -> list[Row]:
    """Take due deliveries for one attempt each; the order per address is kept.

    The lease is the adapter's hard timeout and some slack: when it runs out, nobody knows.
    """
    now = tx.now
    claimed = []
    for due in tx.run(_DUE, now=now, count=limit):
        row = get(tx, due.id)
        if tx.one(_AHEAD, address=row.address_id, ordered=row.ordered_at, through=row.channel) is not None:
            continue
        claimed.append(
            _move(
                tx,
                row,
                "sending",
                attempt=row.attempt + 1,
                next_at=row.next_at,
                lease_until=now + int((send_seconds + SLACK_SECONDS) * SECOND),
            )
        )
    return claimed


def settle_sent(tx: Tx, delivery_id: str, attempt: int, sent: Sent) -> None:
    """The provider took this attempt; a late "sent" of the same attempt beats `unknown`."""
    row = get(tx, delivery_id)
    if row.attempt == attempt and RANK[row.state] < RANK["sent"]:
        _move(tx, row, sent.state, provider_id=sent.provider_id, lease_until=None, next_at=None)
        timeline.revise(tx, row.log_id, row.entry_id)


def settle_again(tx: Tx, delivery_id: str, attempt: int, wait_seconds: float, reason: str) -> None:
    """Surely not taken: try again later, or fail when tried too often."""
    row = get(tx, delivery_id)
    if row.attempt != attempt or row.state != "sending":
        return
    if attempt >= MAX_ATTEMPTS:
        settle_failed(tx, delivery_id, attempt, reason)
        return
    _move(tx, row, "queued", next_at=tx.now + int(wait_seconds * SECOND), lease_until=None, reason=reason)
    timeline.revise(tx, row.log_id, row.entry_id)


def settle_failed(tx: Tx, delivery_id: str, attempt: int, reason: str) -> None:
    """Refused for good."""
    row = get(tx, delivery_id)
    if row.attempt == attempt and row.state == "sending":
        _move(tx, row, "failed", reason=reason, lease_until=None, next_at=None)
        timeline.revise(tx, row.log_id, row.entry_id)


def settle_unknown(tx: Tx, delivery_id: str, attempt: int, reason: str) -> None:
    """It may have been taken: a person decides whether to send it again."""
    row = get(tx, delivery_id)
    if row.attempt == attempt and row.state == "sending":
        _move(tx, row, "unknown", reason=reason, lease_until=None, next_at=None)
        timeline.revise(tx, row.log_id, row.entry_id)


def give_up_lost(tx: Tx) -> int:
    """Sends whose process died in the middle become `unknown`; gives how many."""
    rows = tx.all(
        select(_dlv).where(_dlv.c.state == "sending", _dlv.c.lease_until < tx.now).order_by(_dlv.c.log_id).limit(100)
    )
    for row in rows:
        settle_unknown(tx, row.id, row.attempt, "the sending process ended")
    return len(rows)


def send_again(tx: Tx, delivery_id: str) -> None:
    """A person decided: queue a failed or unknown delivery once more. Raises NotFound."""
    row = get(tx, delivery_id)
    if row.state in ("failed", "unknown"):
        _move(tx, row, "queued", next_at=tx.now, attempt=row.attempt, reason="")
        timeline.revise(tx, row.log_id, row.entry_id)
        tx.hint("delivery", row.id)


def receive(tx: Tx, account_id: str, receipt: Receipt) -> bool:
    """Apply a provider's receipt, forward only; late and repeated ones change nothing."""
    named = [_dlv.c.provider_id == receipt.provider_id] if receipt.provider_id else []
    if receipt.delivery_id:
        named.append(_dlv.c.id == receipt.delivery_id)
    if not named:
        return False
    row = tx.first(select(_dlv).where(_dlv.c.account_id == account_id, or_(*named)).limit(1))
    if row is None:
        return False
    timeline.lock(tx, row.log_id)
    row = get(tx, row.id)
    if RANK[receipt.state] <= RANK[row.state]:
        return False
    _move(
        tx,
        row,
        receipt.state,
        reason=receipt.reason,
        lease_until=None,
        next_at=None,
        provider_id=row.provider_id or receipt.provider_id or None,
    )
    timeline.revise(tx, row.log_id, row.entry_id)
    return True


def acknowledge(tx: Tx, address_id: str, delivered: int, read: int | None) -> int:
    """A browser has shown everything up to `delivered` (microseconds), and seen up to `read`.

    Gives how many entries changed.
    """
    changed = 0
    for row in tx.run(_UNSEEN, address=address_id, through=max(delivered, read or 0)):
        state = "read" if read is not None and _ordered(tx, row) <= read else "delivered"
        if RANK[state] > RANK[row.state]:
            _move(tx, row, state)
            timeline.revise(tx, row.log_id, row.entry_id)
            changed += 1
    return changed


def of_entries(tx: Tx, entry_ids: list[str]) -> dict[str, list[Row]]:
    """The deliveries of these entries."""
    if not entry_ids:
        return {}
    rows = tx.all(select(_dlv).where(_dlv.c.entry_id.in_(entry_ids)).order_by(_dlv.c.id))
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row.entry_id, []).append(row)
    return found


def count_by_state(tx: Tx) -> dict[str, int]:
    """How many deliveries stand in each unfinished state, for metrics and `doctor`."""
    rows = tx.all(
        select(_dlv.c.state, func.count())
        .where(_dlv.c.state.in_(["queued", "sending", "unknown", "failed"]))
        .group_by(_dlv.c.state)
    )
    return {row[0]: int(row[1]) for row in rows}


def _ordered(tx: Tx, row: Row) -> int:
    return int(get(tx, row.id).ordered_at)


def _move(tx: Tx, row: Row, state: str, **values: Any) -> Row:
    history = [*row.history, [state, tx.now]][-40:]
    moved = tx.first(
        update(_dlv)
        .where(_dlv.c.id == row.id)
        .values(state=state, updated_at=tx.now, history=history, **values)
        .returning(_dlv)
    )
    assert moved is not None
    return moved


def in_state(tx: Tx, state: str, limit: int = 500) -> list[tuple[Row, Row]]:
    """Deliveries in a state, oldest first, each with its channel account."""
    accounts = table(ChannelAccount)
    rows = tx.all(select(_dlv).where(_dlv.c.state == state).order_by(_dlv.c.id).limit(limit))
    ids = {row.account_id for row in rows}
    known = {row.id: row for row in tx.all(select(accounts).where(accounts.c.id.in_(sorted(ids))))}
    return [(row, known[row.account_id]) for row in rows]
