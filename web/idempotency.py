"""`Idempotency-Key`: the same write sent twice is done once and answered twice, word for word.

The key is taken before the work and the answer kept after it. When the end of the first request was lost
(a crash in between), a repeat is refused rather than risked: the asker looks and decides.
"""

import hashlib
import re
from collections.abc import Awaitable, Callable
from http import HTTPStatus

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from starlette.requests import Request
from starlette.responses import Response

from hub.clock import DAY
from hub.errors import HubError, Invalid
from hub.models import KeptReply
from hub.models.base import table
from hub.store import Store, Tx
from hub.store.hot import Row
from web.problems import IdempotencyMismatch, IdempotencyRunning

KEEP_MICROS = DAY
_KEY = re.compile(r"[\x21-\x7e]{1,200}")
_kept = table(KeptReply)


def key_of(request: Request) -> str | None:
    """The key of a request, if it has one. Raises Invalid for one that is no key."""
    key = request.headers.get("idempotency-key")
    if key is not None and not _KEY.fullmatch(key):
        raise Invalid("an Idempotency-Key is 1 to 200 visible ASCII signs", field="Idempotency-Key")
    return key


async def once(
    store: Store, actor_id: str, key: str, request: Request, raw: bytes, work: Callable[[], Awaitable[Response]]
) -> Response:
    """Do the work unless this actor's key has done it already; then give the kept answer.

    Work that was refused has changed nothing and is not kept: the key is free again.

    Raises: IdempotencyMismatch, IdempotencyRunning.
    """
    asked = hashlib.sha256(b"\0".join([request.method.encode(), str(request.url.path).encode(), raw])).hexdigest()
    known = await store.write(lambda tx: _take(tx, actor_id, key, asked))
    if known is not None:
        return _again(known, asked)
    try:
        response = await work()
    except HubError as refused:
        if refused.status < HTTPStatus.INTERNAL_SERVER_ERROR:
            await store.write(lambda tx: _free(tx, actor_id, key))
        raise
    body = bytes(response.body).decode()
    await store.write(lambda tx: _keep(tx, actor_id, key, response.status_code, body))
    return response


def _take(tx: Tx, actor_id: str, key: str, asked: str) -> Row | None:
    now = tx.now
    tx.do(delete(_kept).where(_kept.c.actor_id == actor_id, _kept.c.created_at < now - KEEP_MICROS))
    row = insert(_kept).values(actor_id=actor_id, key=key, request_hash=asked, status=0, body="", created_at=now)
    fresh = tx.first(row.on_conflict_do_nothing(index_elements=["actor_id", "key"]).returning(_kept.c.key))
    if fresh is not None:
        return None
    return tx.first(select(_kept).where(_kept.c.actor_id == actor_id, _kept.c.key == key))


def _again(known: Row, asked: str) -> Response:
    if known.request_hash != asked:
        raise IdempotencyMismatch("this key was used for a different request", field="Idempotency-Key")
    if known.status == 0:
        raise IdempotencyRunning("the first request with this key has not ended, or its end was lost")
    media_type = "application/json" if known.body else None
    return Response(known.body, known.status, {"Idempotency-Replayed": "true"}, media_type)


def _free(tx: Tx, actor_id: str, key: str) -> None:
    tx.do(delete(_kept).where(_kept.c.actor_id == actor_id, _kept.c.key == key))


def _keep(tx: Tx, actor_id: str, key: str, status: int, body: str) -> None:
    mine = (_kept.c.actor_id == actor_id, _kept.c.key == key)
    tx.do(update(_kept).where(*mine).values(status=status, body=body))
