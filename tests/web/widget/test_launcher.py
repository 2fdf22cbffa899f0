"""The launcher on somebody else's page: neither can break the other, and only the panel is listened to."""

import time
import uuid

from joserfc import jwt
from joserfc.jwk import OctKey
from playwright.async_api import expect

from tests.support.browser import DESKTOP, PHONE, Pages
from tests.support.waiting import eventually
from tests.web.widget.conftest import Bank, Customers, Desk, open_chat

HOSTILE = """
* { all: unset !important; display: none !important; font-size: 40px !important; color: red !important }
html, body { display: block !important; transform: rotate(3deg) scale(.5) !important; filter: blur(2px) !important }
hub-chat { display: none !important; position: static !important; width: 9px !important; overflow: hidden !important;
  visibility: hidden !important; opacity: 0 !important; pointer-events: none !important; z-index: -1 !important }
iframe, button, svg { display: none !important }
"""


async def test_nothing_is_loaded_before_the_first_click(bank: Bank, pages: Pages) -> None:
    page = await pages.open()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    await page.goto(bank.page)
    await page.locator("hub-chat button.go").wait_for()

    assert [url for url in asked if url.startswith(bank.base)] == [f"{bank.base}/widget.js"]
    assert await page.locator("hub-chat iframe").count() == 0


async def test_hostile_styles_of_the_page_change_nothing(bank: Bank, pages: Pages) -> None:
    page = await pages.open(bank.page)
    await page.evaluate(
        "css => { const s = new CSSStyleSheet(); s.replaceSync(css); document.adoptedStyleSheets = [s]; }", HOSTILE
    )

    box = await page.locator("hub-chat button.go").bounding_box()
    await open_chat(page)

    assert box == {"x": DESKTOP.width - 80, "y": DESKTOP.height - 80, "width": 60, "height": 60}
    frame = await page.locator("hub-chat iframe").bounding_box()
    assert frame is not None
    assert (frame["width"], frame["height"]) == (400, 680)


async def test_on_a_phone_the_panel_fills_the_screen(customers: Customers) -> None:
    chat = await customers.at_the_bank(PHONE)

    box = await chat.page.locator("hub-chat iframe").bounding_box()

    assert box == {"x": 0, "y": 0, "width": PHONE.width, "height": PHONE.height}
    await chat.inside.get_by_role("button", name="Close chat").click()
    await eventually(chat.launcher.is_visible)


async def test_a_closed_panel_counts_what_is_unread_until_it_is_opened(customers: Customers, desk: Desk) -> None:
    chat, conversation = await customers.served(desk)
    await chat.launcher.click()

    await desk.say(conversation, "are you there?")
    await desk.say(conversation, "hello?")

    await chat.page.get_by_role("button", name="Chat, New messages: 2").wait_for()
    await chat.launcher.click()
    await chat.page.get_by_role("button", name="Chat", exact=True).wait_for()


async def test_only_the_panel_is_listened_to(customers: Customers) -> None:
    chat = await customers.at_the_bank()
    await chat.launcher.click()

    await chat.page.context.route("https://evil.example/*", lambda route: route.fulfill(body="evil"))
    async with chat.page.expect_popup() as opened:
        await chat.page.evaluate("() => { window.open('https://evil.example/'); }")
    evil = await opened.value

    await evil.evaluate("""() => opener.postMessage({ source: "hub-chat", type: "unread", count: 8 }, "*")""")
    await chat.page.evaluate(
        """() => new Promise((done) => {
          addEventListener("message", (event) => { if (event.data?.last) done(); });
          window.postMessage({ source: "hub-chat", type: "unread", count: 9 }, "*");
          window.postMessage({ last: true }, "*");
        })"""
    )

    assert await chat.launcher.get_attribute("aria-label") == "Chat"
    assert await chat.page.locator("hub-chat b").is_hidden()


async def test_the_panel_obeys_only_the_page_around_it(customers: Customers) -> None:
    chat = await customers.by_link()

    asked = await chat.page.evaluate(
        """() => new Promise((done) => {
          const asked = [];
          const real = window.fetch;
          window.fetch = (...all) => { asked.push(String(all[0])); return real(...all); };
          window.postMessage({ source: "hub-chat", type: "identify", jwt: "a.b.c" }, "*");
          window.postMessage({ last: true }, "*");
          addEventListener("message", (event) => { if (event.data?.last) setTimeout(() => done(asked), 50); });
        })"""
    )

    assert asked == []


