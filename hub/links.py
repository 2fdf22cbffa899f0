"""QR codes and links into the chat. What they carry is public, so it is only ever claimed."""

import base64
import hashlib
import hmac
import secrets
from typing import Any

from sqlalchemy import select, update

from hub.errors import Invalid, NotFound
from hub.ids import new_id
from hub.models import ChannelAccount, Link
from hub.models.base import dump, table
from hub.store import Tx
from hub.store.hot import Row

_link, _account = table(Link), table(ChannelAccount)
MAX_CLAIMED_BYTES = 4096
SIGNATURE_CHARS = 6


def create(
    tx: Tx,
    secret_key: str,
    *,
    account: Row,
    campaign: str,
    label: str = "",
    queue_id: str | None = None,
    flow: str = "",
    language: str = "",
    claimed: dict[str, Any] | None = None,
    by: str = "",
) -> Row:
    """Make a signed code. `claimed` prefills the conversation and proves nothing.

    Raises: Invalid when `claimed` is too large.
    """
    if len(dump(claimed or {}).encode()) > MAX_CLAIMED_BYTES:
        raise Invalid("the prefilled context is too large", field="claimed")
    row = tx.first(
        _link.insert()
        .values(
            id=new_id("lnk"),
            code=_new_code(secret_key),
            account_id=account.id,
            label=label,
            campaign=campaign,
            queue_id=queue_id,
            flow=flow,
            language=language,
            claimed=claimed or {},
            created_by=by,
            created_at=tx.now,
        )
        .returning(_link)
    )
    assert row is not None
    return row


def open_code(tx: Tx, secret_key: str, code: str) -> Row:
    """The link behind a scanned code. Raises NotFound for forged, unknown and revoked ones alike."""
    if not is_signed(secret_key, code):
        raise NotFound("this link is not one of ours")
    row = tx.first(select(_link).where(_link.c.code == code.upper()))
    if row is None or row.revoked_at is not None:
        raise NotFound("this link is not one of ours")
    return row


def count_open(tx: Tx, link_id: str) -> None:
    """One more visitor came through the link."""
    tx.do(update(_link).where(_link.c.id == link_id).values(opens=_link.c.opens + 1))


def get(tx: Tx, link_id: str) -> Row:
    """One link. Raises NotFound."""
    row = tx.first(select(_link).where(_link.c.id == link_id))
    if row is None:
        raise NotFound("no such link")
    return row


def listing(tx: Tx, *, before: str = "", limit: int = 50) -> list[Row]:
    """Links, newest first, below the id `before`."""
    newest = select(_link).order_by(_link.c.id.desc()).limit(limit)
    return tx.all(newest.where(_link.c.id < before) if before else newest)


def revoke(tx: Tx, link_id: str) -> None:
    """The code opens nothing any more."""
    tx.do(update(_link).where(_link.c.id == link_id, _link.c.revoked_at.is_(None)).values(revoked_at=tx.now))


def is_signed(secret_key: str, code: str) -> bool:
    """Whether we made this code: guesses are refused without a look at the database."""
    body, mark = code.upper()[:-SIGNATURE_CHARS], code.upper()[-SIGNATURE_CHARS:]
    return bool(body) and code.isascii() and hmac.compare_digest(_mark(secret_key, body), mark)


def _new_code(secret_key: str) -> str:
    body = base64.b32encode(secrets.token_bytes(5)).decode()
    return body + _mark(secret_key, body)


def _mark(secret_key: str, body: str) -> str:
    signed = hmac.new(secret_key.encode(), b"link:" + body.encode(), hashlib.sha256).digest()
    return base64.b32encode(signed).decode()[:SIGNATURE_CHARS]
