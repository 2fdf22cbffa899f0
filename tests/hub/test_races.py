"""Many hands at once: exactly one gets each conversation, the others hear who, nobody takes too much (R8)."""

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import text

from hub import availability, conversations, handoff, inbox, intake, replies
from hub.access import viewer
from hub.errors import AlreadyAccepted, CapacityReached, HubError, OfferOver
from hub.outbox import OutboxRunner
from hub.store import Store, Tx
from tests.support.house import TOPICS, Browser, House, Staff
from tests.support.truth import check

CONVERSATIONS, RACERS = 100, 10


async def _race(stores: list[Store], staff: list[Staff], conversation_id: str) -> list[Any]:
    """Everybody takes it, whoever is asked accepts the offer besides, in two processes, all at once."""
    rung = [
        (offer, agent) for agent in staff for offer in await agent.offers() if offer.conversation_id == conversation_id
    ]

    def take(store: Store, agent: Staff) -> Awaitable[object]:
        return store.write(lambda tx: handoff.take(tx, conversation_id, agent.actor))

    def accept(store: Store, agent: Staff, offer_id: str) -> Awaitable[object]:
        return store.write(lambda tx: handoff.accept(tx, offer_id, agent.actor))

    tries = [take(stores[n % len(stores)], staff[n % len(staff)]) for n in range(RACERS - len(rung))]
    tries += [accept(stores[0], agent, offer.id) for offer, agent in rung]
    return list(await asyncio.gather(*tries, return_exceptions=True))


@pytest.mark.timeout(300)
async def test_each_of_a_hundred_conversations_has_exactly_one_winner_of_ten(house: House) -> None:
    staff = await house.online("amy", "mia", "ben", "sue", "ada")
    for each in staff:
        await house.write(availability.set_capacity, each.id, 50)
    stores = [house.store, house.another_store()]
    winners: Counter[str] = Counter()
    names = {each.id: each.row.name for each in staff}

    for _ in range(CONVERSATIONS):
        _, conversation_id = await house.waiting_for("cards")
        results = await _race(stores, staff, conversation_id)
        row = await house.conversation(conversation_id)
        winners[row.owner_id] += 1
        losers = [each for each in results if isinstance(each, BaseException)]
        assert row.owner_kind == "agent"
        assert {won.owner_id for won in results if not isinstance(won, BaseException)} == {row.owner_id}
        for lost in losers:
            assert isinstance(lost, AlreadyAccepted), lost
            assert lost.details["winner"] == {"id": row.owner_id, "name": names[row.owner_id]}
        accepted = [e for e in await house.timeline(conversation_id, "handoff") if e.body["state"] == "accepted"]
        assert len(accepted) == 1
        if sum(winners.values()) % 40 == 0:
            await _everybody_resolves(house, staff)

    await house.read(check)
    assert sum(winners.values()) == CONVERSATIONS


async def _everybody_resolves(house: House, staff: list[Staff]) -> None:
    for each in staff:
        page = await house.store.read(lambda tx, e=each: inbox.mine(tx, viewer(tx, e.id), limit=100))  # type: ignore[misc]
        for row in page.rows:
            await each.resolves(row.id)
    await house.settles()


async def test_nobody_takes_more_than_their_capacity_however_fast_they_click(house: House) -> None:
    (amy,) = await house.online("amy")
    await house.write(availability.set_capacity, amy.id, 3)
    stores = [house.store, house.another_store()]
    waiting = [(await house.waiting_for("risk"))[1] for _ in range(10)]

    results = await asyncio.gather(
        *(
            stores[n % 2].write(lambda tx, each=each: handoff.take(tx, each, amy.actor))  # type: ignore[misc]
            for n, each in enumerate(waiting)
        ),
        return_exceptions=True,
    )

    assert sum(isinstance(each, CapacityReached) for each in results) == 7
    assert await amy.load() == 3
    await house.read(check)


