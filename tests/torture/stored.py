"""What the database says after a run, read with plain SQL and none of the product's code."""

import json
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.pool import NullPool


@dataclass(frozen=True)
class Entry:
    """One fact of a timeline."""

    id: str
    log: str
    conversation: str
    position: int
    revision: int
    ordered_at: int
    kind: str
    direction: str | None
    author_kind: str
    author_id: str
    audience: str
    body: dict[str, Any]
    client_key: str | None
    external_id: str | None
    address: str

    @property
    def key(self) -> str | None:
        """What its sender called it."""
        return self.external_id or self.client_key


@dataclass(frozen=True)
class Conversation:
    """Where a conversation stands."""

    id: str
    log: str
    status: str
    owner_kind: str
    owner_id: str


@dataclass
class Stored:
    """Everything the checkers look at."""

    entries: list[Entry]
    conversations: list[Conversation]
    counters: dict[str, int]
    handoffs: list[dict[str, Any]]
    offers: list[dict[str, Any]]
    audit: list[dict[str, Any]]
    deliveries: list[dict[str, Any]]
    leftovers: dict[str, int] = field(default_factory=dict)
    integrity: str = "ok"

    def by_log(self) -> dict[str, list[Entry]]:
        """The entries of each log, by position."""
        logs: dict[str, list[Entry]] = {}
        for entry in sorted(self.entries, key=lambda each: each.position):
            logs.setdefault(entry.log, []).append(entry)
        return logs

    def of_conversation(self, conversation_id: str) -> list[Entry]:
        """The entries of a conversation, in the order that people see."""
        found = [each for each in self.entries if each.conversation == conversation_id]
        return sorted(found, key=lambda each: each.ordered_at)


_ENTRIES = """
SELECT e.id, e.log_id, e.conversation_id, e.position, e.revision, e.ordered_at, e.kind, e.direction, e.author_kind,
       e.author_id, e.audience, e.body, e.client_key, e.external_id, coalesce(a.value, '') AS address
FROM entry e LEFT JOIN address a ON a.id = e.address_id
"""


def engine_of(database_url: str) -> Engine:
    """An engine that keeps no connection open."""
    return create_engine(database_url.replace("postgresql://", "postgresql+psycopg://", 1), poolclass=NullPool)


def load(database_url: str) -> Stored:
    """Read it all from a database that nobody writes to any more."""
    with engine_of(database_url).connect() as connection:
        return Stored(
            entries=[_entry(row) for row in connection.execute(text(_ENTRIES))],
            conversations=[
                Conversation(*row)
                for row in connection.execute(text("SELECT id, log_id, status, owner_kind, owner_id FROM conversation"))
            ],
            counters={row[0]: row[1] for row in connection.execute(text("SELECT id, counter FROM customer"))},
            handoffs=_rows(connection, "SELECT * FROM handoff ORDER BY requested_at"),
            offers=_rows(connection, "SELECT * FROM offer ORDER BY created_at"),
            audit=_rows(connection, "SELECT * FROM audit ORDER BY at"),
            deliveries=_rows(connection, "SELECT * FROM delivery ORDER BY created_at"),
            leftovers=_leftovers(connection),
            integrity=_integrity(connection),
        )


def is_worked_on(database_url: str) -> bool:
    """Whether the process that does to-dos has begun: it sets the timers of its chores."""
    with engine_of(database_url).connect() as connection:
        return bool(connection.execute(text("SELECT count(*) FROM timer WHERE topic = 'sweep'")).scalar_one())


def logs(database_url: str, count: int) -> list[str]:
    """The first customers of a running hub that have written."""
    with engine_of(database_url).connect() as connection:
        found = connection.execute(text("SELECT id FROM customer WHERE counter > 0 ORDER BY id LIMIT :n"), {"n": count})
        return [row[0] for row in found]


def conversation_of(database_url: str, external_id: str) -> str:
    """Where a message of a running hub went."""
    with engine_of(database_url).connect() as connection:
        found = connection.execute(
            text("SELECT conversation_id FROM entry WHERE external_id = :id"), {"id": external_id}
        )
        return str(found.scalar_one())


def _entry(row: Any) -> Entry:
    values = dict(row._mapping)
    values["body"] = json.loads(values["body"])
    values["log"], values["conversation"] = values.pop("log_id"), values.pop("conversation_id")
    return Entry(**values)


def _rows(connection: Connection, statement: str) -> list[dict[str, Any]]:
    return [dict(row._mapping) for row in connection.execute(text(statement))]


def _leftovers(connection: Connection) -> dict[str, int]:
    """What a calm hub has none of."""
    tables = {"to-dos": "outbox", "dead letters": "dead_letter", "kept raw": "raw_inbound"}
    return {
        name: int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())
        for name, table in tables.items()
    }


def _integrity(connection: Connection) -> str:
    if connection.dialect.name != "sqlite":
        return "ok"
    return str(connection.execute(text("PRAGMA integrity_check")).scalar_one())
