"""Rows that many transactions change are taken last and in one order, so that nobody waits in a circle."""

import asyncio
from collections.abc import Callable

from sqlalchemy import select

from hub import conversations, handoff, outbox
from hub.models import OutboxKey, Queue
from hub.models.base import table
from hub.store import Tx
from tests.support.house import House, Staff

AT_ONCE = 60


async def test_what_is_left_for_the_end_is_done_once_in_order_of_rank_and_key(house: House) -> None:
    done: list[tuple[str, int]] = []

    def noting(name: str) -> Callable[[Tx, int], None]:
        return lambda _tx, total: done.append((name, total))

    def write(tx: Tx) -> None:
        tx.at_end(2, "a", noting("line a"))
        tx.at_end(1, "b", noting("counter b"), 3)
        tx.at_end(1, "a", noting("counter a"), 1)
        tx.at_end(1, "b", noting("counter b"), -1)

    await house.store.write(write)

    assert done == [("counter a", 1), ("counter b", 2), ("line a", 0)]


async def test_what_a_failed_write_left_for_the_end_is_forgotten(house: House) -> None:
    done: list[str] = []

    def fail(tx: Tx) -> None:
        tx.at_end(1, "a", lambda _tx, _total: done.append("of the failed one"))
        raise LookupError

    await asyncio.gather(house.store.write(fail), house.store.write(lambda tx: None), return_exceptions=True)
    await house.store.write(lambda tx: None)

    assert done == []


async def test_counters_and_lines_touched_in_any_order_make_no_circle(house: House) -> None:
    runs: list[int] = []
    queues = [house.bank.queues[slug].id for slug in ("cards", "risk")]

    def touch(number: int) -> Callable[[Tx], None]:
        order = queues if number % 2 else queues[::-1]

        def write(tx: Tx) -> None:
            runs.append(number)
            for queue in order:
                if number % 3:
                    outbox.add(tx, "nobody", queue)
                conversations._count(tx, "queue", queue, 1)
                outbox.add(tx, "nobody", f"{queue} again")

        return write

    await asyncio.gather(*(house.store.write(touch(number)) for number in range(AT_ONCE)))

    waiting = await house.rows(select(table(Queue).c.waiting).where(table(Queue).c.id.in_(queues)))
    lines = await house.rows(select(table(OutboxKey)).where(table(OutboxKey).c.topic == "nobody"))
    assert [row.waiting for row in waiting] == [AT_ONCE, AT_ONCE]
    assert len(lines) == 4
    assert len(runs) == AT_ONCE, "some were run again: they had waited in a circle"


async def test_agents_who_hand_over_to_each_other_do_not_wait_in_a_circle(house: House) -> None:
    amy, mia = await house.online("amy", "mia")
    mine = [(await house.waiting_for("cards"))[1] for _ in range(3)]
    hers = [(await house.waiting_for("cards"))[1] for _ in range(3)]
    for one, other in zip(mine, hers, strict=True):
        await amy.takes(one)
        await mia.takes(other)
    runs: list[str] = []

    async def accepts(agent: Staff) -> None:
        offer = await agent.offer()

        def write(tx: Tx) -> None:
            runs.append(agent.id)
            handoff.accept(tx, offer.id, agent.actor)

        await house.store.write(write)

    for one, other in zip(mine, hers, strict=True):
        await amy.transfers(one, "mia", reason="knows more")
        await mia.transfers(other, "amy", reason="knows more")
        await asyncio.gather(accepts(amy), accepts(mia))
        owners = [(await house.conversation(id)).owner_id for id in (one, other)]
        assert owners == [mia.id, amy.id]
    assert len(runs) == 6, "some were run again: they had waited in a circle"
    assert (await amy.load(), await mia.load()) == (3, 3)
