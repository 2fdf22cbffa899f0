"""Browsers that open the widget: anonymous until their site vouches for them."""

import hashlib
from dataclasses import dataclass

from sqlalchemy import bindparam, select, update

from hub import access, identity
from hub.errors import NotFound, Unauthenticated
from hub.ids import new_id, new_token
from hub.models import ChannelAccount, Link, Visitor
from hub.models.base import table
from hub.ports import AddressValue
from hub.store import Hot, Tx
from hub.store.hot import Row

_visitor, _account, _link = table(Visitor), table(ChannelAccount), table(Link)

_BY_TOKEN = Hot(select(_visitor).where(_visitor.c.token_hash == bindparam("hash")))
_BY_ID = Hot(select(_visitor).where(_visitor.c.id == bindparam("visitor_id")))
_ACCOUNT = Hot(select(_account).where(_account.c.id == bindparam("account_id")))


@dataclass(frozen=True, slots=True)
class Grant:
    """What one browser may see: conversations its own address took part in (law 4)."""

    visitor_id: str
    address_id: str | None
    customer_id: str | None
    conversation_ids: tuple[str, ...]


def account_by_key(tx: Tx, key: str) -> Row:
    """The widget behind a public key. Raises NotFound."""
    row = tx.first(
        select(_account).where(_account.c.key == key, _account.c.channel == "webchat", _account.c.disabled_at.is_(None))
    )
    if row is None:
        raise NotFound("no such widget")
    return row


def account(tx: Tx, account_id: str) -> Row:
    """A channel account. Raises NotFound."""
    row = tx.one(_ACCOUNT, account_id=account_id)
    if row is None:
        raise NotFound("no such account")
    return row


def open_visitor(
    tx: Tx,
    account: Row,
    *,
    locale: str,
    page: str = "",
    link_id: str | None = None,
    address: AddressValue | None = None,
) -> tuple[Row, str]:
    """A new browser and its token, which only the browser keeps. No customer yet.

    `address` is set when the site has vouched for who it is; its customer is then known or made.
    """
    token, visitor_id, now = new_token(), new_id("vis"), tx.now
    value = address or AddressValue("visitor", visitor_id)
    known = identity.resolve(tx, value) if address is not None else None
    row = tx.first(
        _visitor.insert()
        .values(
            id=visitor_id,
            token_hash=digest(token),
            account_id=account.id,
            scheme=value.scheme,
            value=value.value,
            address_id=known.id if known is not None else None,
            customer_id=known.customer_id if known is not None else None,
            link_id=link_id,
            locale=locale,
            page=page[:500],
            created_at=now,
            seen_at=now,
        )
        .returning(_visitor)
    )
    assert row is not None
    return row, token


def by_token(tx: Tx, token: str) -> Row:
    """The browser that holds this token. Raises Unauthenticated."""
    row = tx.one(_BY_TOKEN, hash=digest(token))
    if row is None or row.revoked_at is not None:
        raise Unauthenticated("this chat has ended here; start again")
    return row


def by_id(tx: Tx, visitor_id: str) -> Row:
    """One browser, revoked or not. Raises NotFound."""
    row = tx.one(_BY_ID, visitor_id=visitor_id)
    if row is None:
        raise NotFound("no such visitor")
    return row


def settle(tx: Tx, visitor: Row, address_id: str, customer_id: str) -> None:
    """Its first message has been taken: from now on the browser has a customer."""
    if visitor.address_id is None:
        tx.do(
            update(_visitor).where(_visitor.c.id == visitor.id).values(address_id=address_id, customer_id=customer_id)
        )
        tx.hint("visitor", visitor.id)


def revoke(tx: Tx, visitor_id: str) -> None:
    """The token is worth nothing from now on; open sockets are told."""
    row = tx.first(
        update(_visitor).where(_visitor.c.id == visitor_id).values(revoked_at=tx.now).returning(_visitor.c.customer_id)
    )
    if row is not None and row.customer_id:
        identity.raise_epoch(tx, row.customer_id)


def set_locale(tx: Tx, visitor_id: str, locale: str) -> None:
    """The visitor chose a language in the window; the conversation it is about follows at once."""
    visitor = by_id(tx, visitor_id)
    tx.do(update(_visitor).where(_visitor.c.id == visitor_id).values(locale=locale))
    if visitor.customer_id is not None:
        identity.describe(tx, visitor.customer_id, language=locale, language_heard="")


def set_link(tx: Tx, visitor_id: str, link_id: str) -> None:
    """The browser came (again) through a link; its next message belongs there."""
    tx.do(update(_visitor).where(_visitor.c.id == visitor_id).values(link_id=link_id))


def link_of(tx: Tx, visitor: Row) -> Row | None:
    """The link this browser came through, if it still holds."""
    if visitor.link_id is None:
        return None
    row = tx.first(select(_link).where(_link.c.id == visitor.link_id))
    return row if row is not None and row.revoked_at is None else None


def grant(tx: Tx, visitor: Row) -> Grant:
    """What this browser may see now."""
    return Grant(visitor.id, visitor.address_id, visitor.customer_id, access.grants(tx, visitor.address_id))


def digest(token: str) -> str:
    """How a token is kept: only its hash."""
    return hashlib.sha256(token.encode()).hexdigest()
