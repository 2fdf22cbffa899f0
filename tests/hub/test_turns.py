"""Bots that think elsewhere: quiet, thrown-away turns, failures, and silence after the handoff."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest_asyncio
from sqlalchemy import select

from hub import accounts, handoff
from hub.errors import Unavailable
from hub.flows.acts import Act, Close, Escalate, Note, Say
from hub.models import Timer
from hub.models.base import table
from hub.turns import TurnContext, Turns
from tests.support.house import Browser, House

Think = Callable[[TurnContext], Sequence[Act]]


@dataclass
class Parrot:
    """A bot as a package would bring it: it answers what the test tells it to."""

    name: str = "parrot"
    think: Think = lambda context: [Say("You said: " + [s.text for s in context.said if s.by == "customer"][-1])]
    before: Callable[[], Any] | None = None
    heard: list[TurnContext] = field(default_factory=list)

    async def turn(self, context: TurnContext) -> Sequence[Act]:
        """Think; something may happen meanwhile."""
        self.heard.append(context)
        if self.before is not None:
            await self.before()
        return self.think(context)


@dataclass
class Desk:
    """A bank with such a bot on a widget, and one customer at it."""

    house: House
    bot: Parrot
    browser: Browser

    async def sends(self, text: str) -> str:
        """The customer writes; the bot has not begun to think."""
        taken = await self.browser.sends(text)
        assert taken.conversation is not None
        return str(taken.conversation.id)

    async def is_quiet(self, seconds: float = 0.8) -> None:
        """The customer writes nothing for a moment."""
        await self.house.passes(seconds)

    async def timers(self) -> int:
        """How many turns are to come."""
        return len(await self.house.rows(select(table(Timer).c.key).where(table(Timer).c.topic == "bot_turn")))


@pytest_asyncio.fixture
async def desk(house: House) -> AsyncIterator[Desk]:
    """The bot is known to the house and answers on a widget of its own."""
    bot = Parrot()
    house.outbox.subscribe(Turns(house.store, {"parrot": bot}).topic())
    account = await house.write(
        accounts.add,
        channel="webchat",
        adapter="webchat",
        name="Parrot",
        key="parrot",
        queue_id=house.bank.queues["general"].id,
        flow="welcome",
        settings={"bot": "parrot", "bot_names": {"en": "Parrot"}},
    )
    yield Desk(house, bot, await house.visitor(account=account))


async def test_a_turn_starts_when_the_customer_has_been_quiet(desk: Desk) -> None:
    await desk.sends("Good")
    await desk.is_quiet(0.5)
    conversation_id = await desk.sends("morning")
    await desk.is_quiet(0.5)
    assert not desk.bot.heard

    await desk.is_quiet(0.3)

    assert [[said.text for said in turn.said] for turn in desk.bot.heard] == [["Good", "morning"]]
    assert (await desk.house.said(conversation_id))[-1] == "bot: You said: morning"
    assert await desk.timers() == 0


async def test_a_turn_is_thrown_away_at_most_twice_when_the_customer_writes_on(desk: Desk) -> None:
    async def write_on() -> None:
        await desk.browser.sends(f"and {len(desk.bot.heard)}")

    desk.bot.before = write_on
    conversation_id = await desk.sends("Hello")

    for _ in range(3):
        await desk.is_quiet()

    said = await desk.house.said(conversation_id)
    assert said == ["customer: Hello", "customer: and 1", "customer: and 2", "customer: and 3", "bot: You said: and 2"]
    desk.bot.before = None
    await desk.is_quiet()
    assert (await desk.house.said(conversation_id))[-1] == "bot: You said: and 3"


async def test_asking_for_a_person_cancels_a_turn_that_is_thinking(desk: Desk) -> None:
    async def ask() -> None:
        await desk.browser.sends("let me talk to a person")

    desk.bot.before = ask
    conversation_id = await desk.sends("Hello")

    await desk.is_quiet()

    assert not [line for line in await desk.house.said(conversation_id) if line.startswith("bot")]
    assert (await desk.house.conversation(conversation_id)).owner_kind == "queue"


async def test_an_agent_who_takes_over_silences_a_turn_that_is_thinking(desk: Desk) -> None:
    (amy,) = await desk.house.online("amy")
    conversation_id = await desk.sends("Hello")

    async def take() -> None:
        await desk.house.write(handoff.take, conversation_id, amy.actor)

    desk.bot.before = take
    await desk.is_quiet()

    assert await desk.house.said(conversation_id) == ["customer: Hello"]


async def test_a_bot_that_fails_is_silent_or_hangs_hands_over_to_people(desk: Desk) -> None:
    def fail(context: TurnContext) -> Sequence[Act]:
        raise Unavailable("no answer")

    def say_nothing(context: TurnContext) -> Sequence[Act]:
        return []

    reasons = []
    for think in (fail, say_nothing):
        desk.bot.think = think
        browser = await desk.house.visitor(account=desk.browser.account)
        conversation_id = (await browser.sends("Hello")).conversation.id
        await desk.is_quiet()
        conversation = await desk.house.conversation(conversation_id)
        assert conversation.owner_kind == "queue"
        asked = [e for e in await desk.house.timeline(conversation_id, "handoff") if e.body["state"] == "requested"]
        reasons.append(asked[0].body["reason"])

    assert reasons == ["bot_failed", "bot_silent"]


async def test_acts_are_applied_in_order_and_nothing_after_the_end(desk: Desk) -> None:
    desk.bot.think = lambda context: [
        Say("First"),
        Note("flow_step", {"flow": "parrot"}),
        Escalate("too hard", "wants a loan"),
        Say("never said"),
    ]
    conversation_id = await desk.sends("Hello")

    await desk.is_quiet()

    entries = await desk.house.timeline(conversation_id)
    kinds = [entry.kind for entry in entries]
    assert kinds == ["message", "message", "bot", "handoff", "status"]
    assert entries[3].body["summary"] == "wants a loan"


async def test_a_bot_may_end_the_conversation(desk: Desk) -> None:
    desk.bot.think = lambda context: [Say("Done"), Close("done")]
    conversation_id = await desk.sends("thanks")

    await desk.is_quiet()

    assert (await desk.house.conversation(conversation_id)).status == "resolved"


async def test_a_bot_that_nobody_installed_hands_over(desk: Desk) -> None:
    desk.house.outbox.subscribe(Turns(desk.house.store, {}).topic())
    conversation_id = await desk.sends("Hello")

    await desk.is_quiet()

    assert (await desk.house.conversation(conversation_id)).owner_kind == "queue"
