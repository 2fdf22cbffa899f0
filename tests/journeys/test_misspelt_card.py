"""A misspelt card: QR code, bot, brief, accept, talk, transfer, resolve; one timeline for everybody."""

from pathlib import Path
from typing import Any

import httpx
from playwright.async_api import expect

from tests.support.browser import Pages
from tests.support.people import PATIENCE, AgentAt, Customer
from tests.support.running import RunningHub
from tests.support.waiting import eventually

PRINTED, CORRECT = "ANA PERERA", "ANA PEREIRA"


async def answers_the_bot(customer: Customer, photo: Path) -> None:
    """Go through the flow behind the letter's code."""
    await customer.says("My card is misspelt")
    await customer.hears("Which name is printed on the card now?")
    await customer.says(PRINTED)
    await customer.hears("How should the name be written?")
    await customer.says(CORRECT)
    await customer.hears("Please send a photo")
    await customer.sends_photo(photo)
    await customer.hears("last four digits")
    await customer.says("4021")
    await customer.hears("By which day")
    await customer.says("tomorrow")
    await customer.hears("You will not have to say it again.")


async def sees_the_whole_brief(agent: AgentAt) -> None:
    """Everything the customer told the bot stands on the offer card, before any answer."""
    card = agent.offer
    await expect(card).to_be_visible(timeout=PATIENCE)
    for fact in (PRINTED, CORRECT, "4021", "Cards", "Misspelt card"):
        await expect(card.get_by_text(fact).first).to_be_visible(timeout=PATIENCE)
    await expect(card.locator("img").first).to_be_visible()


async def timeline(hub: RunningHub, customer_id: str, who: str = "sue") -> list[dict[str, Any]]:
    """What REST says, oldest first."""
    async with httpx.AsyncClient(base_url=hub.url, headers={"Authorization": f"Bearer {hub.token(who)}"}) as http:
        page = (await http.get(f"/api/v1/customers/{customer_id}/timeline", params={"limit": 200})).json()
    assert page["previous"] is None
    return list(page["items"])


def as_customer_sees(entries: list[dict[str, Any]]) -> list[str]:
    """The messages of a timeline as they must stand in the customer's thread."""
    said = [entry for entry in entries if entry["kind"] == "message" and entry["audience"] == "everyone"]
    return [
        ("me: " if entry["direction"] == "in" else "") + "[photo]" * len(entry["attachments"]) + entry["body"]["text"]
        for entry in said
    ]


async def assert_one_timeline(hub: RunningHub, customer: Customer, *agents: AgentAt) -> list[dict[str, Any]]:
    """REST, every console and the customer's window show each fact once, in one order."""
    customer_id = agents[0].page.url.split("/c/")[1].split("/")[0]
    entries = await timeline(hub, customer_id)
    positions = [entry["position"] for entry in entries]
    assert positions == sorted(set(positions))
    keys = [entry["client_key"] for entry in entries if entry["client_key"]]
    assert len(keys) == len(set(keys))
    told = [entry["id"] for entry in entries if entry["kind"] in ("message", "note", "form")]
    ids = {entry["id"] for entry in entries}

    for agent in agents:

        async def the_same_on_the_console(agent: AgentAt = agent) -> bool:
            shown = await agent.shown()
            assert len(shown) == len(set(shown))
            assert set(shown) <= ids
            assert [id for id in shown if id in set(told)] == told
            order = {entry["id"]: entry["position"] for entry in entries}
            assert [order[id] for id in shown] == sorted(order[id] for id in shown)
            return True

        await eventually(the_same_on_the_console, within=10)
    await eventually(lambda: _same(customer, as_customer_sees(entries)), within=10)
    return entries


async def _same(customer: Customer, expected: list[str]) -> bool:
    assert await customer.said() == expected
    return True


async def test_a_misspelt_card_from_the_letter_to_the_end(demo: RunningHub, pages: Pages, photo: Path) -> None:
    amy = await AgentAt.logged_in(pages, demo, "amy")
    await amy.goes("online")
    customer = await Customer.by_link(pages, demo.link())
    await answers_the_bot(customer, photo)

    await sees_the_whole_brief(amy)
    await amy.accepts()
    await expect(amy.brief.get_by_text(CORRECT).first).to_be_visible(timeout=PATIENCE)
    await amy.acknowledges()
    await customer.sees("Amy Lindqvist")

    await talk(customer, amy)
    mia = await AgentAt.logged_in(pages, demo, "mia")
    await mia.goes("online")
    await amy.transfers("agent", "Mia Chen", "orders cards")
    await sees_the_whole_brief(mia)
    await mia.accepts()
    await mia.acknowledges()
    await mia.replies("Your new card is ordered.")
    await customer.hears("Your new card is ordered.")
    await mia.resolves("Card replaced", "sent to the press")
    await expect(customer.chat.locator(".w-end")).to_be_visible(timeout=PATIENCE)

    entries = await assert_one_timeline(demo, customer, mia)
    accepted = [one["body"] for one in entries if one["kind"] == "handoff" and one["body"]["state"] == "accepted"]
    assert [one["to"]["kind"] for one in accepted] == ["queue", "agent"]
    assert all(one["lead_ms"] >= 0 for one in accepted)
    acknowledged = [e for e in entries if e["kind"] == "handoff" and e["body"]["state"] == "acknowledged"]
    assert [entry["author"]["name"] for entry in acknowledged] == ["Amy Lindqvist", "Mia Chen"]


async def talk(customer: Customer, agent: AgentAt) -> None:
    """Both ways, with typing and read state."""
    await customer.field.press_sequentially("It is", delay=5)
    await expect(agent.page.locator("#timeline .typing")).to_be_visible(timeout=PATIENCE)
    await customer.says("It is urgent, please")
    await agent.sees("It is urgent, please")
    await expect(customer.chat.get_by_text("Read", exact=False).last).to_be_visible(timeout=PATIENCE)
    await agent.page.locator("#reply").press_sequentially("I see", delay=5)
    await expect(customer.chat.locator(".typing")).to_be_visible(timeout=PATIENCE)
    await agent.replies("I see your card, one moment.")
    await customer.hears("I see your card, one moment.")
    last = agent.page.locator("#timeline .e.us .tick").last
    await expect(last).to_have_class("tick read", timeout=PATIENCE)
