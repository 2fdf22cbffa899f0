"""Screens as our browsers have them, without a browser: they listen, and keep what they were told by the screens' rule.

Upsert by revision; an event whose `previous` is ahead of the cursor means fetching what changed.
"""

import asyncio
import uuid
from collections.abc import Mapping
from typing import Any

import httpx
import socketio

from hub import demo

Json = dict[str, Any]


class Line:
    """One socket in one namespace."""

    def __init__(self, namespace: str) -> None:
        self.namespace = namespace
        self.socket = socketio.AsyncClient(reconnection=False)
        self.told: list[tuple[str, Json]] = []
        self.socket.on("*", self._hear, namespace=namespace)

    async def _hear(self, event: str, data: Json | None = None) -> None:
        self.told.append((event, data or {}))
        await self.hear(event, data or {})

    async def hear(self, event: str, data: Json) -> None:
        """What a screen does with an event."""

    async def connect(self, url: str, auth: Mapping[str, str], headers: Mapping[str, str] | None = None) -> None:
        """Be let in, or raise what the server says."""
        await self.socket.connect(
            url,
            namespaces=[self.namespace],
            auth=dict(auth),
            headers=dict(headers or {}),
            transports=["websocket"],
            wait_timeout=10,
        )

    async def ask(self, event: str, **data: Any) -> Json:
        """Send an event and give its ack."""
        return dict(await self.socket.call(event, data, namespace=self.namespace, timeout=20))

    def named(self, event: str) -> list[Json]:
        """What was told under this name."""
        return [data for name, data in self.told if name == event]

    async def close(self) -> None:
        """Go away."""
        await self.socket.disconnect()
        await self.socket.shutdown()


class AgentScreen(Line):
    """A console: an inbox, offers, colleagues, and the customers it has open."""

    def __init__(self, url: str, token: str) -> None:
        super().__init__("/agent")
        self.url, self.token = url, token
        self.http = httpx.AsyncClient(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=20)
        self.me: Json = {}
        self.queues: set[str] = set()
        self.logs: dict[str, dict[str, Json]] = {}
        self.cursors: dict[str, int] = {}
        self.conversations: dict[str, Json] = {}
        self.listed: set[str] = set()
        self.offers: dict[str, Json] = {}
        self.colleagues: dict[str, Json] = {}
        self.gaps = 0
        self._catching: dict[str, asyncio.Lock] = {}

    async def open(self) -> "AgentScreen":
        """Connect, then fetch the lists."""
        await self.connect(self.url, {"token": self.token})
        await self.refresh()
        return self

    async def refresh(self) -> None:
        """Fetch everything but timelines."""
        me = await self.get("/me")
        self.me, self.queues = me["agent"], {each["id"] for each in me["queues"]}
        self.colleagues = {each["id"]: each for each in me["agents"]}
        for view in ("mine", "queue"):
            page = await self.get("/conversations", view=view, limit=100)
            self._know(page["items"])
        self.offers = {each["id"]: each for each in (await self.get("/offers"))["items"]}

    async def get(self, path: str, **query: Any) -> Json:
        """A resource, or the problem as an error."""
        answer = await self.http.get(f"/api/v1{path}", params=query)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def do(self, method: str, path: str, expect: int | None = None, **body: Any) -> Json:
        """A command; it must succeed unless another status is expected."""
        answer = await self.http.request(method, f"/api/v1{path}", json=body)
        assert (answer.status_code == expect) if expect else answer.is_success, f"{path}: {answer.text}"
        return dict(answer.json()) if answer.content else {}

    async def watch(self, log_id: str) -> Json:
        """Open a customer: listen first, then fetch."""
        answer = await self.ask("watch", customer_id=log_id)
        if answer["ok"]:
            self.logs.setdefault(log_id, {})
            self.cursors.setdefault(log_id, 0)
            page = await self.get(f"/customers/{log_id}/timeline", limit=100)
            self._take(log_id, page["items"])
            self._know(page["conversations"], listed=False)
            self.cursors[log_id] = max(self.cursors[log_id], _number(page["cursor"]))
        return answer

    async def hear(self, event: str, data: Json) -> None:
        if event == "entry":
            await self._entry(data)
        elif event == "conversation":
            self._know([data["resource"]], listed=data["listed"])
            if not data["listed"]:
                self.listed.discard(data["resource"]["id"])
        elif event == "conversation_gone":
            self.listed.discard(data["id"])
        elif event == "offer":
            self.offers[data["resource"]["id"]] = data["resource"]
            self._know([data["resource"]["conversation"]])
        elif event == "offer_over":
            self.offers.pop(data["id"], None)
        elif event == "agent":
            self.colleagues[data["resource"]["id"]] = data["resource"]
        elif event == "presence":
            for one in self.conversations.values():
                if one["log"] == data["customer_id"]:
                    one["customer_presence"] = data["state"]
        elif event == "inbox_stale":
            await self.refresh()
        elif event == "resync":
            self.logs.pop(data["log"], None)
            self.cursors.pop(data["log"], None)

    async def _entry(self, data: Json) -> None:
        log_id = data["log"]
        if log_id not in self.logs:
            return
        if data["previous"] > self.cursors[log_id]:
            self.gaps += 1
            await self._catch_up(log_id)
            return
        self._take(log_id, [data["resource"]])
        self.cursors[log_id] = max(self.cursors[log_id], data["revision"])

    async def _catch_up(self, log_id: str) -> None:
        async with self._catching.setdefault(log_id, asyncio.Lock()):
            after: str | None = f"{log_id}:{self.cursors[log_id]}"
            while after:
                page = await self.get(f"/customers/{log_id}/timeline", changes=after, limit=100)
                self._take(log_id, page["items"])
                self.cursors[log_id] = max(self.cursors[log_id], _number(page["cursor"]))
                after = page["next"]

    def _take(self, log_id: str, entries: list[Json]) -> None:
        known = self.logs[log_id]
        for entry in entries:
            if entry["id"] not in known or known[entry["id"]]["revision"] < entry["revision"]:
                known[entry["id"]] = entry

    def _know(self, conversations: list[Json], *, listed: bool = True) -> None:
        for one in conversations:
            known = self.conversations.get(one["id"])
            if known is None or known["version"] <= one["version"]:
                self.conversations[one["id"]] = one
            if listed:
                self.listed.add(one["id"])

    def shown(self, log_id: str) -> Json:
        """All this screen shows when this customer is open."""
        mine = [one for one in self._open() if one["owner"]["id"] == self.me["id"]]
        waiting = [one for one in self._open() if one["owner"]["id"] in self.queues]
        return {
            "timeline": _in_order(self.logs.get(log_id, {}).values()),
            "conversations": _by_id(one for one in self.conversations.values() if one["log"] == log_id),
            "mine": _by_id(mine),
            "queue": _by_id(waiting),
            "offers": _by_id(self.offers.values()),
            "colleagues": _by_id(self.colleagues.values()),
        }

    async def fetched(self, log_id: str) -> Json:
        """All a screen shows that is opened now."""
        fresh = AgentScreen(self.url, self.token)
        try:
            await fresh.refresh()
            page = await fresh.get(f"/customers/{log_id}/timeline", limit=200)
            fresh.logs[log_id] = {}
            fresh._take(log_id, page["items"])
            fresh._know(page["conversations"], listed=False)
            return fresh.shown(log_id)
        finally:
            await fresh.http.aclose()

    def _open(self) -> list[Json]:
        found = (one for id, one in self.conversations.items() if id in self.listed)
        return [one for one in found if one["status"] == "open"]

    async def close(self) -> None:
        await self.http.aclose()
        await super().close()


