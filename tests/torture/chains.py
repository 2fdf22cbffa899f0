"""R19, the handoff part: bot, queue, agent A, agent B, with the serving process killed at each step.

Many chains go side by side, so that a kill finds them in the middle of the same step. Every step is tried
until the hub says yes, as programs and people do.
"""

import asyncio
import hashlib
import json
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from tests.torture import checkers, history, settled, stored
from tests.torture.history import History
from tests.torture.line import Cut, Line
from tests.torture.report import Report, spread
from tests.torture.sizes import Chains
from tests.torture.storms import SEED, judge_windows, until, windows_complete
from tests.torture.widget import Widget
from tests.torture.world import Agent, World, make_world

CONTEXT = ("message", "note", "form")
STEP_SECONDS = 60.0


@dataclass
class Chain:
    """One conversation on its way. `seen` is the hash of the context at each stage, with how far it goes."""

    widget: Widget
    first: Agent
    second: Agent
    conversation: str = ""
    log: str = ""
    seen: list[tuple[str, int, str]] = field(default_factory=list)
    spoken: int = 0


class Hand:
    """What agents do over REST, again and again until it is done."""

    def __init__(self, world: World, notes: History) -> None:
        self._world, self._notes = world, notes
        self.http: aiohttp.ClientSession

    async def ask(self, agent: Agent, method: str, path: str, body: object = None, key: str = "") -> Any:
        """One request, tried again while nobody answers; gives status and JSON."""
        headers = dict(agent.headers) | ({"Idempotency-Key": key} if key else {})
        deadline = time.monotonic() + STEP_SECONDS
        while True:
            try:
                url = f"{self._world.urls[0]}/api/v1/{path}"
                async with self.http.request(method, url, json=body, headers=headers) as answer:
                    said = await answer.json(content_type=None)
                if answer.status < 500 and said is not None:
                    return said
                if answer.status == 204:
                    return {}
            except (aiohttp.ClientError, TimeoutError, ValueError):
                self._notes.note("unanswered", path=path)
            if time.monotonic() > deadline:
                raise AssertionError(f"{path} was not answered within {STEP_SECONDS} s")
            await asyncio.sleep(0.1)

    async def until(self, agent: Agent, path: str, holds: Callable[[Any], object]) -> Any:
        """Look until something is so."""
        deadline = time.monotonic() + STEP_SECONDS
        while not holds(found := await self.ask(agent, "GET", path)):
            if time.monotonic() > deadline:
                raise AssertionError(f"{path} still says {str(found)[:500]}")
            await asyncio.sleep(0.1)
        return found

    async def context(self, agent: Agent, chain: Chain, stage: str) -> None:
        """What this agent reads of the conversation now, as a hash and how far it goes."""
        entries, after = [], f"{chain.log}:0"
        while True:
            page = await self.ask(agent, "GET", f"customers/{chain.log}/timeline?after={after}&limit=100")
            entries += page["items"]
            if not page["items"]:
                break
            after = f"{chain.log}:{page['items'][-1]['position']}"
        through = max(entry["position"] for entry in entries)
        chain.seen.append((stage, through, context_hash(entries, through)))


def context_hash(entries: list[dict[str, Any]], through: int) -> str:
    """SHA-256 over what was said, noted and collected up to a position, in order."""
    facts = [
        [entry["id"], entry["kind"], entry["author"]["kind"], entry["author"]["id"], entry["body"], _files(entry)]
        for entry in sorted(entries, key=lambda each: int(each["position"]))
        if entry["position"] <= through and entry["kind"] in CONTEXT
    ]
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _is_asked(row: dict[str, Any]) -> bool:
    """Whether somebody is asked to take the conversation over."""
    return row["handoff"] is not None and row["handoff"]["state"] in ("requested", "offered")


def _files(entry: dict[str, Any]) -> list[str]:
    return [file["id"] for file in entry.get("attachments", ())]


