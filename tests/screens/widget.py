"""The customer's screens: the launcher on the bank's page, the panel in all its states, the page behind a QR code."""

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import FrameLocator, Page, expect

from tests.screens.bank import CARD_FLOW, NAMES, Bank, card_photo
from tests.screens.camera import Camera
from tests.support.browser import Screen
from tests.support.people import PATIENCE, Customer


@dataclass
class Visit:
    """One customer at one screen in one language."""

    bank: Bank
    customer: Customer
    locale: str
    photo: Path

    @property
    def chat(self) -> Page | FrameLocator:
        """The panel."""
        return self.customer.chat

    @property
    def words(self) -> tuple[str, list[str], str, str]:
        """What this customer says of a misspelt card."""
        return CARD_FLOW[self.locale]

    async def bot_has_said(self, count: int) -> None:
        """So many messages of the other side stand in the thread."""
        await expect(self.chat.locator(".w-say:not(.me)")).to_have_count(count, timeout=PATIENCE)

    async def begins(self) -> None:
        """Give a name and begin the flow; the bot asks for the name on the card."""
        await self.chat.locator("#name").fill(NAMES[self.locale])
        await self.customer.says(self.words[0])
        await self.bot_has_said(2)

    async def until_photo(self) -> None:
        """Both spellings are told; the bot asks for a photo."""
        await self.begins()
        for number, name in enumerate(self.words[1]):
            await self.customer.says(name)
            await self.bot_has_said(3 + number)

    async def until_date(self) -> None:
        """The photo is sent; the bot asks for a day."""
        await self.until_photo()
        await self.customer.sends_photo(self.photo)
        await self.bot_has_said(5)
        await self.customer.says(self.words[2])
        await self.bot_has_said(6)

    async def asks_for_a_person(self) -> None:
        """In the queue now, behind somebody else."""
        await self.bank.customer("Petra Novak", "I want to talk to a person")
        await self.until_photo()
        await self.chat.locator(".w-acts button").first.click()

    async def with_agent(self, who: str) -> None:
        """An agent has taken it and says hello."""
        agent = await self.bank.agent(who)
        page = await agent.get("/conversations", view="queue", limit=100)
        mine = [one for one in page["items"] if one["customer"]["name"] == NAMES[self.locale] and one["unread"]]
        newest = max(mine, key=lambda one: str(one["opened_at"]))
        hello = {
            "en": "Hello Ana, I have both spellings. One moment.",
            "zh-Hans": "林女士您好，两种写法我都看到了，请稍等。",
        }
        await agent.do("POST", f"/conversations/{newest['id']}/take")
        await agent.do(
            "POST", f"/conversations/{newest['id']}/replies", text=hello[self.locale], client_key=str(uuid.uuid4())
        )
        await self.customer.hears(hello[self.locale])
        await self.customer.says("Good. I fly on Sunday." if self.locale == "en" else "好的，我周日的飞机。")
        await agent.do("POST", f"/conversations/{newest['id']}/read", through=2**60)
        ticks = self.chat.locator(".w-meta.r use[href*='check-check']")
        await expect(ticks.last).to_be_attached(timeout=PATIENCE)


Prepare = Callable[[Visit], Awaitable[None]]
SCENES: list[tuple[str, str, Prepare]] = []


def scene(name: str, about: str) -> Callable[[Prepare], Prepare]:
    """Add a screen."""

    def add(prepare: Prepare) -> Prepare:
        SCENES.append((name, about, prepare))
        return prepare

    return add


@scene("widget-greeting", "First open: a name if one likes, and what it is about")
async def greeting(visit: Visit) -> None:
    await expect(visit.chat.locator(".welcome")).to_be_visible(timeout=PATIENCE)


@scene("widget-bot", "With the bot")
async def bot(visit: Visit) -> None:
    await visit.begins()


@scene("widget-photo", "The bot asks for a photo")
async def photo(visit: Visit) -> None:
    await visit.until_photo()
    await expect(visit.chat.locator(".ask")).to_be_visible(timeout=PATIENCE)


