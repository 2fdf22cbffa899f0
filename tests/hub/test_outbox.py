"""To-dos: each in its line, exactly once in a transaction, buried when hopeless; timers replace each other."""

import asyncio
from collections import Counter
from typing import Any

import pytest
from sqlalchemy import select

from hub import outbox
from hub.clock import SECOND
from hub.models import DeadLetter, Meta, Outbox, OutboxKey, Timer
from hub.models.base import table
from hub.outbox import LEASE_SECONDS, OutboxRunner, Topic
from hub.store import Tx
from tests.support.house import House
from tests.support.waiting import eventually

_meta, _todo, _line, _timer = table(Meta), table(Outbox), table(OutboxKey), table(Timer)


class Broken(Exception):
    """A handler that cannot."""


class Handler:
    """Notes what it did in the store, in the transaction that ends the to-do."""

    def __init__(self, *broken: str) -> None:
        self.broken = set(broken)
        self.tries: Counter[str] = Counter()

    def __call__(self, tx: Tx, key: str, payload: dict[str, Any]) -> None:
        self.tries[key] += 1
        tx.do(_meta.insert().values(name=f"done-{key}-{payload['n']}", value=str(payload["n"])))
        if key in self.broken:
            raise Broken(key)


def _runner(house: House, handler: Any, *, attempts: int = 8, give_up: Any = None) -> OutboxRunner:
    runner = OutboxRunner(house.store)
    runner.subscribe(Topic("test", "", handler, attempts=attempts, give_up=give_up))
    return runner


async def _add(house: House, key: str, *numbers: int) -> None:
    for number in numbers:
        await house.write(outbox.add, "test", key, {"n": number})


async def _done(house: House, key: str = "") -> list[str]:
    names = await house.rows(select(_meta.c.name).where(_meta.c.name.like(f"done-{key}%")))
    return sorted((row.name for row in names), key=lambda name: int(name.rpartition("-")[2]))


async def _left(house: House) -> tuple[int, int]:
    todos = await house.rows(select(_todo.c.id).where(_todo.c.topic == "test"))
    lines = await house.rows(select(_line.c.key).where(_line.c.topic == "test"))
    return len(todos), len(lines)


async def test_a_line_is_done_in_its_order_and_leaves_nothing_behind(house: House) -> None:
    order: list[int] = []
    runner = _runner(house, lambda tx, key, payload: order.append(payload["n"]))
    await _add(house, "a", *range(45))

    while await runner.turn():
        pass

    assert order == list(range(45))
    assert await _left(house) == (0, 0)


async def test_a_to_do_of_a_rolled_back_write_was_never_there(house: House) -> None:
    def write(tx: Tx) -> None:
        outbox.add(tx, "test", "a", {"n": 1})
        raise Broken

    with pytest.raises(Broken):
        await house.store.write(write)

    assert await _left(house) == (0, 0)


async def test_a_stuck_head_starves_nobody(house: House) -> None:
    handler = Handler("stuck")
    runner = _runner(house, handler)
    await _add(house, "stuck", 1, 2, 3)
    for number in range(40):
        await _add(house, f"free{number}", number)

    for _ in range(6):
        await runner.turn()

    assert len(await _done(house, "free")) == 40
    assert await _done(house, "stuck") == []
    assert handler.tries["stuck"] == 1, "the head waits before it is tried again"


async def test_what_fails_is_tried_again_later_each_time_later(house: House) -> None:
    handler = Handler("a")
    runner = _runner(house, handler)
    await _add(house, "a", 1, 2)
    waits = []

    for _ in range(6):
        await runner.turn()
        (line,) = await house.rows(select(_line.c.due_at).where(_line.c.topic == "test"))
        waits.append((line.due_at - house.clock.now()) / SECOND)
        house.clock.offset += max(0, line.due_at - house.clock.now())
    handler.broken.clear()
    while await runner.turn():
        pass

    assert all(2**n / 2.1 <= wait <= 2**n for n, wait in enumerate(waits)), waits
    assert await _done(house) == ["done-a-1", "done-a-2"]
    assert handler.tries["a"] == 8


async def test_a_hopeless_head_is_buried_and_the_line_goes_on(house: House) -> None:
    runner = _runner(
        house, Handler("a"), attempts=2, give_up=lambda tx, key, payload: Handler()(tx, "instead", payload)
    )
    await _add(house, "a", 1, 2)

    for _ in range(6):
        await runner.turn()
        house.clock.advance(5)

    (first, second) = await house.rows(select(table(DeadLetter)))
    assert {first.payload["n"], second.payload["n"]} == {1, 2}
    assert "Broken" in first.error
    assert await _done(house, "instead") == ["done-instead-1", "done-instead-2"]
    assert await _left(house) == (0, 0)


async def test_a_runner_that_dies_between_claim_and_finish_is_replaced_after_its_lease(house: House) -> None:
    asked: asyncio.Queue[str] = asyncio.Queue()

    async def hangs(key: str, payload: dict[str, Any]) -> None:
        await asked.put(key)
        await asyncio.Event().wait()

    dies = OutboxRunner(house.store)
    dies.subscribe(Topic("test", "", over_network=hangs))
    await _add(house, "a", 1, 2)
    task = asyncio.create_task(dies.turn())
    await asked.get()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    heir = _runner(house, Handler())

    early = await heir.turn()
    house.clock.advance(LEASE_SECONDS + 1)
    while await heir.turn():
        pass

    assert not early
    assert await _done(house) == ["done-a-1", "done-a-2"]


