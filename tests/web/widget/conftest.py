"""A running demo bank, a customer in front of it and an agent behind it: real browser, server and origins."""

import uuid
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import FrameLocator, Locator, Page

from tests.support.browser import DESKTOP, Pages, Screen
from tests.support.running import running_demo
from tests.support.waiting import eventually


@dataclass(frozen=True)
class Bank:
    """Where the demo bank is."""

    base: str
    page: str
    link: str
    token: str
    key: str
    secret: str


@pytest.fixture(scope="session")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bank]:
    """The demo bank, with its own page on a second origin."""
    with running_demo(tmp_path_factory.mktemp("bank") / "hub") as hub:
        webchat = hub.facts["channels"]["webchat"]
        page, key, secret = hub.facts["widget_page"], webchat["widget_key"], webchat["identity_secret"]
        yield Bank(hub.url, page, hub.link(), hub.token("mia"), key, secret)


class Desk:
    """An agent, over the API."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http

    async def ask(self, method: str, path: str, **more: Any) -> Any:
        answer = await self.http.request(method, f"/api/v1{path}", **more)
        assert answer.is_success, f"{path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    async def find(self, text: str) -> dict[str, Any]:
        """The conversation in which a customer wrote this."""

        async def look() -> dict[str, Any] | None:
            listed = await self.ask("GET", "/conversations", params={"view": "all", "limit": 50})
            for conversation in listed["items"]:
                if text in [entry["body"].get("text") for entry in await self.entries(conversation)]:
                    return dict(conversation)
            return None

        found = await eventually(look, every=0.2)
        assert isinstance(found, dict)
        return found

    async def entries(self, conversation: dict[str, Any]) -> list[dict[str, Any]]:
        page = await self.ask("GET", f"/customers/{conversation['customer']['id']}/timeline", params={"limit": 100})
        return list(page["items"])

    async def customer_texts(self, conversation: dict[str, Any]) -> list[str]:
        """What the customer wrote, in the order of the timeline."""
        entries = await self.entries(conversation)
        return [each["body"]["text"] for each in entries if each["direction"] == "in" and each["kind"] == "message"]

    async def has(self, conversation: dict[str, Any], texts: list[str]) -> None:
        """The customer wrote exactly this; asked once more after it came true, for what may come twice."""

        async def all_there() -> bool:
            return len(await self.customer_texts(conversation)) >= len(texts)

        await eventually(all_there, every=0.1)
        assert await self.customer_texts(conversation) == texts

    async def take(self, conversation: dict[str, Any]) -> None:
        await self.ask("POST", f"/conversations/{conversation['id']}/take")

    async def say(self, conversation: dict[str, Any], text: str) -> None:
        body = {"text": text, "client_key": str(uuid.uuid4())}
        await self.ask("POST", f"/conversations/{conversation['id']}/replies", json=body)


@pytest_asyncio.fixture
async def desk(bank: Bank) -> AsyncIterator[Desk]:
    """An agent at work."""
    async with httpx.AsyncClient(base_url=bank.base, headers={"Authorization": f"Bearer {bank.token}"}) as http:
        desk = Desk(http)
        await desk.ask("PATCH", "/me", json={"state": "online", "capacity": 50})
        yield desk


@dataclass
class Chat:
    """The chat as one customer has it open."""

    page: Page
    inside: Page | FrameLocator

    @property
    def launcher(self) -> Locator:
        return self.page.locator("hub-chat button.go")

    @property
    def field(self) -> Locator:
        return self.inside.locator("#say")

    async def say(self, text: str) -> None:
        await self.field.fill(text)
        await self.field.press("Enter")

    async def sees(self, text: str, *, within: float = 10) -> None:
        await self.inside.locator(".w-say", has_text=text).first.wait_for(timeout=within * 1000)

    async def texts(self) -> list[str]:
        return [text.strip() for text in await self.inside.locator(".w-say").all_inner_texts()]

    async def mine(self) -> list[str]:
        return [text.strip() for text in await self.inside.locator(".w-say.me").all_inner_texts()]

    async def is_waiting(self, count: int) -> None:
        await eventually(lambda: self._waiting(count))

    async def _waiting(self, count: int) -> bool:
        return await self.inside.locator(".w-say.wait").count() == count


async def open_chat(page: Page) -> Chat:
    """Press the launcher of the bank's page and wait for the chat."""
    chat = Chat(page, page.frame_locator("hub-chat iframe"))
    await chat.launcher.click()
    await chat.inside.locator(".welcome, .w-row").first.wait_for()
    return chat


@dataclass
class Customers:
    """New customers, each with a browser of their own."""

    bank: Bank
    pages: Pages

    async def at_the_bank(self, screen: Screen = DESKTOP, **more: Any) -> Chat:
        """On the bank's page, with the chat open."""
        return await open_chat(await self.pages.open(self.bank.page, screen, **more))

    async def by_link(self, screen: Screen = DESKTOP, **more: Any) -> Chat:
        """Through a link, with the chat as a page of its own."""
        page = await self.pages.open(self.bank.link, screen, **more)
        await page.locator(".welcome, .w-row").first.wait_for()
        return Chat(page, page)

    async def served(self, desk: Desk, **more: Any) -> tuple[Chat, dict[str, Any]]:
        """Talking with an agent; the first words are this customer's own."""
        chat = await self.at_the_bank(**more)
        first = f"Hello, I am {uuid.uuid4().hex[:8]}"
        await chat.say(first)
        await chat.sees(first)
        conversation = await desk.find(first)
        await desk.take(conversation)
        await chat.inside.locator(".w-head .dot").wait_for()
        return chat, conversation


@pytest_asyncio.fixture
async def customers(bank: Bank, pages: Pages) -> Customers:
    """Whoever comes to the bank."""
    return Customers(bank, pages)
