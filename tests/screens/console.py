"""The console's screens."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from playwright.async_api import BrowserContext, Page, expect

from tests.screens.afternoon import Afternoon
from tests.screens.bank import Bank
from tests.screens.camera import Camera
from tests.support.browser import Screen
from tests.support.people import PATIENCE, AgentAt

Prepare = Callable[["Desk"], Awaitable[None]]
SCENES: list[tuple[str, str, Prepare]] = []


def scene(name: str, about: str) -> Callable[[Prepare], Prepare]:
    """Add a screen: its name, what it shows, and how to get there."""

    def add(prepare: Prepare) -> Prepare:
        SCENES.append((name, about, prepare))
        return prepare

    return add


@dataclass
class Desk:
    """One agent at one screen in one language."""

    bank: Bank
    page: Page
    screen: Screen
    locale: str
    day: Afternoon

    @property
    def is_phone(self) -> bool:
        """Whether panes are shown one at a time."""
        return self.screen.is_phone

    async def go(self, path: str = "") -> None:
        """Open a place of the console, all of it loaded."""
        await self.page.goto(f"{self.bank.hub.url}/console{path}")
        await expect(self.page.locator(".console")).to_be_visible(timeout=PATIENCE)
        await expect(self.page.locator(".skels, .boot")).to_have_count(0, timeout=PATIENCE)
        await expect(self.page.locator(".list header .badge.warn")).to_have_count(0, timeout=PATIENCE)

    async def at_ana(self) -> None:
        """The customer whose timeline is shown."""
        await self.go(self.day.path)
        await expect(self.page.locator("#timeline [data-entry]").first).to_be_visible(timeout=PATIENCE)
        await expect(self.page.locator("#timeline .skel")).to_have_count(0)

    async def pane(self, number: int) -> None:
        """On a phone: timeline (0) or brief (1)."""
        if self.is_phone:
            await self.page.locator(".panes:visible button").nth(number).click()

    async def more(self, icon: str) -> None:
        """Something of the thread's head, which a phone keeps in its menu."""
        menu = self.page.locator(".thread header .menubox")
        await menu.locator("> button").click()
        await menu.get_by_role("menuitem").filter(has=self.page.locator(f"use[href*='{icon}']")).click()


@scene("console-offer", "An offer with the brief, before anything is answered")
async def offer(desk: Desk) -> None:
    maria = await desk.bank.misspelt_card(desk.locale, "Maria Santos" if desk.locale == "en" else "陈国强")
    await desk.bank.age(desk.bank.conversation(maria), hours=0.005, spread_minutes=0.1)
    await desk.bank.ring(maria, "amy")
    await desk.at_ana()
    await expect(desk.page.locator("#offer")).to_be_visible(timeout=PATIENCE)
    await expect(desk.page.locator("#offer img")).to_be_visible(timeout=PATIENCE)


@scene("console-inbox", "Inbox, timeline and brief")
async def inbox(desk: Desk) -> None:
    if desk.is_phone:
        await desk.go()
    else:
        await desk.at_ana()


@scene("console-timeline", "One customer, one thread: bot, photo, handoff, replies, a note")
async def timeline(desk: Desk) -> None:
    await desk.at_ana()
    for fold in await desk.page.locator("#timeline .fold[aria-expanded=false]").all():
        await fold.click()
    await desk.page.locator("#timeline").evaluate("box => box.scrollTo(0, -460)")


@scene("console-brief", "The brief beside (on a phone: instead of) the timeline")
async def brief(desk: Desk) -> None:
    await desk.at_ana()
    await desk.pane(1)
    await expect(desk.page.locator("#brief dl.brief").first).to_be_visible(timeout=PATIENCE)


@scene("console-queue", "Those who wait, the longest first")
async def queue(desk: Desk) -> None:
    await desk.go()
    await desk.page.locator("#tab-queue").click()
    await expect(desk.page.locator("#list-panel .cv").first).to_be_visible(timeout=PATIENCE)


@scene("console-transfer", "Handing over")
async def transfer(desk: Desk) -> None:
    await desk.at_ana()
    if desk.is_phone:
        await desk.more("arrow-right-left")
    else:
        await desk.page.keyboard.press("Escape")
        await desk.page.locator("body").click(position={"x": 5, "y": 450})
        await desk.page.keyboard.press("t")
    await expect(desk.page.locator("dialog.modal .choices-list .item").first).to_be_visible(timeout=PATIENCE)
    await desk.page.locator("dialog.modal label.item").nth(1).click()


@scene("console-wrapup", "Wrap-up with a disposition")
async def wrap_up(desk: Desk) -> None:
    await desk.at_ana()
    if desk.is_phone:
        await desk.more("check")
    else:
        await desk.page.keyboard.press("Escape")
        await desk.page.locator("body").click(position={"x": 5, "y": 450})
        await desk.page.keyboard.press("e")
    await desk.page.locator("dialog.modal label.chip").nth(1).click()


