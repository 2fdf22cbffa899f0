"""Choose the store by its URL."""

from pathlib import Path

from hub.clock import Clock
from hub.errors import SettingsError
from hub.store.base import Store
from hub.store.postgres import PostgresStore
from hub.store.sqlite import SqliteStore


def open_store(url: str, clock: Clock) -> Store:
    """Open `sqlite:///path` or `postgresql://…`; the schema must be there (see `migrate`)."""
    if url.startswith("sqlite:///"):
        return SqliteStore(Path(url.removeprefix("sqlite:///")), clock)
    if url.startswith("postgresql://"):
        return PostgresStore(url, clock)
    raise SettingsError("HUB_DATABASE_URL must start with sqlite:/// or postgresql://")
