"""The send queue and the ledger: what becomes of each outbound entry.

States move forward only. A send whose end nobody knows is `unknown` and is never repeated without
a person. Web chat's receipt is the browser's acknowledgement of what it has shown.
"""

from typing import Any

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.dialects.postgresql import insert

from hub import identity, timeline
from hub.clock import SECOND
from hub.errors import Conflict, NotFound
from hub.ids import new_id
from hub.models import ChannelAccount, Delivery
from hub.models.base import table
from hub.ports import Receipt, Sent
from hub.store import Hot, HotUpdate, Tx
from hub.store.hot import Row

RANK = {"queued": 0, "sending": 1, "unknown": 2, "sent": 3, "failed": 4, "delivered": 5, "read": 6}
MAX_ATTEMPTS = 8
SLACK_SECONDS = 30

_dlv = table(Delivery)

_ADD = Hot(insert(_dlv).returning(_dlv))
_earlier = _dlv.alias("earlier")
_DUE = Hot(
    select(_dlv)
    .where(
        _dlv.c.state == "queued",
        _dlv.c.next_at.is_not(None),
        _dlv.c.next_at <= bindparam("now"),
        ~select(_earlier.c.id)
        .where(
            _earlier.c.address_id == _dlv.c.address_id,
            _earlier.c.state.in_(["queued", "sending"]),
            _earlier.c.ordered_at < _dlv.c.ordered_at,
            _earlier.c.channel == _dlv.c.channel,
        )
        .exists(),
    )
    .order_by(_dlv.c.next_at, _dlv.c.id)
    .limit(bindparam("count"))
    .with_for_update(of=_dlv, skip_locked=True)
)
_SET = HotUpdate(_dlv)
_GET = Hot(select(_dlv).where(_dlv.c.id == bindparam("delivery_id")))
_LOST = Hot(
    select(_dlv.c.id, _dlv.c.attempt)
    .where(_dlv.c.state == "sending", _dlv.c.lease_until < bindparam("now"))
    .order_by(_dlv.c.log_id, _dlv.c.id)
    .limit(20)
)
_NAMED = Hot(select(_dlv.c.id).where(_dlv.c.id == bindparam("named"), _dlv.c.account_id == bindparam("account")))
_BY_PROVIDER = Hot(
    select(_dlv.c.id)
    .where(_dlv.c.account_id == bindparam("account"), _dlv.c.provider_id == bindparam("named"))
    .limit(1)
)


def _shown(*states: str) -> Hot:
    return Hot(
        select(_dlv)
        .where(
            _dlv.c.address_id == bindparam("address"),
            _dlv.c.state.in_(states),
            _dlv.c.ordered_at <= bindparam("through"),
            _dlv.c.channel == "webchat",
        )
        .order_by(_dlv.c.ordered_at)
        .limit(200)
    )


_UNDELIVERED, _UNREAD = _shown("queued", "sent"), _shown("queued", "sent", "delivered")


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
    """Take due deliveries for one attempt each: the order per address is kept, a stuck one starves no other.

    The lease is the adapter's hard timeout and some slack: when it runs out, nobody knows.
    """
    lease_until = tx.now + int((send_seconds + SLACK_SECONDS) * SECOND)
    return [
        _move(tx, row, "sending", attempt=row.attempt + 1, lease_until=lease_until)
        for row in tx.run(_DUE, now=tx.now, count=limit)
    ]


def settle_sent(tx: Tx, delivery_id: str, attempt: int, sent: Sent) -> None:
    """The provider took this attempt; a late "sent" of the same attempt beats `unknown`."""
    row = _hold(tx, delivery_id)
    if row.attempt == attempt and RANK[row.state] < RANK["sent"]:
        _settle(tx, row, sent.state, provider_id=sent.provider_id)


def settle_again(tx: Tx, delivery_id: str, attempt: int, wait_seconds: float, reason: str) -> None:
    """Surely not taken: try again later, or fail when tried too often."""
    row = _hold(tx, delivery_id)
    if row.attempt != attempt or row.state != "sending":
        return
    if attempt >= MAX_ATTEMPTS:
        _settle(tx, row, "failed", reason=reason)
    else:
        _settle(tx, row, "queued", next_at=tx.now + int(wait_seconds * SECOND), reason=reason)


