"""Paying a premium in Chinese, on the bank's own page: abandoned half-way, nobody there, answered later."""

from playwright.async_api import expect

from tests.journeys.test_misspelt_card import as_customer_sees, assert_one_timeline
from tests.support.browser import Pages
from tests.support.people import PATIENCE, AgentAt, Customer
from tests.support.running import RunningHub


async def test_an_abandoned_flow_waits_with_its_answers_until_somebody_comes(demo: RunningHub, pages: Pages) -> None:
    customer = await Customer.on_site(pages, demo.facts["widget_page"], locale="zh-Hans")
    await customer.chat.locator(".w-langs button[lang=zh-Hans]").click()
    await customer.says("我要缴保费")
    await customer.hears("您的保单号是多少？")
    await customer.says("12345678")
    await customer.hears("您想付多少钱？")
    await customer.says("250")
    await customer.hears("您想用哪种方式付款？")

    await customer.chat.locator(".w-acts").get_by_role("button", name="人工客服").click()
    await leaves_an_address(customer, "lin@example.org")
    mia = await AgentAt.logged_in(pages, demo, "mia")
    await mia.goes("online")

    await expect(mia.offer).to_be_visible(timeout=PATIENCE)
    for fact in ("250", "5678"):
        await expect(mia.offer.get_by_text(fact).first).to_be_visible()
    await mia.accepts()
    await expect(mia.brief.locator(".facts").get_by_text("lin@example.org")).to_be_visible(timeout=PATIENCE)
    await mia.replies("您好，我来帮您办。")
    await customer.hears("您好，我来帮您办。")
    await customer.says("谢谢")
    entries = await assert_one_timeline(demo, customer, mia)
    assert "me: 谢谢" in as_customer_sees(entries)
    assert [entry["body"]["event"] for entry in entries if entry["kind"] == "bot"][-1] == "flow_abandoned"


async def leaves_an_address(customer: Customer, address: str) -> None:
    """Nobody is there: the customer is told so and may leave an address, which is only a claim."""
    await customer.sees("暂时没有客服有空")
    opener = customer.chat.get_by_role("button", name="留下联系方式，方便我们回复")
    form = customer.chat.locator("form.w-card")
    await expect(opener.or_(form)).to_be_visible(timeout=PATIENCE)
    if await opener.is_visible():
        await opener.click()
    await form.locator("input[name=address]").fill(address)
    await form.locator("input[name=consent]").check()
    await form.locator(".btn.brand").click()
    await expect(customer.chat.locator(".w-card[role=status]")).to_contain_text(address, timeout=PATIENCE)
