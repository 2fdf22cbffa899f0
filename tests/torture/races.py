"""R8: several agents want the same conversation at once, over REST and over the socket, while routing offers it."""

import asyncio
import itertools
import random
import time
from collections.abc import Awaitable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from tests.channels.loopback.provider import signed
from tests.torture import checkers, history, settled, stored
from tests.torture.history import History
from tests.torture.line import Cut
from tests.torture.report import Report, spread
from tests.torture.screen import Screen
from tests.torture.sizes import Races
from tests.torture.storms import SEED
from tests.torture.world import LOOPBACK_SECRET, WEBHOOK, Agent, World, make_world

OFFER_WITHIN = 2.0
LOSER_SECONDS = 1.0


@dataclass
class Answer:
    """What one contender heard."""

    won: bool
    code: str
    winner: str


class Ring:
    """Who is asked for which conversation, as their screens hear it."""

    def __init__(self, screens: list[Screen]) -> None:
        self.screens = {screen.agent.id: screen for screen in screens}
        self._offers: dict[str, asyncio.Future[tuple[Screen, str]]] = {}

    async def listen(self, screen: Screen) -> None:
        """Note every offer that this screen hears."""
        while True:
            offer = await screen.offers.get()
            asked = self._of(offer["conversation"]["id"])
            if not asked.done():
                asked.set_result((screen, offer["id"]))

    async def offered(self, conversation_id: str) -> tuple[Screen, str] | None:
        """Whose screen rings for it, and the offer; None when nobody's does in time."""
        try:
            return await asyncio.wait_for(asyncio.shield(self._of(conversation_id)), OFFER_WITHIN)
        except TimeoutError:
            return None

    def _of(self, conversation_id: str) -> "asyncio.Future[tuple[Screen, str]]":
        return self._offers.setdefault(conversation_id, asyncio.get_running_loop().create_future())


class Contest:
    """Opens conversations and lets agents race for them."""

    def __init__(self, world: World, notes: History, chance: random.Random, ring: Ring) -> None:
        self._world, self._notes, self._chance, self._ring = world, notes, chance, ring
        self.rung = 0

    async def run(self, numbers: Any) -> None:
        """One race after another until there are no numbers left."""
        async with AsyncExitStack() as stack:
            self_http = await stack.enter_async_context(_client({}))
            clients = {
                agent.id: await stack.enter_async_context(_client(agent.headers)) for agent in self._world.house.agents
            }
            for number in numbers:
                await self._race(number, self_http, clients)

    async def _race(self, number: int, http: aiohttp.ClientSession, clients: dict[str, aiohttp.ClientSession]) -> None:
        conversation = await self._open(number, http)
        asked = await self._ring.offered(conversation)
        self.rung += asked is not None
        agents = self._chance.sample(self._world.house.agents, self._chance.randint(2, len(clients)))
        tries = [self._take(conversation, agent, clients[agent.id]) for agent in agents]
        if asked is not None:
            screen, offer = asked
            tries.append(self._accept_by_socket(conversation, screen, offer))
            tries.append(self._accept_by_rest(conversation, screen.agent, offer, clients[screen.agent.id]))
        self._chance.shuffle(tries)
        answers = await asyncio.gather(*tries)
        winner = next((agent for agent, won in answers if won), None)
        if winner is not None:
            url = f"{self._world.urls[0]}/api/v1/conversations/{conversation}/resolve"
            async with clients[winner].post(url, json={}) as answer:
                assert answer.status == 200, await answer.text()

    async def _open(self, number: int, http: aiohttp.ClientSession) -> str:
        """A new customer writes; gives the conversation as the database has it."""
        event = {"type": "message", "id": f"m{number}", "from": f"loopback:s{number}", "text": "Who takes me?"}
        body, headers = signed(LOOPBACK_SECRET, f"w{number}", event)
        self._notes.note("sent", id=f"m{number}", sender=event["from"])
        url = self._chance.choice(self._world.urls)
        async with http.post(f"{url}/hooks/loopback/{WEBHOOK}", data=body, headers=headers) as answer:
            assert answer.status == 200, await answer.text()
        self._notes.note("acknowledged", id=f"m{number}")
        return await asyncio.to_thread(stored.conversation_of, self._world.database_url, f"m{number}")

    async def _take(self, conversation: str, agent: Agent, client: aiohttp.ClientSession) -> tuple[str, bool]:
        return await self._timed(
            conversation, agent, "take", _post(client, self._url(), f"conversations/{conversation}/take")
        )

    async def _accept_by_rest(
        self, conversation: str, agent: Agent, offer: str, client: aiohttp.ClientSession
    ) -> tuple[str, bool]:
        return await self._timed(conversation, agent, "rest", _post(client, self._url(), f"offers/{offer}/accept"))

    async def _accept_by_socket(self, conversation: str, screen: Screen, offer: str) -> tuple[str, bool]:
        return await self._timed(conversation, screen.agent, "socket", _call(screen, offer))

    async def _timed(self, conversation: str, agent: Agent, how: str, asked: Awaitable[Answer]) -> tuple[str, bool]:
        begun = time.monotonic()
        answer = await asked
        seconds = time.monotonic() - begun
        self._notes.note(
            "answered",
            conversation=conversation,
            agent=agent.id,
            how=how,
            won=answer.won,
            code=answer.code,
            winner=answer.winner,
            seconds=seconds,
        )
        return agent.id, answer.won

    def _url(self) -> str:
        return self._chance.choice(self._world.urls)


