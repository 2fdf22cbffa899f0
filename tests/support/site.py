"""The demo bank behind its real web application: who asks is a client of their own."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest_asyncio
from starlette.applications import Starlette

from channels.loopback import adapter, signing
from hub import demo, identity, passwords, visitors
from hub.clock import Clock
from hub.runtime import Hub, open_hub
from hub.settings import load
from hub.store import Tx
from tests.support.house import SECRET_KEY, Browser, House
from web.app import build_app

BASE = "http://hub.test"
PASSWORD = "correct horse battery"
IDENTITY_SECRET = "the widget's secret, known to the bank's own site"
LOOPBACK_SECRET = "the loopback's secret, known to the sender"


@dataclass
class Site:
    """The bank's hub, its web application, and people who ask it."""

    hub: Hub
    bank: demo.Demo
    app: Starlette
    house: House
    _stack: AsyncExitStack
    _clients: dict[str, httpx.AsyncClient] = field(default_factory=dict)

    async def client(self, *, ip: str = "192.0.2.1", headers: dict[str, str] | None = None) -> httpx.AsyncClient:
        """Somebody with an empty cookie jar."""
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False, client=(ip, 40_000))
        made = httpx.AsyncClient(transport=transport, base_url=BASE, headers=headers)
        return await self._stack.enter_async_context(made)

    async def by_token(self, who: str) -> httpx.AsyncClient:
        """A program that acts as one of the demo people."""
        if who not in self._clients:
            self._clients[who] = await self.client(headers={"Authorization": f"Bearer {self.bank.tokens[who]}"})
        return self._clients[who]

    async def logged_in(self, who: str, *, ip: str = "192.0.2.1") -> httpx.AsyncClient:
        """A console of one of the demo people: it holds the cookie and sends the CSRF token."""
        console = await self.client(ip=ip, headers={"Origin": BASE})
        answer = await console.post("/api/v1/login", json={"email": demo.email(who), "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        console.headers["X-CSRF-Token"] = answer.json()["csrf"]
        return console

    async def visitor(self, **greeting: Any) -> tuple[httpx.AsyncClient, dict[str, Any]]:
        """A browser that opened the widget: its client, which holds the token, and what it was told."""
        browser = await self.client()
        welcome = await browser.post("/widget/session", json={"key": demo.WIDGET_KEY, **greeting})
        assert welcome.status_code == 200, welcome.text
        browser.headers["Authorization"] = f"Bearer {welcome.json()['token']}"
        return browser, welcome.json()

    async def browser_of(self, customer: Browser) -> httpx.AsyncClient:
        """The browser of a customer who has written, as an HTTP client."""
        visitor = customer.visitor

        def settle(tx: Tx) -> None:
            found = identity.resolve(tx, customer.address)
            visitors.settle(tx, visitor, found.id, found.customer_id)

        await self.hub.store.write(settle)
        return await self.client(headers={"Authorization": f"Bearer {customer.token}"})

    async def served_by(self, who: str, *, queue: str = "cards") -> tuple[Browser, str]:
        """A conversation that an agent has taken: the customer and its id."""
        return await self.house.served_by(who, queue=queue)

    def signed(self, body: bytes, *, message_id: str = "msg_1", secret: str = LOOPBACK_SECRET) -> dict[str, str]:
        """Headers of a genuine loopback request."""
        now = self.hub.clock.now() // 1_000_000
        return {**signing.headers(secret, message_id, now, body), "Content-Type": "application/json"}


@cache
def password_hash() -> str:
    """The demo people's password, hashed once for all tests."""
    return passwords.hash_password(PASSWORD)


@asynccontextmanager
async def open_site(url: str, home: Path, **more: str) -> AsyncIterator[Site]:
    """A bank in a database that has its tables; nothing works in the background until it is told."""
    environ = {
        "HUB_DATABASE_URL": url,
        "HUB_HOME": str(home),
        "HUB_SECRET_KEY": SECRET_KEY,
        "HUB_BASE_URL": BASE,
        **{name: value for name, value in more.items() if value},
    }
    hub = open_hub(load(environ), {"loopback": adapter()}, clock=Clock(), works=False)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(hub.close)
        await hub.start()
        bank = await hub.store.write(
            lambda tx: demo.seed(
                tx,
                secret_key=SECRET_KEY,
                password_hashes=dict.fromkeys(demo.PEOPLE, password_hash()),
                origins=["https://bank.example"],
                widget_secret=hub.sealer.seal(IDENTITY_SECRET),
                loopback_secret=hub.sealer.seal(LOOPBACK_SECRET),
            )
        )
        house = House(url, hub.store, hub.clock, bank, hub.outbox)
        yield Site(hub, bank, build_app(hub), house, stack)


@pytest_asyncio.fixture
async def site(house_url: str, tmp_path: Path) -> AsyncIterator[Site]:
    """The demo bank and its web side, once for each engine."""
    async with open_site(house_url, tmp_path / "home") as opened:
        yield opened


@pytest_asyncio.fixture
async def sqlite_site(sqlite_house_url: str, tmp_path: Path) -> AsyncIterator[Site]:
    """The same on SQLite only, for what does not touch the database."""
    async with open_site(sqlite_house_url, tmp_path / "home") as opened:
        yield opened
