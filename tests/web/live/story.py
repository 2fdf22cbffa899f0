"""People of the demo bank at their screens, and how they come to meet."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from tests.support.running import RunningHub
from tests.support.waiting import eventually
from tests.web.live.screens import AgentScreen, CustomerScreen, Json

WITHIN = 8.0
QUIET_ROUNDS = 3


class Story:
    """One customer and the staff they meet. Customers sit on the first process, agents on the last."""

    def __init__(self, hub: RunningHub, stack: AsyncExitStack) -> None:
        self.hub = hub
        self._stack = stack
        self._agents: dict[str, AgentScreen] = {}
        self.customer: CustomerScreen

    async def agent(self, who: str) -> AgentScreen:
        """The console of one of the demo people, open."""
        if who not in self._agents:
            screen = AgentScreen(self.hub.other_url, self.hub.token(who))
            self._stack.push_async_callback(screen.close)
            self._agents[who] = await screen.open()
        return self._agents[who]

    async def visitor(self, **greeting: str) -> CustomerScreen:
        """A browser that opened the widget; at the end of the test it ends its chat."""
        screen = CustomerScreen(self.hub.url)
        self._stack.push_async_callback(screen.close)
        await screen.open(**greeting)
        self._stack.push_async_callback(self._end, screen)
        return screen

    async def _end(self, screen: CustomerScreen) -> None:
        if screen.socket.connected and screen.conversation and screen.conversation["status"] == "open":
            await screen.ask("end")
        for agent in self._agents.values():
            if agent.socket.connected:
                await agent.ask("presence", state="away")

    async def with_bot(self, text: str = "What is the weather like?") -> Json:
        """A customer has written to the bot, which has answered, and amy watches."""
        self.customer = await self.visitor()
        entry = await self.customer.says(text)
        await eventually(lambda: len(self.customer.entries) > 1, within=WITHIN)
        return await self._seen_by_amy(entry)

    async def waiting(self) -> Json:
        """A customer waits in the general queue."""
        self.customer = await self.visitor()
        entry = await self.customer.says("I want to talk to a person")
        amy = await self._seen_by_amy(entry)
        await eventually(lambda: self._now(entry)["owner"]["kind"] == "queue", within=WITHIN)
        return amy

    async def served(self) -> Json:
        """Amy has taken the conversation."""
        one = await self.waiting()
        amy = await self.agent("amy")
        return await amy.do("POST", f"/conversations/{one['id']}/take")

    async def resolved(self) -> Json:
        """Amy has resolved it."""
        one = await self.served()
        amy = await self.agent("amy")
        return await amy.do("POST", f"/conversations/{one['id']}/resolve", disposition="solved")

    async def offered(self, to: str = "amy") -> Json:
        """It rings at one agent; gives the offer."""
        agent = await self.agent(to)
        await self.waiting()
        await agent.ask("presence", state="online")
        found = await eventually(lambda: next(iter(agent.offers.values()), None), within=WITHIN)
        assert isinstance(found, dict)
        return found

    async def _seen_by_amy(self, entry: Json) -> Json:
        amy = await self.agent("amy")
        page = await amy.get(f"/conversations/{entry['conversation_id']}")
        assert (await amy.watch(page["log"]))["ok"]
        return page

    def _now(self, entry: Json) -> Json:
        amy = self._agents["amy"]
        return amy.conversations.get(entry["conversation_id"], {"owner": {"kind": ""}})

    async def agree(self, log_id: str) -> None:
        """Every screen that listened equals one that is opened now."""
        for agent in self._agents.values():
            if log_id in agent.logs:
                await self._same(lambda: agent.shown(log_id), lambda: agent.fetched(log_id))  # noqa: B023
        await self._same(self.customer.shown, self.customer.fetched)

    async def _same(self, shown: Any, fetched: Any) -> None:
        """Equal, and still equal when nothing more comes."""
        last: Any = None

        async def equal() -> bool:
            nonlocal last
            fresh = await fetched()
            last = difference(shown(), fresh)
            return last is None

        try:
            await eventually(equal, within=WITHIN, every=0.05)
        except AssertionError as error:
            raise AssertionError(f"listened and reloaded differ: {last}") from error


@asynccontextmanager
async def opened(hub: RunningHub) -> AsyncIterator[Story]:
    """A story whose screens are closed at its end."""
    async with AsyncExitStack() as stack:
        yield Story(hub, stack)


def difference(listened: Any, reloaded: Any, path: str = "") -> str | None:
    """The first place where two resources differ, in words; None when they are equal."""
    if isinstance(listened, dict) and isinstance(reloaded, dict):
        for key in sorted({*listened, *reloaded}):
            found = difference(listened.get(key, "(nothing)"), reloaded.get(key, "(nothing)"), f"{path}.{key}")
            if found:
                return found
        return None
    if isinstance(listened, list) and isinstance(reloaded, list):
        for index, (one, other) in enumerate(zip(listened, reloaded, strict=False)):
            found = difference(one, other, f"{path}[{index}]")
            if found:
                return found
        if len(listened) != len(reloaded):
            more = (listened if len(listened) > len(reloaded) else reloaded)[min(len(listened), len(reloaded))]
            return f"{path}: {len(listened)} listened, {len(reloaded)} reloaded; {str(more)[:300]}"
        return None
    return None if listened == reloaded else f"{path}: listened {str(listened)[:200]}, reloaded {str(reloaded)[:200]}"
