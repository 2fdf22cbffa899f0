"""Customers and the ways to reach them."""

from typing import Any

from sqlmodel import Field, Index, SQLModel, UniqueConstraint

from hub.models.base import doc, key, micros


class Customer(SQLModel, table=True):
    """A person or organisation we serve; owns one log, whose id is the customer's."""

    id: str = key()
    counter: int = micros(default=0)
    last_ordered_at: int = micros(default=0)
    epoch: int = 1
    group_id: str = Field(index=True)
    name: str = Field(default="", index=True)
    language: str = ""
    language_heard: str = ""
    tier: str = ""
    region: str = ""
    care_profile: str = ""
    attributes: dict[str, Any] = doc()
    created_at: int = micros()
    __table_args__ = (Index("ix_customer_listed", "created_at", "id"),)


class Address(SQLModel, table=True):
    """A way to reach someone that this customer controls: an inbound came from it, or a code came back."""

    id: str = key()
    customer_id: str = Field(foreign_key="customer.id", index=True)
    scheme: str
    value: str
    label: str = ""
    consent: dict[str, Any] = doc()
    opted_out_at: int | None = micros(default=None)
    bounced_at: int | None = micros(default=None)
    created_at: int = micros()
    __table_args__ = (UniqueConstraint("scheme", "value"),)


class AddressClaim(SQLModel, table=True):
    """Typed or imported, not proven: may be written to, never identifies anybody."""

    __tablename__ = "address_claim"
    id: str = key()
    customer_id: str = Field(foreign_key="customer.id", index=True)
    conversation_id: str | None = None
    scheme: str
    value: str
    source: str
    consent: dict[str, Any] = doc()
    created_at: int = micros()
    __table_args__ = (Index("ix_claim_value", "scheme", "value"),)


class Visitor(SQLModel, table=True):
    """A browser that opened the widget: the hash of its token, and what it brought along.

    The customer exists from the first message on, not from the first look.
    """

    id: str = key()
    token_hash: str = Field(unique=True)
    account_id: str
    scheme: str = "visitor"
    value: str
    address_id: str | None = Field(default=None, index=True)
    customer_id: str | None = None
    link_id: str | None = None
    locale: str = "en"
    page: str = ""
    created_at: int = micros()
    seen_at: int = micros()
    revoked_at: int | None = micros(default=None)
