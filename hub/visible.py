"""What a visitor may read: entries of granted conversations, never more (law 4).

A visitor's cursor is a moment (`revised_at`, microseconds), not a revision, so that hidden entries
leave no holes that could be counted.
"""

from collections.abc import Iterable
from heapq import merge
from itertools import islice

from sqlalchemy import and_, bindparam, or_, select

from hub.models import Conversation, Entry
from hub.models.base import table
from hub.store import Hot, Tx
from hub.store.hot import Row
from hub.timeline import NEWEST
from hub.visitors import Grant

_entry, _cnv = table(Entry), table(Conversation)
KINDS = ("message", "status")

_MAY = and_(
    _entry.c.conversation_id == bindparam("conversation_id"),
    _entry.c.audience == "everyone",
    or_(_entry.c.author_kind != "customer", _entry.c.address_id == bindparam("address_id")),
)
_PAGE = Hot(
    select(_entry)
    .where(_MAY, _entry.c.ordered_at < bindparam("before"))
    .order_by(_entry.c.ordered_at.desc())
    .limit(bindparam("count"))
)
_CHANGES = Hot(
    select(_entry)
    .where(_MAY, _entry.c.revised_at > bindparam("after"))
    .order_by(_entry.c.revised_at)
    .limit(bindparam("count"))
)
_NEWEST = Hot(select(_entry.c.revised_at).where(_MAY).order_by(_entry.c.revised_at.desc()).limit(1))


def page(tx: Tx, grant: Grant, *, before: int = NEWEST, limit: int = 50) -> list[Row]:
    """The newest visible entries ordered before `before` (microseconds), oldest first."""
    lines = [
        tx.run(_PAGE, conversation_id=id, address_id=grant.address_id, before=before, count=limit)
        for id in grant.conversation_ids
    ]
    return list(islice(merge(*lines, key=lambda row: -row.ordered_at), limit))[::-1]


def changes(tx: Tx, grant: Grant, after: int, limit: int = 200) -> list[Row]:
    """Visible entries revised after the cursor `after`, in the order of revision."""
    lines = [
        tx.run(_CHANGES, conversation_id=id, address_id=grant.address_id, after=after, count=limit)
        for id in grant.conversation_ids
    ]
    return list(islice(merge(*lines, key=lambda row: row.revised_at), limit))


def cursor(tx: Tx, grant: Grant) -> int:
    """The moment of the newest visible change; 0 when there is nothing."""
    newest = 0
    for id in grant.conversation_ids:
        row = tx.one(_NEWEST, conversation_id=id, address_id=grant.address_id)
        newest = max(newest, row.revised_at if row is not None else 0)
    return newest


def current(tx: Tx, grant: Grant) -> Row | None:
    """The conversation a visitor's screen is about: the open one, else the last one."""
    if not grant.conversation_ids:
        return None
    rows = tx.all(select(_cnv).where(_cnv.c.id.in_(grant.conversation_ids)))
    return max(rows, key=lambda row: (row.status == "open", row.updated_at), default=None)


def only(rows: Iterable[Row], grant: Grant) -> list[Row]:
    """Those of these entries that the visitor may read."""
    return [
        row
        for row in rows
        if row.audience == "everyone"
        and row.conversation_id in grant.conversation_ids
        and (row.author_kind != "customer" or row.address_id == grant.address_id)
    ]