async def test_accept_and_expiry_at_once_have_one_outcome(house: House) -> None:
    amy, mia = await house.online("amy", "mia")
    other = house.another_store()
    for _ in range(20):
        _, conversation_id = await house.waiting_for("cards")
        asked = amy if await amy.offers() else mia
        offer = await asked.offer()

        accepted, expired = await asyncio.gather(
            house.write(handoff.accept, offer.id, asked.actor),
            other.write(lambda tx, it=offer.id: handoff.expire(tx, it, {})),  # type: ignore[misc]
            return_exceptions=True,
        )

        row = await house.conversation(conversation_id)
        ended = (await house.read(handoff.get_offer, offer.id)).state
        assert expired is None
        if isinstance(accepted, BaseException):
            assert isinstance(accepted, OfferOver)
            assert (ended, row.owner_kind) == ("expired", "queue")
            await house.settles()
            await amy.takes(conversation_id)
        else:
            assert (ended, row.owner_id) == ("accepted", asked.id)
        await (amy if (await house.conversation(conversation_id)).owner_id == amy.id else mia).resolves(conversation_id)
        await house.passes(61)
    await house.read(check)


async def test_crossing_transfers_of_many_conversations_lose_nothing(house: House) -> None:
    """Two queues, two processes, conversations crossing both ways: retried deadlocks at worst."""
    ids = [(await house.waiting_for("cards" if n % 2 else "risk"))[1] for n in range(20)]
    stores = [house.store, house.another_store()]
    sue = house.agent("sue")

    def cross(number: int, conversation_id: str) -> Awaitable[object]:
        to = house.bank.queues["risk" if number % 2 else "cards"].id

        def run(tx: Tx) -> None:
            handoff.to_queue(tx, conversations.hold_open(tx, conversation_id), sue.actor, to)

        return stores[number % 2].write(run)

    await asyncio.gather(*(cross(n, id) for n, id in enumerate(ids)))
    await house.settles()

    assert [(await house.conversation(id)).owner_id for id in ids] == [
        house.bank.queues["risk" if n % 2 else "cards"].id for n in range(20)
    ]
    await house.read(check)


async def test_a_busy_house_never_locks_in_a_circle(postgres_house: House) -> None:
    """Everything at once in two processes: one lock order for all, so that PostgreSQL never has to break one."""
    house = postgres_house
    staff = await house.online("amy", "mia", "ben")
    for each in staff:
        await house.write(availability.set_capacity, each.id, 50)
    served = [await house.served_by(("amy", "mia", "ben")[n % 3]) for n in range(12)]
    other = house.another_store()
    runners = [house.outbox, OutboxRunner(other)]
    for topic in TOPICS:
        runners[1].subscribe(topic)
    chance = random.Random(7)

    async def works(number: int) -> None:
        store = (house.store, other)[number % 2]
        for _ in range(25):
            browser, conversation_id = served[chance.randrange(len(served))]
            who = staff[chance.randrange(3)]
            with contextlib.suppress(HubError):
                await store.write(_something(house, browser, conversation_id, who, chance))

    is_over = asyncio.Event()

    async def drains(runner: OutboxRunner) -> None:
        while await runner.turn() or not is_over.is_set():
            await asyncio.sleep(0)

    drained = [asyncio.create_task(drains(runner)) for runner in runners]
    await asyncio.gather(*map(works, range(10)))
    is_over.set()
    await asyncio.gather(*drained)

    await house.read(check)
    await other.close()
    house.store._engine.dispose()  # type: ignore[attr-defined]  # connections report what they saw when they end
    (row,) = await house.rows(text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"))
    assert row.deadlocks == 0


def _something(
    house: House, browser: Browser, conversation_id: str, who: Staff, chance: random.Random
) -> Callable[[Tx], object]:
    arrival = browser.arrival("hello")
    queue = house.bank.queues[chance.choice(["cards", "risk", "general"])]
    to = house.agent(chance.choice(["amy", "mia", "ben"]))

    def to_agent(tx: Tx) -> object:
        return handoff.to_agent(tx, conversations.hold_open(tx, conversation_id), who.actor, to.id)

    def accepts(tx: Tx) -> object:
        return [handoff.accept(tx, offer.id, who.actor) for offer in handoff.live_offers(tx, who.id)[:1]]

    return chance.choice(
        [
            lambda tx: intake.accept(tx, arrival),
            lambda tx: replies.say(tx, conversations.hold_open(tx, conversation_id), who.actor, {"text": "yes?"}),
            lambda tx: handoff.to_queue(tx, conversations.hold_open(tx, conversation_id), who.actor, queue.id),
            lambda tx: handoff.take(tx, conversation_id, who.actor),
            lambda tx: conversations.resolve(tx, conversation_id, who.actor),
            to_agent,
            accepts,
            accepts,
        ]
    )
