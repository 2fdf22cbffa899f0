"""To-dos after commit, and timers: rows written by the business transaction, deleted when done.

Workers claim *lines* (topic and key), not rows, so one stuck head holds up only its own line. A
handler that only touches the store runs in the same transaction that deletes its to-do; one that
talks to the network must be safe to run again. See docs/outbox.md for the topics.
"""

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, delete, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from hub.clock import SECOND
from hub.ids import new_id
from hub.logs import describe, get_logger
from hub.models import DeadLetter, Outbox, OutboxKey, Timer
from hub.models.base import dump, table
from hub.store import Hot, Store, Tx

log = get_logger()

LEASE_SECONDS = 30
DRAIN = 20
LINES = 16
MAX_ATTEMPTS = 8
LINES_LAST = 2  # rank of the lines among what a transaction does at its end

_todo, _line, _timer = table(Outbox), table(OutboxKey), table(Timer)

_ADD = Hot(
    insert(_todo).values(
        topic=bindparam("topic"), key=bindparam("key"), payload=bindparam("payload"), created_at=bindparam("created_at")
    )
)
_UPSERT_LINE = insert(_line).values(
    topic=bindparam("topic"), key=bindparam("key"), due_at=bindparam("due_at"), lease_until=0, attempts=0, generation=1
)
_OPEN_LINE = Hot(
    _UPSERT_LINE.on_conflict_do_update(index_elements=["topic", "key"], set_={"generation": _line.c.generation + 1})
)
_UPSERT_TIMER = insert(_timer).values(
    topic=bindparam("topic"),
    key=bindparam("key"),
    payload=bindparam("payload"),
    due_at=bindparam("due_at"),
    lease_until=0,
    attempts=0,
)
_SET_TIMER = Hot(
    _UPSERT_TIMER.on_conflict_do_update(
        index_elements=["topic", "key"],
        set_={"payload": bindparam("payload"), "due_at": bindparam("due_at"), "lease_until": 0, "attempts": 0},
    )
)
_CLEAR_TIMER = Hot(delete(_timer).where(_timer.c.topic == bindparam("topic"), _timer.c.key == bindparam("key")))


_RING = Hot(
    delete(_timer)
    .where(
        _timer.c.topic == bindparam("topic"), _timer.c.key == bindparam("key"), _timer.c.due_at == bindparam("due_at")
    )
    .returning(_timer.c.key)
)
_PUT_OFF = Hot(
    update(_timer)
    .where(
        _timer.c.topic == bindparam("topic"), _timer.c.key == bindparam("key"), _timer.c.due_at == bindparam("due_at")
    )
    .values(lease_until=0, due_at=bindparam("later"), attempts=bindparam("tries"))
)
_HEAD = Hot(
    select(_todo.c.id, _todo.c.payload)
    .where(_todo.c.topic == bindparam("topic"), _todo.c.key == bindparam("key"))
    .order_by(_todo.c.id)
    .limit(DRAIN)
)
_DONE = Hot(delete(_todo).where(_todo.c.id == bindparam("id")).returning(_todo.c.id))
_DROP_LINE = Hot(
    delete(_line)
    .where(
        _line.c.topic == bindparam("topic"),
        _line.c.key == bindparam("key"),
        _line.c.generation == bindparam("generation"),
        ~select(_todo.c.id).where(_todo.c.topic == bindparam("topic"), _todo.c.key == bindparam("key")).exists(),
    )
    .returning(_line.c.key)
)
_FREE_LINE = Hot(
    update(_line)
    .where(_line.c.topic == bindparam("topic"), _line.c.key == bindparam("key"))
    .values(lease_until=0, due_at=bindparam("due_at"), attempts=bindparam("attempts"))
)


def add(tx: Tx, topic: str, key: str, payload: dict[str, Any] | None = None) -> None:
    """Leave a to-do for `topic`, in order within `key`; payloads hold ids only."""
    tx.run(_ADD, topic=topic, key=key, payload=payload or {}, created_at=tx.now)
    tx.at_end(LINES_LAST, f"{topic} {key}", lambda tx, _: _open_line(tx, topic, key))
    tx.hint("todo", topic)


def _open_line(tx: Tx, topic: str, key: str) -> None:
    tx.run(_OPEN_LINE, topic=topic, key=key, due_at=tx.now)


