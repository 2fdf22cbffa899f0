"""To-dos, timers, dead letters, audit and replies kept for repeated requests."""

from typing import Any

from sqlalchemy import BigInteger, Integer
from sqlmodel import Field, Index, SQLModel

from hub.models.base import doc, key, micros

_SERIAL = BigInteger().with_variant(Integer, "sqlite")


class Outbox(SQLModel, table=True):
    """A to-do of an ordered subscriber; done means deleted."""

    id: int | None = Field(default=None, primary_key=True, sa_type=_SERIAL)
    topic: str
    key: str
    payload: dict[str, Any] = doc()
    created_at: int = micros()
    __table_args__ = (Index("ix_outbox_line", "topic", "key", "id"),)


class OutboxKey(SQLModel, table=True):
    """One line of to-dos: workers claim lines, so a stuck head holds up only its own.

    `generation` moves with every to-do added, so that an emptied line is dropped only if nothing
    was added meanwhile.
    """

    __tablename__ = "outbox_key"
    topic: str = key()
    key: str = key()
    due_at: int = micros()
    lease_until: int = micros(default=0)
    attempts: int = 0
    generation: int = 0
    __table_args__ = (Index("ix_outbox_key_due", "due_at"),)


class Timer(SQLModel, table=True):
    """Something to do at a time; at most one per (topic, key)."""

    topic: str = key()
    key: str = key()
    payload: dict[str, Any] = doc()
    due_at: int = micros()
    lease_until: int = micros(default=0)
    attempts: int = 0
    __table_args__ = (Index("ix_timer_due", "due_at"),)


class DeadLetter(SQLModel, table=True):
    """A to-do that failed too often: out of the line, alarming, replayable."""

    __tablename__ = "dead_letter"
    id: str = key()
    topic: str
    key: str
    payload: dict[str, Any] = doc()
    error: str
    at: int = micros()


class Audit(SQLModel, table=True):
    """Who looked at or changed what; ids only, never changed, never deleted by the program."""

    id: str = key()
    at: int = micros()
    actor_kind: str
    actor_id: str
    action: str
    object_kind: str
    object_id: str
    details: dict[str, Any] = doc()
    __table_args__ = (Index("ix_audit_object", "object_id", "id"),)


class KeptReply(SQLModel, table=True):
    """The answer to a write with an `Idempotency-Key`, given again when the request is repeated."""

    __tablename__ = "kept_reply"
    actor_id: str = key()
    key: str = key()
    request_hash: str
    status: int = 0
    body: str = ""
    created_at: int = micros()


class Meta(SQLModel, table=True):
    """Small facts about this store, such as its seed version."""

    name: str = key()
    value: str = ""
