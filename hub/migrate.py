"""Bring the schema to the newest revision, and keep migrations and serving processes apart.

`serve` and `work` hold the lock together, a migration takes it alone: on PostgreSQL an advisory lock, on
SQLite a lock on the file `<database>.lock`. Both end with the process that holds them.
"""

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path

import psycopg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from hub.errors import Conflict, SettingsError, Unavailable
from hub.settings import Settings

_SCRIPTS = Path(__file__).parents[1] / "migrations"
_LOCK = 0x6F6E_6574_6872_6561  # "onethrea": any number that nobody else uses in this database
_SERVING = "the hub runs on this database: stop `serve` and `work` first"
_MIGRATING = "a migration runs on this database: wait until it is done"


def upgrade(url: str, revision: str = "head") -> None:
    """Bring the database to the newest revision, or to a given one; makes a missing SQLite file.

    Each revision is one transaction: when it is cut off, run it again.

    Raises:
        Conflict: the hub or another migration runs on this database.
        Unavailable: the database does not answer.
    """
    with _locked(url, is_alone=True), alembic(url) as config:
        command.upgrade(config, revision)


def downgrade(url: str, revision: str) -> None:
    """Go back to an older revision; what it did not know is lost. Raises as `upgrade` does."""
    with _locked(url, is_alone=True), alembic(url) as config:
        command.downgrade(config, revision)


def current(url: str) -> str | None:
    """The revision of the database, or None when it is empty. Raises: Unavailable."""
    if url.startswith("sqlite:///") and not _path(url).exists():
        return None
    with _connection(url) as connection:
        return MigrationContext.configure(connection).get_current_revision()


def newest() -> str:
    """The revision this program works with."""
    head = ScriptDirectory(str(_SCRIPTS)).get_current_head()
    assert head is not None
    return head


def is_current(url: str) -> bool:
    """Whether the database is at the newest revision. Raises: Unavailable."""
    return current(url) == newest()


def serving_lock(settings: Settings) -> contextlib.AbstractContextManager[None]:
    """Held by each process that serves; keeps migrations away.

    Raises:
        Conflict: a migration is running.
        Unavailable: the database does not answer.
    """
    return _locked(settings.database_url, is_alone=False)


@contextlib.contextmanager
def alembic(url: str) -> Iterator[Config]:
    """Alembic's configuration with an open connection; there is no alembic.ini."""
    with _connection(url) as connection:
        config = Config()
        config.set_main_option("script_location", str(_SCRIPTS))
        config.set_main_option("path_separator", "os")
        config.attributes["connection"] = connection
        yield config


@contextlib.contextmanager
def _connection(url: str) -> Iterator[Connection]:
    engine = _engine(url)
    try:
        with engine.connect() as connection:
            yield connection
    except DBAPIError as error:
        if isinstance(error.orig, psycopg.OperationalError):
            raise Unavailable("the database does not answer") from error
        raise
    finally:
        engine.dispose()


def _engine(url: str) -> Engine:
    if url.startswith("postgresql://"):
        driver = url.replace("postgresql://", "postgresql+psycopg://", 1)
        return create_engine(driver, poolclass=NullPool, connect_args={"connect_timeout": 5})
    _path(url).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, poolclass=NullPool, connect_args={"timeout": 10})

    # Python's driver commits before DDL of its own accord; with this a revision is one transaction on SQLite, too
    # (SQLAlchemy, "Serializable isolation / Savepoints / Transactional DDL").
    @event.listens_for(engine, "connect")
    def prepare(connection: object, _record: object) -> None:
        connection.isolation_level = None  # type: ignore[attr-defined]
        connection.execute("PRAGMA journal_mode=WAL")  # type: ignore[attr-defined]
        connection.execute("PRAGMA synchronous=FULL")  # type: ignore[attr-defined]

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _path(url: str) -> Path:
    if not url.startswith("sqlite:///"):
        raise SettingsError("HUB_DATABASE_URL must start with sqlite:/// or postgresql://")
    return Path(url.removeprefix("sqlite:///"))


def _locked(url: str, *, is_alone: bool) -> contextlib.AbstractContextManager[None]:
    if url.startswith("postgresql://"):
        return _lock_server(url, is_alone=is_alone)
    return _lock_file(_path(url), is_alone=is_alone)


@contextlib.contextmanager
def _lock_file(database: Path, *, is_alone: bool) -> Iterator[None]:
    database.parent.mkdir(parents=True, exist_ok=True)
    with database.with_name(database.name + ".lock").open("a") as file:
        try:
            fcntl.flock(file, (fcntl.LOCK_EX if is_alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Conflict(_SERVING if is_alone else _MIGRATING) from error
        yield


@contextlib.contextmanager
def _lock_server(url: str, *, is_alone: bool) -> Iterator[None]:
    """An advisory lock on a connection of its own; it is lost when PostgreSQL restarts, as every lock of it is."""
    take = "SELECT pg_try_advisory_lock(%s)" if is_alone else "SELECT pg_try_advisory_lock_shared(%s)"
    try:
        connection = psycopg.connect(url, autocommit=True, connect_timeout=5)
    except psycopg.OperationalError as error:
        raise Unavailable("the database does not answer") from error
    with contextlib.closing(connection):
        taken = connection.execute(take, [_LOCK]).fetchone()
        if taken != (True,):
            raise Conflict(_SERVING if is_alone else _MIGRATING)
        try:
            yield
        finally:
            _unlock(connection, is_alone=is_alone)


def _unlock(connection: psycopg.Connection, *, is_alone: bool) -> None:
    """Give the lock back now: a server notices that a connection has closed only some time later."""
    give = "SELECT pg_advisory_unlock(%s)" if is_alone else "SELECT pg_advisory_unlock_shared(%s)"
    with contextlib.suppress(psycopg.OperationalError):  # the server went away, and the lock with it
        connection.execute(give, [_LOCK])
