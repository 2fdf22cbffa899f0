"""Does it stay as quick as it was? A long history beside a short one, a full house beside a small one."""

import asyncio
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.bulk import Loader, Pattern, People, Record, make_pattern
from bench.table import Figure, median, say
from hub import access, brief, conversations, inbox, timeline
from hub.clock import HOUR, Clock
from hub.migrate import upgrade
from hub.ports import Actor
from hub.store import Store, Tx, open_store
from hub.store.hot import Row
from tests.support.servers import running_servers
from web import represent

Probe = Callable[[Tx, str, str], object]
PAGE = 50


@dataclass(frozen=True)
class Size:
    """How long the histories are and how often each thing is measured."""

    short: int = 100
    long: int = 100_000
    short_customers: int = 40
    customers: int = 50_000
    few_customers: int = 500
    entries: int = 20
    rounds: int = 60
    repeats: int = 10


TINY = Size(short=20, long=200, short_customers=4, customers=400, few_customers=200, entries=2, rounds=2, repeats=2)


@contextmanager
def _urls(count: int) -> Iterator[dict[str, list[str]]]:
    """Empty databases of both engines."""
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="onethread-bench-")))
        running = stack.enter_context(running_servers(durable=True)).postgres
        yield {
            "SQLite": [f"sqlite:///{home}/{n}.db" for n in range(count)],
            "PostgreSQL": [running.url(running.create_database()) for _ in range(count)],
        }


def histories(size: Size = Size()) -> list[Figure]:
    """Append, a page of the timeline, the brief: at a long history and at a short one, in one database."""
    with _urls(1) as urls:
        return [figure for engine, (url,) in urls.items() for figure in asyncio.run(_histories(engine, url, size))]


async def _histories(engine: str, url: str, size: Size) -> list[Figure]:
    say(f"histories on {engine}")
    upgrade(url)
    store = open_store(url, Clock())
    try:
        pattern = await make_pattern(store)
        start = store.clock.now() - 2_000 * HOUR
        owned: list[Record] = [{}]
        short = People(size.short_customers, size.short, owned, start, "s")
        long = People(1, size.long, owned, start, "l")
        loader = Loader(url)
        for each in (short, long):
            each.load(loader, pattern)
        loader.close()
        return [
            await _side_by_side(store, f"{name}, {engine}", probe, short, long, size, is_write=name == "append")
            for name, probe in _probes(pattern).items()
        ]
    finally:
        await store.close()


def _probes(pattern: Pattern) -> dict[str, Probe]:
    actor = Actor("customer", pattern.address, "")

    def append(tx: Tx, log: str, conversation: str) -> object:
        body = {"text": "Hello, where is my card?"}
        timeline.lock(tx, log)
        return timeline.append(
            tx, log, conversation, "message", body, author=actor, audience="everyone", direction="in", channel="webchat"
        )

    def page(tx: Tx, log: str, conversation: str) -> object:
        return represent.entries(tx, timeline.page(tx, log, limit=PAGE))

    def look(tx: Tx, log: str, conversation: str) -> object:
        row = conversations.get(tx, conversation)
        entries = brief.read(tx, conversation)
        points = brief.gather(tx, conversation, entries)
        return brief.digest(entries), brief.render(tx, _request(row, points), row)

    return {"append": append, "timeline page": page, "brief": look}


def _request(row: Row, points: dict[str, Any]) -> Any:
    """A handoff as it would stand in the database, without writing one."""

    class Request:
        id, brief, as_of, summary, reason = "hnd_bench", points, {row.log_id: 1}, "", ""
        requested_at, acknowledged_at, digest = row.opened_at, None, ""

    return Request


async def _side_by_side(
    store: Store, name: str, probe: Probe, short: People, long: People, size: Size, *, is_write: bool
) -> Figure:
    """Take turns; each sample is the mean of a few repeats in one transaction, commit included."""
    ask = store.write if is_write else store.read

    async def sample(people: People, number: int) -> float:
        log, conversation = people.log(number), people.conversation(number)

        def work(tx: Tx) -> None:
            for _ in range(size.repeats):
                probe(tx, log, conversation)

        began = time.perf_counter()
        await ask(work)
        return (time.perf_counter() - began) / size.repeats * 1e6

    await sample(short, 0), await sample(long, 0)
    pairs = [(await sample(short, n % short.count), await sample(long, n % long.count)) for n in range(size.rounds)]
    return _figure(f"{name}: {long.entries:,} entries against {short.entries:,}", pairs, 1.2)


