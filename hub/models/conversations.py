"""Conversations, who takes part in them, and how they change hands."""

from typing import Any

from sqlmodel import Field, Index, SQLModel, UniqueConstraint

from hub.models.base import doc, key, micros, partial_index


class Conversation(SQLModel, table=True):
    """A unit of work on one log; may span channels. Its owner is an agent, a bot or a queue, never nobody.

    The `last_*` columns repeat the newest visible message for lists; the entries stay the truth.
    """

    id: str = key()
    log_id: str = Field(foreign_key="customer.id")
    status: str = "open"
    topic: str = ""
    channel: str
    account_id: str
    address_id: str | None = None
    open_key: str | None = Field(default=None, unique=True)
    queue_id: str
    owner_kind: str
    owner_id: str
    version: int = 1
    language: str = "en"
    opened_at: int = micros()
    updated_at: int = micros()
    sort_at: int = micros()
    waiting_since: int | None = micros(default=None)
    resolved_at: int | None = micros(default=None)
    resolved_by: str = ""
    last_text: str = ""
    last_kind: str = ""
    last_at: int = micros(default=0)
    last_author_kind: str = ""
    last_author_id: str = ""
    last_author_name: str = ""
    unanswered: bool = False
    unread: int = 0
    read_through: int = micros(default=0)
    handoff_id: str | None = None
    disposition_id: str | None = None
    origin: dict[str, Any] = doc()
    link_id: str | None = None
    __table_args__ = (
        Index("ix_conversation_log", "log_id", "status"),  # a log has few: each message moves fewer index rows
        Index("ix_conversation_owner", "owner_kind", "owner_id", "status", "sort_at", "id"),
        Index("ix_conversation_queue", "queue_id", "status", "sort_at", "id"),
        Index("ix_conversation_all", "status", "sort_at", "id"),
        partial_index(
            "ix_conversation_waiting",
            "owner_id",
            "waiting_since",
            "id",
            where="status = 'open' AND owner_kind = 'queue'",
        ),
    )


class Participant(SQLModel, table=True):
    """Somebody in a conversation: a customer by address, or an agent it is shared with."""

    id: str = key()
    conversation_id: str = Field(foreign_key="conversation.id")
    kind: str
    ref_id: str
    name: str = ""
    joined_at: int = micros()
    __table_args__ = (
        UniqueConstraint("conversation_id", "kind", "ref_id"),
        Index("ix_participant_ref", "ref_id", "conversation_id"),
    )


class Handoff(SQLModel, table=True):
    """A request to take over: from whom, to whom, why, as of where, with which brief."""

    id: str = key()
    conversation_id: str = Field(foreign_key="conversation.id", index=True)
    log_id: str
    state: str = "requested"
    from_kind: str
    from_id: str
    from_name: str
    to_kind: str
    to_id: str
    to_name: str
    reason: str = ""
    summary: str = ""
    as_of: dict[str, Any] = doc()
    brief: dict[str, Any] = doc()
    digest: str = ""
    requested_at: int = micros()
    answered_at: int | None = micros(default=None)
    accepted_by: str | None = None
    accepted_name: str = ""
    painted_at: int | None = micros(default=None)
    lead_us: int | None = micros(default=None)
    acknowledged_at: int | None = micros(default=None)
    __table_args__ = (Index("ix_handoff_to", "to_id", "requested_at"),)


class Offer(SQLModel, table=True):
    """One agent asked to take one conversation, until `expires_at`. At most one lives per conversation."""

    id: str = key()
    conversation_id: str = Field(foreign_key="conversation.id")
    handoff_id: str
    agent_id: str
    state: str = "live"
    reason: str = ""
    created_at: int = micros()
    expires_at: int = micros()
    painted_at: int | None = micros(default=None)
    answered_at: int | None = micros(default=None)
    __table_args__ = (
        partial_index("uq_offer_live", "conversation_id", where="state = 'live'", unique=True),
        Index("ix_offer_agent", "agent_id", "state"),
        Index("ix_offer_conversation", "conversation_id", "agent_id"),
    )


class FlowRun(SQLModel, table=True):
    """Where a bot flow stands in a conversation; `consumed` is the last position it has read."""

    __tablename__ = "flow_run"
    id: str = key()
    conversation_id: str = Field(foreign_key="conversation.id", index=True)
    flow: str
    version: int
    state: str = "active"
    run: dict[str, Any] = doc()
    consumed: int = micros(default=0)
    started_at: int = micros()
    updated_at: int = micros()
    __table_args__ = (
        partial_index("uq_flow_active", "conversation_id", where="state = 'active'", unique=True),
        Index("ix_flow_run_state", "state", "updated_at"),
    )
