"""The resources as their readers see them. The OpenAPI document is made from these types."""

from typing import Any, Literal

from typing_extensions import TypedDict  # pydantic reads these on Python 3.11, too

Audience = Literal["everyone", "staff"]
DeliveryState = Literal["queued", "sending", "sent", "delivered", "read", "failed", "unknown"]


class Party(TypedDict):
    """Somebody who writes, owns or takes part."""

    kind: Literal["customer", "agent", "bot", "queue", "system"]
    id: str
    name: str


class Named(TypedDict):
    """A thing with a name for people."""

    id: str
    name: str


class Attachment(TypedDict):
    """A file. `inline` says that it is a picture we made ourselves out of theirs and may be shown in place."""

    id: str
    name: str
    media_type: str
    bytes: int
    width: int | None
    height: int | None
    state: Literal["stored", "refused"]
    inline: bool
    url: str


class Delivery(TypedDict):
    """What became of an entry on its way to one address."""

    id: str
    channel: str
    state: DeliveryState
    reason: str
    at: str


class Entry(TypedDict):
    """One fact on a customer's timeline, as staff see it."""

    id: str
    log: str
    position: int
    revision: int
    ordered_at: int
    conversation_id: str
    kind: str
    channel: str
    direction: Literal["in", "out"] | None
    author: Party
    audience: Audience
    at: str
    body: dict[str, Any]
    attachments: list[Attachment]
    deliveries: list[Delivery]
    client_key: str | None


class CustomerShort(TypedDict):
    """Whose conversation it is, in a list."""

    id: str
    name: str
    language: str
    tier: str


class Last(TypedDict):
    """The newest message, for lists."""

    text: str
    author: Party
    at: str
    kind: str


class HandoffShort(TypedDict):
    """Where the newest handoff of a conversation stands."""

    id: str
    state: str


class Origin(TypedDict):
    """How the conversation began."""

    kind: str
    campaign: str | None


class Read(TypedDict):
    """How far the owner has read, as `ordered_at`."""

    through: int


class Conversation(TypedDict):
    """A unit of work with one customer; it may span channels."""

    id: str
    log: str
    customer: CustomerShort
    status: Literal["open", "resolved"]
    topic: str
    channel: str
    queue: Named | None
    owner: Party
    version: int
    opened_at: str
    updated_at: str
    resolved_at: str | None
    waiting_since: str | None
    last: Last | None
    unanswered: bool
    unread: int
    language: str
    disposition: str | None
    snoozed_until: str | None
    origin: Origin | None
    handoff: HandoffShort | None
    participants: list[Party]
    customer_presence: Literal["online", "away"]
    read: Read


class Address(TypedDict):
    """A way to reach the customer, proven by a message that came from it."""

    id: str
    scheme: str
    value: str
    label: str


class Claim(TypedDict):
    """A way to reach the customer that somebody typed; proven by nothing."""

    id: str
    scheme: str
    value: str
    source: str
    at: str


class Customer(TypedDict):
    """A person or organisation we serve."""

    id: str
    name: str
    language: str
    tier: str
    attributes: dict[str, Any]
    addresses: list[Address]
    claims: list[Claim]
    created_at: str


class Agent(TypedDict):
    """Somebody who serves customers, with everything that is theirs."""

    id: str
    name: str
    email: str
    role: Literal["agent", "supervisor", "admin", "partner"]
    state: Literal["online", "away", "offline"]
    capacity: int
    load: int
    languages: list[str]
    skills: list[str]
    queues: list[str]
    locale: str
    settings: dict[str, Any]


class AgentShort(TypedDict):
    """A colleague."""

    id: str
    name: str
    state: Literal["online", "away", "offline"]
    load: int
    capacity: int
    queues: list[str]


class Hours(TypedDict):
    """When people of a queue are there."""

    zone: str
    open: bool
    text: str


class Queue(TypedDict):
    """Where conversations wait for an agent."""

    id: str
    name: str
    hours: Hours
    waiting: int


_From = TypedDict("_From", {"from": Party})  # `from` is a word of Python


class Handoff(_From):
    """A request to take over."""

    id: str
    conversation_id: str
    state: Literal["requested", "offered", "accepted", "declined", "expired", "cancelled"]
    to: Party
    reason: str
    created_at: str


class Brief(TypedDict):
    """What the receiver must know, each line with the entry it comes from."""

    handoff_id: str
    as_of: dict[str, int]
    conversation_id: str
    customer: dict[str, Any]
    language: str
    summary: str
    reason: str
    waited_since: str | None
    wants: list[dict[str, Any]]
    tried: list[dict[str, Any]]
    given: list[dict[str, Any]]
    needs: list[dict[str, Any]]
    flow: dict[str, Any] | None
    opening: str
    mood: str | None
    promises: list[dict[str, Any]]
    verification: dict[str, Any] | None
    acknowledged_at: str | None
    digest: str


class Offer(TypedDict):
    """One agent asked to take one conversation."""

    id: str
    conversation: Conversation
    brief: Brief
    handoff_id: str
    created_at: str
    expires_at: str
    seconds: int
    state: Literal["live", "accepted", "declined", "expired", "withdrawn"]


class Link(TypedDict):
    """A QR code or link into the chat."""

    id: str
    code: str
    url: str
    svg_url: str
    campaign: str
    queue: str | None
    language: str
    claimed: dict[str, Any]
    label: str
    opens: int
    created_at: str


class CustomerParty(TypedDict):
    """Who writes, as customers see it: no ids."""

    kind: Literal["customer", "agent", "bot", "queue", "system"]
    name: str


class CustomerAttachment(TypedDict):
    """A file, as customers see it."""

    id: str
    name: str
    media_type: str
    bytes: int
    width: int | None
    height: int | None
    inline: bool
    url: str


class CustomerEntry(TypedDict):
    """One fact of their own conversations, as customers see it."""

    id: str
    conversation_id: str
    ordered_at: int
    revision: int
    kind: Literal["message", "status", "handoff"]
    direction: Literal["in", "out"] | None
    author: CustomerParty
    at: str
    body: dict[str, Any]
    attachments: list[CustomerAttachment]
    state: Literal["accepted"] | None
    client_key: str | None


class CustomerQueue(TypedDict):
    """Where the customer stands while waiting."""

    name: str
    place: int | None
    open: bool
    text: str
    wait_seconds: int | None


_With = TypedDict("_With", {"with": CustomerParty})  # `with` is a word of Python


class CustomerConversation(_With):
    """Their conversation, as customers see it; of two, the one with the higher version is true."""

    id: str
    version: int
    status: Literal["open", "resolved"]
    queue: CustomerQueue | None
    language: str
    agent_read_through: int | None
    ended_at: str | None
