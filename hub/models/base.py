"""Shared column types. Times are integer microseconds (decision 3), JSON is text on both engines."""

import json
from typing import Any

from pydantic_core import to_json
from sqlalchemy import BigInteger, Dialect, Index, Table, Text, TypeDecorator, text
from sqlmodel import Field, SQLModel

_decode = json.JSONDecoder().raw_decode


class JsonText(TypeDecorator[Any]):
    """JSON kept as text, so that a value read on either engine, by driver or by ORM, is the same."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Python value to text."""
        return None if value is None else dump(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """Text to Python value."""
        return None if value is None else parse(value)


def dump(value: object) -> str:
    """The one JSON spelling used in the store: compact, real characters, keys in their order (flows mean it)."""
    return to_json(value).decode()


def parse(text: str) -> Any:
    """What `dump` wrote; most of it is empty."""
    return {} if text == "{}" else _decode(text)[0]


def key() -> Any:
    """A text primary key."""
    return Field(primary_key=True)


def micros(**kwargs: Any) -> Any:
    """A point in time in microseconds, or a counter that may grow as large."""
    return Field(sa_type=BigInteger, **kwargs)


def doc(**kwargs: Any) -> Any:
    """A JSON document."""
    return Field(sa_type=JsonText, default_factory=dict, **kwargs)


def docs(**kwargs: Any) -> Any:
    """A JSON list."""
    return Field(sa_type=JsonText, default_factory=list, **kwargs)


def partial_index(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    """An index over some rows only, the same condition on both engines."""
    condition = text(where)
    return Index(name, *columns, unique=unique, sqlite_where=condition, postgresql_where=condition)


def table(model: type[SQLModel]) -> Table:
    """The SQLAlchemy table behind a model, for statements in Core."""
    return model.__table__  # type: ignore[attr-defined, no-any-return]
