"""PostgreSQL: a pool of connections, one thread each; the log's row lock gives the order."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal, TypeVar

import psycopg
from psycopg import errors as pg
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError

from hub.clock import Clock
from hub.errors import Unavailable
from hub.store.base import Hint, Store, Tx
from hub.store.hot import POSTGRES

T = TypeVar("T")
CONNECTIONS = 8
TRIES = 3
RETRIED = (pg.DeadlockDetected, pg.SerializationFailure)


class PostgresStore(Store):
    """The grown store.

    Lost races (40P01, 40001) are run again up to three times, and so is what a dying server interrupted
    before its commit was sent. During the commit nobody knows: that is `Unavailable`, and the
    asker's own key makes asking again safe.
    """

    def __init__(self, url: str, clock: Clock) -> None:
        super().__init__(clock)
        self._engine = _open(url, "READ COMMITTED")
        # Each statement sees every commit before it, so reading needs no BEGIN: one trip instead of three.
        self._reading = _open(url, "AUTOCOMMIT")
        event.listen(self._reading, "connect", _forbid_writing)
        self._threads = ThreadPoolExecutor(CONNECTIONS, "store")

    @property
    def engine_name(self) -> str:
        """`postgresql`."""
        return "postgresql"

    async def write(self, fn: Callable[[Tx], T]) -> T:
        """Run and commit in a thread; see `Store.write`."""
        loop = asyncio.get_running_loop()
        value, hints = await loop.run_in_executor(self._threads, self._run, fn, True)
        self._announce(hints)
        return value

    async def read(self, fn: Callable[[Tx], T]) -> T:
        """Run in a thread and end the snapshot; see `Store.read`."""
        loop = asyncio.get_running_loop()
        value, _ = await loop.run_in_executor(self._threads, self._run, fn, False)
        return value

    async def close(self) -> None:
        """Finish what runs, then close the pool."""
        await asyncio.to_thread(self._threads.shutdown)
        self._engine.dispose()
        self._reading.dispose()

    def _run(self, fn: Callable[[Tx], T], is_write: bool) -> tuple[T, list[Hint]]:
        for attempt in range(1, TRIES + 1):
            try:
                return self._once(fn, is_write)
            except (DBAPIError, psycopg.Error) as error:
                cause = error.orig if isinstance(error, DBAPIError) else error
                if attempt < TRIES and (isinstance(cause, RETRIED) or getattr(error, "is_lost_early", False)):
                    continue
                if isinstance(cause, psycopg.OperationalError):
                    raise Unavailable("the database does not answer") from error
                raise
        raise AssertionError("unreachable")

    def _once(self, fn: Callable[[Tx], T], is_write: bool) -> tuple[T, list[Hint]]:
        hints: list[Hint] = []
        with (self._engine if is_write else self._reading).connect() as connection:
            driver: Any = connection.connection.driver_connection
            is_committing = False
            try:
                with driver.cursor() as cursor:
                    tx = Tx(connection, cursor, POSTGRES, self.clock, hints)
                    value = fn(tx)
                    tx.finish()
                if is_write:
                    is_committing = True
                    driver.commit()
            except BaseException as error:
                if driver.closed:
                    self._forget(connection)
                    error.is_lost_early = not is_committing  # type: ignore[attr-defined]
                else:
                    driver.rollback()
                raise
        return value, hints

    def _forget(self, connection: Connection) -> None:
        """The server went away: connections made before are as dead as this one, so none is used again."""
        connection.invalidate()
        self._engine.dispose()
        self._reading.dispose()


def _open(url: str, isolation: Literal["READ COMMITTED", "AUTOCOMMIT"]) -> Engine:
    return create_engine(
        url.replace("postgresql://", "postgresql+psycopg://", 1),
        pool_size=CONNECTIONS,
        max_overflow=0,
        pool_pre_ping=False,
        isolation_level=isolation,
        connect_args={"prepare_threshold": 1, "connect_timeout": 5},
    )


def _forbid_writing(connection: Any, _record: object) -> None:
    """A read that writes is an error on both engines, never a commit."""
    connection.autocommit = True
    connection.execute("SET default_transaction_read_only = on")
