"""No query looks through a table that grows: hot statements, and all that a journey runs, go by an index."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from sqlmodel import SQLModel

import hub
from hub import outbox
from hub.store import Hot, Tx
from hub.store.hot import POSTGRES, SQLITE
from tests.support.house import TOPICS, House
from tests.support.postgres import PostgresServer

GROWING = {
    "address",
    "address_claim",
    "agent_login",
    "attachment",
    "audit",
    "conversation",
    "customer",
    "delivery",
    "entry",
    "flow_run",
    "handoff",
    "inbound_key",
    "kept_reply",
    "offer",
    "outbox",
    "outbox_key",
    "participant",
    "raw_inbound",
    "timer",
    "visitor",
}
# Sorted after an index has found the few rows of one conversation, one customer or one agent.
MAY_SORT = {
    "hub.access._GRANTS": "conversations of one address",
    "hub.bots._LAST": "flow runs of one conversation",
    "hub.brief._LATEST_RUN": "flow runs of one conversation",
    "hub.delivery._DUE": "deliveries due at the same moment",
    "hub.delivery._LOST": "sends that were lost",
    "hub.delivery._UNDELIVERED": "unfinished deliveries to one address",
    "hub.delivery._UNREAD": "unfinished deliveries to one address",
    "hub.handoff._RINGING": "offers that ring for one agent",
    "hub.inbox._SHARED": "conversations shared with one agent",
    "hub.placement._OPEN": "conversations of one customer",
    "hub.placement._RECENT": "conversations of one customer",
    "hub.requests._LAST_AGENT": "requests of one conversation",
    "hub.routing._REFUSED": "refusals of one conversation",
}
UNEXPLAINED = ("INSERT", "SAVEPOINT", "RELEASE", "BEGIN", "COMMIT", "ROLLBACK", "PRAGMA")


def hot_statements() -> Iterator[tuple[str, Hot]]:
    """Every statement that a module of the hub keeps, by its name."""
    for module in pkgutil.walk_packages(hub.__path__, "hub."):
        if module.name.startswith("hub.__main__"):
            continue
        for name, value in vars(importlib.import_module(module.name)).items():
            if isinstance(value, Hot):
                yield f"{module.name}.{name}", value
    claims = outbox._Claims([topic.name for topic in TOPICS])
    yield from (("claim lines", claims.lines), ("claim timers", claims.timers), ("next due", claims.next))


def _faults_of_sqlite(plan: list[str]) -> list[str]:
    """Steps that read a growing table from end to end, or sort it."""
    scans = [step for step in plan if (found := re.match(r"SCAN (\w+)", step)) and found[1] in GROWING]
    scans = [step for step in scans if "USING" not in step]  # along an index: in order, ended by a limit
    is_large = any(found[1] in GROWING for step in plan if (found := re.match(r"(?:SCAN|SEARCH) (\w+)", step)))
    return scans + [step for step in plan if is_large and "B-TREE FOR ORDER BY" in step]


def _sqlite_plan(tx: Tx, text: str) -> list[str]:
    names = set(re.findall(r":(\w+)", re.sub(r"'[^']*'", "", text)))
    rows = tx.cursor.execute(f"EXPLAIN QUERY PLAN {text}", dict.fromkeys(names)).fetchall()
    return [str(row[3]) for row in rows]


async def test_every_hot_statement_goes_by_an_index_on_sqlite(sqlite_house: House) -> None:
    def explain(tx: Tx) -> dict[str, list[str]]:
        return {name: _faults_of_sqlite(_sqlite_plan(tx, hot.sql(SQLITE)[0])) for name, hot in hot_statements()}

    found = await sqlite_house.store.read(explain)

    assert {name: faults for name, faults in found.items() if faults and name not in MAY_SORT} == {}
    assert not {name for name in MAY_SORT if any(step.startswith("SCAN") for step in found[name])}


async def test_nothing_that_a_journey_runs_looks_through_a_table_on_sqlite(sqlite_house: House) -> None:
    """Cold statements, too: whatever the engine saw from the first word to the end."""
    ran: list[str] = []
    _watch(sqlite_house, ran)

    await _journey(sqlite_house)

    shapes = {re.sub(r"'(?:[^']|'')*'|\b\d+\b", "?", text): text for text in ran}
    looked = {s: t for s, t in shapes.items() if not t.lstrip().upper().startswith(UNEXPLAINED)}
    found = await sqlite_house.store.read(
        lambda tx: {shape: _faults_of_sqlite(_plan_of_text(tx, text)) for shape, text in looked.items()}
    )
    assert len(found) > 60
    scans = {shape: faults for shape, faults in found.items() if any(f.startswith("SCAN") for f in faults)}
    assert scans == {}


def _plan_of_text(tx: Tx, text: str) -> list[str]:
    return [str(row[3]) for row in tx.cursor.execute(f"EXPLAIN QUERY PLAN {text}").fetchall()]


def _watch(house: House, ran: list[str]) -> None:
    """Note each statement of writers and readers, values written in."""
    store: Any = house.store
    for connection in store._open:
        connection.connection.driver_connection.set_trace_callback(ran.append)
    connect = store._connect

    def watched() -> Tx:
        tx: Tx = connect()
        driver: Any = tx.connection.connection.driver_connection
        driver.set_trace_callback(ran.append)
        return tx

    store._connect = watched


async def _journey(house: House) -> None:
    amy, ben = await house.online("amy", "ben")
    browser = await house.visitor()
    taken = await browser.says("My card is misspelt", "ANA", "ANA P", "skip", "4021", "tomorrow")
    await amy.accepts()
    await amy.replies(taken.conversation_id, "Hello", client_key="k")
    await browser.says("Hi")
    await amy.transfers(taken.conversation_id, "ben")
    await ben.declines()
    await amy.transfers(taken.conversation_id, "cards")
    await house.passes(31)
    await amy.takes(taken.conversation_id)
    await amy.resolves(taken.conversation_id)
    await browser.says("Again", link=house.bank.links[0])
    await house.sender().says("hello", "I want a person")
    await house.settles()


def _fill(url: str) -> None:
    """200,000 entries of 20,000 customers with all that hangs on them, made by the database itself."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")  # foreign keys are not what is tried here
        for name, count in (("customer", 20_000), ("conversation", 20_000), ("entry", 200_000)):
            _fill_table(connection, name, count)
        for name in sorted(GROWING - {"customer", "conversation", "entry"}):
            _fill_table(connection, name, 20_000)
        connection.execute("ANALYZE")


