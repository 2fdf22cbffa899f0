"""R9: chat windows lose their connection, reload with unsent text, sleep for minutes, lose acks; agents answer."""

import asyncio
import random
import uuid
from collections import Counter
from pathlib import Path

import aiohttp

from tests.torture import checkers, history, settled, stored
from tests.torture.history import History
from tests.torture.line import Cut
from tests.torture.report import Report, spread
from tests.torture.screen import Screen
from tests.torture.sizes import Chaos
from tests.torture.storms import SEED, judge_windows, screens_complete, until, windows_complete
from tests.torture.widget import Widget
from tests.torture.world import World, make_world

GAP_SECONDS = 2.0
Lives = dict[Widget, asyncio.Future[None]]


class Desk:
    """An agent who takes what waits, opens it, and answers each customer some times."""

    def __init__(self, screen: Screen, notes: History, chance: random.Random, each: int, urls: list[str]) -> None:
        self.screen = screen
        self.left: dict[str, int] = {}
        self._notes, self._chance, self._each, self._urls = notes, chance, each, urls

    @property
    def is_done(self) -> bool:
        """Whether every customer has had all answers."""
        return not any(self.left.values())

    async def work(self) -> None:
        """Take and answer until cancelled."""
        timeout = aiohttp.ClientTimeout(total=10)
        async with aiohttp.ClientSession(headers=self.screen.agent.headers, timeout=timeout) as http:
            while True:
                try:
                    await self._take_some(http)
                    await self._answer_some(http)
                except (aiohttp.ClientError, TimeoutError):
                    await asyncio.sleep(0.3)
                await asyncio.sleep(0.05)

    async def _take_some(self, http: aiohttp.ClientSession) -> None:
        url = f"{self._chance.choice(self._urls)}/api/v1/conversations"
        async with http.get(url, params={"view": "queue", "limit": "20"}) as answer:
            waiting = (await answer.json()).get("items", [])
        self._chance.shuffle(waiting)
        for row in waiting[:3]:
            async with http.post(f"{url}/{row['id']}/take") as answer:
                if answer.status == 200:
                    self.left.setdefault(row["id"], self._each)
                    self.screen.watch(row["customer"]["id"])

    async def _answer_some(self, http: aiohttp.ClientSession) -> None:
        for conversation, left in list(self.left.items()):
            if left and self._chance.random() < 0.3:
                key = str(uuid.UUID(int=self._chance.getrandbits(128), version=4))
                await self._say(http, conversation, key, f"answer {left} of {self.screen.agent.name}")
                self.left[conversation] -= 1

    async def _say(self, http: aiohttp.ClientSession, conversation: str, key: str, text: str) -> None:
        """Over the socket or over REST, again with the same key until somebody says yes."""
        while True:
            self._notes.note("sent", id=key, sender=self.screen.agent.name)
            if await self._try(http, conversation, key, text):
                self._notes.note("acknowledged", id=key)
                return
            self._notes.note("unanswered", id=key)
            await asyncio.sleep(0.2)

    async def _try(self, http: aiohttp.ClientSession, conversation: str, key: str, text: str) -> bool:
        if self._chance.random() < 0.5:
            try:
                data = {"conversation_id": conversation, "client_key": key, "text": text}
                return bool((await self.screen.call("reply", data))["ok"])
            except Cut:
                return False
        url = f"{self._chance.choice(self._urls)}/api/v1/conversations/{conversation}/replies"
        try:
            async with http.post(url, json={"text": text, "client_key": key}) as answer:
                return answer.status == 201 and self._chance.random() > 0.05  # some answers are lost on the way
        except (aiohttp.ClientError, TimeoutError):
            return False


async def chaos(
    name: str, size: Chaos, home: Path, database_url: str = "", redis_url: str = "", seed: int = SEED
) -> Report:
    """R9 from beginning to end: no process is killed, only every connection."""
    chance = random.Random(seed)
    webs = 2 if redis_url else 1
    world = await make_world(home, database_url, redis_url, agents=size.agents, webs=webs, flow="")
    report = Report(name, home / f"{name}.jsonl")
    await world.start()
    try:
        with History(report.history) as notes:
            widgets = [Widget(world.urls, notes, chance) for _ in range(size.visitors)]
            desks = [
                Desk(Screen(agent, world.urls, notes, chance), notes, chance, size.each, world.urls)
                for agent in world.house.agents
            ]
            await _play(widgets, desks, size, world, chance)
            report.figures["memory"] = ", ".join(f"{each.log.stem} {each.memory_mb:.0f} MB" for each in world.processes)
    finally:
        await world.stop()
    facts, events = stored.load(world.database_url), history.read(report.history)
    settled.judge(report, world, events, facts, size.patience)
    judge_windows(report, widgets, facts)
    _judge_desks(report, desks, facts)
    late = [each for widget in widgets for each in widget.gap_seconds if each > GAP_SECONDS * size.patience]
    report.faults += [f"a window needed {each:.2f} s to be complete again" for each in late]
    return report


