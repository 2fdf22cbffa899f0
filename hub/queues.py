"""Queues: names by language, opening hours, the line and one's place in it."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, func, select

from hub.clock import HOUR, SECOND
from hub.errors import NotFound
from hub.ids import new_id
from hub.models import Conversation, Handoff, Queue
from hub.models.base import table
from hub.ports import Actor
from hub.store import Hot, Tx
from hub.store.hot import Row

_queue, _cnv, _handoff = table(Queue), table(Conversation), table(Handoff)
ENOUGH_WAITS = 3
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_GET = Hot(select(_queue).where(_queue.c.id == bindparam("queue")))
_LINE = Hot(
    select(_cnv)
    .where(_cnv.c.status == "open", _cnv.c.owner_kind == "queue", _cnv.c.owner_id == bindparam("queue"))
    .order_by(_cnv.c.waiting_since, _cnv.c.id)
    .limit(bindparam("count"))
)
_WAITED = Hot(
    select(_handoff.c.requested_at, _handoff.c.answered_at)
    .where(
        _handoff.c.to_id == bindparam("queue"),
        _handoff.c.requested_at > bindparam("since"),
        _handoff.c.state == "accepted",
    )
    .order_by(_handoff.c.requested_at.desc())
    .limit(9)
)
_AHEAD = Hot(
    select(func.count().label("ahead")).select_from(
        select(_cnv.c.id)
        .where(
            _cnv.c.status == "open",
            _cnv.c.owner_kind == "queue",
            _cnv.c.owner_id == bindparam("queue"),
            _cnv.c.waiting_since < bindparam("since"),
        )
        .limit(1000)
        .subquery()
    )
)


def get(tx: Tx, queue_id: str) -> Row:
    """One queue by id or slug. Raises NotFound."""
    row = tx.one(_GET, queue=queue_id) or tx.first(select(_queue).where(_queue.c.slug == queue_id))
    if row is None:
        raise NotFound("no such queue")
    return row


def add(
    tx: Tx,
    slug: str,
    names: Mapping[str, str],
    *,
    hours: Mapping[str, Any] | None = None,
    skills: tuple[str, ...] = (),
    offer_seconds: int = 30,
) -> Row:
    """A new, empty queue."""
    row = tx.first(
        _queue.insert()
        .values(
            id=new_id("que"),
            slug=slug,
            names=dict(names),
            hours=dict(hours or {}),
            skills=list(skills),
            offer_seconds=offer_seconds,
            waiting=0,
            created_at=tx.now,
        )
        .returning(_queue)
    )
    assert row is not None
    return row


def all_queues(tx: Tx) -> list[Row]:
    """Every queue, by slug."""
    return tx.all(select(_queue).order_by(_queue.c.slug).limit(500))


def name(queue: Row, language: str) -> str:
    """The queue's name in a language, in English, or its slug."""
    return str(queue.names.get(language) or queue.names.get("en") or queue.slug)


def actor(queue: Row, language: str = "en") -> Actor:
    """The queue as an owner."""
    return Actor("queue", queue.id, name(queue, language))


def line(tx: Tx, queue_id: str, limit: int = 50) -> list[Row]:
    """Conversations that wait, the longest first."""
    return tx.run(_LINE, queue=queue_id, count=limit)


def expected_wait(tx: Tx, queue_id: str) -> int | None:
    """Seconds the last few waited in this queue within the hour (their median); None when too few did."""
    rows = tx.run(_WAITED, queue=queue_id, since=tx.now - HOUR)
    waits = sorted(row.answered_at - row.requested_at for row in rows if row.answered_at is not None)
    return int(waits[len(waits) // 2] / SECOND) if len(waits) >= ENOUGH_WAITS else None


def place(tx: Tx, conversation: Row) -> int:
    """Where a waiting conversation stands, from 1; past 1000 it says 1001."""
    row = tx.one(_AHEAD, queue=conversation.owner_id, since=conversation.waiting_since)
    return int(row.ahead) + 1 if row is not None else 1


def is_open(hours: Mapping[str, Any], at: int) -> bool:
    """Whether the queue's hours cover the moment; no hours = always open."""
    if not hours.get("weekly"):
        return True
    local = datetime.fromtimestamp(at / SECOND, UTC).astimezone(ZoneInfo(hours.get("zone", "UTC")))
    return any(start <= local.strftime("%H:%M") < end for start, end in _spans(hours, local))


def opens_at(hours: Mapping[str, Any], at: int) -> int | None:
    """The next opening in microseconds, None when open now or never within a week."""
    if is_open(hours, at):
        return None
    zone = ZoneInfo(hours.get("zone", "UTC"))
    local = datetime.fromtimestamp(at / SECOND, UTC).astimezone(zone)
    for days in range(8):
        day = local + timedelta(days=days)
        for start, _end in _spans(hours, day):
            hour, minute = map(int, start.split(":"))
            opening = day.replace(hour=hour, minute=minute, second=0, microsecond=0)
            if opening > local:
                return int(opening.timestamp()) * SECOND
    return None


def _spans(hours: Mapping[str, Any], day: datetime) -> list[tuple[str, str]]:
    return [(span[0], span[1]) for span in hours["weekly"].get(DAYS[day.weekday()], ())]