class Steps:
    """The stages of a chain; each may be interrupted by a kill."""

    def __init__(self, hand: Hand, notes: History) -> None:
        self._hand, self._notes = hand, notes
        self.waits: list[float] = []

    async def talk_to_the_bot(self, chain: Chain) -> None:
        """The customer tells the bot what it is about."""
        for text in ("The name on my card is misspelt", "Margarethe Nowak", "1234"):
            await self._write(chain, text)

    async def ask_for_a_person(self, chain: Chain) -> None:
        """The customer wants a person: the queue owns it from now on."""
        await self._write(chain, "I want to talk to a person")
        view = f"conversations/{chain.conversation}"
        await self._hand.until(chain.first, view, lambda row: row["owner"]["kind"] != "bot")

    async def first_takes(self, chain: Chain) -> None:
        """Agent A takes it and reads everything."""
        await self._hand.ask(chain.first, "POST", f"conversations/{chain.conversation}/take")
        await self._owned_by(chain, chain.first)
        await self._hand.context(chain.first, chain, "A has taken it")
        await self._say(chain, chain.first, "I have read everything.")
        await self._write(chain, "Good, the card ends in 1234.")

    async def first_hands_over(self, chain: Chain) -> None:
        """Agent A asks agent B, and goes on until B accepts."""
        body = {"to": {"kind": "agent", "id": chain.second.id}, "reason": "colleague knows more", "summary": "card"}
        view, attempt = f"conversations/{chain.conversation}", 0
        while not _is_asked(await self._hand.ask(chain.first, "GET", view)):
            # A repeat of a request whose end was lost is refused: we look, and ask anew if it was not done.
            attempt += 1
            await self._hand.ask(chain.first, "POST", f"{view}/handoffs", body, key=f"{chain.conversation}-{attempt}")
            await asyncio.sleep(0.1)
        await self._hand.context(chain.first, chain, "A has asked B")

    async def second_accepts(self, chain: Chain) -> None:
        """Agent B reads the brief, accepts, acknowledges and answers."""
        row = await self._hand.ask(chain.first, "GET", f"conversations/{chain.conversation}")
        if not _is_asked(row) and row["owner"]["id"] != chain.second.id:  # the offer ran out meanwhile
            await self.first_hands_over(chain)
            row = await self._hand.ask(chain.first, "GET", f"conversations/{chain.conversation}")
        if row["owner"]["id"] != chain.second.id:
            await self._hand.ask(chain.second, "GET", f"handoffs/{row['handoff']['id']}/brief")
            await self._hand.ask(chain.second, "POST", f"handoffs/{row['handoff']['id']}/accept")
        await self._owned_by(chain, chain.second)
        await self._hand.ask(chain.second, "POST", f"handoffs/{row['handoff']['id']}/acknowledge")
        await self._hand.context(chain.second, chain, "B has accepted")
        await self._say(chain, chain.second, "I take it from here.")

    async def second_resolves(self, chain: Chain) -> None:
        """It is done."""
        await self._write(chain, "Thank you!")
        await self._hand.context(chain.second, chain, "before the end")
        await self._hand.ask(chain.second, "POST", f"conversations/{chain.conversation}/resolve", {})
        view = f"conversations/{chain.conversation}"
        await self._hand.until(chain.second, view, lambda row: row["status"] == "resolved")

    async def _write(self, chain: Chain, text: str) -> None:
        chain.widget.write(text)
        await until(lambda: not chain.widget.outbox, STEP_SECONDS)
        if not chain.conversation:
            entry = next(iter(chain.widget.entries.values()))
            chain.conversation = entry["conversation_id"]
            row = await self._hand.ask(chain.first, "GET", f"conversations/{chain.conversation}")
            chain.log = row["log"]

    async def _say(self, chain: Chain, agent: Agent, text: str) -> None:
        chain.spoken += 1
        key = f"{chain.conversation}-{chain.spoken}"
        self._notes.note("sent", id=key, sender=agent.name)
        body = {"text": text, "client_key": key}
        entry = await self._hand.ask(agent, "POST", f"conversations/{chain.conversation}/replies", body)
        self._notes.note("acknowledged", id=key, entry=entry["id"])

    async def _owned_by(self, chain: Chain, agent: Agent) -> None:
        begun = time.monotonic()
        view = f"conversations/{chain.conversation}"
        await self._hand.until(agent, view, lambda row: row["owner"]["id"] == agent.id)
        self.waits.append(time.monotonic() - begun)

    @property
    def in_order(self) -> list[Callable[[Chain], Awaitable[None]]]:
        """All of them."""
        return [
            self.talk_to_the_bot,
            self.ask_for_a_person,
            self.first_takes,
            self.first_hands_over,
            self.second_accepts,
            self.second_resolves,
        ]


