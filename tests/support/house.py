"""A demo bank on a fresh database of either engine, with helpers that read like sentences.

`house` is the plain bank: a store, its clock, the demo people, an outbox that runs when told (`await house.settles()`).
"""

import itertools
import shutil
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pytest
import pytest_asyncio
from sqlalchemy import create_engine, select
from sqlmodel import SQLModel

from hub import (
    availability,
    conversations,
    demo,
    handoff,
    intake,
    outbox,
    replies,
    timeline,
    visitors,
)
from hub.clock import Clock
from hub.models import DeadLetter
from hub.models.base import table
from hub.ports import SYSTEM, Actor, AddressValue
from hub.runtime import TOPICS as TOPICS
from hub.store import Hint, Store, Tx, open_store
from hub.store.hot import Row
from hub.store.sqlite import make_engine
from tests.support.postgres import PostgresServer

T = TypeVar("T")
SECRET_KEY = "a key that is only used in tests, 32+"
_numbers = itertools.count(1)


def make_schema(url: str) -> None:
    """Every table, empty."""
    if url.startswith("sqlite:///"):
        engine = make_engine(Path(url.removeprefix("sqlite:///")))
    else:
        engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1))
    SQLModel.metadata.create_all(engine)
    engine.dispose()


@dataclass
class House:
    """The bank and what a test does with it."""

    url: str
    store: Store
    clock: Clock
    bank: demo.Demo
    outbox: outbox.OutboxRunner
    hints: list[Hint] = field(default_factory=list)
    more: list[Store] = field(default_factory=list)

    async def write(self, fn: Callable[..., T], *args: Any, **named: Any) -> T:
        """Run a verb in a transaction: `await house.write(handoff.accept, offer_id, who)`."""
        return await self.store.write(lambda tx: fn(tx, *args, **named))

    async def read(self, fn: Callable[..., T], *args: Any, **named: Any) -> T:
        """Run a reading verb."""
        return await self.store.read(lambda tx: fn(tx, *args, **named))

    async def rows(self, statement: Any) -> list[Row]:
        """Rows of a cold statement."""
        return await self.store.read(lambda tx: tx.all(statement))

    def another_store(self) -> Store:
        """The same database as another process sees it."""
        store = open_store(self.url, self.clock)
        self.more.append(store)
        return store

    def agent(self, who: str) -> "Staff":
        """amy, ben, mia, sue, ada or pat."""
        return Staff(self, self.bank.agents[who])

    async def online(self, *names: str) -> "list[Staff]":
        """These agents go online, and work that waits is offered."""
        staff = [self.agent(name) for name in names]
        for each in staff:
            await each.goes("online")
        return staff

    async def visitor(self, *, language: str = "en", account: Row | None = None) -> "Browser":
        """Somebody opens the widget."""
        shown = account or self.bank.webchat
        row, token = await self.write(visitors.open_visitor, shown, locale=language)
        return Browser(self, shown, AddressValue(row.scheme, row.value), language, row, token)

    def sender(self, value: str = "", *, language: str = "") -> "Browser":
        """Somebody who writes through the loopback webhook."""
        address = AddressValue("loopback", value or f"customer-{next(_numbers)}")
        return Browser(self, self.bank.loopback, address, language)

    async def settles(self) -> None:
        """Do every to-do that is due; nothing may have failed for good."""
        while await self.outbox.turn():
            pass
        assert not await self.rows(select(table(DeadLetter)))

    async def passes(self, seconds: float) -> None:
        """Time passes, and what became due is done."""
        self.clock.advance(seconds)
        await self.settles()

    async def conversation(self, conversation_id: str) -> Row:
        """A conversation as it is now."""
        return await self.read(conversations.get, conversation_id)

    async def timeline(self, conversation_id: str, *kinds: str) -> list[Row]:
        """Entries of a conversation, oldest first, of these kinds only."""
        found = await self.read(timeline.window, conversation_id, limit=500)
        return [entry for entry in found if not kinds or entry.kind in kinds]

    async def said(self, conversation_id: str) -> list[str]:
        """What was said, by whom: `customer: hello`."""
        found = await self.timeline(conversation_id, "message")
        return [f"{entry.author_kind}: {entry.body['text']}" for entry in found]

    async def waiting_for(self, who: str, *, text: str = "I want to talk to a person") -> "tuple[Browser, str]":
        """A visitor has asked for a person; the conversation waits in the queue of `who` (a slug)."""
        browser = await self.visitor()
        conversation_id = (await browser.sends(text)).conversation_id
        if who != "general":
            queue = self.bank.queues[who]

            def move(tx: Tx) -> None:
                handoff.to_queue(tx, conversations.hold_open(tx, conversation_id), SYSTEM, queue.id)

            await self.store.write(move)
        await self.settles()
        return browser, conversation_id

    async def served_by(self, who: str, *, queue: str = "cards") -> "tuple[Browser, str]":
        """A conversation that an agent has taken."""
        browser, conversation_id = await self.waiting_for(queue)
        await self.agent(who).takes(conversation_id)
        await self.settles()
        return browser, conversation_id

    async def close(self) -> None:
        """End every store."""
        for store in [*self.more, self.store]:
            await store.close()


