"""Lists of conversations: whose, in which order, by which index."""

import sqlite3

import pytest
from sqlalchemy import text

from hub import access, conversations, identity, inbox
from hub.errors import Invalid, NotFound
from hub.models import Conversation
from hub.models.base import table
from hub.ports import AddressValue
from hub.store import Hot, Tx
from tests.support.house import House

DEFAULTS = {
    column.name: column.default.arg  # type: ignore[attr-defined]
    for column in table(Conversation).c
    if column.default is not None and column.default.is_scalar
}
LINES = {
    "owned": (inbox.OWNED, {"agent": "agt_7"}, "ix_conversation_owner"),
    "in queue": (inbox.IN_QUEUE, {"queue": "que_7"}, "ix_conversation_queue"),
    "everything": (inbox.EVERYTHING, {}, "ix_conversation_all"),
}


async def seen_by(house: House, who: str) -> access.Viewer:
    return await house.read(access.viewer, house.agent(who).id)


async def test_mine_are_those_i_own_newest_activity_first(house: House) -> None:
    first, first_id = await house.served_by("amy")
    _, second_id = await house.served_by("amy")
    await house.served_by("mia")
    amy = await seen_by(house, "amy")

    await first.says("one more thing")

    page = await house.read(inbox.mine, amy)
    assert [row.id for row in page.rows] == [first_id, second_id]
    assert page.next is None


async def test_resolved_ones_leave_mine_and_stay_findable(house: House) -> None:
    _, conversation_id = await house.served_by("amy")
    await house.agent("amy").resolves(conversation_id)
    amy = await seen_by(house, "amy")

    assert (await house.read(inbox.mine, amy)).rows == []
    assert [row.id for row in (await house.read(inbox.mine, amy, status="resolved")).rows] == [conversation_id]
    assert await house.read(inbox.counts, amy) == {"mine": 0, "queue": 0}


async def test_waiting_are_those_of_my_queues_the_longest_first(house: House) -> None:
    ids = []
    for queue in ("cards", "general", "cards", "risk"):
        ids.append((await house.waiting_for(queue))[1])
        house.clock.advance(1)
    amy, sue, pat = [await seen_by(house, who) for who in ("amy", "sue", "pat")]

    assert [row.id for row in (await house.read(inbox.waiting, amy)).rows] == ids[:3]
    assert [row.id for row in (await house.read(inbox.waiting, sue)).rows] == ids
    assert (await house.read(inbox.waiting, pat)).rows == []
    cards = house.bank.queues["cards"].id
    assert [row.id for row in (await house.read(inbox.waiting, amy, queue=cards)).rows] == [ids[0], ids[2]]
    assert await house.read(inbox.counts, amy) == {"mine": 0, "queue": 3}
    with pytest.raises(NotFound):
        await house.read(inbox.waiting, amy, queue=house.bank.queues["risk"].id)


async def test_what_moves_between_two_pages_is_neither_lost_nor_shown_twice_below(house: House) -> None:
    made = [await house.served_by("amy") for _ in range(4)]
    sue = await seen_by(house, "sue")
    first = await house.read(inbox.visible, sue, limit=2)

    await made[0][0].says("me first")
    second = await house.read(inbox.visible, sue, limit=2, after=first.next)

    below = [row.id for row in first.rows + second.rows]
    assert len(below) == len(set(below)) == 3
    again = await house.read(inbox.visible, sue, limit=1)
    assert again.rows[0].id == made[0][1]


async def test_a_partner_sees_what_was_shared_with_them_only(house: House) -> None:
    _, shared = await house.served_by("amy")
    await house.served_by("amy")
    pat = house.agent("pat")

    await house.write(conversations.join, shared, "agent", pat.id, pat.row.name)

    viewer = await seen_by(house, "pat")
    assert [row.id for row in (await house.read(inbox.visible, viewer)).rows] == [shared]


@pytest.mark.parametrize("after", ["", "x", "1", "1.", "-1.cnv_x", "²." + "x", "9" * 30 + ".cnv_x"])
async def test_a_cursor_of_somebody_elses_making_is_refused(house: House, after: str) -> None:
    sue = await seen_by(house, "sue")

    with pytest.raises(Invalid):
        await house.read(inbox.visible, sue, after=after)


@pytest.mark.parametrize("line", LINES)
async def test_a_page_is_read_off_its_index(house: House, line: str) -> None:
    statement, own, index = LINES[line]
    span = {"status": "open", "moment": inbox.FIRST, "last_id": "~", "count": 51}

    await house.write(fill)
    plan = await house.read(explain, statement, **own, **span)

    assert index in plan
    assert "TEMP B-TREE" not in plan
    assert "Sort" not in plan


async def test_the_line_of_a_queue_is_read_off_its_index(house: House) -> None:
    await house.write(fill, queues=2)
    plan = await house.read(explain, inbox.WAITING, queue="que_1", moment=0, last_id="", count=51)

    assert "ix_conversation_waiting" in plan
    assert "TEMP B-TREE" not in plan  # PostgreSQL may sort the line, when it takes it for a short one


def fill(tx: Tx, queues: int = 40) -> None:
    """Thousands of conversations in some queues with sixty owners, a third of them waiting, a third resolved."""
    customer = identity.resolve(tx, AddressValue("loopback", "many"))
    rows = [
        {
            "id": f"cnv_{n:026}",
            "log_id": customer.customer_id,
            "status": "resolved" if n % 3 == 0 else "open",
            "channel": "loopback",
            "account_id": "acc_x",
            "queue_id": f"que_{n % queues}",
            "owner_kind": "queue" if n % 3 == 1 else "agent",
            "owner_id": f"que_{n % queues}" if n % 3 == 1 else f"agt_{n % 60}",
            "opened_at": n,
            "updated_at": n,
            "sort_at": n * 7919 % 100_003,
            "waiting_since": n if n % 3 == 1 else None,
            "origin": {},
        }
        for n in range(6000)
    ]
    tx.connection.execute(table(Conversation).insert(), [{**DEFAULTS, **row} for row in rows])
    tx.connection.execute(text("ANALYZE"))


def explain(tx: Tx, statement: Hot, **params: object) -> str:
    """How the engine runs a hot statement."""
    sql, own = statement.sql(tx.dialect)
    if isinstance(tx.cursor, sqlite3.Cursor):
        tx.cursor.execute(f"EXPLAIN QUERY PLAN {sql}", {**own, **params})
    else:
        tx.cursor.execute(f"EXPLAIN {sql}", {**own, **params})
    return "\n".join(str(row) for row in tx.cursor.fetchall())
