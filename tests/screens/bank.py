"""Customers and agents who make the bank look as on a busy afternoon, over the same doors as everybody."""

import io
import uuid
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

from PIL import Image, ImageDraw
from sqlalchemy import update

from hub import conversations, handoff
from hub.clock import HOUR, MINUTE, SECOND
from hub.models import Conversation, Entry, Handoff
from hub.models.base import table
from hub.store import Tx
from tests.support.running import RunningHub
from tests.support.waiting import eventually
from tests.web.live.screens import AgentScreen, CustomerScreen, Json

WITHIN = 15.0
CARD_FLOW = {
    "en": ("My card is misspelt", ["ANA PERERA", "ANA PEREIRA"], "4021", "tomorrow"),
    "zh-Hans": ("我的卡印错了名字", ["林为", "林薇"], "4021", "明天"),
}
NAMES = {"en": "Ana Pereira", "zh-Hans": "林薇"}


def card_photo(name: str) -> bytes:
    """A photo of a bank card with this name on it."""
    picture = Image.new("RGB", (900, 600), (190, 168, 132))
    draw = ImageDraw.Draw(picture)
    draw.rounded_rectangle((110, 110, 790, 490), 28, fill=(24, 84, 74))
    draw.polygon([(110, 400), (420, 250), (790, 380), (790, 490), (110, 490)], fill=(38, 120, 104))
    draw.rounded_rectangle((165, 215, 245, 275), 8, fill=(224, 196, 120))
    draw.text((165, 140), "Harbour Bank", fill=(245, 245, 240), font_size=40)
    draw.text((165, 330), "**** **** **** 4021", fill=(235, 240, 238), font_size=44)
    draw.text((165, 410), name if name.isascii() else "LIN WEI", fill=(245, 245, 240), font_size=40)
    file = io.BytesIO()
    picture.rotate(4, fillcolor=(190, 168, 132)).save(file, "JPEG", quality=80)
    return file.getvalue()


