"""People who close a window at the worst moment leave nothing behind, and nobody else is told less for it."""

import asyncio
import json
import random
import re
import uuid

import aiohttp

from hub import demo
from tests.support.running import RunningHub
from tests.support.waiting import eventually

WINDOWS = 60


async def _open_sockets(running: RunningHub) -> list[str]:
    """The sockets that each web process believes to be open, of both kinds."""
    counts = []
    async with aiohttp.ClientSession() as http:
        for url in running.urls:
            async with http.get(f"{url}/metrics") as answer:
                counts += re.findall(r"^hub_sockets\{.*\} ([0-9.]+)$", await answer.text(), re.MULTILINE)
    return [count for count in counts if float(count)]


async def _slam(url: str, token: str, chance: random.Random, http: aiohttp.ClientSession) -> None:
    """Connect, write at once, and tear the connection down at any moment of it."""
    address = f"{url.replace('http', 'ws', 1)}/socket.io/?EIO=4&transport=websocket"
    async with http.ws_connect(address) as ws:
        await ws.receive()
        await ws.send_str("40/customer," + json.dumps({"token": token, "key": demo.WIDGET_KEY}))
        if chance.random() < 0.5:
            await ws.receive()
            message = json.dumps(["message", {"client_key": str(uuid.uuid4()), "text": "hello"}])
            await ws.send_str(f"42/customer,1{message}")
        await asyncio.sleep(chance.uniform(0, 0.03))
        assert ws._response.connection is not None
        assert ws._response.connection.transport is not None
        ws._response.connection.transport.abort()


async def _visitor(url: str, http: aiohttp.ClientSession) -> str:
    async with http.post(f"{url}/widget/session", json={"key": demo.WIDGET_KEY}) as answer:
        return str((await answer.json())["token"])


async def test_windows_closed_while_they_open_are_forgotten_and_others_go_on(running: RunningHub) -> None:
    chance = random.Random(7)
    async with aiohttp.ClientSession() as http:
        tokens = [await _visitor(running.url, http) for _ in range(WINDOWS // 4)]

        await asyncio.gather(
            *(_slam(chance.choice(running.urls), chance.choice(tokens), chance, http) for _ in range(WINDOWS)),
            return_exceptions=True,
        )

    async def nobody_is_left() -> bool:
        return not await _open_sockets(running)

    await eventually(nobody_is_left, within=40)
    assert not running.trouble()