@scene("console-palette", "Find or do anything")
async def palette(desk: Desk) -> None:
    await desk.at_ana()
    await desk.page.keyboard.press("Control+k")
    await expect(desk.page.locator("dialog.modal")).to_be_visible(timeout=PATIENCE)
    await desk.page.keyboard.type("s")
    await expect(desk.page.locator("dialog [role=option]").first).to_be_visible(timeout=PATIENCE)


@scene("console-keys", "The keyboard map")
async def keys(desk: Desk) -> None:
    await desk.go()
    await desk.page.keyboard.press("Shift+?")
    await expect(desk.page.locator("dialog.modal")).to_be_visible(timeout=PATIENCE)


@scene("console-links", "QR codes and links")
async def links(desk: Desk) -> None:
    await desk.go("/links")
    await desk.page.locator(".linkbtn").first.click()
    await expect(desk.page.locator("img.qr")).to_be_visible(timeout=PATIENCE)
    if desk.is_phone:
        await desk.page.locator("img.qr").scroll_into_view_if_needed()


@scene("console-settings", "One's own settings")
async def settings(desk: Desk) -> None:
    await desk.go("/settings")


@scene("console-me", "The menu of oneself")
async def me(desk: Desk) -> None:
    await desk.go()
    await desk.page.locator(".rail .me").click()
    await expect(desk.page.locator(".rail .menu")).to_be_visible(timeout=PATIENCE)


@scene("console-note", "Writing a note that only staff see")
async def note(desk: Desk) -> None:
    await desk.at_ana()
    await desk.page.locator(".composer .ch-note").click()
    await desk.page.fill(
        "#reply", "Check the branch before sending." if desk.locale == "en" else "寄出前先问一下支行。"
    )


class Console:
    """Opens the console for one person after the other."""

    def __init__(self, bank: Bank, camera: Camera) -> None:
        self.bank = bank
        self.camera = camera

    async def logged_in(self, who: str, screen: Screen, locale: str) -> BrowserContext:
        """A context that has logged in."""
        await self.bank.speaks(who, locale)
        context = await self.camera.context(screen, locale)
        page = await context.new_page()
        await page.goto(f"{self.bank.hub.url}/console")
        login = self.bank.hub.login(who)
        await page.fill("#login-e", login["email"])
        await page.fill("#login-p", login["password"])
        await page.press("#login-p", "Enter")
        await AgentAt(page).goes("online")
        await page.close()
        return context

    async def login_screens(self, screen: Screen, locale: str) -> None:
        """The door, and what it says to a wrong password."""
        context = await self.camera.context(screen, locale)
        page = await context.new_page()
        await page.goto(f"{self.bank.hub.url}/console")
        await expect(page.locator("#login-e")).to_be_visible(timeout=PATIENCE)
        if self.camera.wanted("login"):
            await self.camera.take(page, "login", screen, locale)
        if self.camera.wanted("login-error"):
            await page.fill("#login-e", "amy@demo.example")
            await page.fill("#login-p", "not this one")
            await page.press("#login-p", "Enter")
            await expect(page.locator("#login-err")).to_have_text(re.compile(r"\S"), timeout=PATIENCE)
            await self.camera.take(page, "login-error", screen, locale)
        await context.close()

    async def all_of(self, day: Afternoon, screen: Screen, locale: str) -> None:
        """Every scene at one screen in one language."""
        scenes = [each for each in SCENES if self.camera.wanted(each[0])]
        if not scenes:
            return
        context = await self.logged_in("amy", screen, locale)
        for name, _about, prepare in scenes:
            page = await context.new_page()
            desk = Desk(self.bank, page, screen, locale, day)
            await prepare(desk)
            await self.camera.take(page, name, screen, locale)
            await self._clear_up()
            await page.close()
        await context.close()

    async def _clear_up(self) -> None:
        """Whatever rings is ended."""
        amy, sue = await self.bank.agent("amy"), await self.bank.agent("sue")
        for found in (await amy.get("/offers"))["items"]:
            await sue.do("POST", f"/conversations/{found['conversation']['id']}/resolve", disposition="solved")

    async def of_others(self, screen: Screen, locale: str) -> None:
        """An inbox with nothing in it, and the supervisor's board."""
        for name, who, path in (("console-empty", "ben", ""), ("console-board", "sue", "/board")):
            if not self.camera.wanted(name):
                continue
            context = await self.logged_in(who, screen, locale)
            page = await context.new_page()
            await page.goto(f"{self.bank.hub.url}/console{path}")
            await expect(page.locator(".empty, .desk.page").first).to_be_visible(timeout=PATIENCE)
            await expect(page.locator(".skels, .boot")).to_have_count(0, timeout=PATIENCE)
            await self.camera.take(page, name, screen, locale)
            await context.close()
