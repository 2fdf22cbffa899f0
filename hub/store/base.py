"""The store seen by the verbs: transactions, hints, and the two ways to run a function."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection, Dialect, Executable

from hub.clock import Clock
from hub.store.hot import Hot, HotUpdate, Row

T = TypeVar("T")


class Hint(NamedTuple):
    """Something changed and screens may want to look: lost without harm (the sweep heals it)."""

    kind: str
    id: str


@dataclass(slots=True)
class Tx:
    """One running transaction, good only inside the function it was given to."""

    connection: Connection
    cursor: Any
    dialect: Dialect
    clock: Clock
    hints: list[Hint]
    endings: "dict[tuple[int, str], tuple[Ending, int]]" = field(default_factory=dict)

    def run(self, statement: Hot, **params: Any) -> list[Row]:
        """Run a hot statement on the driver; rows are named tuples."""
        return statement.run(self.cursor, self.dialect, params)

    def one(self, statement: Hot, **params: Any) -> Row | None:
        """The first row of a hot statement, or None."""
        rows = statement.run(self.cursor, self.dialect, params)
        return rows[0] if rows else None

    def set(self, statement: HotUpdate, id: str, **values: Any) -> Row | None:
        """Set columns of one row and give it as it is then, or None."""
        named = {f"set_{name}": value for name, value in values.items()}
        return self.one(statement.statement(values), row_id=id, **named)

    def all(self, statement: Executable) -> list[Row]:
        """Rows of a cold statement, through SQLAlchemy."""
        return list(self.connection.execute(statement))

    def first(self, statement: Executable) -> Row | None:
        """The first row of a cold statement, or None."""
        return self.connection.execute(statement).first()

    def do(self, statement: Executable) -> int:
        """Run a cold statement that changes rows; gives how many."""
        return self.connection.execute(statement).rowcount

    def hint(self, kind: str, id: str) -> None:
        """Tell the screens after commit."""
        self.hints.append(Hint(kind, id))

    def at_end(self, rank: int, key: str, work: "Ending", amount: int = 0) -> None:
        """Run `work(tx, sum of the amounts)` once, just before the commit.

        For rows that many transactions change (counters, lines of to-dos): all take them last, lower ranks
        first, then by key. So they are locked briefly and never in a circle.
        """
        before = self.endings.get((rank, key))
        self.endings[rank, key] = (work, amount + (before[1] if before is not None else 0))

    def finish(self) -> None:
        """Do what was left for the end; the store calls this before it commits."""
        endings, self.endings = self.endings, {}
        for place in sorted(endings):
            work, amount = endings[place]
            work(self, amount)

    @property
    def now(self) -> int:
        """Microseconds since 1970 by the hub's clock."""
        return self.clock.now()

    @property
    def is_sqlite(self) -> bool:
        """One writer at a time: row locks are neither there nor needed."""
        return self.dialect.name == "sqlite"


Ending = Callable[[Tx, int], None]


class Store(ABC):
    """A database. After each commit, hints go to `on_hints` on the event loop that asked."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.on_hints: Callable[[list[Hint]], None] = lambda hints: None

    @abstractmethod
    async def write(self, fn: Callable[[Tx], T]) -> T:
        """Run `fn` in a transaction that commits durably before this returns.

        `fn` is re-runnable and short (about 20 ms). What it raises rolls back only what it did.
        """

    @abstractmethod
    async def read(self, fn: Callable[[Tx], T]) -> T:
        """Run `fn` on a snapshot that sees every commit before the call; it must not write."""

    @abstractmethod
    async def close(self) -> None:
        """Let running functions finish, then close the connections."""

    @property
    @abstractmethod
    def engine_name(self) -> str:
        """`sqlite` or `postgresql`."""

    def _announce(self, hints: Iterable[Hint]) -> None:
        unique = list(dict.fromkeys(hints))
        if unique:
            self.on_hints(unique)


def settle(future: "asyncio.Future[Any]", value: Any, error: BaseException | None) -> None:
    """Resolve a future unless whoever waited is gone."""
    if future.done():
        return
    if error is not None:
        future.set_exception(error)
    else:
        future.set_result(value)
