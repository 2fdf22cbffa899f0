"""What the customer sees and does inside the chat."""

import uuid
from typing import Any

import pytest

from tests.support.browser import PHONE, Pages
from tests.support.waiting import eventually
from tests.web.widget.conftest import Bank, Customers, Desk

STRANGE = [
    "<img src=x onerror=alert(1)> <b>bold</b> &amp; {{7*7}} ${1}",
    "مرحبا كيف حالك؟ card 4021",
    "user\u202egnp.exe",
    "👩‍👩‍👧‍👦 🏳️‍🌈 e\u0301",
    "x" * 400,
    "line one\nline two\n  indented",
]


async def test_an_input_method_that_composes_never_sends(customers: Customers) -> None:
    chat = await customers.by_link()
    await chat.field.fill("ni hao")
    composing = """(el, init) => {
      const event = new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true, ...init });
      if (init.code229) Object.defineProperty(event, "keyCode", { get: () => 229 });
      el.dispatchEvent(event);
      return event.defaultPrevented;
    }"""

    taken: list[Any] = [
        await chat.field.evaluate(composing, init) for init in ({"isComposing": True}, {"code229": True})
    ]

    assert taken == [False, False]
    assert await chat.texts() == []
    assert await chat.field.input_value() == "ni hao"
    await chat.field.press("Enter")
    await chat.sees("ni hao")


async def test_shift_enter_makes_a_line_and_a_draft_survives_a_reload(customers: Customers) -> None:
    chat = await customers.by_link()
    await chat.field.fill("first")
    await chat.field.press("Shift+Enter")
    await chat.field.press_sequentially("second")

    await chat.page.reload()

    await eventually(chat.field.input_value)
    assert await chat.field.input_value() == "first\nsecond"


async def test_text_is_shown_as_it_was_written_and_never_becomes_anything_else(
    customers: Customers, desk: Desk
) -> None:
    chat, conversation = await customers.served(desk)

    for text in STRANGE:
        await desk.say(conversation, text)
    await eventually(lambda: chat.inside.locator(".w-row:not(.me) .w-say", has_text="indented").count())

    shown = [
        await each.evaluate("el => el.textContent")
        for each in await chat.inside.locator(".w-row:not(.me) .w-say").all()
    ]
    assert shown[-len(STRANGE) :] == STRANGE
    assert await chat.inside.locator(".w-say img, .w-say b").count() == 0
    wide = await chat.inside.locator(".w-log").evaluate("el => el.scrollWidth - el.clientWidth")
    assert wide == 0


async def test_only_web_addresses_become_links(customers: Customers, desk: Desk) -> None:
    chat, conversation = await customers.served(desk)

    await desk.say(conversation, "see https://example.org/a(b)?x=1. and javascript:alert(1) and http://例え.example。")
    await chat.sees("javascript")

    links = chat.inside.locator(".w-say a")
    assert await links.count() == 2
    assert await links.first.get_attribute("href") == "https://example.org/a(b)?x=1"
    assert await links.first.get_attribute("rel") == "noopener noreferrer nofollow"
    assert await links.first.get_attribute("target") == "_blank"


async def test_looking_for_links_takes_time_in_line_with_the_length(customers: Customers) -> None:
    chat = await customers.by_link()
    time_of = """async (size) => {
      const { assets } = JSON.parse(document.getElementById("config").textContent);
      const { linked } = await import(assets + "/widget/linkify.js");
      const evil = ["https://" + "(".repeat(size) + ")".repeat(size), "https://a.".repeat(size / 10)];
      evil.push("http://x" + ".,;".repeat(size / 3));
      const began = performance.now();
      for (const text of evil) linked(text);
      return performance.now() - began;
    }"""

    took: float = await chat.page.evaluate(time_of, 200_000)

    assert took < 1500


async def test_the_language_changes_at_once_and_stays(customers: Customers) -> None:
    chat = await customers.by_link(PHONE)

    await chat.inside.get_by_role("button", name="简体中文").click()

    await chat.inside.get_by_text("您好").wait_for()
    await chat.page.reload()
    await chat.inside.get_by_text("您好").wait_for()
    assert await chat.page.evaluate("document.documentElement.lang") == "zh-Hans"


@pytest.mark.parametrize("locale", ["en", "zh-Hans", "zh-Hant"])
async def test_the_browsers_language_is_spoken(customers: Customers, locale: str) -> None:
    chat = await customers.at_the_bank(locale=locale)

    greeting = {"en": "Talk to a person", "zh-Hans": "人工客服", "zh-Hant": "真人客服"}[locale]
    assert await chat.inside.get_by_role("button", name=greeting).count() in (0, 1)


async def test_a_person_can_be_asked_for_at_any_time_and_the_chat_be_ended(customers: Customers) -> None:
    chat = await customers.by_link(PHONE)

    await chat.inside.get_by_role("button", name="Talk to a person").click()
    await chat.inside.get_by_text("You are in line").first.wait_for()
    await chat.inside.get_by_role("button", name="End chat").click()
    await chat.inside.get_by_role("dialog").get_by_role("button", name="End chat").click()
    await chat.inside.get_by_text("This chat has ended").first.wait_for()
    await chat.inside.get_by_role("button", name="Start again").click()
    again = f"again {uuid.uuid4().hex[:6]}"
    await chat.say(again)

    await chat.sees(again)
    await chat.inside.get_by_role("button", name="End chat").wait_for()


