"""Migrations: the schema they make is the models', on both engines, with data in it."""

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import (
    BigInteger,
    Boolean,
    Connection,
    Engine,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    create_engine,
    text,
)
from sqlalchemy.pool import NullPool
from sqlmodel import SQLModel

from hub import migrate
from hub.errors import Conflict, SettingsError, Unavailable
from hub.settings import Settings, load
from tests.support.postgres import PostgresServer
from tests.support.waiting import wait_until

SCRIPTS = Path(migrate.__file__).parents[1] / "migrations"
REVISIONS = [revision.revision for revision in ScriptDirectory(str(SCRIPTS)).walk_revisions()][::-1]


WORDS = (
    """SELECT table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns
       WHERE table_schema = 'public' AND table_name <> 'alembic_version'""",
    """SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
       WHERE connamespace = 'public'::regnamespace AND conrelid <> coalesce(to_regclass('alembic_version'), 0)""",
    """SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'alembic_version'""",
)


@contextlib.contextmanager
def opened(url: str) -> Iterator[Engine]:
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1), poolclass=NullPool)
    yield engine
    engine.dispose()


def settings_for(url: str) -> Settings:
    return load({"HUB_DATABASE_URL": url, "HUB_SECRET_KEY": "k" * 32})


@pytest.fixture
def other_url(database_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """A second empty database on the same engine."""
    if database_url.startswith("sqlite"):
        yield f"sqlite:///{tmp_path / 'other.db'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    name = server.create_database()
    yield server.url(name)
    server.drop_database(name)


def test_the_migrated_schema_is_that_of_the_models(database_url: str) -> None:
    migrate.upgrade(database_url)

    with opened(database_url) as engine, engine.connect() as connection:
        options = {"compare_type": True, "compare_server_default": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, SQLModel.metadata) == []


def test_the_migrated_schema_is_the_same_in_the_databases_own_words(database_url: str, other_url: str) -> None:
    migrate.upgrade(database_url)
    with opened(other_url) as engine:
        SQLModel.metadata.create_all(engine)

    with opened(database_url) as migrated, opened(other_url) as made, migrated.connect() as one, made.connect() as two:
        assert described(one) == described(two)


def described(connection: Connection) -> list[tuple[Any, ...]]:
    """All that the database itself says about tables, columns, constraints and indexes."""
    if connection.dialect.name == "sqlite":
        rows = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE tbl_name <> 'alembic_version'"))
        return sorted((name, *sorted(part.strip(" \t,") for part in (sql or "").splitlines())) for name, sql in rows)
    return sorted(tuple(str(cell) for cell in row) for what in WORDS for row in connection.execute(text(what)))


def test_rows_of_every_revision_survive_the_way_to_the_newest(database_url: str) -> None:
    counts: dict[str, int] = {}
    for revision in REVISIONS:
        migrate.upgrade(database_url, revision)
        with opened(database_url) as engine, engine.begin() as connection:
            fill_empty_tables(connection)
            counts = counted(connection)
    assert set(counts.values()) == {2}

    migrate.upgrade(database_url)

    with opened(database_url) as engine, engine.connect() as connection:
        assert counted(connection) == counts


def test_every_revision_can_be_left_and_taken_again_with_rows_there(database_url: str) -> None:
    migrate.upgrade(database_url)
    with opened(database_url) as engine, engine.begin() as connection:
        fill_empty_tables(connection)

    for revision in ["base", *REVISIONS][-2::-1]:
        migrate.downgrade(database_url, revision)
        migrate.upgrade(database_url)

    assert migrate.is_current(database_url)
    with opened(database_url) as engine, engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), SQLModel.metadata) == []


def fill_empty_tables(connection: Connection) -> None:
    """Two rows in each table that has none, made up by column type; keys are `1` and `2` everywhere."""
    metadata = MetaData()
    metadata.reflect(connection)
    for table in metadata.sorted_tables:
        if table.name == "alembic_version" or connection.execute(table.select().limit(1)).first():
            continue
        for number in (1, 2):
            connection.execute(table.insert().values(row_of(table, number)))


