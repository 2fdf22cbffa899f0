"""A chat window as `web/widget` behaves: an outbox that survives reloads, a cursor, and asking for what was missed."""

import asyncio
import itertools
import random
import time
import uuid
from collections.abc import Sequence
from typing import Any

import aiohttp

from tests.torture.history import History
from tests.torture.line import Cut, Line
from tests.torture.world import WIDGET

PAGE_LIMIT = 1000
_names = itertools.count(1)


class Widget:
    """One browser of one visitor. `entries` is what it shows, by id."""

    def __init__(self, urls: Sequence[str], history: History, chance: random.Random) -> None:
        """Nothing is open yet; see `open`."""
        self.name = f"widget {next(_names)}"
        self.token = ""
        self.outbox: list[tuple[str, str]] = []
        self.gap_seconds: list[float] = []
        self.lost_acks = 0.0
        self.repeats = 0
        self._urls, self._history, self._chance = list(urls), history, chance
        self._wake = asyncio.Event()
        self._line: Line | None = None
        self._forget()

    def _forget(self) -> None:
        self.entries: dict[str, dict[str, Any]] = {}
        self.cursor: int | None = None
        self._is_reloading = False
        self._missing = True
        self._seen: set[tuple[str, int]] = set()

    @property
    def url(self) -> str:
        """Any of the servers, as a balancer would choose."""
        return self._chance.choice(self._urls)

    @property
    def shown(self) -> list[dict[str, Any]]:
        """The thread as the customer sees it."""
        return sorted(self.entries.values(), key=lambda each: each["ordered_at"])

    @property
    def is_up(self) -> bool:
        """Whether its socket stands."""
        return self._line is not None and self._line.is_up

    async def open(self) -> None:
        """Get a visitor's token, however long that takes."""
        while not self.token:
            try:
                async with (
                    aiohttp.ClientSession() as http,
                    http.post(f"{self.url}/widget/session", json={"key": WIDGET}) as answer,
                ):
                    if answer.status == 200:
                        self.token = (await answer.json())["token"]
            except aiohttp.ClientError:
                await asyncio.sleep(0.2)

    def write(self, text: str) -> None:
        """Put a message into the outbox; it waits there visibly until it is acknowledged."""
        self.outbox.append((str(uuid.UUID(int=self._chance.getrandbits(128), version=4)), text))
        self._wake.set()

    async def live(self) -> None:
        """Connect, catch up, deliver, and begin again whenever the connection ends; runs until cancelled."""
        try:
            while True:
                try:
                    await self._connected()
                except Cut:
                    await self._hang_up()
                    await asyncio.sleep(self._chance.uniform(0.05, 0.4))
        finally:
            await self._hang_up()

    async def _connected(self) -> None:
        begun = time.monotonic()
        if self._is_reloading:
            self._forget()
        self._line = Line("/customer", {"entry": self._hear, "resync": self._resync})
        self._missing = True
        await self._line.connect(self.url, {"token": self.token, "key": WIDGET})
        await self._sync()
        self.gap_seconds.append(time.monotonic() - begun)
        while self._line.is_up:
            if self._missing:
                await self._sync()
            elif self.outbox:
                await self._deliver(*self.outbox[0])
            else:
                self._wake.clear()
                if not self.outbox and not self._missing:
                    await self._rest()
        raise Cut("gone")

    async def _rest(self) -> None:
        try:
            await asyncio.wait_for(self._wake.wait(), 0.5)
        except TimeoutError:
            return

    async def _deliver(self, key: str, text: str) -> None:
        assert self._line is not None
        self._history.note("sent", id=key, sender=self.name)
        try:
            ack = await self._line.call("message", {"client_key": key, "text": text})
        except Cut:
            self._history.note("unanswered", id=key)
            raise
        if self._chance.random() < self.lost_acks:
            raise Cut("the ack was lost on the way")
        if not ack["ok"]:
            self._history.note("refused", id=key, code=ack["error"]["code"])
            await asyncio.sleep(0.5)
            return
        self._history.note("acknowledged", id=key, entry=ack["entry"]["id"])
        self.outbox.pop(0)
        self._apply(ack["entry"])

    async def _sync(self) -> None:
        """Ask for everything after the cursor; without one, for all pages from the newest down."""
        assert self._line is not None
        self._missing = False
        ack = await self._line.call("sync", {"after": self.cursor})
        for entry in ack["entries"]:
            self._apply(entry)
        if self.cursor is None and ack["older"]:
            await self._older(ack["entries"])
        self.cursor = max(self.cursor or 0, ack["cursor"])
        if ack.get("more"):
            self._missing = True

    async def _older(self, page: list[dict[str, Any]]) -> None:
        assert self._line is not None
        for _ in range(PAGE_LIMIT):
            before = min(entry["ordered_at"] for entry in page)
            ack = await self._line.call("sync", {"after": None, "before": before})
            page = ack["entries"]
            for entry in page:
                self._apply(entry)
            if not ack["older"] or not page:
                return

    def _hear(self, event: dict[str, Any]) -> None:
        mark = (event["resource"]["id"], event["revision"])
        self.repeats += mark in self._seen
        self._seen.add(mark)
        if self.cursor is not None and event["previous"] <= self.cursor:
            self._apply(event["resource"])
            self.cursor = max(self.cursor, event["revision"])
        else:
            self._missing = True
            self._wake.set()

    def _resync(self, _event: dict[str, Any]) -> None:
        self.cursor, self._missing = None, True
        self._wake.set()

    def _apply(self, entry: dict[str, Any]) -> None:
        known = self.entries.get(entry["id"])
        if known is None or known["revision"] <= entry["revision"]:
            self.entries[entry["id"]] = entry

    def cut(self) -> None:
        """Lose the connection."""
        if self._line is not None:
            self._line.cut()

    def reload(self) -> None:
        """The page is loaded again: what was shown is forgotten, token and outbox are kept."""
        self._is_reloading = True
        self.cut()

    async def call(self, event: str, data: dict[str, Any] | None = None) -> dict[str, Any]:
        """Send another event on the connection. Raises Cut."""
        if self._line is None:
            raise Cut("not connected")
        return await self._line.call(event, data or {})

    async def _hang_up(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            await line.close()