async def test_the_customer_sees_that_the_agent_writes_and_has_read(customers: Customers, desk: Desk) -> None:
    chat, conversation = await customers.served(desk)
    await chat.say("did you see this?")
    await chat.sees("did you see this?")

    async def read() -> bool:
        entries = await desk.entries(conversation)
        through = max(entry["ordered_at"] for entry in entries)
        await desk.ask("POST", f"/conversations/{conversation['id']}/read", json={"through": through})
        return await chat.inside.locator(".w-meta", has_text="Read").count() > 0

    await eventually(read, every=0.3)


async def test_a_photo_goes_along_and_is_shown_to_both(customers: Customers, desk: Desk, pages: Pages) -> None:
    chat = await customers.at_the_bank()
    draw = """() => new Promise((done) => {
      const canvas = Object.assign(document.createElement("canvas"), { width: 64, height: 40 });
      canvas.getContext("2d").fillRect(0, 0, 30, 30);
      canvas.toBlob(async (blob) => done([...new Uint8Array(await blob.arrayBuffer())]), "image/png");
    })"""
    picture = bytes(await chat.page.evaluate(draw))
    name, text = "card.png", f"here it is {uuid.uuid4().hex[:6]}"

    await chat.inside.locator("input[type=file]").first.set_input_files(
        {"name": name, "mimeType": "image/png", "buffer": picture}
    )
    await chat.inside.locator(".tray").wait_for()
    await chat.say(text)

    await chat.inside.locator(".w-pic img").wait_for()
    conversation = await desk.find(text)
    sent = [entry for entry in await desk.entries(conversation) if entry["body"].get("text") == text]
    assert [each["name"] for each in sent[0]["attachments"]] == [name]


async def test_everything_one_taps_is_large_enough_and_named(customers: Customers) -> None:
    chat = await customers.by_link(PHONE)
    measure = """() => [...document.querySelectorAll("button, a[href], input, textarea")]
      .filter((el) => el.checkVisibility() && el.getBoundingClientRect().width)
      .map((el) => [el.getBoundingClientRect().height, parseFloat(getComputedStyle(el).fontSize),
        el.matches("input, textarea"),
        (el.ariaLabel || el.textContent || el.labels?.[0]?.textContent || "").trim()])"""

    found = await chat.page.evaluate(measure)

    assert len(found) > 5
    assert [each for each in found if each[0] < 44] == []
    assert [each for each in found if each[2] and each[1] < 16] == []
    assert [each for each in found if not each[3]] == []


async def test_a_bank_that_does_not_know_the_widget_says_so(bank: Bank, pages: Pages) -> None:
    page = await pages.open(f"{bank.base}/q/no-such-code")

    await page.get_by_role("heading", name="This chat is not available here.").wait_for()
    pages.problems.clear()  # 404 was meant


async def test_where_the_browser_keeps_nothing_the_chat_still_works(bank: Bank, pages: Pages) -> None:
    page = await pages.open()
    await page.add_init_script(
        """const refuse = () => { throw new DOMException("denied", "SecurityError"); };
        for (const name of ["localStorage", "sessionStorage"]) Object.defineProperty(window, name, { get: refuse });
        IDBFactory.prototype.open = refuse;
        LockManager.prototype.request = async () => refuse();"""
    )
    await page.goto(bank.link)
    await page.locator(".welcome").wait_for()
    await page.locator("#say").fill("nothing is kept here")

    await page.locator("#say").press("Enter")

    await page.locator(".w-meta", has_text="Sent").wait_for()


async def test_colours_follow_the_brand_and_stay_readable(bank: Bank, pages: Pages) -> None:
    page = await pages.open()
    await page.goto(f"{bank.base}/widget?key={bank.key}&locale=en")
    await page.locator(".welcome").wait_for()
    measure = """(brand) => {
      const root = document.documentElement;
      root.style.setProperty("--brand", brand);
      const canvas = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d");
      const light = (colour) => {
        canvas.fillStyle = colour;
        canvas.fillRect(0, 0, 1, 1);
        const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map((v) => v / 255)
          .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      };
      const contrast = (a, b) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05);
      const probe = document.createElement("i");
      document.body.append(probe);
      const colour = (name) => { probe.style.color = `var(${name})`; return getComputedStyle(probe).color; };
      const found = [];
      for (const scheme of ["light", "dark"]) {
        root.style.colorScheme = scheme;
        found.push(contrast(colour("--on-brand"), colour("--brand")));
        found.push(contrast(colour("--brand-text"), colour("--surface-1")));
      }
      return found;
    }"""

    for brand in ("#1c5b50", "#000000", "#ffffff", "#ffd500", "#e4002b", "#0057ff", "#7a7a7a", "#00c853", "hotpink"):
        found: list[float] = await page.evaluate(measure, brand)
        assert min(found) >= 4.5, f"{brand}: {found}"
