"""Agents, how they log in, where they work and whether they are there."""

from typing import Any

from sqlmodel import Field, Index, SQLModel

from hub.models.base import doc, docs, key, micros


class Agent(SQLModel, table=True):
    """Somebody who serves customers, supervises or administers."""

    id: str = key()
    email: str = Field(unique=True)
    name: str
    role: str = "agent"
    password_hash: str = ""
    skills: list[Any] = docs()
    languages: list[Any] = docs()
    locale: str = "en"
    settings: dict[str, Any] = doc()
    see_history: bool = True
    access_epoch: int = 1
    created_at: int = micros()
    disabled_at: int | None = micros(default=None)


class AgentLogin(SQLModel, table=True):
    """A login that is still good; the cookie holds the token, we hold its hash."""

    __tablename__ = "agent_login"
    id: str = key()
    token_hash: str = Field(unique=True)
    csrf: str
    agent_id: str = Field(foreign_key="agent.id", index=True)
    created_at: int = micros()
    seen_at: int = micros()
    expires_at: int = micros()


class ApiToken(SQLModel, table=True):
    """A bearer token for programs, acting as one agent."""

    __tablename__ = "api_token"
    id: str = key()
    agent_id: str = Field(foreign_key="agent.id", index=True)
    name: str
    token_hash: str = Field(unique=True)
    created_at: int = micros()
    used_at: int | None = micros(default=None)
    revoked_at: int | None = micros(default=None)


class Queue(SQLModel, table=True):
    """Where conversations wait for an agent: opening hours, skills asked for, how long an offer lives.

    `hours` is `{"zone": "Asia/Hong_Kong", "weekly": {"mon": [["09:00", "18:00"]], …}}`; empty = always.
    """

    id: str = key()
    slug: str = Field(unique=True)
    names: dict[str, Any] = doc()
    hours: dict[str, Any] = doc()
    skills: list[Any] = docs()
    offer_seconds: int = 30
    waiting: int = 0
    created_at: int = micros()


class QueueMember(SQLModel, table=True):
    """An agent works in a queue."""

    __tablename__ = "queue_member"
    queue_id: str = Field(primary_key=True, foreign_key="queue.id")
    agent_id: str = Field(primary_key=True, foreign_key="agent.id", index=True)


class Availability(SQLModel, table=True):
    """Whether an agent takes offers: state, capacity, load, and the lease of the process that sees them."""

    agent_id: str = Field(primary_key=True, foreign_key="agent.id")
    state: str = "offline"
    capacity: int = 4
    load: int = 0
    lease_until: int = micros(default=0)
    state_since: int = micros(default=0)
    last_accepted_at: int = micros(default=0)
    __table_args__ = (Index("ix_availability_lease", "state", "lease_until"),)


class Disposition(SQLModel, table=True):
    """How a conversation ended, chosen at wrap-up."""

    id: str = key()
    slug: str = Field(unique=True)
    names: dict[str, Any] = doc()
    rank: int = 0


class ChannelAccount(SQLModel, table=True):
    """Our end of a channel. `key` is public, `secret` is sealed under `HUB_SECRET_KEY`."""

    __tablename__ = "channel_account"
    id: str = key()
    key: str = Field(unique=True)
    channel: str
    adapter: str
    name: str
    address: str = ""
    queue_id: str
    flow: str = ""
    secret: str = ""
    settings: dict[str, Any] = doc()
    created_at: int = micros()
    disabled_at: int | None = micros(default=None)


class Link(SQLModel, table=True):
    """A QR code or link into the chat: what it carries is public and only claimed."""

    id: str = key()
    code: str = Field(unique=True)
    account_id: str
    label: str = ""
    campaign: str = ""
    queue_id: str | None = None
    flow: str = ""
    language: str = ""
    claimed: dict[str, Any] = doc()
    opens: int = 0
    created_by: str = ""
    created_at: int = micros()
    revoked_at: int | None = micros(default=None)


class Flow(SQLModel, table=True):
    """A published version of a bot flow; never changed once written."""

    slug: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    data: dict[str, Any] = doc()
    published_at: int = micros()