@dataclass(frozen=True)
class Taken:
    """A message that was taken in: the entry it became and its conversation then."""

    entry: Row
    conversation: Row

    @property
    def conversation_id(self) -> str:
        return str(self.conversation.id)


@dataclass
class Browser:
    """A customer at one address: a widget or a loopback sender."""

    house: House
    account: Row
    address: AddressValue
    language: str = "en"
    visitor: Row | None = None
    token: str = ""

    def arrival(self, text: str, **named: Any) -> intake.Arrival:
        """A message on its way in, with a key of its own."""
        key = "client_key" if self.account.channel == "webchat" else "external_id"
        named = {key: f"key-{next(_numbers)}", "language": self.language, **named}
        return intake.Arrival(account=self.account, address=self.address, text=text, **named)

    async def sends(self, text: str, **named: Any) -> "Taken":
        """Write, and nobody has reacted yet."""
        accepted = await self.house.write(intake.accept, self.arrival(text, **named))
        assert accepted.entry is not None
        assert accepted.conversation is not None
        return Taken(accepted.entry, accepted.conversation)

    async def says(self, *texts: str, **named: Any) -> "Taken":
        """Write these one after another, each after the bot has answered the last; gives the last."""
        taken = None
        for text in texts:
            taken = await self.sends(text, **named)
            await self.house.settles()
        assert taken is not None
        return taken


@dataclass
class Staff:
    """An agent at work."""

    house: House
    row: Row

    @property
    def id(self) -> str:
        return str(self.row.id)

    @property
    def actor(self) -> Actor:
        return Actor("agent", self.row.id, self.row.name)

    async def goes(self, state: str, *, seconds: int = 86_400) -> None:
        """Online, away or offline; the lease is a day unless said otherwise."""
        await self.house.write(availability.set_state, self.id, state, seconds=seconds)
        await self.house.settles()

    async def offers(self) -> list[Row]:
        """What rings."""
        return await self.house.read(handoff.live_offers, self.id)

    async def offer(self) -> Row:
        """The one offer that rings."""
        found = await self.offers()
        assert len(found) == 1, found
        return found[0]

    async def accepts(self) -> Row:
        """Accept the one offer that rings; gives the conversation."""
        offer = await self.offer()
        return await self.house.write(handoff.accept, offer.id, self.actor)

    async def declines(self, reason: str = "busy") -> None:
        """Say no to the one offer that rings."""
        offer = await self.offer()
        await self.house.write(handoff.decline, offer.id, self.actor, reason)
        await self.house.settles()

    async def takes(self, conversation_id: str) -> Row:
        """Pull it out of the queue."""
        return await self.house.write(handoff.take, conversation_id, self.actor)

    async def replies(self, conversation_id: str, text: str, **named: Any) -> Row:
        """Write to the customer."""
        return await self.house.write(replies.reply, conversation_id, self.actor, text, **named)

    async def transfers(self, conversation_id: str, to: str, **named: Any) -> Row:
        """To a queue (its slug) or to an agent (their name), without anything happening yet."""
        queue = self.house.bank.queues.get(to)

        def hand_over(tx: Tx) -> Row:
            held = conversations.hold_open(tx, conversation_id)
            if queue is not None:
                return handoff.to_queue(tx, held, self.actor, queue.id, **named)
            return handoff.to_agent(tx, held, self.actor, self.house.agent(to).id, **named)

        return await self.house.store.write(hand_over)

    async def resolves(self, conversation_id: str, disposition: str | None = "solved") -> Row:
        """End it."""
        return await self.house.write(conversations.resolve, conversation_id, self.actor, disposition=disposition)

    async def load(self) -> int:
        """Conversations the counter says they serve."""
        return int((await self.house.read(availability.get, self.id)).load)


