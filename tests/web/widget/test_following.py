"""The words of the panel follow the customer's own language, until they choose one."""

import asyncio

from playwright.async_api import Route, expect

from tests.support.browser import PHONE, Pages
from tests.support.waiting import eventually
from tests.web.widget.conftest import Bank, Chat, Customers


async def shown_language(chat: Chat) -> str:
    """The language of the words on screen."""
    return str(await chat.page.evaluate("document.documentElement.lang"))


async def test_the_words_on_screen_follow_what_the_customer_writes(customers: Customers) -> None:
    chat = await customers.by_link()
    assert await shown_language(chat) == "en"

    await chat.say("你好，我的卡上名字印错了")

    async def is_chinese() -> bool:
        return await shown_language(chat) == "zh-Hans"

    await eventually(is_chinese, every=0.1)
    assert await chat.page.get_by_text("Talk to a person").count() == 0


async def test_a_message_written_before_the_visitor_is_known_stands_there_once(
    customers: Customers, bank: Bank, pages: Pages
) -> None:
    page = await pages.open(None, PHONE)
    known = asyncio.Event()

    async def late(route: Route) -> None:
        await known.wait()
        await route.continue_()

    await page.route("**/widget/session", late)
    await page.goto(bank.link)
    for number in range(3):
        await page.fill("#say", f"early {number}")
        await page.press("#say", "Enter")

    known.set()

    shown = page.locator(".w-say.me")
    await expect(shown).to_have_count(3)
    await expect(page.locator(".w-say.me.wait")).to_have_count(0)
    await expect(shown).to_have_text(["early 0", "early 1", "early 2"])
