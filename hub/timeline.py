"""The only writer of entries: append, revise, and read what is after n.

Positions and revisions are taken from one counter per log. Its numbers start at 1, have no gaps and
follow commit order on both engines, because its row lock is held until commit (decision 9).
"""

from collections.abc import Collection, Sequence
from typing import Any, Literal

from sqlalchemy import bindparam, case, select, update
from sqlalchemy.dialects.postgresql import insert

from hub.errors import Conflict, NotFound
from hub.ids import new_id
from hub.models import Attachment, Customer, Entry
from hub.models.base import table
from hub.ports import Actor
from hub.store import Hot, Tx
from hub.store.hot import Row

Kind = Literal[
    "message",
    "note",
    "call",
    "handoff",
    "status",
    "bot",
    "form",
    "verification",
    "promise",
    "survey",
    "consent",
    "system",
]
Audience = Literal["everyone", "staff"]

_customer, _entry, _file = table(Customer), table(Entry), table(Attachment)

_ADVANCE = Hot(
    update(_customer)
    .where(_customer.c.id == bindparam("log_id"))
    .values(
        counter=_customer.c.counter + 1,
        last_ordered_at=case(
            (_customer.c.last_ordered_at < bindparam("now"), bindparam("now")), else_=_customer.c.last_ordered_at + 1
        ),
    )
    .returning(_customer.c.counter, _customer.c.last_ordered_at)
)
_LOCK = Hot(select(_customer.c.counter).where(_customer.c.id == bindparam("log_id")).with_for_update())
_INSERT = Hot(insert(_entry).on_conflict_do_nothing(index_elements=["author_id", "client_key"]).returning(_entry))
_REVISE = Hot(
    update(_entry)
    .where(_entry.c.id == bindparam("entry_id"))
    .values(revision=bindparam("new_revision"), revised_at=bindparam("new_revised_at"))
)
_BY_CLIENT_KEY = Hot(
    select(_entry).where(_entry.c.author_id == bindparam("author"), _entry.c.client_key == bindparam("client_key"))
)
_GET = Hot(select(_entry).where(_entry.c.id == bindparam("entry_id")))
_CHANGES = Hot(
    select(_entry)
    .where(_entry.c.log_id == bindparam("log_id"), _entry.c.revision > bindparam("after"))
    .order_by(_entry.c.revision)
    .limit(bindparam("count"))
)
_OLDER = Hot(
    select(_entry)
    .where(_entry.c.log_id == bindparam("log_id"), _entry.c.position < bindparam("before"))
    .order_by(_entry.c.position.desc())
    .limit(bindparam("count"))
)
_LATER = Hot(
    select(_entry)
    .where(_entry.c.log_id == bindparam("log_id"), _entry.c.position > bindparam("after"))
    .order_by(_entry.c.position)
    .limit(bindparam("count"))
)
_IN_CONVERSATION = Hot(
    select(_entry)
    .where(_entry.c.conversation_id == bindparam("conversation_id"), _entry.c.ordered_at < bindparam("before"))
    .order_by(_entry.c.ordered_at.desc())
    .limit(bindparam("count"))
)
_ADOPT = Hot(
    update(_file)
    .where(_file.c.id == bindparam("file_id"), _file.c.entry_id.is_(None), _file.c.owner_id == bindparam("owner"))
    .values(entry_id=bindparam("entry"), log_id=bindparam("log"), conversation_id=bindparam("conversation"))
    .returning(_file.c.id)
)

NEWEST = 2**62


def lock(tx: Tx, log_id: str) -> None:
    """Hold the log until commit, so that what is read next stays true. First in the lock order."""
    if not tx.is_sqlite and tx.one(_LOCK, log_id=log_id) is None:
        raise NotFound("no such customer")