@asynccontextmanager
async def open_house(url: str, flows: Sequence[Any] | None = None) -> AsyncIterator[House]:
    """A bank in a database that has its tables and nothing else."""
    clock = Clock()
    store = open_store(url, clock)
    hashes = dict.fromkeys(demo.PEOPLE, "not a password")
    bank = await store.write(lambda tx: demo.seed(tx, secret_key=SECRET_KEY, password_hashes=hashes, flows=flows))
    runner = outbox.OutboxRunner(store)
    for topic in TOPICS:
        runner.subscribe(topic)
    house = House(url, store, clock, bank, runner)
    store.on_hints = house.hints.extend
    try:
        yield house
    finally:
        await house.close()


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with every table, to copy."""
    path = tmp_path_factory.mktemp("schema") / "hub.db"
    make_schema(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_house_url(empty_file: Path, tmp_path: Path) -> str:
    """A SQLite database with its tables."""
    path = tmp_path / "hub.db"
    shutil.copy(empty_file, path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgres_house_url(postgres: PostgresServer) -> Any:
    """A PostgreSQL database with its tables."""
    name = postgres.create_database(template=postgres.prepare_template("with_tables", make_schema))
    yield postgres.url(name)
    postgres.drop_database(name)


@pytest.fixture(params=["sqlite", "postgres"])
def house_url(request: pytest.FixtureRequest) -> str:
    """A database with its tables; the test runs once for each engine."""
    return str(request.getfixturevalue(f"{request.param}_house_url"))


@pytest_asyncio.fixture
async def house(house_url: str) -> AsyncIterator[House]:
    """The demo bank, once for each engine."""
    async with open_house(house_url) as opened:
        yield opened


@pytest_asyncio.fixture
async def postgres_house(postgres_house_url: str) -> AsyncIterator[House]:
    """The demo bank on PostgreSQL only, for what is of that engine."""
    async with open_house(postgres_house_url) as opened:
        yield opened


@pytest.fixture(params=["sqlite", "postgres"])
def new_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], str]]:
    """Makes databases with their tables, as many as a test likes; the test runs once for each engine."""
    made: list[str] = []
    if request.param == "sqlite":
        template = request.getfixturevalue("empty_file")
        yield lambda: f"sqlite:///{shutil.copy(template, tmp_path / f'hub{next(_numbers)}.db')}"
        return
    server = request.getfixturevalue("postgres")
    template = server.prepare_template("with_tables", make_schema)

    def make() -> str:
        made.append(server.create_database(template=template))
        return str(server.url(made[-1]))

    yield make
    for name in made:
        server.drop_database(name)


@pytest_asyncio.fixture
async def sqlite_house(sqlite_house_url: str) -> AsyncIterator[House]:
    """The demo bank on SQLite only, for what is of that engine."""
    async with open_house(sqlite_house_url) as opened:
        yield opened
