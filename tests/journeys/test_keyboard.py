"""An agent who never touches the mouse."""

from playwright.async_api import expect

from tests.support.browser import Pages
from tests.support.people import PATIENCE, AgentAt, Customer
from tests.support.running import RunningHub


async def test_an_agent_serves_a_customer_by_keyboard_alone(demo: RunningHub, pages: Pages) -> None:
    amy = await AgentAt.logged_in(pages, demo, "amy")
    page, keys = amy.page, amy.page.keyboard
    customer = await Customer.by_link(pages, demo.link())
    await customer.says("I want to talk to a person")

    await expect(amy.offer).to_be_visible(timeout=PATIENCE)
    await keys.press("F6")
    await expect(amy.offer).to_be_focused()
    await keys.press("Alt+a")
    await expect(page.locator("#composer")).to_be_visible(timeout=PATIENCE)
    await expect(amy.brief.locator(".ack")).to_be_visible(timeout=PATIENCE)

    await blur(amy)
    await keys.press("b")
    await expect(amy.brief.locator(".badge.ok").first).to_be_visible(timeout=PATIENCE)
    await keys.press("r")
    await expect(page.locator("#reply")).to_be_focused()
    await keys.type("Hello, this is Amy.")
    await keys.press("Enter")
    await customer.hears("Hello, this is Amy.")

    await blur(amy)
    await keys.press("m")
    await expect(page.locator("#reply")).to_be_focused()
    await keys.type("a note")
    await keys.press("Enter")
    await amy.sees("a note")

    await blur(amy)
    await keys.press("e")
    dialog = page.locator("dialog.modal")
    await expect(dialog).to_be_visible()
    await keys.press("Space")
    await expect(dialog.locator("input[type=radio]:checked")).to_have_count(1)
    await keys.press("Enter")
    await expect(dialog).to_have_count(0, timeout=PATIENCE)
    await expect(customer.chat.locator(".w-end")).to_be_visible(timeout=PATIENCE)


async def blur(agent: AgentAt) -> None:
    """Leave the field, as Escape does."""
    await agent.page.keyboard.press("Escape")
    await expect(agent.page.locator("#reply")).not_to_be_focused()