async def _play(widgets: list[Widget], desks: list[Desk], size: Chaos, world: World, chance: random.Random) -> None:
    """Everybody writes and loses connections until all is said, then everybody comes back."""
    for widget in widgets:
        widget.lost_acks = size.lost_acks
        await widget.open()
    lives: Lives = {widget: asyncio.ensure_future(widget.live()) for widget in widgets}
    work = [asyncio.ensure_future(each) for desk in desks for each in (desk.screen.live(), desk.work())]
    trouble = asyncio.ensure_future(_trouble(lives, desks, size, chance))
    try:
        await asyncio.gather(*(_talk(widget, size.each, chance) for widget in widgets))
        await until(lambda: _all_said(widgets, desks, size), 600 + size.sleep_seconds)
        trouble.cancel()
        await asyncio.gather(trouble, return_exceptions=True)
        for widget, life in lives.items():
            if life.done():
                lives[widget] = asyncio.ensure_future(widget.live())
        await settled.calm(world)
        await windows_complete(widgets, world)
        await screens_complete([desk.screen for desk in desks], world)
    finally:
        for each in [*lives.values(), *work, trouble]:
            each.cancel()
        await asyncio.gather(*lives.values(), *work, trouble, return_exceptions=True)


def _all_said(widgets: list[Widget], desks: list[Desk], size: Chaos) -> bool:
    answered = sum(len(desk.left) for desk in desks) >= len(widgets)
    return answered and all(desk.is_done for desk in desks) and not any(widget.outbox for widget in widgets)


async def _talk(widget: Widget, count: int, chance: random.Random) -> None:
    for number in range(count):
        widget.write(f"{widget.name} says {number} 你好")
        await asyncio.sleep(chance.uniform(0.1, 1.0))


async def _trouble(lives: Lives, desks: list[Desk], size: Chaos, chance: random.Random) -> None:
    """Cut, reload and put to sleep, each window once in `mean_seconds` on the average."""
    naps: set[asyncio.Task[None]] = set()
    widgets, sleeps = list(lives), size.sleeps
    try:
        while True:
            await asyncio.sleep(chance.expovariate(len(widgets) / size.mean_seconds))
            widget = chance.choice(widgets)
            if sleeps and not lives[widget].done() and chance.random() < 0.2:
                sleeps -= 1
                naps.add(asyncio.create_task(_sleep(widget, lives, size.sleep_seconds)))
            elif chance.random() < 0.4:
                widget.reload()
            else:
                widget.cut()
            if chance.random() < 0.1:
                chance.choice(desks).screen.cut()
    finally:
        for nap in naps:
            nap.cancel()
        await asyncio.gather(*naps, return_exceptions=True)


async def _sleep(widget: Widget, lives: Lives, seconds: float) -> None:
    """The lid is closed: nothing runs, the connection dies; later it wakes with cursor and outbox as they were."""
    lives[widget].cancel()
    await asyncio.gather(lives[widget], return_exceptions=True)
    await asyncio.sleep(seconds)
    lives[widget] = asyncio.ensure_future(widget.live())


def _judge_desks(report: Report, desks: list[Desk], facts: stored.Stored) -> None:
    by_log = facts.by_log()
    for desk in desks:
        for log in desk.screen.logs:
            name = f"the screen of {desk.screen.agent.name}"
            report.faults += checkers.check_view(name, desk.screen.shown(log), by_log[log])
    gaps = [each for desk in desks for each in desk.screen.gap_seconds]
    report.figures |= {"agents' screens complete after": spread(gaps), "both ways": _both_ways(facts)}


def _both_ways(facts: stored.Stored) -> str:
    ways = Counter(each.direction for each in facts.entries if each.kind == "message")
    return f"{ways['in']} in, {ways['out']} out"