async def test_a_to_do_added_while_its_line_is_emptied_is_not_lost(house: House) -> None:
    added: list[int] = []

    async def adds_another(key: str, payload: dict[str, Any]) -> None:
        added.append(payload["n"])
        if payload["n"] < 5:
            await _add(house, key, payload["n"] + 1)

    runner = OutboxRunner(house.store)
    runner.subscribe(Topic("test", "", over_network=adds_another))
    await _add(house, "a", 1)

    while await runner.turn():
        pass

    assert added == [1, 2, 3, 4, 5]
    assert await _left(house) == (0, 0)


async def test_nobody_claims_what_they_cannot_do(house: House) -> None:
    stranger = OutboxRunner(house.store)
    stranger.subscribe(Topic("other", "", lambda tx, key, payload: None))
    await _add(house, "a", 1)

    assert not await stranger.turn()
    assert await _runner(house, Handler()).turn()
    assert await _done(house) == ["done-a-1"]


async def test_two_runners_of_two_processes_do_everything_exactly_once(house: House) -> None:
    handler = Handler()
    runners = [_runner(house, handler), OutboxRunner(house.another_store())]
    runners[1].subscribe(Topic("test", "", handler))
    for number in range(60):
        await _add(house, f"key{number % 7}", number)

    async def work(runner: OutboxRunner) -> None:
        while await runner.turn() or (await _left(house))[0]:
            pass

    await asyncio.gather(*map(work, runners))

    assert len(await _done(house)) == 60  # the name is a primary key: twice would have failed
    assert await _left(house) == (0, 0)
    assert not await house.rows(select(DeadLetter))


async def test_even_without_leases_a_to_do_in_a_transaction_happens_once(house: House) -> None:
    """Both runners believe that the line is theirs, as after a lease that was too short."""
    handler = Handler()
    runners = [_runner(house, handler), OutboxRunner(house.another_store())]
    runners[1].subscribe(Topic("test", "", handler))
    await _add(house, "a", *range(20))
    (line,) = await house.rows(select(_line).where(_line.c.topic == "test"))

    await asyncio.gather(*(runner._drain(line) for runner in runners))

    assert await _done(house) == [f"done-a-{n}" for n in range(20)]
    assert handler.tries["a"] == 20


async def test_a_timer_rings_when_due_and_only_once(house: House) -> None:
    runner = _runner(house, Handler())
    await house.write(outbox.set_timer, "test", "a", house.clock.now() + 60 * SECOND, {"n": 1})

    early = await runner.turn()
    house.clock.advance(61)
    while await runner.turn():
        pass

    assert not early
    assert await _done(house) == ["done-a-1"]
    assert not await house.rows(select(_timer).where(_timer.c.topic == "test"))


async def test_a_later_timer_replaces_an_earlier_one_and_a_cleared_one_is_silent(house: House) -> None:
    runner, now = _runner(house, Handler()), house.clock.now()
    await house.write(outbox.set_timer, "test", "a", now + 60 * SECOND, {"n": 1})
    await house.write(outbox.set_timer, "test", "a", now + 600 * SECOND, {"n": 2})
    await house.write(outbox.set_timer, "test", "b", now + 60 * SECOND, {"n": 3})
    await house.write(outbox.clear_timer, "test", "b")

    house.clock.advance(61)
    await runner.turn()
    early = await _done(house)
    house.clock.advance(600)
    await runner.turn()

    assert early == []
    assert await _done(house) == ["done-a-2"]


async def test_a_timer_set_again_by_its_own_handler_stays(house: House) -> None:
    def again(tx: Tx, key: str, payload: dict[str, Any]) -> None:
        outbox.set_timer(tx, "test", key, tx.now + 60 * SECOND, {"n": payload["n"] + 1})

    runner = _runner(house, again)
    await house.write(outbox.set_timer, "test", "a", house.clock.now(), {"n": 1})

    for _ in range(3):
        await runner.turn()
        house.clock.advance(61)

    (timer,) = await house.rows(select(_timer.c.payload).where(_timer.c.topic == "test"))
    assert timer.payload == {"n": 4}


async def test_a_failing_timer_is_put_off_then_buried(house: House) -> None:
    handler = Handler("a")
    runner = _runner(house, handler, attempts=3)
    await house.write(outbox.set_timer, "test", "a", house.clock.now(), {"n": 1})

    for _ in range(5):
        await runner.turn()
        house.clock.advance(10)

    assert handler.tries["a"] == 3
    assert len(await house.rows(select(DeadLetter))) == 1
    assert not await house.rows(select(_timer).where(_timer.c.topic == "test"))


async def test_a_running_outbox_wakes_up_for_what_is_added_and_stops_cleanly(house: House) -> None:
    runner = _runner(house, Handler())
    house.store.on_hints = lambda hints: runner.wake()
    runner.start()

    await _add(house, "a", 1)
    await eventually(lambda: _done(house))
    await runner.stop()
    await _add(house, "a", 2)

    assert await _done(house) == ["done-a-1"]