@dataclass
class Bank:
    """The demo bank with people in it."""

    hub: RunningHub
    stack: AsyncExitStack
    staff: dict[str, AgentScreen] = field(default_factory=dict)

    async def agent(self, who: str) -> AgentScreen:
        """An agent's program."""
        if who not in self.staff:
            screen = AgentScreen(self.hub.url, self.hub.token(who))
            self.stack.push_async_callback(screen.close)
            self.staff[who] = await screen.open()
        return self.staff[who]

    async def customer(self, name: str, *texts: str, link: int | None = None, language: str = "en") -> CustomerScreen:
        """Somebody who has written this, each after the bot has answered the last."""
        greeting = {"language": language}
        if link is not None:
            greeting["link"] = self.hub.link(link).rpartition("/")[2]
        screen = CustomerScreen(self.hub.url)
        self.stack.push_async_callback(screen.close)
        await screen.open(**greeting)
        for text in texts:
            before = len(screen.entries)
            await screen.says(text, name=name)
            await eventually(lambda before=before: len(screen.entries) > before + 1, within=WITHIN)
        return screen

    async def misspelt_card(self, language: str, name: str = "") -> CustomerScreen:
        """Somebody who has told the bot everything about a misspelt card and waits for the cards team."""
        first, names, digits, day = CARD_FLOW[language]
        link = 0 if language == "en" else None
        screen = await self.customer(name or NAMES[language], first, *names, link=link, language=language)
        headers = {"Authorization": f"Bearer {screen.token}", "X-File-Name": "card-front.jpg"}
        answer = await screen.http.post("/widget/files", content=card_photo(names[0]), headers=headers)
        assert answer.status_code == 201, answer.text
        await self.say_on(screen, "", attachments=[answer.json()["id"]])
        await self.say_on(screen, digits)
        await self.say_on(screen, day)
        await eventually(lambda: screen.conversation and screen.conversation["with"]["kind"] == "queue", within=WITHIN)
        return screen

    async def say_on(self, screen: CustomerScreen, text: str, **more: object) -> None:
        """One more answer to the bot."""
        before = len(screen.entries)
        await screen.says(text, **more)
        await eventually(lambda: len(screen.entries) > before + 1, within=WITHIN)

    def conversation(self, screen: CustomerScreen) -> str:
        """Which conversation this window is about."""
        assert screen.conversation is not None
        return str(screen.conversation["id"])

    async def take(self, screen: CustomerScreen, who: str = "amy") -> Json:
        """An agent takes it out of the queue or from the bot."""
        agent = await self.agent(who)
        taken = await agent.do("POST", f"/conversations/{self.conversation(screen)}/take")
        await eventually(lambda: screen.conversation and screen.conversation["with"]["kind"] == "agent", within=WITHIN)
        return taken

    async def reply(self, screen: CustomerScreen, text: str, who: str = "amy") -> None:
        """An agent answers, and the customer has read it."""
        agent = await self.agent(who)
        path = f"/conversations/{self.conversation(screen)}/replies"
        await agent.do("POST", f"/conversations/{self.conversation(screen)}/read", through=2**60)
        entry = await agent.do("POST", path, text=text, client_key=str(uuid.uuid4()))
        await eventually(lambda: entry["id"] in screen.entries, within=WITHIN)
        revision = screen.entries[entry["id"]]["revision"]
        await screen.ask("ack", delivered=revision, read=revision)

    async def note(self, screen: CustomerScreen, text: str, who: str = "amy") -> None:
        """A word among colleagues."""
        await (await self.agent(who)).do("POST", f"/conversations/{self.conversation(screen)}/notes", text=text)

    async def resolve(self, screen: CustomerScreen, who: str = "amy", disposition: str = "solved") -> None:
        """The end."""
        path = f"/conversations/{self.conversation(screen)}/resolve"
        await (await self.agent(who)).do("POST", path, disposition=disposition)

    async def close_all(self) -> None:
        """The day is over: nothing is open any more."""
        sue = await self.agent("sue")
        while items := (await sue.get("/conversations", view="all", limit=100))["items"]:
            for one in items:
                await sue.do("POST", f"/conversations/{one['id']}/resolve", disposition="solved")

    async def state(self, who: str, state: str, **more: int) -> None:
        """Somebody takes offers, or not."""
        await (await self.agent(who)).do("PATCH", "/me", None, state=state, **more)

    async def ring(self, screen: CustomerScreen, who: str) -> None:
        """Offer this customer to this agent and nobody else, whoever waits longer."""
        agent_id = (await self.agent(who)).me["id"]

        def ring(tx: Tx) -> None:
            held = conversations.hold_open(tx, self.conversation(screen))
            handoff.withdraw(tx, held.id, "asked elsewhere")
            handoff.offer(tx, held, agent_id, seconds=30)

        await self._write(ring)

    async def speaks(self, who: str, locale: str) -> None:
        """The language of somebody's console."""
        await (await self.agent(who)).do("PATCH", "/me", locale=locale)

    async def age(self, conversation_id: str, *, hours: float, spread_minutes: float = 2) -> None:
        """Move a conversation into the past and let its entries lie apart, as real ones do."""
        entry, about = table(Entry), table(Conversation)
        back = int(hours * HOUR)

        def shift(tx: Tx) -> None:
            rows = tx.all(entry.select().where(entry.c.conversation_id == conversation_id).order_by(entry.c.ordered_at))
            for index, row in enumerate(rows):
                at = row.at - back - int((len(rows) - index) * spread_minutes * MINUTE)
                values = {"at": at, "ordered_at": at + index, "revised_at": at + index}
                tx.do(update(entry).where(entry.c.id == row.id).values(**values))
            last = rows[-1].at - back - int(spread_minutes * MINUTE)
            row = tx.first(about.select().where(about.c.id == conversation_id))
            assert row is not None
            changed = {
                "opened_at": rows[0].at - back - int(len(rows) * spread_minutes * MINUTE),
                "version": row.version + 1,
            }
            changed |= {"sort_at": last, "updated_at": last, "last_at": last}
            if row.waiting_since:
                changed["waiting_since"] = last - 20 * SECOND
            if row.resolved_at:
                changed["resolved_at"] = last
            tx.do(update(about).where(about.c.id == conversation_id).values(**changed))
            asked = table(Handoff)
            tx.do(
                update(asked).where(asked.c.conversation_id == conversation_id).values(requested_at=last - 20 * SECOND)
            )

        await self._write(shift)

    async def _write(self, work: Callable[[Tx], None]) -> None:
        store = self.hub.store()
        try:
            await store.write(work)
        finally:
            await store.close()
