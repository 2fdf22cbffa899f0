"""Hot statements: written in SQLAlchemy Core, compiled once per dialect, run on the bare driver."""

import re
from collections import namedtuple
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy import Boolean, Dialect, Table, bindparam, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.dml import Insert, UpdateBase
from sqlalchemy.sql.elements import BindParameter
from sqlalchemy.sql.selectable import CompoundSelect, Select, SelectBase
from sqlalchemy.sql.visitors import iterate

from hub.models.base import JsonText, dump, parse

SQLITE: Dialect = sqlite.dialect(paramstyle="named")
POSTGRES: Dialect = postgresql.psycopg.dialect()  # type: ignore[no-untyped-call]

_WORD = re.compile(r"[a-z_]*")

Row = Any
"""A named tuple of the columns a statement gives back."""


class Hot:
    """A statement of the hot path. Parameters are named with `bindparam`; JSON is converted here.

    Per-call compilation costs ten times the statement itself (see docs/performance.md).
    """

    def __init__(self, statement: Select[Any] | CompoundSelect[Any] | UpdateBase) -> None:
        # Without inline(), an insert into a table with a serial key would give that key back unasked.
        self._statement = statement.inline() if isinstance(statement, Insert) else statement
        self._compiled: dict[str, tuple[str, dict[str, Any]]] = {}
        columns = _columns(statement)
        self._gives_rows = bool(columns)
        self._make: Callable[[Sequence[Any]], Row] = _row_maker(columns)

    def sql(self, dialect: Dialect) -> tuple[str, dict[str, Any]]:
        """The text for one dialect and the values the statement brings itself."""
        known = self._compiled.get(dialect.name)
        if known is None:
            for part in iterate(self._statement):
                if isinstance(part, BindParameter):
                    part.required = False
            compiled = self._statement.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
            assert isinstance(compiled, SQLCompiler)
            own = {name: value for name, value in compiled.params.items() if value is not None}
            known = self._compiled[dialect.name] = _with_constants(compiled.string, own)
        return known

    def run(self, cursor: Any, dialect: Dialect, params: dict[str, Any]) -> list[Row]:
        """Execute on a driver cursor and give the rows, if the statement gives any."""
        text, own = self.sql(dialect)
        values = {**own, **params} if own else params
        for name, value in values.items():
            if value.__class__ is dict or value.__class__ is list:
                values = {**values, name: dump(value)}
        cursor.execute(text, values)
        # Asking the cursor whether there are rows would make psycopg describe every column: a third of the whole call.
        return [self._make(row) for row in cursor.fetchall()] if self._gives_rows else []


def _with_constants(text: str, own: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Write the statement's own words and numbers into its text.

    Only then does either engine see that a partial index fits (`state = ?` might be anything).
    """
    left = {}
    for name, value in own.items():
        if type(value) is int:
            written = str(value)
        elif type(value) is str and _WORD.fullmatch(value):
            written = f"'{value}'"
        else:
            left[name] = value
            continue
        text = re.sub(rf":{name}\b|%\({name}\)s", written, text)
    return text, left


def _columns(statement: Select[Any] | CompoundSelect[Any] | UpdateBase) -> list[Any]:
    if isinstance(statement, SelectBase):
        return list(statement.selected_columns)
    return list(statement._all_selected_columns)


def _row_maker(columns: list[Any]) -> Callable[[Sequence[Any]], Row]:
    """Build rows as named tuples, with JSON columns read and booleans the same on both engines."""
    shape = namedtuple("Row", [column.name for column in columns])  # type: ignore[misc]
    readers: list[tuple[int, Callable[[Any], Any]]] = [
        (i, parse) for i, column in enumerate(columns) if isinstance(column.type, JsonText)
    ]
    readers += [(i, bool) for i, column in enumerate(columns) if isinstance(column.type, Boolean)]
    if not readers:
        return shape._make

    def make(values: Sequence[Any]) -> Row:
        cells = list(values)
        for i, read in readers:
            if cells[i] is not None:
                cells[i] = read(cells[i])
        return shape._make(cells)

    return make


class HotUpdate:
    """UPDATE of any columns of one row, found by its id; compiled once for each set of columns.

    `run` gives the row as it is then, or None when there is none. `bump` names columns that count up.
    """

    def __init__(self, table: Table, *bump: str) -> None:
        self._table = table
        self._bump = bump
        self._known: dict[frozenset[str], Hot] = {}

    def statement(self, names: Iterable[str]) -> Hot:
        """The statement that sets these columns; the value of `x` is bound as `set_x`, the id as `row_id`."""
        wanted = frozenset(names)
        known = self._known.get(wanted)
        if known is None:
            columns = self._table.c
            values = {name: bindparam(f"set_{name}", type_=columns[name].type) for name in sorted(wanted)}
            counted = {name: columns[name] + 1 for name in self._bump}
            change = update(self._table).where(columns.id == bindparam("row_id")).values({**values, **counted})
            known = self._known[wanted] = Hot(change.returning(self._table))
        return known
