"""Take the pictures: `python -m tests.screens [NAME...]`, all of them without a name."""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from tests.screens import afternoon, console, gallery, widget
from tests.screens.bank import Bank
from tests.screens.camera import LOCALES, SCREENS, Camera
from tests.screens.console import Console
from tests.screens.widget import Widget
from tests.support.browser import Screen, running_browser
from tests.support.running import ROOT, running_demo

FOLDER = ROOT / "docs" / "screens"
MAX_BYTES = 12_000_000
OTHERS = [
    ("login", "The agents' door"),
    ("login-error", "A wrong password"),
    ("console-empty", "An inbox with nothing in it"),
    ("console-board", "The supervisor's board"),
    ("widget-launcher", "The bank's own page, with the button"),
    ("qr-page", "What a QR code opens on a phone"),
]


async def main(names: list[str], folder: Path) -> int:
    """Start a demo, fill it, take pictures; gives the exit status."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted: Callable[[str], bool] = lambda name: not names or any(name.startswith(each) for each in names)  # noqa: E731
    with tempfile.TemporaryDirectory() as made, running_demo(Path(made) / "home") as hub:
        async with running_browser("--font-render-hinting=none") as browser, AsyncExitStack() as stack:
            camera = Camera(browser, folder, wanted)
            await take_all(Bank(hub, stack), camera, Path(made))
    gallery.write(folder, every_scene())
    total = sum(file.stat().st_size for file in folder.glob("*.png"))
    print(f"{len(camera.taken)} pictures taken; {total / 1e6:.1f} MB in {folder}")
    for complaint in dict.fromkeys(camera.complaints):
        print("complaint:", complaint)
    return 0 if total <= MAX_BYTES else 1


async def take_all(
    bank: Bank,
    camera: Camera,
    folder: Path,
    *,
    locales: Sequence[str] = LOCALES,
    screens: Sequence[Screen] = SCREENS,
) -> None:
    """In an order that disturbs nothing: doors and chat first, then a full inbox."""
    desk, chat = Console(bank, camera), Widget(bank, camera, folder)
    for who in ("amy", "mia"):
        await bank.state(who, "away", capacity=50)
    await bank.state("mia", "online", capacity=0)  # somebody is there, so that customers wait and are not sent home
    for locale in locales:
        for screen in screens:
            await desk.login_screens(screen, locale)
            await chat.launcher(screen, locale)
            await chat.qr_page(screen, locale)
            await bank.state("mia", "online", capacity=50 if locale != "en" else 0)
            await chat.all_of(screen, locale)
            await bank.state("mia", "online", capacity=0)
    if any(map(camera.wanted, [name for name, *_ in console.SCENES] + ["console-board", "console-empty"])):
        await at_the_console(bank, desk, locales, screens)


async def at_the_console(bank: Bank, desk: Console, locales: Sequence[str], screens: Sequence[Screen]) -> None:
    """A full inbox in each language."""
    await bank.close_all()
    for locale in locales:
        day = await afternoon.fill(bank, locale)
        for screen in screens:
            await desk.of_others(screen, locale)
            await desk.all_of(day, screen, locale)
        await bank.state("mia", "away")
        await bank.close_all()


def every_scene() -> list[tuple[str, str]]:
    """Names and what they show, in the order of the page."""
    told = [(name, about) for name, about, _ in [*console.SCENES, *widget.SCENES]]
    first = [each for each in told if each[0] == "console-offer"]
    return [*first, *[each for each in told if each not in first], *OTHERS]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Take the pictures in docs/screens.")
    parser.add_argument("names", nargs="*", help="only those whose name begins so")
    parser.add_argument("--folder", type=Path, default=FOLDER)
    options = parser.parse_args()
    sys.exit(asyncio.run(main(options.names, options.folder)))
