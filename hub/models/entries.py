"""Entries and what hangs on them: files, deliveries, keys of what was taken, raw requests."""

from typing import Any

from sqlmodel import Field, Index, SQLModel, UniqueConstraint

from hub.models.base import doc, docs, key, micros, partial_index


class Entry(SQLModel, table=True):
    """One fact; stays for ever on the log it was written to. Only `hub.timeline` writes it.

    `revised_at` is the moment of `revision`: strictly rising within a log like the revision, but it
    tells a customer nothing of what is hidden between two of their entries (decision 11).
    """

    id: str = key()
    log_id: str = Field(foreign_key="customer.id")
    position: int = micros()
    revision: int = micros()
    ordered_at: int = micros()
    revised_at: int = micros()
    conversation_id: str = Field(foreign_key="conversation.id")
    kind: str
    channel: str = ""
    direction: str | None = None
    author_kind: str
    author_id: str
    author_name: str = ""
    address_id: str | None = None
    audience: str
    body: dict[str, Any] = doc()
    files: int = 0
    deliveries: int = 0
    client_key: str | None = None
    external_id: str | None = None
    at: int = micros()
    __table_args__ = (
        UniqueConstraint("log_id", "position"),
        UniqueConstraint("author_id", "client_key"),
        Index("ix_entry_revision", "log_id", "revision"),
        Index("ix_entry_conversation", "conversation_id", "ordered_at"),
        Index("ix_entry_revised", "conversation_id", "revised_at"),
    )


class Attachment(SQLModel, table=True):
    """A file on an entry, or uploaded and waiting for one. `blob` is a random name of ours."""

    id: str = key()
    entry_id: str | None = Field(default=None, index=True)
    log_id: str | None = None
    conversation_id: str | None = None
    owner_kind: str
    owner_id: str
    name: str
    media_type: str
    bytes: int = micros()
    sha256: str
    blob: str
    width: int | None = None
    height: int | None = None
    inline: bool = False
    state: str = "stored"
    created_at: int = micros()
    __table_args__ = (partial_index("ix_attachment_loose", "created_at", where="entry_id IS NULL"),)


class Delivery(SQLModel, table=True):
    """One outbound entry to one address; it is the send queue and the ledger."""

    id: str = key()
    entry_id: str = Field(foreign_key="entry.id", index=True)
    log_id: str
    conversation_id: str
    account_id: str
    address_id: str
    channel: str
    state: str = "queued"
    attempt: int = 0
    provider_id: str | None = None
    next_at: int | None = micros(default=None)
    lease_until: int | None = micros(default=None)
    reason: str = ""
    history: list[Any] = docs()
    ordered_at: int = micros()
    created_at: int = micros()
    updated_at: int = micros()
    __table_args__ = (
        partial_index("ix_delivery_due", "next_at", where="state = 'queued' AND next_at IS NOT NULL"),
        partial_index("ix_delivery_sending", "lease_until", where="state = 'sending'"),
        Index("ix_delivery_address", "address_id", "state", "ordered_at"),
        Index("ix_delivery_provider", "account_id", "provider_id"),
        Index("ix_delivery_state", "state", "id"),
    )


class InboundKey(SQLModel, table=True):
    """What we have already taken."""

    __tablename__ = "inbound_key"
    account_id: str = key()
    external_id: str = key()
    at: int = micros()


class RawInbound(SQLModel, table=True):
    """What the wire said when we could not read it, or for the record; purged after some days, replayable."""

    __tablename__ = "raw_inbound"
    id: str = key()
    account_id: str = Field(index=True)
    method: str
    url: str
    headers: dict[str, Any] = doc()
    body: bytes
    error: str = ""
    state: str = "kept"
    received_at: int = micros()
    __table_args__ = (Index("ix_raw_state", "state", "received_at"),)
