"""The store: durable together, isolated from each other, run again where that is right."""

import asyncio
import threading

import pytest
from sqlalchemy import select, update

from hub.clock import Clock
from hub.errors import Unavailable
from hub.models import Meta
from hub.models.base import table
from hub.store import Hint, Store, Tx, open_store
from hub.store.sqlite import SqliteStore
from tests.support.house import House, make_schema
from tests.support.postgres import PostgresServer, running_postgres

_meta = table(Meta)


class Refused(Exception):
    """A job that fails by itself."""


def _put(tx: Tx, name: str, *, fails: bool = False) -> str:
    tx.do(_meta.insert().values(name=name, value=name))
    tx.hint("meta", name)
    if fails:
        raise Refused(name)
    return name


async def _names(store: Store) -> list[str]:
    rows = await store.read(lambda tx: tx.all(select(_meta.c.name).where(_meta.c.name.like("job%"))))
    return sorted(row.name for row in rows)


async def test_a_failing_write_leaves_the_others_of_its_batch_alone(house: House) -> None:
    heard: list[Hint] = []
    house.store.on_hints = heard.extend

    done = await asyncio.gather(
        *(house.write(_put, f"job{n:02}", fails=n % 5 == 0) for n in range(20)), return_exceptions=True
    )

    kept = [f"job{n:02}" for n in range(20) if n % 5]
    assert [each for each in done if isinstance(each, str)] == kept
    assert all(isinstance(each, Refused) for each in done if not isinstance(each, str))
    assert await _names(house.store) == kept
    assert sorted(hint.id for hint in heard) == kept, "nobody hears of what was rolled back"


async def test_a_write_is_seen_by_every_read_that_begins_after_it(house: House) -> None:
    for number in range(30):
        await house.write(_put, f"job{number}")

        assert f"job{number}" in await _names(house.store)


async def test_a_read_that_writes_is_an_error_and_changes_nothing(house_url: str) -> None:
    store = open_store(house_url, Clock())

    with pytest.raises(Exception, match=r"read-?only"):
        await store.read(lambda tx: _put(tx, "job"))

    assert await _names(store) == []
    await store.close()


async def test_a_closed_sqlite_store_says_so(sqlite_house_url: str) -> None:
    store = open_store(sqlite_house_url, Clock())
    await store.close()

    with pytest.raises(Unavailable):
        await store.write(lambda tx: None)


async def test_when_the_batch_dies_each_write_is_run_again_alone(sqlite_house_url: str) -> None:
    store = open_store(sqlite_house_url, Clock())
    assert isinstance(store, SqliteStore)
    held, runs = threading.Event(), []

    def holds(tx: Tx) -> None:
        held.wait(5)

    def too_big(tx: Tx) -> None:
        runs.append("too big")
        pages = tx.cursor.execute("PRAGMA page_count").fetchone()[0]
        tx.cursor.execute(f"PRAGMA max_page_count={pages + 2}")
        tx.do(_meta.insert().values(name="job-big", value="x" * 1_000_000))

    first = asyncio.create_task(store.write(holds))
    await asyncio.sleep(0)
    rest = [asyncio.create_task(store.write(lambda tx, n=n: _put(tx, f"job{n}"))) for n in range(3)]  # type: ignore[misc]
    big = asyncio.create_task(store.write(too_big))
    after = asyncio.create_task(store.write(lambda tx: _put(tx, "job-after")))
    await asyncio.sleep(0)
    held.set()
    done = await asyncio.gather(first, *rest, big, after, return_exceptions=True)

    assert [type(each) for each in done] == [type(None), str, str, str, Unavailable, str]
    assert await _names(store) == ["job-after", "job0", "job1", "job2"]
    await store.close()


async def test_a_full_disk_is_an_error_that_ends_when_there_is_room_again(sqlite_house_url: str) -> None:
    store = open_store(sqlite_house_url, Clock())

    def fill(tx: Tx, number: int) -> None:
        tx.cursor.execute("PRAGMA max_page_count=1")  # no more than there is
        tx.do(_meta.insert().values(name=f"job{number}", value="x" * 60_000))

    with pytest.raises(Unavailable):
        await store.write(lambda tx: fill(tx, 1))
    await store.write(lambda tx: tx.cursor.execute("PRAGMA max_page_count=100000") and None)
    await store.write(lambda tx: _put(tx, "job-later"))

    assert await _names(store) == ["job-later"]
    await store.close()


async def test_a_deadlock_is_run_again(postgres_house_url: str) -> None:
    store = open_store(postgres_house_url, Clock())
    for name in ("job-a", "job-b"):
        await store.write(lambda tx, name=name: _put(tx, name))  # type: ignore[misc]
    both_hold = threading.Barrier(2)
    runs = {"ab": 0, "ba": 0}

    def touches(first: str, second: str, who: str) -> None:
        def run(tx: Tx) -> None:
            runs[who] += 1
            tx.do(update(_meta).where(_meta.c.name == first).values(value=who))
            if runs[who] == 1:
                both_hold.wait(10)
            tx.do(update(_meta).where(_meta.c.name == second).values(value=who))

        return run  # type: ignore[return-value]

    await asyncio.gather(
        store.write(touches("job-a", "job-b", "ab")),  # type: ignore[func-returns-value, arg-type]
        store.write(touches("job-b", "job-a", "ba")),  # type: ignore[func-returns-value, arg-type]
    )

    assert sorted(runs.values()) == [1, 2]
    rows = await store.read(lambda tx: tx.all(select(_meta.c.value).where(_meta.c.name.like("job-%"))))
    assert len({row.value for row in rows}) == 1
    await store.close()


async def test_a_restarted_postgres_is_found_again_without_a_failed_call() -> None:
    with running_postgres() as server:
        store = await _filled(server)
        await asyncio.gather(*(store.write(lambda tx, n=n: _put(tx, f"job{n}")) for n in range(8)))  # type: ignore[misc]

        server.kill()
        with pytest.raises(Unavailable):
            await store.write(lambda tx: _put(tx, "job-lost"))
        server.start()
        after = await asyncio.gather(*(store.write(lambda tx, n=n: _put(tx, f"job{n}")) for n in range(8, 24)))  # type: ignore[misc]

        assert len(after) == 16
        assert len(await _names(store)) == 24
        await store.close()


async def _filled(server: PostgresServer) -> Store:
    url = server.url(server.create_database())
    make_schema(url)
    return open_store(url, Clock())