def set_timer(tx: Tx, topic: str, key: str, due_at: int, payload: dict[str, Any] | None = None) -> None:
    """Do `topic` for `key` at `due_at`; an earlier timer of the same key is replaced."""
    tx.run(_SET_TIMER, topic=topic, key=key, due_at=due_at, payload=payload or {})
    tx.hint("todo", topic)


def clear_timer(tx: Tx, topic: str, key: str) -> None:
    """Forget a timer, if there is one."""
    tx.run(_CLEAR_TIMER, topic=topic, key=key)


def release(tx: Tx) -> None:
    """Forget every lease: whoever held one is surely gone. Work that was in their hands is due again now."""
    tx.do(update(_line).where(_line.c.lease_until > 0).values(lease_until=0))
    tx.do(update(_timer).where(_timer.c.lease_until > 0).values(lease_until=0))


InTransaction = Callable[[Tx, str, dict[str, Any]], None]
OverNetwork = Callable[[str, dict[str, Any]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Topic:
    """What to do for a to-do: `in_tx(tx, key, payload)` or `over_network(key, payload)`, never both.

    After `attempts` failures it is buried, and `give_up` does what must not be left undone.
    """

    name: str
    about: str
    in_tx: InTransaction | None = None
    over_network: OverNetwork | None = None
    give_up: InTransaction | None = None
    attempts: int = MAX_ATTEMPTS


class _Claims:
    """The statements that look for work on some topics: no process takes what it cannot do."""

    def __init__(self, topics: list[str]) -> None:
        self.lines = self._claim(_line, topics)
        self.timers = self._claim(_timer, topics)
        self.next = Hot(self._soonest(_line, topics).union_all(self._soonest(_timer, topics)))

    @staticmethod
    def _claim(rows: Any, topics: list[str]) -> Hot:
        due = (
            select(rows.c.topic, rows.c.key)
            .where(rows.c.due_at <= bindparam("now"), rows.c.lease_until <= bindparam("now"), _is_of(rows, topics))
            .order_by(rows.c.due_at)
            .limit(LINES)
            .with_for_update(skip_locked=True)
            .cte("due")
        )
        found = tuple_(rows.c.topic, rows.c.key).in_(select(due.c.topic, due.c.key))
        return Hot(update(rows).where(found).values(lease_until=bindparam("until")).returning(rows))

    @staticmethod
    def _soonest(rows: Any, topics: list[str]) -> Any:
        free = select(rows.c.due_at).where(rows.c.lease_until <= bindparam("now"), _is_of(rows, topics))
        first = free.order_by(rows.c.due_at).limit(1).subquery()
        return select(first.c.due_at.label("due"))


def _is_of(rows: Any, topics: list[str]) -> Any:
    """One of these topics; an expression, so that the index over `due_at` is taken and not the one over keys."""
    return rows.c.topic.concat("").in_(topics)


class OutboxRunner:
    """Drains lines and timers until stopped; any number may run, in any number of processes."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._topics: dict[str, Topic] = {}
        self._claims = _Claims([])
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.last_turn_at = 0

    def subscribe(self, topic: Topic) -> None:
        """Handle a topic in this process."""
        self._topics[topic.name] = topic
        self._claims = _Claims(sorted(self._topics))

    @property
    def topics(self) -> list[Topic]:
        """All topics handled here, for documentation and `doctor`."""
        return list(self._topics.values())

    def wake(self) -> None:
        """Look now instead of at the next poll."""
        self._wake.set()

    def start(self) -> None:
        """Run in the background of the current event loop."""
        self._task = asyncio.get_running_loop().create_task(self._run(), name="outbox")

    async def stop(self) -> None:
        """Stop after the turn that runs; leases of unfinished work expire by themselves."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            try:
                worked = await self.turn()
            except Exception:  # the loop must live on: the database may be away for a while
                log.exception("outbox turn failed")
                worked = False
                await asyncio.sleep(0.5)
            if not worked:
                await self._rest()

    async def _rest(self) -> None:
        now = self._store.clock.now()
        due: list[int] = []
        try:
            due = await self._due(now)
        except Exception:  # the loop must live on: the database may be away for a while
            log.exception("outbox cannot look")
        soonest = min(due, default=now + SECOND)
        seconds = min(max((soonest - now) / SECOND, 0.005), 1.0)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), seconds)

    async def turn(self) -> bool:
        """Claim what is due and do it; true when there was something."""
        now = self._store.clock.now()
        until = now + LEASE_SECONDS * SECOND
        soonest = await self._due(now)
        self.last_turn_at = now
        if not any(due <= now for due in soonest):
            return False
        claims = self._claims

        def claim(tx: Tx) -> tuple[list[Any], list[Any]]:
            return (tx.run(claims.lines, now=now, until=until), tx.run(claims.timers, now=now, until=until))

        lines, timers = await self._store.write(claim)
        await asyncio.gather(*map(self._drain, lines), *map(self._ring, timers))
        return bool(lines or timers)

    async def _due(self, now: int) -> list[int]:
        return await self._store.read(lambda tx: [row.due for row in tx.run(self._claims.next, now=now)])

    async def _drain(self, line: Any) -> None:
        topic = self._topics[line.topic]
        rows = await self._store.read(lambda tx: tx.run(_HEAD, topic=line.topic, key=line.key))
        attempts = line.attempts
        for row in rows:
            try:
                await self._do(topic, line.key, row)
            except Exception as error:  # one failing to-do must not end the loop
                await self._fail(topic, line.key, row, attempts + 1, error)
                return
            attempts = 0
        await self._store.write(lambda tx: self._leave(tx, line))

    def _leave(self, tx: Tx, line: Any) -> None:
        gone = tx.one(_DROP_LINE, topic=line.topic, key=line.key, generation=line.generation)
        if gone is None:
            tx.run(_FREE_LINE, topic=line.topic, key=line.key, due_at=tx.now, attempts=0)

    async def _do(self, topic: Topic, key: str, row: Any) -> None:
        if topic.over_network is not None:
            await topic.over_network(key, row.payload)

        def finish(tx: Tx) -> None:
            if tx.one(_DONE, id=row.id) is not None and topic.in_tx is not None:
                topic.in_tx(tx, key, row.payload)

        await self._store.write(finish)

    async def _fail(self, topic: Topic, key: str, row: Any, attempts: int, error: Exception) -> None:
        log.warning("to-do failed", topic=topic.name, attempt=attempts, exc_info=error)

        def note(tx: Tx) -> None:
            is_over = attempts >= topic.attempts
            if is_over and tx.one(_DONE, id=row.id) is not None:
                bury(tx, topic, key, row.payload, error)
            due_at = tx.now if is_over else tx.now + _pause(attempts)
            tx.run(_FREE_LINE, topic=topic.name, key=key, due_at=due_at, attempts=0 if is_over else attempts)

        await self._store.write(note)

    async def _ring(self, timer: Any) -> None:
        topic, key, payload = self._topics[timer.topic], timer.key, timer.payload
        this = {"topic": topic.name, "key": key, "due_at": timer.due_at}

        def finish(tx: Tx) -> None:
            if tx.one(_RING, **this) is not None and topic.in_tx is not None:
                topic.in_tx(tx, key, payload)

        def note(tx: Tx) -> None:
            if timer.attempts + 1 < topic.attempts:
                tx.run(_PUT_OFF, **this, later=tx.now + _pause(timer.attempts + 1), tries=timer.attempts + 1)
            elif tx.one(_RING, **this) is not None:
                bury(tx, topic, key, payload, failure)

        try:
            if topic.over_network is not None:
                await topic.over_network(key, payload)
            await self._store.write(finish)
        except Exception as error:  # one failing timer must not end the loop
            failure = error
            log.warning("timer failed", topic=topic.name, exc_info=error)
            await self._store.write(note)


def bury(tx: Tx, topic: Topic, key: str, payload: dict[str, Any], error: Exception) -> None:
    """Take a hopeless to-do out of the line, keep it, alarm, and do what the topic does instead."""
    tx.do(
        table(DeadLetter)
        .insert()
        .values(
            id=new_id("ded"),
            topic=topic.name,
            key=key,
            payload=payload,
            error=dump(describe(error))[:2000],
            at=tx.now,
        )
    )
    log.error("to-do buried", topic=topic.name)
    if topic.give_up is not None:
        topic.give_up(tx, key, payload)


def _pause(attempts: int) -> int:
    """Microseconds to wait before the next try: doubling from 1 s to 60 s, with full jitter."""
    ceiling = min(2 ** (attempts - 1), 60)
    return int(random.uniform(0.5, 1.0) * ceiling * SECOND)