async def chains(name: str, size: Chains, home: Path, database_url: str = "", seed: int = SEED) -> Report:
    """The chains from beginning to end, a kill within each step of each round."""
    chance = random.Random(seed)
    world = await make_world(home, database_url, agents=4, flow="welcome", offer_seconds=30)
    report = Report(name, home / f"{name}.jsonl")
    done: list[Chain] = []
    await world.start()
    try:
        with History(report.history) as notes:
            hand = Hand(world, notes)
            steps = Steps(hand, notes)
            async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as hand.http:
                online = [asyncio.ensure_future(_stay_online(world, agent)) for agent in world.house.agents]
                for _ in range(size.rounds):
                    done += await _round(world, size.side_by_side, steps, notes, chance)
                for each in online:
                    each.cancel()
                await asyncio.gather(*online, return_exceptions=True)
            await settled.calm(world)
    finally:
        await world.stop()
    facts, events = stored.load(world.database_url), history.read(report.history)
    settled.judge(report, world, events, facts, size.patience)
    judge_windows(report, [chain.widget for chain in done], facts)
    for chain in done:
        report.faults += checkers.check_chain(chain.conversation, facts)
        report.faults += check_context(chain, facts)
    report.figures |= {"chains": len(done), "stages": len(steps.in_order), "owner seen after": spread(steps.waits)}
    return report


async def _round(world: World, count: int, steps: Steps, notes: History, chance: random.Random) -> list[Chain]:
    """Chains side by side through all steps, with one kill in the middle of each."""
    made = []
    for _ in range(count):
        first, second = chance.sample(world.house.agents, 2)
        made.append(Chain(Widget(world.urls, notes, chance), first, second))
    for chain in made:
        await chain.widget.open()
    lives = [asyncio.ensure_future(chain.widget.live()) for chain in made]
    try:
        for step in steps.in_order:
            killing = asyncio.ensure_future(_kill_soon(world, notes, chance))
            await asyncio.gather(*(step(chain) for chain in made))
            await killing
        await windows_complete([chain.widget for chain in made], world)
    finally:
        for each in lives:
            each.cancel()
        await asyncio.gather(*lives, return_exceptions=True)
    return made


async def _kill_soon(world: World, notes: History, chance: random.Random) -> None:
    await asyncio.sleep(chance.uniform(0.0, 0.25))
    notes.note("kill")
    await world.servers[0].kill()
    notes.note("ready", seconds=round(await world.servers[0].start(), 3))


async def _stay_online(world: World, agent: Agent) -> None:
    """The agent's console reconnects whenever it must."""
    while True:
        line = Line("/agent", {})
        try:
            await line.connect(world.urls[0], {"token": agent.token})
            await line.call("presence", {"state": "online"})
            while line.is_up:
                await asyncio.sleep(0.1)
        except Cut:
            await asyncio.sleep(0.2)
        finally:
            await line.close()


def check_context(chain: Chain, facts: stored.Stored) -> list[str]:
    """What was read at each stage equals what is stored up to there; the hub's own hash agrees, too."""
    entries = [
        {
            "id": each.id,
            "kind": each.kind,
            "position": each.position,
            "author": {"kind": each.author_kind, "id": each.author_id},
            "body": each.body,
        }
        for each in facts.of_conversation(chain.conversation)
    ]
    faults = []
    for stage, through, digest in chain.seen:
        if digest != context_hash(entries, through):
            faults.append(f"{chain.conversation}: what was read when {stage} is not what is stored")
    return faults
