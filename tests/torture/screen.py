"""An agent's screen as `web/console` behaves: connect, watch, then fetch, then apply what came meanwhile."""

import asyncio
import random
import time
from collections.abc import Sequence
from typing import Any

import aiohttp

from tests.torture.history import History
from tests.torture.line import Cut, Line
from tests.torture.world import Agent


class Screen:
    """One console window of one agent; `logs` is what it shows, by customer and entry id."""

    def __init__(self, agent: Agent, urls: Sequence[str], history: History, chance: random.Random) -> None:
        """Nothing is open yet."""
        self.agent = agent
        self.logs: dict[str, dict[str, dict[str, Any]]] = {}
        self.cursors: dict[str, int] = {}
        self.offers: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.repeats = 0
        self.gap_seconds: list[float] = []
        self._stale: set[str] = set()
        self._seen: set[tuple[str, int]] = set()
        self._urls, self._history, self._chance = list(urls), history, chance
        self._wake = asyncio.Event()
        self._line: Line | None = None
        self._http: aiohttp.ClientSession | None = None

    @property
    def url(self) -> str:
        """Any of the servers."""
        return self._chance.choice(self._urls)

    @property
    def is_up(self) -> bool:
        """Whether its socket stands."""
        return self._line is not None and self._line.is_up

    def shown(self, log: str) -> list[dict[str, Any]]:
        """The customer's timeline as this agent sees it."""
        return sorted(self.logs.get(log, {}).values(), key=lambda each: each["position"])

    def watch(self, log: str) -> None:
        """Open a customer."""
        self.logs.setdefault(log, {})
        self._stale.add(log)
        self._wake.set()

    async def live(self) -> None:
        """Stay connected and complete until cancelled."""
        async with aiohttp.ClientSession(headers=self.agent.headers) as self._http:
            try:
                while True:
                    try:
                        await self._connected()
                    except (Cut, aiohttp.ClientError, TimeoutError):
                        await self._hang_up()
                        await asyncio.sleep(self._chance.uniform(0.05, 0.4))
            finally:
                await self._hang_up()

    async def _connected(self) -> None:
        begun, url = time.monotonic(), self.url
        handlers = {"entry": self._hear, "resync": self._resync, "offer": self._ring}
        self._line = Line("/agent", handlers)
        await self._line.connect(url, {"token": self.agent.token})
        await self._line.call("presence", {"state": "online"})
        watched: set[str] = set()
        self._stale |= set(self.logs)
        while self._line.is_up:
            while self._stale:
                log = self._stale.pop()
                try:
                    await self._catch_up(url, log, watched)
                except (Cut, aiohttp.ClientError, TimeoutError):
                    self._stale.add(log)
                    raise
            if begun:
                self.gap_seconds.append(time.monotonic() - begun)
                begun = 0.0
            await self._rest()
        raise Cut("gone")

    async def _rest(self) -> None:
        self._wake.clear()
        if not self._stale:
            try:
                await asyncio.wait_for(self._wake.wait(), 0.5)
            except TimeoutError:
                return

    async def _catch_up(self, url: str, log: str, watched: set[str]) -> None:
        assert self._line is not None
        if log not in watched:
            ack = await self._line.call("watch", {"customer_id": log})
            if not ack["ok"]:
                raise Cut(str(ack))
            watched.add(log)
        assert self._http is not None
        while True:
            at = f"{log}:{self.cursors.get(log, 0)}"
            async with self._http.get(f"{url}/api/v1/customers/{log}/timeline", params={"changes": at}) as answer:
                if answer.status != 200:
                    raise Cut(f"{answer.status}")
                page = await answer.json()
            for entry in page["items"]:
                self._apply(log, entry)
            if not page["items"]:
                return
            self.cursors[log] = max(entry["revision"] for entry in page["items"])

    def _hear(self, event: dict[str, Any]) -> None:
        log, mark = event["log"], (event["resource"]["id"], event["revision"])
        self.repeats += mark in self._seen
        self._seen.add(mark)
        if event["previous"] <= self.cursors.get(log, 0):
            self._apply(log, event["resource"])
            self.cursors[log] = max(self.cursors.get(log, 0), event["revision"])
        else:
            self._stale.add(log)
            self._wake.set()

    def _resync(self, event: dict[str, Any]) -> None:
        log = event["log"]
        self.cursors.pop(log, None)
        self._stale.add(log)
        self._wake.set()

    def _ring(self, event: dict[str, Any]) -> None:
        self.offers.put_nowait(event["resource"])

    def _apply(self, log: str, entry: dict[str, Any]) -> None:
        known = self.logs.setdefault(log, {}).get(entry["id"])
        if known is None or known["revision"] <= entry["revision"]:
            self.logs[log][entry["id"]] = entry

    async def call(self, event: str, data: dict[str, Any]) -> dict[str, Any]:
        """Send an event on the connection. Raises Cut."""
        if self._line is None:
            raise Cut("not connected")
        return await self._line.call(event, data)

    def cut(self) -> None:
        """Lose the connection."""
        if self._line is not None:
            self._line.cut()

    async def _hang_up(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            await line.close()
