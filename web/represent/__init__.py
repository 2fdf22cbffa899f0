"""The two representations of our rows: staff's and customers'. REST and sockets use the same functions.

A screen that listened must equal a screen that fetched, so nothing here depends on who asks, except
where a parameter says so.
"""

from web.represent.customer import customer_attachment, customer_conversation, customer_entries, customer_entry
from web.represent.staff import (
    agent,
    agent_short,
    as_title,
    attachment,
    brief,
    channel,
    conversation,
    conversations,
    customer,
    delivery,
    entries,
    entry,
    handoff,
    offer,
    queue,
)

__all__ = [
    "agent",
    "agent_short",
    "as_title",
    "attachment",
    "brief",
    "channel",
    "conversation",
    "conversations",
    "customer",
    "customer_attachment",
    "customer_conversation",
    "customer_entries",
    "customer_entry",
    "delivery",
    "entries",
    "entry",
    "handoff",
    "offer",
    "queue",
]
