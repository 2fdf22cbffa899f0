"""Attack case A4 in real browsers: hostile words, names, file names and labels are shown as what they are, text.

No dialog opens, nothing foreign is asked for, no element is made of them: at the agent's console and in the chat.
"""

import asyncio
import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from playwright.async_api import Page, Request, expect

from tests.screens.bank import card_photo
from tests.support.browser import Pages
from tests.support.people import PATIENCE, AgentAt, Customer
from tests.support.running import RunningHub
from tests.support.waiting import eventually
from tests.web.live.screens import AgentScreen, CustomerScreen

DATA = Path(__file__).parents[1] / "data" / "attack_strings"
IN_ONE_MESSAGE = 6
TOKEN = "JSON.parse(Object.entries(localStorage).find(([key]) => key.endsWith(':token'))?.[1] ?? 'null')"
STRANGERS = 30
FILES = 12


def rows() -> list[str]:
    """Every attack string that a message can carry."""
    files = {"dompurify_xss.jsonl": "payload", "blns.jsonl": "s"}
    lines = [(line, key) for name, key in files.items() for line in (DATA / name).read_text("utf-8").split("\n")]
    found = [json.loads(line)[key] for line, key in lines if line]
    return [row for row in map(_sendable, found) if row.strip()]


def _sendable(row: str) -> str:
    return row.encode("utf-8", "replace").decode().replace("\u0000", "")


def messages(strings: list[str]) -> Iterator[str]:
    """The strings, a few to a message."""
    for start in range(0, len(strings), IN_ONE_MESSAGE):
        yield "\n".join(strings[start : start + IN_ONE_MESSAGE])


class Watchman:
    """Notes dialogs and requests to anywhere but the hub."""

    def __init__(self, hub: RunningHub) -> None:
        self.ours = {urlsplit(url).netloc for url in (*hub.urls, hub.facts["widget_page"])}
        self.dialogs: list[str] = []
        self.foreign: list[str] = []

    def watch(self, page: Page) -> None:
        """Look at everything this page does."""
        page.on("dialog", lambda dialog: asyncio.ensure_future(self._dialog(dialog)))
        page.on("request", self._request)

    async def _dialog(self, dialog: Any) -> None:
        self.dialogs.append(dialog.message)
        await dialog.dismiss()

    def _request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.netloc not in self.ours:
            self.foreign.append(request.url[:200])


async def elements_made(page: Any, box: str) -> list[str]:
    """Elements inside a box that only markup in somebody's words could have made."""
    return list(
        await page.locator(box).first.evaluate(
            """box => [...box.querySelectorAll("*")].filter(element =>
                /^(script|style|iframe|object|embed|form|video|audio|base|link|meta|math|marquee)$/i.test(element.tagName)
                || [...element.attributes].some(attribute => /^on/i.test(attribute.name))
                || /^(javascript|data|vbscript):/i.test(element.getAttribute("href") ?? ""))
                .map(element => element.outerHTML.slice(0, 120))"""
        )
    )


async def upload(screen: AgentScreen | CustomerScreen, name: str) -> str:
    """A photo under a hostile name."""
    path = "/api/v1/files" if isinstance(screen, AgentScreen) else "/widget/files"
    headers = {"Authorization": f"Bearer {screen.token}", "X-File-Name": quote(name, safe="")}
    answer = await screen.http.post(path, content=card_photo("ANA"), headers=headers)
    return str(answer.json()["id"]) if answer.status_code == 201 else ""


async def hostile_customer(hub: RunningHub, amy: AgentScreen, token: str) -> dict[str, Any]:
    """Somebody writes every row, sends files with such names, and is answered in kind."""
    mallory = await CustomerScreen(hub.url).open(token=token)
    strings = rows()
    first = await mallory.says(strings[0], name=strings[0][:80])
    one = await amy.do("POST", f"/conversations/{first['conversation_id']}/take")
    for text in messages(strings):
        await mallory.says(text)
    names = [row for row in strings if "<" in row][:FILES]
    for name in names:
        if file := await upload(mallory, name):
            await mallory.says("", attachments=[file])
    for text in messages(strings):
        body: dict[str, Any] = {"text": text, "client_key": str(uuid.uuid4())}
        await amy.do("POST", f"/conversations/{one['id']}/replies", **body)
    await amy.do("POST", f"/conversations/{one['id']}/notes", text=strings[1])
    for name in names[:3]:
        if file := await upload(amy, name):
            await amy.do("POST", f"/conversations/{one['id']}/replies", text="", attachments=[file])
    await mallory.close()
    return one