def append(
    tx: Tx,
    log_id: str,
    conversation_id: str,
    kind: Kind,
    body: dict[str, Any],
    *,
    author: Actor,
    audience: Audience,
    direction: Literal["in", "out"] | None = None,
    channel: str = "",
    address_id: str | None = None,
    client_key: str | None = None,
    external_id: str | None = None,
    at: int | None = None,
    files: Sequence[str] = (),
    upload_owner: str = "",
    deliveries: int = 0,
) -> Row:
    """Add a fact to the customer's timeline and return it with its position.

    The entry is visible to others only after commit. `files` are ids of uploads by the author that
    hang on no entry yet. `audience` is decided here and never widened.

    Raises:
        NotFound: no such log, or a file that is not the author's to send.
        Conflict: the author used this client key elsewhere.
    """
    now = tx.now
    place = tx.one(_ADVANCE, log_id=log_id, now=now)
    if place is None:
        raise NotFound("no such customer")
    entry = tx.one(
        _INSERT,
        id=new_id("ent"),
        log_id=log_id,
        position=place.counter,
        revision=place.counter,
        ordered_at=place.last_ordered_at,
        revised_at=place.last_ordered_at,
        conversation_id=conversation_id,
        kind=kind,
        channel=channel,
        direction=direction,
        author_kind=author.kind,
        author_id=author.id,
        author_name=author.name,
        address_id=address_id,
        audience=audience,
        body=body,
        files=len(files),
        deliveries=deliveries,
        client_key=client_key,
        external_id=external_id,
        at=now if at is None else at,
    )
    if entry is None:
        raise Conflict("this key was used for another message", client_key=client_key)
    for file_id in files:
        mine = {"file_id": file_id, "owner": upload_owner or author.id}
        if tx.one(_ADOPT, **mine, entry=entry.id, log=log_id, conversation=conversation_id) is None:
            raise NotFound("no such file, or it was sent already", attachment=file_id)
    tx.hint("log", log_id)
    return entry


def revise(tx: Tx, log_id: str, entry_id: str) -> int:
    """Mark a visible change of an entry; its new revision makes every reader fetch it again."""
    place = tx.one(_ADVANCE, log_id=log_id, now=tx.now)
    if place is None:
        raise NotFound("no such customer")
    tx.run(_REVISE, entry_id=entry_id, new_revision=place.counter, new_revised_at=place.last_ordered_at)
    tx.hint("log", log_id)
    return int(place.counter)


def sent_before(tx: Tx, author_id: str, client_key: str | None) -> Row | None:
    """The entry this author already wrote with this key. Ask only while holding the log."""
    return tx.one(_BY_CLIENT_KEY, author=author_id, client_key=client_key) if client_key else None


def get(tx: Tx, entry_id: str) -> Row:
    """One entry. Raises NotFound."""
    entry = tx.one(_GET, entry_id=entry_id)
    if entry is None:
        raise NotFound("no such entry")
    return entry


def some(tx: Tx, entry_ids: Collection[str]) -> dict[str, Row]:
    """These entries by id; ids that lead nowhere are left out."""
    if not entry_ids:
        return {}
    return {row.id: row for row in tx.all(select(_entry).where(_entry.c.id.in_(sorted(entry_ids))))}


def changes(tx: Tx, log_id: str, after: int, limit: int = 200) -> list[Row]:
    """Entries whose revision is above `after`, in order of revision: what a screen has missed."""
    return tx.run(_CHANGES, log_id=log_id, after=after, count=limit)


def page(tx: Tx, log_id: str, *, before: int = NEWEST, limit: int = 50) -> list[Row]:
    """The newest entries below position `before`, oldest first."""
    return tx.run(_OLDER, log_id=log_id, before=before, count=limit)[::-1]


def following(tx: Tx, log_id: str, *, after: int, limit: int = 50) -> list[Row]:
    """Entries above position `after`, oldest first."""
    return tx.run(_LATER, log_id=log_id, after=after, count=limit)


def window(tx: Tx, conversation_id: str, *, before: int = NEWEST, limit: int = 50) -> list[Row]:
    """The newest entries of one conversation ordered before `before` (microseconds), oldest first."""
    return tx.run(_IN_CONVERSATION, conversation_id=conversation_id, before=before, count=limit)[::-1]
