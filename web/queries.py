"""Small look-ups for presentation: they change nothing and decide nothing."""

from collections.abc import Iterable

from sqlalchemy import select, tuple_

from hub.errors import Invalid, NotFound
from hub.models import Address, Availability, ChannelAccount, Conversation, Customer, Delivery, Flow, Link
from hub.models.base import table
from hub.store import Tx
from hub.store.hot import Row

_account, _link, _availability = table(ChannelAccount), table(Link), table(Availability)

_customer, _address, _cnv = table(Customer), table(Address), table(Conversation)
_delivery, _flow = table(Delivery), table(Flow)


def widget_account(tx: Tx, key: str) -> Row | None:
    """The web chat account with this public key, unless it was switched off."""
    found = select(_account).where(_account.c.key == key, _account.c.channel == "webchat")
    return tx.first(found.where(_account.c.disabled_at.is_(None)))


def link_by_code(tx: Tx, code: str) -> Row | None:
    """A link that still opens something, with the key of its widget (`account_key`) and language."""
    found = select(_link, _account.c.key.label("account_key")).join(_account, _account.c.id == _link.c.account_id)
    return tx.first(found.where(_link.c.code == code, _link.c.revoked_at.is_(None), _account.c.disabled_at.is_(None)))


def availabilities(tx: Tx) -> dict[str, Row]:
    """State, capacity and load of every agent, by agent."""
    return {row.agent_id: row for row in tx.all(select(_availability).limit(1000))}


def customer_at(tx: Tx, scheme: str, value: str) -> Row | None:
    """The customer who controls an address. Browsers' own addresses are nobody's to look up."""
    if scheme == "visitor":
        return None
    found = select(_customer).join(_address, _address.c.customer_id == _customer.c.id)
    return tx.first(found.where(_address.c.scheme == scheme, _address.c.value == value))


def customers_after(tx: Tx, after: str | None, limit: int) -> tuple[list[Row], str | None]:
    """Customers, newest first, and where the next page starts. Raises Invalid for a cursor that is none."""
    rows = select(_customer).order_by(_customer.c.created_at.desc(), _customer.c.id.desc()).limit(limit + 1)
    if after is not None:
        moment, _, last_id = after.partition(".")
        if not (moment.isascii() and moment.isdigit() and len(moment) < 19 and last_id):
            raise Invalid("this is no cursor of ours", field="after")
        rows = rows.where(tuple_(_customer.c.created_at, _customer.c.id) < tuple_(int(moment), last_id))
    found = tx.all(rows)
    page = found[:limit]
    return page, f"{page[-1].created_at}.{page[-1].id}" if len(found) > limit else None


def conversations_of(tx: Tx, log_id: str, also: Iterable[str]) -> list[Row]:
    """The newest 50 conversations of a customer and those named, newest first."""
    newest = select(_cnv).where(_cnv.c.log_id == log_id).order_by(_cnv.c.updated_at.desc(), _cnv.c.id.desc()).limit(50)
    rows = {row.id: row for row in tx.all(newest)}
    missing = sorted(set(also) - rows.keys())
    if missing:
        rows |= {row.id: row for row in tx.all(select(_cnv).where(_cnv.c.id.in_(missing)))}
    return list(rows.values())


def first_widget(tx: Tx) -> Row:
    """The oldest widget that is switched on. Raises NotFound."""
    found = select(_account).where(_account.c.channel == "webchat", _account.c.disabled_at.is_(None))
    row = tx.first(found.order_by(_account.c.created_at, _account.c.id).limit(1))
    if row is None:
        raise NotFound("there is no widget yet")
    return row


def flow_slugs(tx: Tx) -> set[str]:
    """The names of all published flows."""
    return {row.slug for row in tx.all(select(_flow.c.slug).distinct())}


def deliveries_after(tx: Tx, state: str, after: str, limit: int) -> list[Row]:
    """Deliveries in a state above an id, oldest first."""
    found = select(_delivery).where(_delivery.c.state == state, _delivery.c.id > after)
    return tx.all(found.order_by(_delivery.c.id).limit(limit))


def account_for_hook(tx: Tx, channel: str, account: str) -> Row | None:
    """The account of a webhook's address, by key or id, unless it was switched off."""
    found = select(_account).where((_account.c.key == account) | (_account.c.id == account))
    return tx.first(found.where(_account.c.channel == channel, _account.c.disabled_at.is_(None)))