def settle_failed(tx: Tx, delivery_id: str, attempt: int, reason: str) -> None:
    """Refused for good."""
    row = _hold(tx, delivery_id)
    if row.attempt == attempt and row.state == "sending":
        _settle(tx, row, "failed", reason=reason)


def settle_unknown(tx: Tx, delivery_id: str, attempt: int, reason: str) -> None:
    """It may have been taken: a person decides whether to send it again."""
    row = _hold(tx, delivery_id)
    if row.attempt == attempt and row.state == "sending":
        _settle(tx, row, "unknown", reason=reason)


def give_up_lost(tx: Tx) -> int:
    """Sends whose process died in the middle become `unknown`; gives how many, 20 at most."""
    rows = tx.run(_LOST, now=tx.now)
    for row in rows:
        settle_unknown(tx, row.id, row.attempt, "the sending process ended")
    return len(rows)


def release(tx: Tx) -> None:
    """Whoever was sending is surely gone: the next sweep calls what they left `unknown`."""
    tx.do(update(_dlv).where(_dlv.c.state == "sending").values(lease_until=0))


def send_again(tx: Tx, delivery_id: str) -> None:
    """A person decided: queue a failed or unknown delivery once more. Raises NotFound, Conflict."""
    row = _hold(tx, delivery_id)
    if row.state not in ("failed", "unknown"):
        raise Conflict("only what failed or is unknown is sent again", state=row.state)
    _settle(tx, row, "queued", next_at=tx.now, reason="")
    tx.hint("delivery", row.id)


def receive(tx: Tx, account_id: str, receipt: Receipt) -> bool:
    """Apply a provider's receipt, forward only; late and repeated ones change nothing."""
    found = None
    if receipt.delivery_id:
        found = tx.one(_NAMED, account=account_id, named=receipt.delivery_id)
    if found is None and receipt.provider_id:
        found = tx.one(_BY_PROVIDER, account=account_id, named=receipt.provider_id)
    if found is None:
        return False
    row = _hold(tx, found.id)
    if RANK[receipt.state] <= RANK[row.state]:
        return False
    provider_id = row.provider_id or receipt.provider_id or None
    _settle(tx, row, receipt.state, reason=receipt.reason, provider_id=provider_id)
    return True


def acknowledge(tx: Tx, address_id: str, delivered: int, read: int | None) -> int:
    """A browser has shown everything up to `delivered` (microseconds), and seen up to `read`.

    Gives how many entries changed, 400 at most at once.
    """
    timeline.lock(tx, identity.address(tx, address_id).customer_id)
    seen = tx.run(_UNREAD, address=address_id, through=read) if read is not None else []
    for row in seen:
        _settle(tx, row, "read")
    shown = tx.run(_UNDELIVERED, address=address_id, through=delivered)
    for row in shown:
        _settle(tx, row, "delivered")
    return len(seen) + len(shown)


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


def in_state(tx: Tx, state: str, limit: int = 500) -> list[tuple[Row, Row]]:
    """Deliveries in a state, oldest first, each with its channel account."""
    accounts = table(ChannelAccount)
    rows = tx.all(select(_dlv).where(_dlv.c.state == state).order_by(_dlv.c.id).limit(limit))
    ids = {row.account_id for row in rows}
    known = {row.id: row for row in tx.all(select(accounts).where(accounts.c.id.in_(sorted(ids))))}
    return [(row, known[row.account_id]) for row in rows]


def _hold(tx: Tx, delivery_id: str) -> Row:
    """The delivery as it is now, its log locked before it."""
    row = get(tx, delivery_id)
    timeline.lock(tx, row.log_id)
    return row if tx.is_sqlite else get(tx, delivery_id)


def _settle(tx: Tx, row: Row, state: str, **values: Any) -> None:
    """An attempt has ended, or the other side has spoken: whoever shows the entry fetches it again."""
    _move(tx, row, state, **{"lease_until": None, "next_at": None, **values})
    timeline.revise(tx, row.log_id, row.entry_id)


def _move(tx: Tx, row: Row, state: str, **values: Any) -> Row:
    history = [*row.history, [state, tx.now]][-40:]
    moved = tx.set(_SET, row.id, state=state, updated_at=tx.now, history=history, **values)
    assert moved is not None
    return moved
