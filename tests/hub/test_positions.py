"""One order per customer: positions without holes, in the order of commits, whatever the clock does."""

import asyncio
import random

import pytest
from sqlalchemy import func, select

from hub import timeline
from hub.errors import NotFound
from hub.models import Entry
from hub.models.base import table
from hub.ports import SYSTEM
from hub.store import Store, Tx
from hub.store.hot import Row
from tests.support.house import House

WRITERS, WRITES = 8, 25
_entry = table(Entry)


class ChangedMind(Exception):
    """A writer that rolls back."""


def _note(tx: Tx, log_id: str, conversation_id: str, text: str, *, fails: bool = False) -> Row:
    entry = timeline.append(tx, log_id, conversation_id, "note", {"text": text}, author=SYSTEM, audience="staff")
    if fails:
        raise ChangedMind
    return entry


async def test_positions_have_no_holes_while_writers_roll_back_and_a_reader_looks_on(house: House) -> None:
    _, conversation_id = await house.waiting_for("cards")
    log_id = (await house.conversation(conversation_id)).log_id
    first = len(await house.read(timeline.changes, log_id, 0, 1000))
    stores = [house.store, *[house.another_store() for _ in range(2 if house.store.engine_name == "sqlite" else 1)]]
    is_over = asyncio.Event()

    async def writes(number: int) -> int:
        chance, store, kept = random.Random(number), stores[number % len(stores)], 0
        for turn in range(WRITES):
            fails, text = chance.random() < 0.2, f"{number}/{turn}"
            try:
                await store.write(lambda tx: _note(tx, log_id, conversation_id, text, fails=fails))  # noqa: B023
            except ChangedMind:
                continue
            kept += 1
        return kept

    async def looks() -> int:
        cursor, looks = 0, 0
        while not is_over.is_set() or looks == 0:
            for entry in await house.read(timeline.changes, log_id, cursor):
                assert entry.revision == cursor + 1, "a hole was seen"
                cursor = entry.revision
            looks += 1
        return cursor

    reader = asyncio.create_task(looks())
    kept = sum(await asyncio.gather(*map(writes, range(WRITERS))))
    is_over.set()
    await reader

    entries = await house.read(timeline.changes, log_id, 0, 1000)
    assert [entry.position for entry in entries] == list(range(1, first + kept + 1))
    assert [entry.ordered_at for entry in entries] == sorted({entry.ordered_at for entry in entries})
    assert len({entry.body.get("text") for entry in entries[first:]}) == kept


async def test_order_rises_strictly_although_the_clock_goes_back(house: House) -> None:
    _, conversation_id = await house.waiting_for("cards")
    log_id = (await house.conversation(conversation_id)).log_id

    for step in (0, -3600, -86_400, 1, -1):
        house.clock.advance(step)
        await house.write(_note, log_id, conversation_id, str(step))

    entries = await house.read(timeline.page, log_id)
    assert [e.ordered_at for e in entries] == sorted({e.ordered_at for e in entries})
    assert [e.position for e in entries] == list(range(1, len(entries) + 1))


async def test_a_visible_change_takes_the_next_revision_and_leaves_the_position(house: House) -> None:
    _, conversation_id = await house.waiting_for("cards")
    log_id = (await house.conversation(conversation_id)).log_id
    entry = await house.write(_note, log_id, conversation_id, "first")
    last = await house.write(_note, log_id, conversation_id, "second")

    await house.write(timeline.revise, log_id, entry.id)

    changed = await house.read(timeline.changes, log_id, last.revision)
    assert [(e.id, e.position, e.revision) for e in changed] == [(entry.id, entry.position, last.revision + 1)]
    assert changed[0].ordered_at == entry.ordered_at < last.revised_at < changed[0].revised_at


async def test_reading_goes_by_pages_in_both_directions(house: House) -> None:
    _, conversation_id = await house.waiting_for("cards")
    log_id = (await house.conversation(conversation_id)).log_id
    start = len(await house.read(timeline.page, log_id))
    for number in range(7):
        await house.write(_note, log_id, conversation_id, str(number))

    newest = await house.read(timeline.page, log_id, limit=3)
    older = await house.read(timeline.page, log_id, before=newest[0].position, limit=3)
    later = await house.read(timeline.following, log_id, after=older[0].position, limit=2)

    assert [e.position - start for e in [*older, *newest]] == [2, 3, 4, 5, 6, 7]
    assert [e.position - start for e in later] == [3, 4]
    assert [e.id for e in await house.read(timeline.window, conversation_id, limit=2)] == [e.id for e in newest[1:]]


async def test_an_entry_on_no_log_and_a_file_of_somebody_else_are_refused(house: House) -> None:
    _, conversation_id = await house.waiting_for("cards")
    log_id = (await house.conversation(conversation_id)).log_id
    before = await _count(house.store, log_id)

    with pytest.raises(NotFound):
        await house.write(_note, "cus_nobody", conversation_id, "hello")
    with pytest.raises(NotFound):
        await house.store.write(
            lambda tx: timeline.append(
                tx,
                log_id,
                conversation_id,
                "note",
                {"text": ""},
                author=SYSTEM,
                audience="staff",
                files=["att_theirs"],
            )
        )

    assert await _count(house.store, log_id) == before


async def _count(store: Store, log_id: str) -> int:
    rows = await store.read(lambda tx: tx.all(select(func.count()).where(_entry.c.log_id == log_id)))
    return int(rows[0][0])
