"""Files: taken, inspected, kept under a random name, and hung on an entry when it is written."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from hub.clock import DAY
from hub.errors import NotFound, RateLimited
from hub.ids import new_id
from hub.models import Attachment
from hub.models.base import table
from hub.ports import Actor
from hub.store import Tx
from hub.store.hot import Row

_file = table(Attachment)
MAX_LOOSE = 40


def keep(tx: Tx, owner: Actor, facts: Any, *, blob: str, sha256: str) -> Row:
    """Write down an inspected upload (`hub.files.FileFacts`) that hangs on no entry yet.

    Raises: RateLimited when this owner left too many uploads unsent.
    """
    loose = tx.all(
        select(_file.c.id)
        .where(_file.c.entry_id.is_(None), _file.c.created_at > tx.now - DAY, _file.c.owner_id == owner.id)
        .limit(MAX_LOOSE)
    )
    if len(loose) >= MAX_LOOSE:
        raise RateLimited("too many files were uploaded and not sent", retry_after=3600)
    row = tx.first(
        _file.insert()
        .values(
            id=new_id("att"),
            owner_kind=owner.kind,
            owner_id=owner.id,
            name=facts.name,
            media_type=facts.media_type,
            bytes=len(facts.data),
            sha256=sha256,
            blob=blob,
            width=facts.width,
            height=facts.height,
            inline=facts.inline,
            state="stored",
            created_at=tx.now,
        )
        .returning(_file)
    )
    assert row is not None
    return row


def get(tx: Tx, attachment_id: str) -> Row:
    """One file. Raises NotFound. Whether the asker may have it is for `access` to say."""
    row = tx.first(select(_file).where(_file.c.id == attachment_id))
    if row is None:
        raise NotFound("no such file")
    return row


def of_entries(tx: Tx, entry_ids: Sequence[str]) -> dict[str, list[Row]]:
    """The files of these entries, in the order they were uploaded."""
    if not entry_ids:
        return {}
    rows = tx.all(select(_file).where(_file.c.entry_id.in_(entry_ids)).order_by(_file.c.id))
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row.entry_id, []).append(row)
    return found


def preview(files: Sequence[str]) -> str:
    """What a list shows for a message that is only files."""
    return "📎" if len(files) == 1 else f"📎 ×{len(files)}"
