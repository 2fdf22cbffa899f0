"""Looks and pictures: what a screen is called, and how it becomes a small PNG."""

import io
import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page

from tests.support.browser import DESKTOP, PHONE, Scheme, Screen, new_context

COLOURS = 256
SCREENS = (DESKTOP, PHONE)
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
LOCALES = ("en", "zh-Hans")
SHORT = {"en": "en", "zh-Hans": "zh"}


@dataclass(frozen=True)
class Look:
    """How one picture is taken."""

    screen: Screen
    scheme: Scheme
    locale: str

    def file(self, name: str) -> str:
        """`console-offer` becomes `console-offer-desktop-light-en.png`."""
        return f"{name}-{self.screen.name}-{self.scheme}-{SHORT[self.locale]}.png"


def all_looks() -> Iterator[Look]:
    """Every look."""
    for screen, scheme, locale in itertools.product(SCREENS, SCHEMES, LOCALES):
        yield Look(screen, scheme, locale)


@dataclass
class Camera:
    """Takes pictures into a folder and remembers what was on them."""

    browser: Browser
    folder: Path
    wanted: Callable[[str], bool]
    taken: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    async def context(self, screen: Screen, locale: str, **options: Any) -> BrowserContext:
        """A person at a screen, whose pages may complain."""
        made = await new_context(self.browser, screen, locale=locale, timezone_id=afternoon_zone(), **options)
        made.on("page", self._listen)
        made.set_default_timeout(15_000)
        return made

    def _listen(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.complaints.append(f"{page.url}: {error}"))
        page.on("console", lambda line: self._note(page, line))

    def _note(self, page: Page, line: ConsoleMessage) -> None:
        if line.type == "error":
            self.complaints.append(f"{page.url}: {line.text}")

    async def take(
        self, page: Page, name: str, screen: Screen, locale: str, schemes: Iterable[Scheme] = SCHEMES
    ) -> None:
        """One picture in each colour scheme of what the page shows now."""
        for scheme in schemes:
            await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            await settle(page)
            picture = await page.screenshot(animations="disabled", caret="hide")
            file = Look(screen, scheme, locale).file(name)
            (self.folder / file).write_bytes(small(picture, has_gradients=name.startswith("widget")))
            self.taken.append(file)


def afternoon_zone() -> str:
    """A time zone in which it is between two and three in the afternoon, so that no picture crosses midnight."""
    hours_ahead = 14 - datetime.now(UTC).hour
    return f"Etc/GMT{-hours_ahead:+d}"  # the sign of these names is the other way round


async def settle(page: Page) -> None:
    """Fonts and pictures are there and two frames were drawn."""
    await page.evaluate(
        """async () => {
            await document.fonts.ready;
            const seen = image => image.getBoundingClientRect().top < innerHeight && image.checkVisibility();
            await Promise.all([...document.images].filter(seen).map(image => image.decode().catch(() => {})));
            await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
        }"""
    )


def small(picture: bytes, *, has_gradients: bool) -> bytes:
    """The same picture with a palette: a third of the size, and nobody sees it."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    method = Image.Quantize.MEDIANCUT if has_gradients else Image.Quantize.MAXCOVERAGE
    file = io.BytesIO()
    image.quantize(COLOURS, method=method, kmeans=1, dither=Image.Dither.NONE).save(file, "PNG", optimize=True)
    return file.getvalue()