async def strangers(hub: RunningHub, ada: AgentScreen) -> None:
    """Names in the list, and labels of links, that are markup."""
    marked = [row for row in rows() if "<" in row][:STRANGERS]
    for row in marked:
        someone = await CustomerScreen(hub.url).open()
        await someone.says("I want to talk to a person", name=row[:80])
        await someone.close()
        body: dict[str, Any] = {"campaign": "attack", "label": row[:100], "claimed": {"name": row[:100]}}
        await ada.do("POST", "/links", queue=(await ada.get("/queues"))["items"][0]["id"], language="en", **body)


async def test_hostile_strings_are_only_text_in_console_and_chat(demo: RunningHub, pages: Pages) -> None:
    watchman = Watchman(demo)
    amy, ada = AgentScreen(demo.url, demo.token("amy")), AgentScreen(demo.url, demo.token("ada"))
    customer = await Customer.by_link(pages, demo.link())
    watchman.watch(customer.page)
    await expect(customer.field).to_be_visible(timeout=PATIENCE)
    token = await eventually(lambda: customer.page.evaluate(TOKEN), within=10)
    assert isinstance(token, str)
    await amy.do("PATCH", "/me", state="away", capacity=50)
    await strangers(demo, ada)
    one = await hostile_customer(demo, amy, token)

    agent = await AgentAt.logged_in(pages, demo, "amy")
    watchman.watch(agent.page)
    await agent.page.goto(f"{demo.url}/console/c/{one['log']}/{one['id']}")
    await everything_is_text(agent, customer, rows())
    await agent.page.locator("#tab-queue").click()
    await expect(agent.page.locator("#list-panel .cv").first).to_be_visible(timeout=PATIENCE)
    await agent.page.goto(f"{demo.url}/console/links")
    await expect(agent.page.locator(".linkbtn").nth(5)).to_be_visible(timeout=PATIENCE)
    await agent.page.locator(".linkbtn").first.click()
    assert await elements_made(agent.page, "main") == []

    assert watchman.dialogs == []
    assert watchman.foreign == []
    for each in (amy, ada):
        await each.http.aclose()


async def everything_is_text(agent: AgentAt, customer: Customer, strings: list[str]) -> None:
    """Every page of the timeline and of the thread shows the strings letter by letter, and nothing else of them."""
    box = agent.page.locator("#timeline")
    await expect(box.locator("[data-entry]").first).to_be_visible(timeout=PATIENCE)

    async def is_at_the_beginning() -> bool:
        await box.evaluate("box => box.scrollTo(0, -1e9)")
        return bool(await box.get_by_text("Here the thread begins").count())

    await eventually(is_at_the_beginning, within=30, every=0.2)
    await customer.page.reload()
    log = customer.chat.locator(".w-log")

    async def has_all_of_the_thread() -> bool:
        await log.evaluate("log => log.scrollTo(0, 0)")
        return not await customer.chat.get_by_role("button", name="Show earlier messages").count()

    await expect(customer.chat.locator(".w-say").first).to_be_visible(timeout=PATIENCE)
    await eventually(has_all_of_the_thread, within=30, every=0.2)
    for page, holder in ((agent.page, "#timeline"), (customer.chat, ".w-flow")):
        shown = _plain(await page.locator(holder).first.evaluate("box => box.textContent"))
        missing = [row for row in strings if _plain(row) not in shown]
        assert missing == []
        assert await elements_made(page, holder) == []


def _plain(text: str) -> str:
    """Line ends are the browser's; the letters are not."""
    return "".join(text.split())
