"""The tables: the map of the data.

Table classes do not validate on construction; never build one from outside input.
"""

from hub.models.conversations import Conversation, FlowRun, Handoff, Offer, Participant
from hub.models.customers import Address, AddressClaim, Customer, Visitor
from hub.models.entries import Attachment, Delivery, Entry, InboundKey, RawInbound
from hub.models.plumbing import Audit, DeadLetter, KeptReply, Meta, Outbox, OutboxKey, Timer
from hub.models.staff import (
    Agent,
    AgentLogin,
    ApiToken,
    Availability,
    ChannelAccount,
    Disposition,
    Flow,
    Link,
    Queue,
    QueueMember,
)

__all__ = [
    "Address",
    "AddressClaim",
    "Agent",
    "AgentLogin",
    "ApiToken",
    "Attachment",
    "Audit",
    "Availability",
    "ChannelAccount",
    "Conversation",
    "Customer",
    "DeadLetter",
    "Delivery",
    "Disposition",
    "Entry",
    "Flow",
    "FlowRun",
    "Handoff",
    "InboundKey",
    "KeptReply",
    "Link",
    "Meta",
    "Offer",
    "Outbox",
    "OutboxKey",
    "Participant",
    "Queue",
    "QueueMember",
    "RawInbound",
    "Timer",
    "Visitor",
]
