"""A real Chromium: the machine's, else fetched; and pages of the two sizes the product is made for."""

import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, async_playwright

Scheme = Literal["light", "dark"]

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_NAMES = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome"]
_LANGUAGE_TAGS = {"en": "en-GB", "zh-Hans": "zh-CN", "zh-Hant": "zh-TW"}


@dataclass(frozen=True)
class Screen:
    """A kind of screen: its size in CSS pixels and whether fingers are used."""

    name: str
    width: int
    height: int
    is_phone: bool


DESKTOP = Screen("desktop", 1440, 900, is_phone=False)
PHONE = Screen("phone", 390, 844, is_phone=True)


@cache
def find_chromium() -> str:
    """The program to run: `$CHROMIUM`, the machine's, or one installed now.

    Raises:
        FileNotFoundError: none could be had; says what to do.
    """
    found = _installed_chromium() or _install_chromium()
    if found:
        return found
    raise FileNotFoundError(
        "Chromium was not found and could not be installed: install the distribution's package chromium, "
        "or name a Chromium or Chrome in the environment variable CHROMIUM"
    )


def _installed_chromium() -> str | None:
    named = os.environ.get("CHROMIUM")
    if named:
        return named
    return next((path for path in map(shutil.which, _NAMES) if path), None) or _playwrights_chromium()


def _playwrights_chromium() -> str | None:
    home = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache/ms-playwright")
    return next((str(path) for path in sorted(home.glob("chromium-*/chrome-linux*/chrome"))[::-1]), None)


def _install_chromium() -> str | None:
    if os.geteuid() == 0 and shutil.which("apt-get"):
        packages = ["chromium", "fonts-noto-cjk"]
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        _try(["apt-get", "update", "-qq"])
        _try(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages], environment)
    if not _installed_chromium():
        _try([sys.executable, "-m", "playwright", "install", "chromium"])
    return _installed_chromium()


def _try(command: list[str], environment: dict[str, str] | None = None) -> None:
    subprocess.run(command, env=environment, check=False, stdin=subprocess.DEVNULL, capture_output=True)


@asynccontextmanager
async def running_browser(*extra_flags: str) -> AsyncIterator[Browser]:
    """A headless Chromium for as long as the block lasts (about a second to start)."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=find_chromium(), args=[*FLAGS, *extra_flags], chromium_sandbox=False
        )
        try:
            yield browser
        finally:
            await browser.close()


async def new_context(
    browser: Browser,
    screen: Screen = DESKTOP,
    *,
    scheme: Scheme = "light",
    locale: str = "en",
    scale: float = 1,
    **options: Any,
) -> BrowserContext:
    """A person of their own at a screen: cookies and storage are not shared with other contexts.

    Args:
        browser: who opens it.
        screen: `DESKTOP` or `PHONE` (touch).
        scheme: the colour scheme the person prefers.
        locale: a name of ours (`en`, `zh-Hans`, `zh-Hant`) or any language tag.
        scale: device pixels to a CSS pixel; 2 for pictures.
        options: whatever else Playwright's `new_context` takes.
    """
    defaults: dict[str, Any] = {
        "viewport": {"width": screen.width, "height": screen.height},
        "screen": {"width": screen.width, "height": screen.height},
        "has_touch": screen.is_phone,
        "is_mobile": screen.is_phone,
        "device_scale_factor": scale,
        "color_scheme": scheme,
        "locale": _LANGUAGE_TAGS.get(locale, locale),
        "timezone_id": "UTC",
        "reduced_motion": "reduce",
    }
    return await browser.new_context(**(defaults | options))


class Pages:
    """Opens pages for a test and remembers what went wrong in any of them.

    `problems` gets uncaught errors and error messages of the console (refused by the content security policy, failed
    to load, thrown); a test that expects some clears the list.
    """

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.problems: list[str] = []
        self._contexts: list[BrowserContext] = []

    async def open(self, url: str | None = None, screen: Screen = DESKTOP, **context: Any) -> Page:
        """A page in a context of its own (see `new_context` for the options), gone to the URL."""
        made = await new_context(self.browser, screen, **context)
        self._contexts.append(made)
        made.on("page", self._watch)
        page = await made.new_page()
        if url:
            await page.goto(url)
        return page

    def _watch(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.problems.append(f"{page.url}: {error}"))
        page.on("console", self._note)

    def _note(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.problems.append(f"{message.location.get('url', '')}: {message.text}")

    async def close(self) -> None:
        """Close every context that was opened."""
        for each in self._contexts:
            await each.close()
