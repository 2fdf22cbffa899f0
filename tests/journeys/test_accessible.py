"""Every screen, by axe-core's rules of WCAG 2.2 AA, at both sizes and in both colour schemes."""

from collections.abc import Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Frame, Page

from tests.screens.__main__ import take_all
from tests.screens.bank import Bank
from tests.screens.camera import SCHEMES, Camera, settle
from tests.support.browser import DESKTOP, PHONE, Scheme, Screen
from tests.support.running import ROOT, RunningHub

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
SCREENS = {
    "login-error",
    *(f"console-{name}" for name in ("offer", "timeline", "brief", "note", "transfer", "wrapup", "palette")),
    *(f"console-{name}" for name in ("me", "links", "settings", "board", "empty")),
    *(f"widget-{name}" for name in ("greeting", "date", "address", "agent", "ended")),
}
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@cache
def axe() -> str:
    """The checker's source. Raises FileNotFoundError with what to do."""
    if not AXE.exists():
        raise FileNotFoundError("axe-core is not there: run `make environment-node`")
    return AXE.read_text("utf-8")


@dataclass
class Inspector(Camera):
    """Looks at screens instead of taking pictures of them."""

    found: dict[str, list[str]] = field(default_factory=dict)
    looked_at: int = 0

    async def take(
        self, page: Page, name: str, screen: Screen, locale: str, schemes: Iterable[Scheme] = SCHEMES
    ) -> None:
        for scheme in schemes:
            await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            await settle(page)
            for frame in _ours(page):
                self.looked_at += 1
                for problem in await violations(frame):
                    self.found.setdefault(problem, []).append(f"{name} {screen.name} {scheme}")


def _ours(page: Page) -> list[Frame]:
    """The frames that are ours: the bank's own page is not."""
    return [frame for frame in page.frames if "/assets/" not in frame.url and not _is_host(frame)]


def _is_host(frame: Frame) -> bool:
    return frame.parent_frame is None and len(frame.page.frames) > 1


async def violations(frame: Frame) -> list[str]:
    """What breaks a rule, and where."""
    await frame.evaluate(axe())
    result: dict[str, Any] = await frame.evaluate(
        "tags => axe.run(document, { runOnly: { type: 'tag', values: tags }, resultTypes: ['violations'] })", TAGS
    )
    return [
        f"{rule['id']}: {node['html'][:160]} {node.get('failureSummary', '')[:200]}"
        for rule in result["violations"]
        for node in rule["nodes"]
    ]


@pytest.mark.timeout(300)
async def test_every_screen_is_accessible(demo: RunningHub, browser: Browser, tmp_path: Path) -> None:
    inspector = Inspector(browser, tmp_path, SCREENS.__contains__)
    async with AsyncExitStack() as stack:
        await take_all(Bank(demo, stack), inspector, tmp_path, locales=["en"], screens=[DESKTOP, PHONE])

    assert inspector.looked_at >= 4 * len(SCREENS)
    assert inspector.found == {}
