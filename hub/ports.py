"""What channels, bots and media see of the hub: value types and protocols, no behaviour.

A channel package imports this module and `hub.errors`, nothing else of ours.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, runtime_checkable

IdempotencyKey = str
DeliveryState = Literal["queued", "sending", "sent", "delivered", "read", "failed", "unknown"]


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a channel can carry, as data: the hub degrades or refuses by it."""

    max_text: int = 65_536
    html: bool = False
    files: bool = False
    max_file_bytes: int = 0
    receipts: frozenset[str] = frozenset()
    typing: bool = False
    presence: bool = False
    choices: bool = False
    idempotent_send: bool = False
    send_seconds: float = 15.0


@dataclass(frozen=True, slots=True)
class Account:
    """Our end of a channel: a number, a mailbox, a webhook. `secret` signs and verifies."""

    id: str
    channel: str
    adapter: str
    address: str
    secret: str = field(repr=False)
    settings: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WireRequest:
    """A provider's request as it came: header names in lower case, body untouched.

    `url` is built from `HUB_BASE_URL`, never from what the request claims.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    received_at: int


@dataclass(frozen=True, slots=True)
class WireResponse:
    """What the provider hears."""

    status: int
    body: bytes = b""
    media_type: str = "text/plain"


@dataclass(frozen=True, slots=True)
class AddressValue:
    """A way to reach someone, normalised by its channel: `tel`, `+15550100`."""

    scheme: str
    value: str

    def __str__(self) -> str:
        return f"{self.scheme}:{self.value}"


@dataclass(frozen=True, slots=True)
class InboundFile:
    """A file that came with a message, its bytes already here; the media type is only a claim."""

    name: str
    media_type: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """A message from a customer. `external_id` is unique within the account."""

    external_id: str
    sender: AddressValue
    text: str
    sender_name: str = ""
    files: Sequence[InboundFile] = ()
    at: int | None = None
    in_reply_to: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of something we sent, by the provider's id or by our delivery id."""

    external_id: str
    state: Literal["sent", "delivered", "read", "failed"]
    provider_id: str = ""
    delivery_id: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CallEvent:
    """A step in the life of a call; used from the phone on."""

    external_id: str
    call_id: str
    event: str
    data: Mapping[str, object] = field(default_factory=dict)


Inbound = InboundMessage | Receipt | CallEvent


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the hub did with one inbound: `taken`, `repeated` or `kept` (unreadable, replayable)."""

    external_id: str
    result: Literal["taken", "repeated", "kept"]


@dataclass(frozen=True, slots=True)
class OutboundMessage:
    """One message to one address, already degraded to what the channel can carry."""

    delivery_id: str
    account: Account
    to: AddressValue
    text: str
    language: str
    in_reply_to: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """The provider has taken it."""

    provider_id: str
    state: Literal["sent", "delivered"] = "sent"


class ChannelAdapter(Protocol):
    """One provider of one medium. Retries, timing and storage are the hub's, never its own."""

    name: str
    capabilities: Capabilities

    def verify(self, account: Account, request: WireRequest) -> None:
        """Raise `SignatureInvalid` unless the provider signed this; constant time, no I/O."""

    def parse(self, account: Account, request: WireRequest) -> Sequence[Inbound]:
        """Bytes in, facts out; pure. Raises `PayloadUnreadable`."""

    def respond(self, outcomes: Sequence[Outcome]) -> WireResponse:
        """What the provider hears once everything is committed; pure."""

    async def send(self, message: OutboundMessage, key: IdempotencyKey) -> Sent:
        """Make one attempt.

        Raises: AddressRejected, ProviderUnavailable, OutcomeUnknown, Unsupported.
        """


@runtime_checkable
class Reconciles(Protocol):
    """An adapter that can ask its provider what became of a message."""

    async def look_up(self, account: Account, delivery_id: str) -> Receipt | None:
        """Give the provider's view of one delivery, or None when it knows nothing of it."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something: shown as the author of entries and written to the audit."""

    kind: Literal["customer", "agent", "bot", "queue", "system"]
    id: str
    name: str


SYSTEM = Actor("system", "system", "Onethread")
