"""How Alembic runs here: on the connection that `hub.migrate` hands over, each revision in one transaction."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import BigInteger, Connection
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import AutoString

import hub.models  # noqa: F401 (fills the metadata)
from hub.models.base import JsonText


def render_item(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    """Write our column types as the plain types they are in the database."""
    if kind != "type":
        return False
    if isinstance(item, JsonText):
        return "sa.Text()"
    if isinstance(item, BigInteger) and item._variant_mapping:
        return "sa.BigInteger().with_variant(sa.Integer(), 'sqlite')"
    return "sa.String()" if isinstance(item, AutoString) else False


def run(connection: Connection) -> None:
    """Run what was asked for; a revision that is cut off leaves nothing, on SQLite neither."""
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        transactional_ddl=True,
        transaction_per_migration=True,
        render_as_batch=context.config.attributes.get("is_batch", True),
        render_item=render_item,
        user_module_prefix="",
    )
    with context.begin_transaction():
        context.run_migrations()


run(context.config.attributes["connection"])
