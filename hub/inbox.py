"""Lists of conversations for staff: mine, waiting in my queues, all I may see. Keyset-paged, by index.

Every list is a merge of index scans (one per queue, say), each read no further than the page needs, so
a page costs the same whatever the store holds.
"""

import heapq
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import bindparam, func, select, tuple_

from hub import availability
from hub.access import Viewer
from hub.errors import Invalid, NotFound
from hub.models import Address, Conversation, Customer, Participant, Queue
from hub.models.base import table
from hub.store import Hot, Tx
from hub.store.hot import Row

Status = Literal["open", "resolved"]
FIRST = 2**62
MAX_FOUND = 50

_cnv, _member, _queue = table(Conversation), table(Participant), table(Queue)
_customer, _address = table(Customer), table(Address)

_BELOW = tuple_(_cnv.c.sort_at, _cnv.c.id) < tuple_(bindparam("moment"), bindparam("last_id"))
_NEWEST_FIRST = (_cnv.c.sort_at.desc(), _cnv.c.id.desc())


def _newest(*where: Any) -> Hot:
    found = select(_cnv).where(*where, _cnv.c.status == bindparam("status"), _BELOW)
    return Hot(found.order_by(*_NEWEST_FIRST).limit(bindparam("count")))


OWNED = _newest(_cnv.c.owner_kind == "agent", _cnv.c.owner_id == bindparam("agent"))
IN_QUEUE = _newest(_cnv.c.queue_id == bindparam("queue"))
EVERYTHING = _newest()
WAITING = Hot(
    select(_cnv)
    .where(
        _cnv.c.status == "open",
        _cnv.c.owner_kind == "queue",
        _cnv.c.owner_id == bindparam("queue"),
        tuple_(_cnv.c.waiting_since, _cnv.c.id) > tuple_(bindparam("moment"), bindparam("last_id")),
    )
    .order_by(_cnv.c.waiting_since, _cnv.c.id)
    .limit(bindparam("count"))
)
_SHARED = Hot(
    select(_cnv)
    .join(_member, _member.c.conversation_id == _cnv.c.id)
    .where(_member.c.ref_id == bindparam("agent"), _cnv.c.status == bindparam("status"), _BELOW)
    .order_by(*_NEWEST_FIRST)
    .limit(bindparam("count"))
)


@dataclass(frozen=True, slots=True)
class Page:
    """Rows in the order of the list, and where the next page starts (None: this was the last)."""

    rows: list[Row]
    next: str | None


def mine(tx: Tx, who: Viewer, *, status: Status = "open", after: str | None = None, limit: int = 50) -> Page:
    """Conversations the viewer owns, newest activity first."""
    moment, last_id = _cursor(after, FIRST, "~")
    rows = tx.run(OWNED, agent=who.id, status=status, moment=moment, last_id=last_id, count=limit + 1)
    return _page(rows, limit, _activity)


def waiting(tx: Tx, who: Viewer, *, queue: str | None = None, after: str | None = None, limit: int = 50) -> Page:
    """Conversations that wait in the viewer's queues, the longest first. Raises NotFound (not their queue)."""
    moment, last_id = _cursor(after, 0, "")
    lines = [
        tx.run(WAITING, queue=each, moment=moment, last_id=last_id, count=limit + 1) for each in _queues(tx, who, queue)
    ]
    return _page(list(heapq.merge(*lines, key=_waiting_since)), limit, _waiting_since)


def visible(
    tx: Tx,
    who: Viewer,
    *,
    queue: str | None = None,
    status: Status = "open",
    after: str | None = None,
    limit: int = 50,
) -> Page:
    """Everything the viewer may see, newest activity first. Raises NotFound (not their queue)."""
    moment, last_id = _cursor(after, FIRST, "~")
    span = {"status": status, "moment": moment, "last_id": last_id, "count": limit + 1}
    if who.sees_all and queue is None:
        return _page(tx.run(EVERYTHING, **span), limit, _activity)
    lines = [tx.run(IN_QUEUE, queue=each, **span) for each in _queues(tx, who, queue)]
    if queue is None:
        lines.append(tx.run(OWNED, agent=who.id, **span))
    if who.role == "partner":  # agents took part in thousands; what is shared with a partner is little
        lines.append(tx.run(_SHARED, agent=who.id, **span))
    merged = heapq.merge(*lines, key=_activity, reverse=True)
    return _page(list({row.id: row for row in merged}.values()), limit, _activity)


def found(tx: Tx, customer_ids: Iterable[str], *, status: Status) -> list[Row]:
    """Conversations of these customers, newest activity first, at most 200; the caller checks access."""
    ids = list(customer_ids)
    if not ids:
        return []
    rows = select(_cnv).where(_cnv.c.log_id.in_(ids), _cnv.c.status == status)
    return tx.all(rows.order_by(*_NEWEST_FIRST).limit(200))


def customers_called(tx: Tx, text: str) -> list[Row]:
    """Customers whose name holds the text, or who have exactly this address; at most 50."""
    text = text.strip()
    escaped = text.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    named = func.lower(_customer.c.name).like(f"%{escaped}%", escape="\\")
    has_address = select(_address.c.customer_id).where(_address.c.value == text, _address.c.scheme != "visitor")
    rows = select(_customer).where(named | _customer.c.id.in_(has_address))
    return tx.all(rows.order_by(_customer.c.created_at.desc(), _customer.c.id.desc()).limit(MAX_FOUND))


def counts(tx: Tx, who: Viewer) -> dict[str, int]:
    """How many conversations are the viewer's, and how many wait in their queues; kept, not counted."""
    queue_ids = _queues(tx, who, None)
    row = tx.first(select(func.coalesce(func.sum(_queue.c.waiting), 0)).where(_queue.c.id.in_(queue_ids)))
    return {"mine": availability.get(tx, who.id).load, "queue": int(row[0]) if row else 0}


def _queues(tx: Tx, who: Viewer, queue: str | None) -> list[str]:
    if who.sees_all:
        every = tx.all(select(_queue.c.id).order_by(_queue.c.id).limit(500))
        mine = [row.id for row in every]
    else:
        mine = sorted(who.queue_ids) if who.role == "agent" else []
    if queue is None:
        return mine
    if queue not in mine:
        raise NotFound("no such queue")
    return [queue]


def _page(rows: list[Row], limit: int, key: Callable[[Row], tuple[int, str]]) -> Page:
    shown = rows[:limit]
    if len(rows) <= limit or not shown:
        return Page(shown, None)
    moment, last_id = key(shown[-1])
    return Page(shown, f"{moment}.{last_id}")


def _cursor(after: str | None, moment: int, last_id: str) -> tuple[int, str]:
    if after is None:
        return moment, last_id
    number, _, id = after.partition(".")
    if not (number.isascii() and number.isdigit() and len(number) < 20 and id):
        raise Invalid("this is no cursor of ours", field="after")
    return int(number), id


def _activity(row: Row) -> tuple[int, str]:
    return row.sort_at, row.id


def _waiting_since(row: Row) -> tuple[int, str]:
    return row.waiting_since, row.id
