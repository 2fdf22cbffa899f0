"""A hub within the test, served on a real port: for what only its own process can do, such as losing hints."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from channels.loopback import adapter
from hub import demo
from hub.clock import Clock
from hub.runtime import Hub, open_hub
from hub.settings import load
from tests.support.house import SECRET_KEY
from tests.support.ports import free_port
from tests.support.site import password_hash
from tests.support.waiting import eventually
from tests.web.live.screens import AgentScreen, CustomerScreen
from web.app import build_app
from web.live import Live
from web.serving import http_settings


@dataclass
class Inside:
    """The hub, its live part, its bank, its address, and screens that are closed at the end."""

    hub: Hub
    live: Live
    bank: demo.Demo
    url: str
    stack: AsyncExitStack

    async def agent(self, who: str) -> AgentScreen:
        """A console of one of the demo people."""
        screen = AgentScreen(self.url, self.bank.tokens[who])
        self.stack.push_async_callback(screen.close)
        return await screen.open()

    async def customer(self, *texts: str) -> CustomerScreen:
        """A chat window whose customer has said this."""
        screen = CustomerScreen(self.url)
        self.stack.push_async_callback(screen.close)
        await screen.open()
        for text in texts:
            await screen.says(text)
        return screen


@asynccontextmanager
async def running_inside(url: str, home: Path) -> AsyncIterator[Inside]:
    """A demo bank in a database that has its tables, served in this event loop."""
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    environ = {"HUB_DATABASE_URL": url, "HUB_HOME": str(home), "HUB_SECRET_KEY": SECRET_KEY}
    environ |= {"HUB_PORT": str(port), "HUB_BASE_URL": base, "HUB_LIMITS": "100"}
    hub = open_hub(load(environ), {"loopback": adapter()}, clock=Clock())
    live = Live(hub)
    app = build_app(hub, live)
    async with AsyncExitStack() as outer:
        outer.push_async_callback(hub.close)
        hashes = dict.fromkeys(demo.PEOPLE, password_hash())
        bank = await hub.store.write(lambda tx: demo.seed(tx, secret_key=SECRET_KEY, password_hashes=hashes))
        await hub.start()
        outer.push_async_callback(live.close)
        await live.start()
        server = uvicorn.Server(http_settings(app, "127.0.0.1", port))
        serving = asyncio.create_task(server.serve())
        await eventually(lambda: server.started)
        async with AsyncExitStack() as stack:
            yield Inside(hub, live, bank, base, stack)
        server.should_exit = True
        await serving