class CustomerScreen(Line):
    """A chat window: its thread and its conversation."""

    def __init__(self, url: str) -> None:
        super().__init__("/customer")
        self.url, self.token, self.visitor = url, "", ""
        self.http = httpx.AsyncClient(base_url=url, timeout=20)
        self.entries: dict[str, Json] = {}
        self.conversation: Json | None = None
        self.cursor: int | None = None
        self._catching = asyncio.Lock()

    async def open(self, *, token: str = "", **greeting: str) -> "CustomerScreen":
        """Open the widget (with a token: a second window of the same browser)."""
        if not token:
            answer = await self.http.post("/widget/session", json={"key": demo.WIDGET_KEY, **greeting})
            assert answer.status_code == 200, answer.text
            token, self.visitor = answer.json()["token"], answer.json()["visitor"]
        self.token = token
        await self.connect(self.url, {"token": token, "key": demo.WIDGET_KEY})
        await self.sync()
        return self

    async def sync(self) -> None:
        """Fetch what is missing."""
        async with self._catching:
            after = self.cursor
            answer = await self.ask("sync", after=after)
            assert answer["ok"], answer
            if after is not None and self.cursor is None:
                return  # forgotten meanwhile; whoever forgot asks again
            self._take(answer["entries"])
            self.cursor = max(self.cursor or 0, answer["cursor"])
            self._know(answer["conversation"])

    async def hear(self, event: str, data: Json) -> None:
        if event == "entry":
            if self.cursor is None or data["previous"] > self.cursor:
                await self.sync()
            else:
                self._take([data["resource"]])
                self.cursor = max(self.cursor, data["revision"])
        elif event == "conversation":
            self._know(data["resource"])
        elif event == "resync":
            self.entries, self.cursor = {}, None
            await self.sync()

    def _take(self, entries: list[Json]) -> None:
        for entry in entries:
            known = self.entries.get(entry["id"])
            if known is None or known["revision"] < entry["revision"]:
                self.entries[entry["id"]] = entry

    def _know(self, next: Json | None) -> None:
        """Answers and events overtake each other: of one conversation the newer version stays."""
        now = self.conversation
        if next and now and next["id"] == now["id"] and next["version"] < now["version"]:
            return
        self.conversation = next

    async def says(self, text: str, **more: Any) -> Json:
        """Write a message; gives its entry."""
        answer = await self.ask("message", client_key=str(uuid.uuid4()), text=text, **more)
        assert answer["ok"], answer
        return dict(answer["entry"])

    def shown(self) -> Json:
        """All this window shows; the version only says which of two conversations is newer."""
        one = self.conversation
        seen = {name: value for name, value in one.items() if name != "version"} if one else None
        return {"thread": _in_order(self.entries.values()), "conversation": seen}

    async def fetched(self) -> Json:
        """All a window of the same browser shows that is opened now."""
        fresh = CustomerScreen(self.url)
        try:
            await fresh.open(token=self.token)
            return fresh.shown()
        finally:
            await fresh.close()

    async def close(self) -> None:
        await self.http.aclose()
        await super().close()


def _number(cursor: str) -> int:
    return int(cursor.rpartition(":")[2])


def _in_order(entries: Any) -> list[Json]:
    return sorted(entries, key=lambda entry: (entry["ordered_at"], entry["id"]))


def _by_id(items: Any) -> list[Json]:
    return sorted(items, key=lambda item: str(item["id"]))