@scene("widget-date", "The photo is there; a day to choose")
async def date(visit: Visit) -> None:
    await visit.until_date()
    await expect(visit.chat.locator(".cal")).to_be_visible(timeout=PATIENCE)


@scene("widget-waiting", "In line for a person")
async def waiting(visit: Visit) -> None:
    await visit.asks_for_a_person()
    await expect(visit.chat.locator(".q .big")).to_be_visible(timeout=PATIENCE)


@scene("widget-address", "Leaving an address while waiting")
async def address(visit: Visit) -> None:
    await waiting(visit)
    await visit.chat.locator(".q ~ .btn.wide").click()
    await visit.chat.locator("form.w-card input[name=address]").fill("ana@example.org")


@scene("widget-agent", "With a person")
async def agent(visit: Visit) -> None:
    await visit.asks_for_a_person()
    await expect(visit.chat.locator(".q .big")).to_be_visible(timeout=PATIENCE)
    await visit.with_agent("amy" if visit.locale == "en" else "mia")


@scene("widget-offline", "No network: nothing is lost")
async def offline(visit: Visit) -> None:
    await agent(visit)
    await visit.customer.page.context.set_offline(True)
    await visit.customer.field.fill("Platform 4 now" if visit.locale == "en" else "我到四号站台了")
    await visit.customer.field.press("Enter")
    await expect(visit.chat.locator(".w-say.me.wait")).to_be_visible(timeout=40_000)


@scene("widget-ending", "Before ending the chat")
async def ending(visit: Visit) -> None:
    await visit.begins()
    await visit.chat.locator(".w-acts button").last.click()
    await expect(visit.chat.locator("dialog")).to_be_visible(timeout=PATIENCE)


@scene("widget-ended", "After the end")
async def ended(visit: Visit) -> None:
    await ending(visit)
    await visit.chat.locator("dialog .btn.brand").click()
    await expect(visit.chat.locator(".w-end")).to_be_visible(timeout=PATIENCE)


class Widget:
    """Opens the chat for one customer after the other: in its frame on a desktop, as the QR page on a phone."""

    def __init__(self, bank: Bank, camera: Camera, folder: Path) -> None:
        self.bank = bank
        self.camera = camera
        self.photo = folder / "card.jpg"
        self.photo.write_bytes(card_photo("ANA PERERA"))

    async def launcher(self, screen: Screen, locale: str) -> None:
        """The bank's own page with the button."""
        if not self.camera.wanted("widget-launcher"):
            return
        context = await self.camera.context(screen, locale)
        page = await context.new_page()
        await page.goto(self.bank.hub.facts["widget_page"])
        await expect(page.locator("hub-chat button.go")).to_be_visible(timeout=PATIENCE)
        await self.camera.take(page, "widget-launcher", screen, locale)
        await context.close()

    async def qr_page(self, screen: Screen, locale: str) -> None:
        """What a QR code opens."""
        if not self.camera.wanted("qr-page"):
            return
        context = await self.camera.context(screen, locale)
        page = await context.new_page()
        await page.goto(self.bank.hub.link(0 if locale == "en" else 1))
        await expect(page.locator(".welcome")).to_be_visible(timeout=PATIENCE)
        await self.camera.take(page, "qr-page", screen, locale)
        await context.close()

    async def all_of(self, screen: Screen, locale: str) -> None:
        """Every state at one screen in one language."""
        for name, _about, prepare in SCENES:
            if not self.camera.wanted(name):
                continue
            await self.bank.close_all()
            context = await self.camera.context(screen, locale)
            page = await context.new_page()
            await page.goto(self.bank.hub.facts["widget_page"])
            await page.locator("hub-chat").evaluate("(chat, locale) => chat.setAttribute('locale', locale)", locale)
            await page.locator("hub-chat button.go").click()
            customer = Customer(page, page.frame_locator("hub-chat iframe"))
            await prepare(Visit(self.bank, customer, locale, self.photo))
            await self.camera.take(page, name, screen, locale)
            await context.close()