def inboxes(size: Size = Size()) -> list[Figure]:
    """Pages of the inbox over many customers and over few, in two databases."""
    with _urls(2) as urls:
        return [figure for engine, pair in urls.items() for figure in asyncio.run(_inboxes(engine, pair, size))]


async def _inboxes(engine: str, urls: list[str], size: Size) -> list[Figure]:
    say(f"inboxes on {engine}")
    houses = [await _house(urls[0], size.few_customers, size), await _house(urls[1], size.customers, size)]
    few, many = size.few_customers * size.entries, size.customers * size.entries
    try:
        found = []
        for name in ("mine", "mine, deep", "queue", "queue, deep", "all", "all, deep"):
            pages = [_page_probe(name, agent) for _, agent in houses]
            for (store, _), probe in zip(houses, pages, strict=True):
                rows = await store.read(lambda tx, probe=probe: len(probe(tx)))  # type: ignore[misc]
                assert rows == PAGE, f"{name}: {rows} rows, so the pages cannot be compared"
            await _one_page(houses[0][0], pages[0], 1), await _one_page(houses[1][0], pages[1], 1)
            pairs = []
            for _ in range(size.rounds):
                small = await _one_page(houses[0][0], pages[0], size.repeats)
                pairs.append((small, await _one_page(houses[1][0], pages[1], size.repeats)))
            found.append(_figure(f"inbox {name}, {engine}: {many:,} entries against {few:,}", pairs, 2))
        return found
    finally:
        for store, _ in houses:
            await store.close()


async def _house(url: str, customers: int, size: Size) -> tuple[Store, Row]:
    """A bank where amy owns 120 conversations and every fifth waits in her two queues."""
    upgrade(url)
    store = open_store(url, Clock())
    pattern = await make_pattern(store)
    lines = [pattern.bank.queues[slug].id for slug in ("cards", "general")]
    start = store.clock.now() - 2_000 * HOUR
    waiting = [
        {"owner_kind": "queue", "owner_id": line, "queue_id": line, "waiting_since": start + 1, "unread": 1}
        for line in lines
    ]
    mine = {"owner_kind": "agent", "owner_id": pattern.agent.id, "queue_id": lines[0], "waiting_since": None}
    ended = {**mine, "status": "resolved", "resolved_at": start + 1, "queue_id": lines[1]}
    others = {**mine, "owner_id": pattern.bank.agents["ben"].id, "queue_id": pattern.bank.queues["risk"].id}
    every = max(1, customers // 120)
    kinds = [
        waiting[n % 2] if n % 5 < 2 else mine if n % every == 0 else (ended if n % 2 else others)
        for n in range(customers)
    ]
    loader = Loader(url)
    People(customers, size.entries, kinds, start, "p").load(loader, pattern)
    loader.close()
    return store, pattern.agent


def _page_probe(name: str, agent: Row) -> Callable[[Tx], list[Any]]:
    view, _, depth = name.partition(", ")
    lists: dict[str, Callable[..., inbox.Page]] = {"mine": inbox.mine, "queue": inbox.waiting, "all": inbox.visible}

    def read(tx: Tx) -> list[Any]:
        who = access.viewer(tx, agent.id)
        after = None
        if depth:
            after = cursors.setdefault(name, lists[view](tx, who, limit=20).next)
        rows = lists[view](tx, who, after=after, limit=PAGE).rows
        return list(represent.conversations(tx, rows))

    cursors: dict[str, str | None] = {}
    return read


async def _one_page(store: Store, probe: Callable[[Tx], list[Any]], repeats: int) -> float:
    def work(tx: Tx) -> None:
        for _ in range(repeats):
            probe(tx)

    began = time.perf_counter()
    await store.read(work)
    return (time.perf_counter() - began) / repeats * 1e6


def _figure(name: str, pairs: list[tuple[float, float]], target: float) -> Figure:
    small, large = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    say(f"  {name}: {median(large):.0f} us against {median(small):.0f}")
    return Figure(name, "us", large, small, target, ceiling_name="us")
