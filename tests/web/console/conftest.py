"""The console's modules in a real browser, without a server: imported from the files as they are."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest_asyncio
from playwright.async_api import Route

from tests.support.browser import Pages

WEB = Path(__file__).parents[3] / "web"
ORIGIN = "http://modules.test"
TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".json": "application/json", ".html": "text/html"}

Run = Callable[..., Awaitable[Any]]


async def _serve(route: Route) -> None:
    path = WEB / route.request.url.removeprefix(f"{ORIGIN}/")
    if route.request.url == f"{ORIGIN}/":
        await route.fulfill(content_type="text/html", body="<!doctype html><title>modules</title>")
    elif path.is_file():
        await route.fulfill(content_type=TYPES.get(path.suffix, "application/octet-stream"), body=path.read_bytes())
    else:
        await route.fulfill(status=404, body="")


@pytest_asyncio.fixture
async def run(pages: Pages) -> Run:
    """Runs the body of an async function in the browser: `await run("return given + 1", 1)`."""
    page = await pages.open()
    await page.context.route(f"{ORIGIN}/**", _serve)
    await page.goto(f"{ORIGIN}/")

    async def call(body: str, given: Any = None) -> Any:
        return await page.evaluate(f"async (given) => {{ {body} }}", given)

    return call
