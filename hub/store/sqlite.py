"""SQLite: WAL, full durability, one writer thread with group commit, readers on their own connections.

Waiting writes share one transaction, each in its own savepoint: one fsync for all of them. If the
batch itself dies (disk full, say), each is run again alone, so that one cannot sink the others.
"""

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from hub.clock import Clock
from hub.errors import Unavailable
from hub.store.base import Hint, Store, Tx, settle
from hub.store.hot import SQLITE

T = TypeVar("T")
MAX_BATCH = 64
READERS = 4


@dataclass(slots=True)
class _Job:
    fn: Callable[[Tx], Any]
    loop: asyncio.AbstractEventLoop
    future: "asyncio.Future[Any]"
    value: Any = None
    error: BaseException | None = None
    hints: list[Hint] | None = None


def make_engine(path: Path) -> Engine:
    """An engine whose connections carry the house's pragmas and leave transactions to us."""
    engine = create_engine(
        f"sqlite:///{path}",
        isolation_level="AUTOCOMMIT",
        poolclass=NullPool,
        connect_args={"check_same_thread": False, "cached_statements": 512, "timeout": 10},
    )

    @event.listens_for(engine, "connect")
    def set_pragmas(connection: sqlite3.Connection, _record: object) -> None:
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "secure_delete=ON",
            "busy_timeout=10000",
            "cache_size=-16000",
            "temp_store=MEMORY",
        ):
            connection.execute(f"PRAGMA {pragma}")

    return engine


class SqliteStore(Store):
    """The embedded store."""

    def __init__(self, path: Path, clock: Clock) -> None:
        super().__init__(clock)
        path.parent.mkdir(parents=True, exist_ok=True)
        self._engine = make_engine(path)
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._local = threading.local()
        self._open: list[Connection] = []
        self._readers = ThreadPoolExecutor(READERS, "store-read")
        self._closed = False
        self._thread = threading.Thread(target=self._write_loop, name="store-write", daemon=True)
        self._thread.start()

    @property
    def engine_name(self) -> str:
        """`sqlite`."""
        return "sqlite"

    async def write(self, fn: Callable[[Tx], T]) -> T:
        """Run `fn` with others that wait in one transaction; see `Store.write`."""
        if self._closed:
            raise Unavailable("the store is closed")
        loop = asyncio.get_running_loop()
        job = _Job(fn, loop, loop.create_future())
        self._jobs.put(job)
        result: T = await job.future
        return result

    async def read(self, fn: Callable[[Tx], T]) -> T:
        """Run `fn` on a reader's own snapshot; see `Store.read`."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._read, fn)

    async def close(self) -> None:
        """Finish what waits, then close."""
        self._closed = True
        self._jobs.put(None)
        await asyncio.to_thread(self._thread.join)
        self._readers.shutdown(wait=True)
        for connection in self._open:
            connection.close()
        self._engine.dispose()

    def _read(self, fn: Callable[[Tx], T]) -> T:
        tx: Tx | None = getattr(self._local, "tx", None)
        if tx is None:
            tx = self._connect()
            tx.cursor.execute("PRAGMA query_only=ON")
            self._local.tx = tx
        tx.cursor.execute("BEGIN")
        try:
            return fn(tx)
        finally:
            tx.cursor.execute("COMMIT")

    def _connect(self) -> Tx:
        connection = self._engine.connect()
        self._open.append(connection)
        driver = connection.connection.driver_connection
        assert driver is not None
        return Tx(connection, driver.cursor(), SQLITE, self.clock, [])

    def _write_loop(self) -> None:
        tx = self._connect()
        while True:
            batch = self._next_batch()
            if not batch:
                return
            try:
                self._run_together(tx, batch)
            except sqlite3.Error:
                self._roll_back(tx)
                for job in batch:
                    self._run_alone(tx, job)
            self._finish(batch)

    def _next_batch(self) -> list[_Job]:
        """Wait for one job, then take what else is already waiting; empty = closing."""
        first = self._jobs.get()
        if first is None:
            return []
        batch = [first]
        while len(batch) < MAX_BATCH:
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                break
            if job is None:
                self._jobs.put(None)
                break
            batch.append(job)
        return batch

    def _run_together(self, tx: Tx, batch: list[_Job]) -> None:
        tx.cursor.execute("BEGIN IMMEDIATE")
        for job in batch:
            tx.cursor.execute("SAVEPOINT job")
            tx.hints, tx.endings = [], {}
            try:
                job.value, job.error = job.fn(tx), None
                tx.finish()
                job.hints = tx.hints
            except BaseException as error:  # handed to whoever waits, in _finish
                if isinstance(_cause(error), sqlite3.OperationalError):
                    raise sqlite3.OperationalError("the batch cannot go on") from error
                job.error = error
                job.hints = None
                tx.cursor.execute("ROLLBACK TO job")
            tx.cursor.execute("RELEASE job")
        tx.cursor.execute("COMMIT")

    def _run_alone(self, tx: Tx, job: _Job) -> None:
        tx.hints, tx.endings = [], {}
        try:
            tx.cursor.execute("BEGIN IMMEDIATE")
            job.value, job.error = job.fn(tx), None
            tx.finish()
            tx.cursor.execute("COMMIT")
            job.hints = tx.hints
        except BaseException as error:  # handed to whoever waits, in _finish
            self._roll_back(tx)
            job.hints = None
            job.error = _as_unavailable(error)

    def _roll_back(self, tx: Tx) -> None:
        driver = tx.connection.connection.driver_connection
        if driver is not None and driver.in_transaction:
            tx.cursor.execute("ROLLBACK")

    def _finish(self, batch: list[_Job]) -> None:
        """Answer everybody of the batch with one wake-up of each event loop."""
        loops: dict[asyncio.AbstractEventLoop, list[_Job]] = {}
        for job in batch:
            loops.setdefault(job.loop, []).append(job)
        for loop, jobs in loops.items():
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._answer, jobs)

    def _answer(self, jobs: list[_Job]) -> None:
        for job in jobs:
            settle(job.future, job.value, job.error)
        for job in jobs:  # one by one: who listens may count the commits that touched a thing
            self._announce(job.hints or ())


def _as_unavailable(error: BaseException) -> BaseException:
    """A full disk or a broken file is not the asker's fault; say that trying again may help."""
    if isinstance(_cause(error), sqlite3.OperationalError):
        unavailable = Unavailable("the database cannot write now")
        unavailable.__cause__ = error
        return unavailable
    return error


def _cause(error: BaseException) -> BaseException | None:
    """What the driver raised, from under SQLAlchemy's wrapping if there is any."""
    return error.orig if isinstance(error, DBAPIError) else error
