"""Many rows quickly: copies of rows that the verbs wrote, with every index in place."""

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
from sqlalchemy import Table

from bench.seeding import open_bank
from hub import availability, conversations, demo, intake
from hub.clock import SECOND
from hub.models import Address, Conversation, Customer, Entry, Participant
from hub.models.base import table
from hub.ports import Actor, AddressValue
from hub.store import Store, Tx
from hub.store.hot import Row

CUSTOMER, ADDRESS, CONVERSATION = table(Customer), table(Address), table(Conversation)
PARTICIPANT, ENTRY = table(Participant), table(Entry)
Record = dict[str, Any]
_PART = 20_000


class Loader:
    """Writes rows of one table after another past the store; nobody else may use the database."""

    def __init__(self, url: str) -> None:
        self._is_file = url.startswith("sqlite:///")
        if self._is_file:
            self._db: Any = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
            for pragma in ("journal_mode=WAL", "synchronous=OFF", "cache_size=-200000"):
                self._db.execute(f"PRAGMA {pragma}")
        else:
            self._db = psycopg.connect(url, autocommit=True)

    def copy_of(self, rows: Table, id: str) -> Record:
        """A row as the database holds it."""
        mark = "?" if self._is_file else "%s"
        cursor = self._db.execute(f"SELECT * FROM {rows.name} WHERE id = {mark}", (id,))
        return dict(zip([each[0] for each in cursor.description], cursor.fetchone(), strict=True))

    def load(self, rows: Table, template: Record, changes: Iterable[Record]) -> None:
        """Add the template once for each set of changes."""
        names = list(template)
        columns = ", ".join(f'"{name}"' for name in names)
        found = ([{**template, **each}[name] for name in names] for each in changes)
        if self._is_file:
            self._db.execute("BEGIN")
            marks = ", ".join("?" * len(names))
            self._db.executemany(f"INSERT INTO {rows.name} ({columns}) VALUES ({marks})", found)
            self._db.execute("COMMIT")
        else:
            with self._db.cursor().copy(f"COPY {rows.name} ({columns}) FROM STDIN") as copy:
                for each in found:
                    copy.write_row(each)

    def close(self) -> None:
        """Leave the database as one that has been used for a while."""
        if self._is_file:
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        else:
            self._db.execute("VACUUM ANALYZE")
        self._db.close()


@dataclass(frozen=True)
class Pattern:
    """One real customer with one conversation and one message, to make copies of; and the agent who serves it."""

    bank: demo.Demo
    customer: str
    address: str
    conversation: str
    entry: str
    participant: str
    agent: Row


async def make_pattern(store: Store) -> Pattern:
    """Let the verbs write the rows to copy, so that the copies have every column that rows have today."""

    def write(tx: Tx) -> Pattern:
        bank = open_bank(tx)
        agent = bank.agents["amy"]
        availability.set_capacity(tx, agent.id, 50)
        taken = intake.accept(tx, arrival(bank, "pattern"))
        assert taken.entry is not None
        held = conversations.hold_open(tx, taken.entry.conversation_id)
        conversations.set_owner(tx, held, Actor("agent", agent.id, agent.name))
        member = conversations.participants(tx, held.id)[0]
        return Pattern(bank, taken.entry.log_id, taken.entry.address_id, held.id, taken.entry.id, member.id, agent)

    return await store.write(write)


def arrival(bank: demo.Demo, who: str) -> intake.Arrival:
    """A message of a visitor of the bank."""
    return intake.Arrival(
        account=bank.webchat,
        address=AddressValue("visitor", who),
        text="Hello, my new card has not come yet. Could you please look where it is?",
        client_key=f"bulk-{who}",
        language="en",
    )


def entries_of(log: str, conversation: str, count: int, first_at: int) -> Iterator[Record]:
    """So many messages of one customer, a minute apart."""
    for position in range(1, count + 1):
        at = first_at + position * 60 * SECOND
        yield {
            "id": f"ent_{log[4:]}_{position}",
            "log_id": log,
            "position": position,
            "revision": position,
            "ordered_at": at,
            "revised_at": at,
            "at": at,
            "conversation_id": conversation,
            "client_key": None,
        }


@dataclass(frozen=True)
class People:
    """Customers to load: `conversations[i % len]` tells how the i-th one's conversation stands."""

    count: int
    entries: int
    conversations: list[Record]
    first_at: int
    prefix: str

    def log(self, number: int) -> str:
        """The id of the so many-th customer."""
        return f"cus_{self.prefix}{number:08d}"

    def conversation(self, number: int) -> str:
        """The id of their conversation."""
        return f"cnv_{self.prefix}{number:08d}"

    def load(self, loader: Loader, pattern: Pattern) -> None:
        """Write all their rows."""
        numbers = range(self.count)
        at = self.first_at
        loader.load(
            CUSTOMER,
            loader.copy_of(CUSTOMER, pattern.customer),
            (
                {"id": self.log(n), "group_id": self.log(n), "counter": self.entries, "last_ordered_at": self._last(n)}
                for n in numbers
            ),
        )
        loader.load(
            ADDRESS,
            loader.copy_of(ADDRESS, pattern.address),
            (
                {"id": f"adr_{self.prefix}{n:08d}", "customer_id": self.log(n), "value": f"{self.prefix}{n}"}
                for n in numbers
            ),
        )
        loader.load(CONVERSATION, loader.copy_of(CONVERSATION, pattern.conversation), map(self._conversation, numbers))
        loader.load(
            PARTICIPANT,
            loader.copy_of(PARTICIPANT, pattern.participant),
            (
                {
                    "id": f"par_{self.prefix}{n:08d}",
                    "conversation_id": self.conversation(n),
                    "ref_id": f"adr_{self.prefix}{n:08d}",
                }
                for n in numbers
            ),
        )
        template = loader.copy_of(ENTRY, pattern.entry)
        rows = (
            {**row, "author_id": f"adr_{self.prefix}{n:08d}", "address_id": f"adr_{self.prefix}{n:08d}"}
            for n in numbers
            for row in entries_of(self.log(n), self.conversation(n), self.entries, at + n * SECOND)
        )
        loader.load(ENTRY, template, rows)

    def _last(self, number: int) -> int:
        return self.first_at + number * SECOND + self.entries * 60 * SECOND

    def _conversation(self, number: int) -> Record:
        moment = self._last(number)
        return {
            "id": self.conversation(number),
            "log_id": self.log(number),
            "address_id": f"adr_{self.prefix}{number:08d}",
            "open_key": None,
            "sort_at": moment,
            "updated_at": moment,
            "last_at": moment,
            "opened_at": moment,
            **self.conversations[number % len(self.conversations)],
        }
