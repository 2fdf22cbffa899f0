"""R1 and R2: signed webhooks while the processes that take them are killed, again and again.

A message that gets no good answer is tried once more, then at another address, as carriers do. At the end
whatever was never acknowledged is sent again, as the carriers' reconciliation would: everything must be there.
"""

import asyncio
import json
import random
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field

import aiohttp

from tests.channels.loopback.provider import signed
from tests.torture.history import History
from tests.torture.sizes import Storm
from tests.torture.world import LOOPBACK_SECRET, WEBHOOK, Server, World

TIMEOUT = aiohttp.ClientTimeout(total=5)
WAITS = (1.0, 2.0)  # before the second try, before the fallback


@dataclass
class Stormer:
    """Sends what a size asks for; `answered` counts good answers, for the killer to go by."""

    world: World
    size: Storm
    history: History
    chance: random.Random
    answered: int = 0
    unacknowledged: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    async def run(self, meanwhile: Awaitable[None]) -> None:
        """Send everything, `meanwhile` somebody kills; then send again what nobody acknowledged."""
        numbers = iter(range(self.size.messages))
        async with aiohttp.ClientSession(timeout=TIMEOUT) as self._http:
            killing = asyncio.ensure_future(meanwhile)
            await asyncio.gather(*(self._work(numbers) for _ in range(self.size.at_once)))
            await killing
            missed, self.unacknowledged = self.unacknowledged, []
            self.history.note("reconciling", count=len(missed))
            for number in missed:
                await self._send(number)

    async def _work(self, numbers: Iterable[int]) -> None:
        for number in numbers:
            twice = self.chance.random() < self.size.twice
            if twice and self.chance.random() < 0.5:
                await asyncio.gather(self._send(number), self._send(number))
                continue
            await self._send(number)
            if twice:
                await self._send(number)

    async def _send(self, number: int) -> None:
        """One message as a carrier would: a try, a retry, the fallback; then it gives up."""
        urls = self._urls()
        for attempt in range(3):
            if await self._try(number, urls[attempt % len(urls)]):
                return
            if attempt < len(WAITS):
                await asyncio.sleep(WAITS[attempt] * self.chance.uniform(0.5, 1.0))
        self.unacknowledged.append(number)

    def _urls(self) -> list[str]:
        urls = list(self.world.urls)
        self.chance.shuffle(urls)
        return urls

    async def _try(self, number: int, url: str) -> bool:
        id = f"m{number}"
        sender = f"loopback:s{number % self.size.senders}"
        event = {"type": "message", "id": id, "from": sender, "text": f"message {number} 你好"}
        body, headers = signed(LOOPBACK_SECRET, f"w{number}", event)
        begun = asyncio.get_running_loop().time()
        self.history.note("sent", id=id, sender=sender)
        try:
            async with self._http.post(f"{url}/hooks/loopback/{WEBHOOK}", data=body, headers=headers) as answer:
                said = await answer.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            self.history.note("unanswered", id=id, error=type(error).__name__)
            return False
        if answer.status != 200:
            self.history.note("refused", id=id, status=answer.status)
            return False
        result = json.loads(said)["results"][0]["result"]
        if result not in ("taken", "repeated"):
            raise AssertionError(f"{id} was {result}")
        self.history.note("acknowledged", id=id, result=result)
        self.seconds.append(asyncio.get_running_loop().time() - begun)
        self.answered += 1
        return True


async def kill_at_random(
    targets: Sequence[Server],
    kills: int,
    history: History,
    chance: random.Random,
    progress: Callable[[], int],
    total: int,
) -> None:
    """Kill one after another at random moments of the whole run, each time waiting until it is back."""
    moments = sorted(chance.sample(range(1, max(total, kills + 2)), kills))
    for number, moment in enumerate(moments):
        while progress() < moment:
            await asyncio.sleep(0.002)
        await asyncio.sleep(chance.uniform(0, 0.02))
        target = targets[number % len(targets)]
        history.note("kill", process=target.log.stem)
        await target.kill()
        seconds = await target.start()
        history.note("ready", process=target.log.stem, seconds=round(seconds, 3))
