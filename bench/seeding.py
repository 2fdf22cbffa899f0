"""The demo bank with more agents, and visitors whose conversations agents own already."""

import asyncio
from dataclasses import dataclass, field

from hub import availability, conversations, demo, intake, queues, staff, visitors
from hub.clock import Clock
from hub.migrate import upgrade
from hub.ports import Actor, AddressValue
from hub.store import Store, Tx, open_store
from hub.store.hot import Row

SECRET_KEY = "a key that only benchmarks use, 32 or more"
DAY_SECONDS = 86_400


@dataclass
class Bank:
    """What was made: tokens of visitors, and per agent a token and the customers they serve."""

    visitors: list[str] = field(default_factory=list)
    conversations: list[str] = field(default_factory=list)
    agents: list[tuple[str, list[str]]] = field(default_factory=list)


def seed_bank(url: str, *, customers: int, per_agent: int, per_queue: int) -> Bank:
    """Make the tables and the bank: an agent for every `per_agent` customers, a queue for every `per_queue` agents."""
    upgrade(url)
    return asyncio.run(_seed(url, customers, per_agent, per_queue))


async def _seed(url: str, customers: int, per_agent: int, per_queue: int) -> Bank:
    store = open_store(url, Clock())
    try:
        await store.write(open_bank)
        made = Bank()
        for first in range(0, customers, per_agent):
            count = min(per_agent, customers - first)
            number = first // per_agent
            await _agent_with_customers(store, made, number, number // per_queue, count)
        return made
    finally:
        await store.close()


def open_bank(tx: Tx) -> demo.Demo:
    """The demo bank; nobody can log in by password."""
    hashes = dict.fromkeys(demo.PEOPLE, "none")
    return demo.seed(tx, secret_key=SECRET_KEY, password_hashes=hashes, origins=["http://127.0.0.1:1"])


async def _agent_with_customers(store: Store, made: Bank, number: int, queue: int, count: int) -> None:
    """One agent, online, with that many conversations of customers who have written once."""

    def hire(tx: Tx) -> tuple[Row, str]:
        line = _queue(tx, f"bench-{queue}")
        mail, name = f"agent-{number}@bench.example", f"Agent {number}"
        row = staff.add(
            tx, email=mail, name=name, role="agent", password_hash="none", queue_ids=(line.id,), capacity=50
        )
        availability.set_state(tx, row.id, "online", seconds=DAY_SECONDS)
        return row, staff.make_token(tx, row.id, "bench")[1]

    agent, token = await store.write(hire)
    served: list[str] = []
    for _ in range(count):
        visitor, log_id, conversation_id = await store.write(lambda tx: _customer_of(tx, agent))
        made.visitors.append(visitor)
        made.conversations.append(conversation_id)
        served.append(log_id)
    made.agents.append((token, served))


def _queue(tx: Tx, slug: str) -> Row:
    known = [row for row in queues.all_queues(tx) if row.slug == slug]
    return known[0] if known else queues.add(tx, slug, {"en": slug})


def _customer_of(tx: Tx, agent: Row) -> tuple[str, str, str]:
    """A visitor who has written once and is served by this agent: token, log, conversation."""
    account = visitors.account_by_key(tx, demo.WIDGET_KEY)
    visitor, token = visitors.open_visitor(tx, account, locale="en")
    arrival = intake.Arrival(
        account=account,
        address=AddressValue(visitor.scheme, visitor.value),
        text="Hello, I have a question about my new card.",
        client_key=f"first-{visitor.id}",
        language="en",
    )
    taken = intake.accept(tx, arrival)
    assert taken.entry is not None
    assert taken.conversation is not None
    visitors.settle(tx, visitor, taken.entry.address_id, taken.entry.log_id)
    line = staff.queues_of(tx, agent.id)[0]
    held = conversations.hold_open(tx, taken.conversation.id)
    conversations.set_owner(tx, held, Actor("agent", agent.id, agent.name), queue_id=line)
    return token, taken.entry.log_id, taken.conversation.id
