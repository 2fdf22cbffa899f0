"""The same journey where customer and agents sit on different processes, over PostgreSQL and Redis."""

from playwright.async_api import expect

from tests.journeys.test_misspelt_card import assert_one_timeline, talk
from tests.support.browser import Pages
from tests.support.people import PATIENCE, AgentAt, Customer
from tests.support.running import RunningHub


async def test_processes_share_one_timeline(grown: RunningHub, pages: Pages) -> None:
    amy = await AgentAt.logged_in(pages, grown, "amy", url=grown.other_url)
    await amy.goes("online")
    customer = await Customer.by_link(pages, grown.link(url=grown.url))
    await customer.says("My card is misspelt")
    await customer.hears("Which name is printed on the card now?")
    await customer.says("ANA PERERA")
    await customer.hears("How should the name be written?")
    await customer.says("I want to talk to a person")

    await expect(amy.offer.get_by_text("ANA PERERA").first).to_be_visible(timeout=PATIENCE)
    await amy.accepts()
    await amy.acknowledges()
    await talk(customer, amy)
    mia = await AgentAt.logged_in(pages, grown, "mia", url=grown.url)
    await mia.goes("online")
    await amy.goes("away")
    await amy.transfers("queue", "Insurance", "she asks about her policy")
    await expect(mia.offer.get_by_text("ANA PERERA").first).to_be_visible(timeout=PATIENCE)
    await mia.accepts()
    await mia.replies("Hello, I have read everything.")
    await customer.hears("Hello, I have read everything.")
    await mia.resolves("Solved")

    await expect(customer.chat.locator(".w-end")).to_be_visible(timeout=PATIENCE)
    await assert_one_timeline(grown, customer, mia)
