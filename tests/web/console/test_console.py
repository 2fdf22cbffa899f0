"""The console in a browser on the real hub: what it must never take from an agent's hands."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.support.browser import PHONE, Pages
from tests.support.running import RunningHub, running_demo

PATIENCE = 15_000


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[RunningHub]:
    """A demo bank of the test's own: who left agents behind would be offered their customers."""
    with running_demo(tmp_path / "home") as hub:
        yield hub


async def logged_in(pages: Pages, hub: RunningHub, who: str) -> Page:
    """An agent's console, ready for offers."""
    page = await pages.open(f"{hub.url}/console")
    await page.fill("#login-e", hub.login(who)["email"])
    await page.fill("#login-p", hub.login(who)["password"])
    await page.press("#login-p", "Enter")
    await expect(page.locator(".rail .me .dot.ok")).to_be_visible(timeout=PATIENCE)
    # who one is was asked before one logged in; Chromium writes the 401 into its console
    pages.problems[:] = [each for each in pages.problems if "/api/v1/me" not in each]
    return page


async def asks_for_a_person(pages: Pages, hub: RunningHub, text: str) -> Page:
    """A customer writes and wants no bot."""
    chat = await pages.open(hub.link(), PHONE)
    await chat.fill("#say", text)
    await chat.press("#say", "Enter")
    await expect(chat.locator(".w-say.me").filter(has_text=text)).to_be_visible(timeout=PATIENCE)
    await expect(chat.locator(".w-say.me.wait")).to_have_count(0, timeout=PATIENCE)
    await chat.get_by_role("button", name=re.compile("Talk to a person|人工客服|真人客服")).first.click()
    return chat


async def serving(pages: Pages, hub: RunningHub, who: str, text: str) -> Page:
    """An agent who has accepted a customer."""
    page = await logged_in(pages, hub, who)
    await asks_for_a_person(pages, hub, text)
    await page.locator("#offer .btn.go").click(timeout=PATIENCE)
    await expect(page.locator("#timeline [data-entry]").filter(has_text=text)).to_be_visible(timeout=PATIENCE)
    return page


async def test_an_offer_never_takes_the_caret(demo: RunningHub, pages: Pages) -> None:
    page = await serving(pages, demo, "amy", "the first of two")
    await page.locator("#reply").press_sequentially("half a sen")
    first = page.url

    await asks_for_a_person(pages, demo, "the second of two")
    await expect(page.locator("#offer")).to_be_visible(timeout=PATIENCE)
    await page.keyboard.type("tence")
    await page.keyboard.press("Alt+a")
    await expect(page.locator("#offer")).to_have_count(0, timeout=PATIENCE)

    await expect(page.locator("#reply")).to_have_value("half a sentence")
    await expect(page.locator("#reply")).to_be_focused()
    assert page.url == first
    await expect(page.locator(".list .cv")).to_have_count(2)


async def test_enter_belongs_to_the_input_method_while_it_composes(demo: RunningHub, pages: Pages) -> None:
    page = await serving(pages, demo, "amy", "用拼音写的")
    await page.focus("#reply")
    keyboard = await page.context.new_cdp_session(page)

    await keyboard.send("Input.imeSetComposition", {"text": "nihao", "selectionStart": 5, "selectionEnd": 5})
    await page.locator("#reply").evaluate(
        """(field) => field.dispatchEvent(new KeyboardEvent(
            "keydown", { key: "Enter", keyCode: 229, isComposing: true, bubbles: true, cancelable: true }))"""
    )
    await keyboard.send("Input.insertText", {"text": "你好"})
    await expect(page.locator("#reply")).to_have_value("你好")
    await page.keyboard.press("Enter")

    await expect(page.locator(".e.us .say")).to_have_text(["你好"], timeout=PATIENCE)


async def test_a_reply_written_without_a_line_waits_and_goes_out_once(demo: RunningHub, pages: Pages) -> None:
    page = await serving(pages, demo, "amy", "is anybody there")
    await page.context.set_offline(True)

    await page.fill("#reply", "written in a tunnel")
    await page.press("#reply", "Enter")
    await expect(page.locator(".e.pending .tick")).to_contain_text("Waiting", timeout=PATIENCE)
    await page.context.set_offline(False)
    await expect(page.locator(".e.pending")).to_have_count(0, timeout=30_000)
    await page.reload()

    await expect(page.locator(".e.us .say")).to_have_text(["written in a tunnel"], timeout=PATIENCE)
    pages.problems.clear()  # the tunnel


async def test_a_draft_and_a_note_survive_a_reload(demo: RunningHub, pages: Pages) -> None:
    page = await serving(pages, demo, "amy", "I come back to this")
    await page.fill("#reply", "a reply to think about")
    await page.locator(".composer .ch-note").click()
    await page.fill("#reply", "a note to think about")

    await page.reload()

    await expect(page.locator("#reply")).to_have_value("a note to think about", timeout=PATIENCE)
    await page.locator(".composer .ch-chat").click()
    await expect(page.locator("#reply")).to_have_value("a reply to think about")
