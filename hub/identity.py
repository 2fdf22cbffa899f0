"""Who is it? An address leads to its customer; a claim leads to nobody."""

from typing import Any

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from hub.errors import Invalid, NotFound
from hub.ids import new_id
from hub.models import Address, AddressClaim, Conversation, Customer
from hub.models.base import table
from hub.ports import AddressValue
from hub.store import Hot, HotUpdate, Tx
from hub.store.hot import Row

_customer, _address, _claim = table(Customer), table(Address), table(AddressClaim)
_cnv = table(Conversation)

_FIND = Hot(
    select(_address.c.id, _address.c.customer_id).where(
        _address.c.scheme == bindparam("scheme"), _address.c.value == bindparam("value")
    )
)
_ADD_CUSTOMER = Hot(insert(_customer))
_ADD_ADDRESS = Hot(insert(_address).on_conflict_do_nothing(index_elements=["scheme", "value"]).returning(_address.c.id))
_DESCRIBE = HotUpdate(_customer)
_EPOCH = Hot(update(_customer).where(_customer.c.id == bindparam("customer_id")).values(epoch=_customer.c.epoch + 1))
_GET_CUSTOMER = Hot(select(_customer).where(_customer.c.id == bindparam("customer_id")))
_GET_ADDRESS = Hot(select(_address).where(_address.c.id == bindparam("address_id")))

MAX_CLAIMS = 20
SHOWN = frozenset({"name", "language", "tier"})


def resolve(tx: Tx, address: AddressValue, *, name: str = "", language: str = "") -> Row:
    """The address and its customer (`id`, `customer_id`), both made when the address is new.

    `language` is one the customer has chosen; what a browser prefers is only a hint (`languages.choose`).

    Two first messages at once end at one customer: the address is unique in the database.
    """
    known = tx.one(_FIND, scheme=address.scheme, value=address.value)
    if known is not None:
        return known
    customer_id, now = new_id("cus"), tx.now
    tx.run(
        _ADD_CUSTOMER,
        id=customer_id,
        counter=0,
        last_ordered_at=0,
        epoch=1,
        group_id=customer_id,
        name=name,
        language=language,
        language_heard="",
        tier="",
        region="",
        care_profile="",
        attributes={},
        created_at=now,
    )
    added = tx.one(
        _ADD_ADDRESS,
        id=new_id("adr"),
        customer_id=customer_id,
        scheme=address.scheme,
        value=address.value,
        label="",
        consent={},
        opted_out_at=None,
        bounced_at=None,
        created_at=now,
    )
    if added is None:
        tx.do(delete(_customer).where(_customer.c.id == customer_id))
    return tx.one(_FIND, scheme=address.scheme, value=address.value)


def customer(tx: Tx, customer_id: str) -> Row:
    """One customer. Raises NotFound."""
    row = tx.one(_GET_CUSTOMER, customer_id=customer_id)
    if row is None:
        raise NotFound("no such customer")
    return row


def address(tx: Tx, address_id: str) -> Row:
    """One address. Raises NotFound."""
    row = tx.one(_GET_ADDRESS, address_id=address_id)
    if row is None:
        raise NotFound("no such address")
    return row


def addresses(tx: Tx, customer_id: str) -> list[Row]:
    """All addresses of a customer, oldest first."""
    return tx.all(
        select(_address)
        .where(_address.c.customer_id == customer_id)
        .order_by(_address.c.created_at, _address.c.id)
        .limit(100)
    )


def claims(tx: Tx, customer_id: str) -> list[Row]:
    """What the customer said of other ways to reach them, oldest first; proven by nothing."""
    return tx.all(
        select(_claim).where(_claim.c.customer_id == customer_id).order_by(_claim.c.created_at, _claim.c.id).limit(100)
    )


def claim(
    tx: Tx,
    customer_id: str,
    value: AddressValue,
    *,
    source: str,
    conversation_id: str | None = None,
    consent: dict[str, Any] | None = None,
) -> str:
    """Note an address that somebody typed. It shows nothing, captures nothing, joins nobody.

    Raises:
        Invalid: this customer has left too many already.
    """
    known = claims(tx, customer_id)
    for row in known:
        if (row.scheme, row.value) == (value.scheme, value.value):
            return str(row.id)
    if len(known) >= MAX_CLAIMS:
        raise Invalid("too many addresses were left already", field="value")
    claim_id = new_id("clm")
    tx.do(
        _claim.insert().values(
            id=claim_id,
            customer_id=customer_id,
            conversation_id=conversation_id,
            scheme=value.scheme,
            value=value.value,
            source=source,
            consent=consent or {},
            created_at=tx.now,
        )
    )
    return claim_id


def describe(tx: Tx, customer_id: str, **changes: object) -> None:
    """Change what is known of a customer: name, language, tier, attributes. The log is held by the caller.

    Conversations show some of it, so their version moves, too.
    """
    tx.set(_DESCRIBE, customer_id, **changes)
    if not SHOWN.isdisjoint(changes):
        touched = update(_cnv).where(_cnv.c.log_id == customer_id).values(version=_cnv.c.version + 1)
        for row in tx.all(touched.returning(_cnv.c.id)):
            tx.hint("conversation", row.id)


def raise_epoch(tx: Tx, customer_id: str) -> None:
    """Who may see this log has changed: every screen that listens is checked again."""
    tx.run(_EPOCH, customer_id=customer_id)
    tx.hint("access", customer_id)