def _client(headers: Mapping[str, str]) -> aiohttp.ClientSession:
    """A connection for each request: one kept open may be closed by the server just when it is used again."""
    return aiohttp.ClientSession(headers=headers, connector=aiohttp.TCPConnector(force_close=True))


async def _post(client: aiohttp.ClientSession, url: str, path: str) -> Answer:
    async with client.post(f"{url}/api/v1/{path}") as answer:
        said = await answer.json()
    if answer.status == 200:
        return Answer(True, "", said["owner"]["id"])
    return Answer(False, said["code"] if answer.status == 409 else str(said), said.get("winner", {}).get("id", ""))


async def _call(screen: Screen, offer: str) -> Answer:
    try:
        ack = await screen.call("accept", {"offer_id": offer})
    except Cut as error:
        return Answer(False, f"cut: {error}", "")
    if ack["ok"]:
        return Answer(True, "", ack["conversation"]["owner"]["id"])
    return Answer(False, ack["error"]["code"], ack["error"].get("winner", {}).get("id", ""))


async def races(name: str, size: Races, home: Path, database_url: str = "", redis_url: str = "") -> Report:
    """R8 from beginning to end."""
    chance = random.Random(SEED)
    webs = 2 if redis_url else 1
    world = await make_world(home, database_url, redis_url, agents=size.agents, webs=webs, offer_seconds=30)
    report = Report(name, home / f"{name}.jsonl")
    await world.start()
    try:
        with History(report.history) as notes:
            screens = [Screen(agent, world.urls, notes, chance) for agent in world.house.agents]
            ring = Ring(screens)
            lives = [asyncio.ensure_future(each) for screen in screens for each in (screen.live(), ring.listen(screen))]
            contest = Contest(world, notes, chance, ring)
            try:
                async with asyncio.timeout(20):
                    while not all(screen.is_up for screen in screens):
                        await asyncio.sleep(0.05)
                numbers = itertools.islice(itertools.count(), size.conversations)
                await asyncio.gather(*(contest.run(numbers) for _ in range(size.at_once)))
                await settled.calm(world)
            finally:
                for each in lives:
                    each.cancel()
                await asyncio.gather(*lives, return_exceptions=True)
    finally:
        await world.stop()
    facts, events = stored.load(world.database_url), history.read(report.history)
    settled.judge(report, world, events, facts, size.patience)
    report.faults += checkers.check_races(events, facts, LOSER_SECONDS * size.patience)
    _figure(report, events, contest.rung)
    return report


def _figure(report: Report, events: list[history.Event], rung: int) -> None:
    answers = [event for event in events if event["event"] == "answered"]
    losers = [event["seconds"] * 1000 for event in answers if not event["won"]]
    won_by = {how: sum(1 for e in answers if e["won"] and e["how"] == how) for how in ("take", "rest", "socket")}
    report.figures |= {
        "races": len({event["conversation"] for event in answers}),
        "contenders": len(answers),
        "offered by routing before the race": rung,
        "good answers by way": won_by,
        "losers heard who won within": spread(losers, "ms", 0),
    }