def _fill_table(connection: "psycopg.Connection[Any]", name: str, count: int) -> None:
    columns = SQLModel.metadata.tables[name].columns
    values = [_value(column, name) for column in columns]
    names = ", ".join(f'"{column.name}"' for column in columns)
    connection.execute(
        f"INSERT INTO {name} ({names}) SELECT {', '.join(values)} FROM generate_series(1, {count}) n".encode()
    )


def _value(column: Any, name: str) -> str:
    keys = {key.column.table.name for key in column.foreign_keys}
    special = {
        "state": "(ARRAY['queued', 'sent', 'read', 'live', 'active', 'done'])[1 + n % 6]",
        "status": "CASE WHEN n % 10 = 0 THEN 'open' ELSE 'resolved' END",
        "owner_kind": "(ARRAY['agent', 'queue', 'bot'])[1 + n % 3]",
        "owner_id": "'owner' || n % 30",
        "queue_id": "'queue' || n % 10",
        "position": "n / 100 + 1",
        "revision": "n / 100 + 1",
        "log_id": "'customer' || n % 20000 + 1",
        "conversation_id": "'conversation' || n % 20000 + 1",
        "audience": "(ARRAY['everyone', 'everyone', 'staff'])[1 + n % 3]",
        "author_kind": "(ARRAY['customer', 'agent', 'bot'])[1 + n % 3]",
        "direction": "(ARRAY['in', 'out', NULL])[1 + n % 3]",
        "kind": "(ARRAY['message', 'message', 'note', 'bot'])[1 + n % 4]",
        "channel": "'webchat'",
        "headers": "'{}'",
    }
    if name == "entry" and column.name in ("log_id", "conversation_id"):
        return (
            f"'{column.name.removesuffix('_id')}' || n % 100 + 1"  # long conversations: their pages must not be sorted
        )
    if name in ("offer", "flow_run") and column.name == "state":
        return "CASE WHEN n % 1000 = 0 THEN 'live' ELSE 'done' END"
    if column.name in special and not (name == "kept_reply" and column.name == "status"):
        return special[column.name]
    if keys:
        return f"'{keys.pop()}' || n"
    if column.name == "id" or column.primary_key:
        return f"'{name}' || n" if str(column.type) != "BIGINT" else "n"
    if column.nullable and column.name in ("client_key", "open_key", "handoff_id"):
        return "NULL"
    kind = str(column.type)
    return {"BOOLEAN": "false", "BLOB": "''::bytea"}.get(kind, "n" if "INT" in kind else f"'{column.name}' || n")


def _faults_of_postgres(plan: str) -> list[str]:
    looked = [(re.search(r"Seq Scan on (\w+)", line), line.strip()) for line in plan.splitlines()]
    scans = [line for found, line in looked if found and found[1] in GROWING]
    is_large = any(re.search(rf" on {name}\b", plan) for name in GROWING)
    return scans + [line.strip() for line in plan.splitlines() if is_large and re.search(r"^\s*(->)?\s*Sort ", line)]


@pytest.mark.timeout(300)
def test_every_hot_statement_goes_by_an_index_on_postgres(postgres: PostgresServer, postgres_house_url: str) -> None:
    """Generic plans, as prepared statements have them, over tables that are large enough to matter."""
    _fill(postgres_house_url)
    found = {}
    with psycopg.connect(postgres_house_url, autocommit=True) as connection:
        for name, hot in hot_statements():
            text = hot.sql(POSTGRES)[0]
            numbers = {each: f"${n}" for n, each in enumerate(dict.fromkeys(re.findall(r"%\((\w+)\)s", text)), 1)}
            for each, number in numbers.items():
                text = text.replace(f"%({each})s", number)
            plan = "\n".join(str(row[0]) for row in connection.execute(f"EXPLAIN (GENERIC_PLAN) {text}".encode()))
            faults = _faults_of_postgres(plan)
            if faults and not (name in MAY_SORT and all("Sort" in fault for fault in faults)):
                found[name] = plan

    assert found == {}, "\n\n".join(f"{name}\n{plan}" for name, plan in found.items())
