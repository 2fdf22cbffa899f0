"""People at browsers: a customer at the chat, an agent at the console. What they do reads like a story."""

from pathlib import Path
from typing import Any

from playwright.async_api import FrameLocator, Locator, Page, expect

from tests.support.browser import DESKTOP, PHONE, Pages, Screen
from tests.support.running import RunningHub

PATIENCE = 15_000


class Customer:
    """A person at the chat: full page behind a link, or the frame on somebody's site."""

    def __init__(self, page: Page, chat: Page | FrameLocator) -> None:
        self.page = page
        self.chat = chat

    @classmethod
    async def by_link(cls, pages: Pages, url: str, screen: Screen = PHONE, **context: Any) -> "Customer":
        """Somebody scans a QR code."""
        page = await pages.open(url, screen, **context)
        return cls(page, page)

    @classmethod
    async def on_site(cls, pages: Pages, url: str, screen: Screen = DESKTOP, **context: Any) -> "Customer":
        """Somebody presses the button on the bank's own page."""
        page = await pages.open(url, screen, **context)
        await page.locator("hub-chat button.go").click()
        return cls(page, page.frame_locator("hub-chat iframe"))

    @property
    def field(self) -> Locator:
        """Where one types."""
        return self.chat.locator("#say")

    async def says(self, text: str) -> None:
        """Write and send; it is with the server when this returns."""
        await self.field.fill(text)
        await self.field.press("Enter")
        own = self.chat.locator(".w-row.me").filter(has_text=text).last
        await expect(own.locator("time")).to_be_attached(timeout=PATIENCE)  # what is on its way has no time yet

    async def hears(self, text: str) -> None:
        """Wait until somebody has said this."""
        said = self.chat.locator(".w-say:not(.me)").filter(has_text=text)
        await expect(said.last).to_be_visible(timeout=PATIENCE)

    async def sees(self, text: str) -> None:
        """Wait until a line says that this has happened."""
        await expect(self.chat.locator(".w-log").get_by_text(text).last).to_be_visible(timeout=PATIENCE)

    async def sends_photo(self, path: Path) -> None:
        """Answer the question for a photo with one from the gallery."""
        await self.chat.locator(".ask input[type=file]").last.set_input_files(path)
        await expect(self.chat.locator(".w-row.me .w-pic img").last).to_be_visible(timeout=PATIENCE)

    async def said(self) -> list[str]:
        """All messages as they stand in the thread, own ones marked; a picture is [photo]."""
        return list(
            await self.chat.locator(".w-flow").evaluate(
                """flow => [...flow.querySelectorAll(".w-row")].map(row =>
                    (row.classList.contains("me") ? "me: " : "") +
                    ([...row.querySelectorAll(".w-pic")].map(() => "[photo]").join("") +
                     (row.querySelector(".w-say")?.textContent ?? "")))"""
            )
        )


class AgentAt:
    """An agent at the console."""

    def __init__(self, page: Page) -> None:
        self.page = page

    @classmethod
    async def logged_in(
        cls, pages: Pages, hub: RunningHub, who: str, *, url: str = "", screen: Screen = DESKTOP, **context: Any
    ) -> "AgentAt":
        """Somebody opens the console and logs in."""
        page = await pages.open(f"{url or hub.url}/console", screen, **context)
        login = hub.login(who)
        await page.fill("#login-e", login["email"])
        await page.fill("#login-p", login["password"])
        await page.press("#login-p", "Enter")
        await expect(page.locator(".console")).to_be_visible(timeout=PATIENCE)
        # Asking who one is before logging in is answered with 401, which Chromium writes into its console.
        pages.problems[:] = [each for each in pages.problems if "/api/v1/me: " not in each]
        return cls(page)

    async def goes(self, state: str) -> None:
        """Take offers (`online`) or not (`away`), by the menu."""
        await self.page.locator(".rail .me").click()
        await self.page.locator(".rail .menu").get_by_role("menuitemradio").nth(0 if state == "online" else 1).click()
        await expect(self.page.locator(f".rail .me .dot.{'ok' if state == 'online' else 'warn'}")).to_be_visible()

    @property
    def offer(self) -> Locator:
        """The offer card."""
        return self.page.locator("#offer")

    @property
    def brief(self) -> Locator:
        """The side panel."""
        return self.page.locator("#brief")

    async def accepts(self) -> None:
        """Accept what rings."""
        await self.offer.locator(".btn.go").click()
        await expect(self.offer).to_have_count(0, timeout=PATIENCE)
        await expect(self.page.locator("#composer")).to_be_visible(timeout=PATIENCE)

    async def acknowledges(self) -> None:
        """Press the receipt under the brief."""
        await self.brief.locator(".ack").click()
        await expect(self.brief.locator(".badge.ok").first).to_be_visible(timeout=PATIENCE)

    async def replies(self, text: str) -> None:
        """Write and send; the server has it when this returns."""
        await self.page.fill("#reply", text)
        await self.page.press("#reply", "Enter")
        await self.sees(text)
        await expect(self.page.locator(".e.pending")).to_have_count(0, timeout=PATIENCE)

    async def sees(self, text: str) -> None:
        """Wait until the timeline shows this."""
        found = self.page.locator("#timeline [data-entry]").filter(has_text=text)
        await expect(found.last).to_be_visible(timeout=PATIENCE)

    async def transfers(self, kind: str, name: str, reason: str) -> None:
        """Hand over to a queue or an agent, by the dialog."""
        await self.page.locator(".thread header").get_by_role("button", name="Transfer").click()
        dialog = self.page.locator("dialog.modal")
        await dialog.get_by_role("radio", name="Agent" if kind == "agent" else "Queue").first.click()
        await dialog.locator("label.item").filter(has_text=name).click()
        await dialog.locator("#tr-reason").fill(reason)
        await dialog.locator(".btn.primary").click()
        await expect(dialog).to_have_count(0, timeout=PATIENCE)

    async def resolves(self, disposition: str, note: str = "") -> None:
        """Wrap up."""
        await self.page.locator(".thread header").get_by_role("button", name="Resolve").click()
        dialog = self.page.locator("dialog.modal")
        await dialog.locator("label.chip").filter(has_text=disposition).click()
        await dialog.locator("#wu-note").fill(note)
        await dialog.locator(".btn.primary").click()
        await expect(dialog).to_have_count(0, timeout=PATIENCE)

    async def shown(self) -> list[str]:
        """Ids of the entries on the timeline from top to bottom, every fold opened."""
        for fold in await self.page.locator("#timeline .fold[aria-expanded=false]").all():
            await fold.click()
        rows = self.page.locator("#timeline [data-entry]")
        return [str(await row.get_attribute("data-entry")) for row in await rows.all()]