async def test_no_other_site_may_frame_the_panel(bank: Bank, pages: Pages) -> None:
    page = await pages.open()
    await page.route(
        "https://evil.example/*", lambda route: route.fulfill(body="<title>evil</title>", content_type="text/html")
    )
    await page.goto("https://evil.example/")
    key = "document.querySelector('hub-chat')?.getAttribute('key')"
    bank_page = await page.context.new_page()
    await bank_page.goto(bank.page)
    key = await bank_page.evaluate(key)

    await page.evaluate(
        """url => new Promise((done) => {
          const frame = document.createElement("iframe");
          Object.assign(frame, { onload: done, src: url });
          document.body.append(frame);
        })""",
        f"{bank.base}/widget?key={key}",
    )

    assert all("/widget?" not in frame.url or frame.url.startswith("chrome-error") for frame in page.frames[1:])
    assert await page.frames[1].locator("#app").count() == 0
    pages.problems.clear()  # the browser says that framing was refused


async def test_the_whole_way_by_keyboard(bank: Bank, pages: Pages) -> None:
    page = await pages.open(bank.page)
    await page.locator(".foot").evaluate("el => { el.tabIndex = -1; el.focus(); }")

    for _ in range(8):
        await page.keyboard.press("Tab")
        if await page.evaluate("document.activeElement.shadowRoot?.activeElement?.className === 'go'"):
            break
    await page.keyboard.press("Enter")
    inside = page.frame_locator("hub-chat iframe")
    await inside.locator(".welcome").wait_for()
    await eventually(lambda: inside.locator("#say").evaluate("el => el === document.activeElement"))
    await page.keyboard.type("no mouse here")
    await page.keyboard.press("Enter")
    await inside.locator(".w-say.me", has_text="no mouse here").wait_for()
    await page.keyboard.press("Escape")

    await expect(page.locator("hub-chat button.go")).to_have_attribute("aria-expanded", "false")
    assert await page.evaluate("document.activeElement.shadowRoot?.activeElement?.className") == "go"
    assert await page.locator("hub-chat iframe").evaluate("el => getComputedStyle(el).visibility") == "hidden"


def vouch(bank: Bank, subject: str) -> str:
    """What the bank's own server would sign for its page."""
    now = int(time.time())
    claims = {"sub": subject, "aud": bank.key, "iat": now, "exp": now + 600}
    return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(bank.secret))


async def test_the_bank_says_who_is_signed_in_and_who_no_longer_is(bank: Bank, customers: Customers) -> None:
    subject, text = f"sub-{uuid.uuid4().hex}", f"my own words {uuid.uuid4().hex[:8]}"
    tell = "jwt => document.querySelector('hub-chat').identify(jwt)"
    first, second = await customers.at_the_bank(), await customers.at_the_bank()
    await first.say("nobody said this")
    await first.inside.locator(".w-meta", has_text="Sent").wait_for()

    await first.page.evaluate(tell, vouch(bank, subject))
    await first.inside.locator(".welcome").wait_for()
    await first.say(text)
    await first.inside.locator(".w-meta", has_text="Sent").wait_for()
    await second.page.evaluate(tell, vouch(bank, subject))

    await second.sees(text)
    assert "nobody said this" not in await second.texts()
    await second.page.evaluate(tell, None)
    await second.inside.locator(".welcome").wait_for()
    await second.page.reload()
    await second.inside.locator(".welcome").wait_for()
    assert await second.texts() == []


async def test_a_forged_word_about_who_is_signed_in_changes_nothing(
    bank: Bank, customers: Customers, pages: Pages
) -> None:
    chat = await customers.at_the_bank()
    await chat.say("still me")
    await chat.inside.locator(".w-meta", has_text="Sent").wait_for()

    async with chat.page.expect_response("**/widget/identify") as answered:
        await chat.page.evaluate("() => document.querySelector('hub-chat').identify('e30.e30.x')")

    assert (await answered.value).status == 401
    await chat.say("and still here")
    await chat.sees("and still here")
    await chat.sees("still me")
    pages.problems.clear()  # 401 was meant