def row_of(table: Table, number: int) -> dict[str, object]:
    row: dict[str, object] = {}
    for column in table.columns:
        if isinstance(column.type, Boolean):
            row[column.name] = True
        elif isinstance(column.type, BigInteger | Integer):
            row[column.name] = number
        elif isinstance(column.type, LargeBinary):
            row[column.name] = b"\0raw"
        else:
            row[column.name] = str(number)
    return row


def counted(connection: Connection) -> dict[str, int]:
    metadata = MetaData()
    metadata.reflect(connection)
    tables = [table for table in metadata.sorted_tables if table.name != "alembic_version"]
    return {table.name: len(connection.execute(table.select()).all()) for table in tables}


def test_a_database_knows_its_revision(database_url: str) -> None:
    assert migrate.current(database_url) is None
    assert not migrate.is_current(database_url)

    migrate.upgrade(database_url)
    migrate.upgrade(database_url)

    assert migrate.current(database_url) == migrate.newest() == REVISIONS[-1]
    assert migrate.is_current(database_url)


def test_asking_for_the_revision_makes_no_file(sqlite_url: str, tmp_path: Path) -> None:
    migrate.current(sqlite_url)

    assert list(tmp_path.iterdir()) == []


def test_a_revision_that_fails_leaves_nothing(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(database_url) as engine, engine.begin() as connection:
        connection.execute(text("CREATE TABLE visitor (id int)"))  # in the way of a table that comes late

    with pytest.raises(Exception, match="visitor"):
        migrate.upgrade(database_url)

    with opened(database_url) as engine, engine.begin() as connection:
        metadata = MetaData()
        metadata.reflect(connection)
        assert set(metadata.tables) - {"alembic_version"} == {"visitor"}
        connection.execute(text("DROP TABLE visitor"))
    migrate.upgrade(database_url)
    assert migrate.is_current(database_url)


def test_a_migration_refuses_while_the_hub_serves(database_url: str) -> None:
    settings = settings_for(database_url)

    with (
        migrate.serving_lock(settings),
        migrate.serving_lock(settings),
        pytest.raises(Conflict, match="stop `serve` and `work` first"),
    ):
        migrate.upgrade(database_url)
    assert migrate.current(database_url) is None

    migrate.upgrade(database_url)
    assert migrate.is_current(database_url)


def test_the_hub_refuses_to_serve_and_another_to_migrate_while_a_migration_runs(database_url: str) -> None:
    refused: list[str] = []

    @contextlib.contextmanager
    def look_meanwhile(url: str) -> Iterator[Config]:
        with pytest.raises(Conflict) as serving, migrate.serving_lock(settings_for(url)):
            pass
        with pytest.raises(Conflict) as migrating:
            migrate.upgrade(url)
        refused.extend(caught.value.message for caught in (serving, migrating))
        with alembic(url) as config:
            yield config

    alembic = migrate.alembic
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(migrate, "alembic", look_meanwhile)
        migrate.upgrade(database_url)

    assert [message.split(":")[0] for message in refused] == [
        "a migration runs on this database",
        "the hub runs on this database",
    ]


SERVE = """
import sys
from hub import migrate
from hub.settings import load
with migrate.serving_lock(load({"HUB_DATABASE_URL": sys.argv[1], "HUB_SECRET_KEY": "k" * 32})):
    print("serving", flush=True)
    sys.stdin.read()
"""


def test_the_lock_ends_with_a_killed_process(database_url: str) -> None:
    command = [sys.executable, "-c", SERVE, database_url]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=SCRIPTS.parent) as served:
        assert served.stdout is not None
        assert served.stdout.readline() == b"serving\n"
        with pytest.raises(Conflict):
            migrate.upgrade(database_url)

        served.kill()
        served.wait()

    wait_until(lambda: _is_migrated(database_url))  # PostgreSQL notices a moment later


def _is_migrated(url: str) -> bool:
    with contextlib.suppress(Conflict):
        migrate.upgrade(url)
    return migrate.is_current(url)


def test_a_database_that_is_away_is_unavailable() -> None:
    url = "postgresql://hub@127.0.0.1:9/hub"

    with pytest.raises(Unavailable):
        migrate.current(url)
    with pytest.raises(Unavailable):
        migrate.upgrade(url)
    with pytest.raises(Unavailable), migrate.serving_lock(settings_for(url)):
        pass


def test_other_databases_are_refused() -> None:
    with pytest.raises(SettingsError):
        migrate.current("mysql://x")
