"""Who looked at or changed what: ids only, only ever added to."""

from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import insert

from hub.ids import new_id
from hub.models import Audit
from hub.models.base import table
from hub.ports import Actor
from hub.store import Hot, Tx
from hub.store.hot import Row

_audit = table(Audit)
_ADD = Hot(insert(_audit))
_OF = Hot(
    select(_audit)
    .where(_audit.c.object_id == bindparam("object"), _audit.c.id < bindparam("before"))
    .order_by(_audit.c.id.desc())
    .limit(bindparam("count"))
)


def note(tx: Tx, actor: Actor, action: str, object_kind: str, object_id: str, **details: Any) -> None:
    """Write one line in the transaction that does the thing. Never bodies, addresses or tokens."""
    tx.run(
        _ADD,
        id=new_id("aud"),
        at=tx.now,
        actor_kind=actor.kind,
        actor_id=actor.id,
        action=action,
        object_kind=object_kind,
        object_id=object_id,
        details=details,
    )


def of(tx: Tx, object_id: str, *, before: str = "~", limit: int = 50) -> list[Row]:
    """What happened to one thing, newest first."""
    return tx.run(_OF, object=object_id, before=before, count=limit)
