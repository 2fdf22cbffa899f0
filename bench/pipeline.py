"""Customer's socket → durable → agent's socket, beside the bare pipeline: same run, taking turns."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text

from bench import bare
from bench.machine import Watch, tree, wait_for_calm
from bench.processes import Process, Served, bare_processes, hub_processes
from bench.seeding import Bank, seed_bank
from bench.table import Figure, median, number, say
from hub import demo
from tests.support.servers import Servers, running_servers

OURS = "SELECT count(*) FROM entry WHERE author_kind = 'customer' AND body LIKE '{\"text\":\"m:%'"
BARE = "SELECT count(*) FROM bare"
Step = dict[str, float]


@dataclass(frozen=True)
class Size:
    """How much of everything: sockets, the ladder of rates, and how often the sides take turns."""

    customers: int = 200
    per_agent: int = 5
    per_queue: int = 4
    first_rate: float = 500
    most_rate: float = 7_900  # 200 sockets at the 40 events a second that the flood guard lets through
    seconds: float = 2.5
    half_seconds: float = 6.0
    turns: int = 12
    turn_seconds: float = 2.0
    rounds: int = 3
    tries: int = 3
    p99_ms: float = 50.0
    patience: float = 12.0


TINY = Size(
    customers=4,
    per_agent=2,
    per_queue=2,
    first_rate=20,
    most_rate=20,
    seconds=0.3,
    half_seconds=0.3,
    turns=1,
    turn_seconds=0.3,
    rounds=1,
    p99_ms=60_000,
    patience=0,
)


@dataclass
class Side:
    """One of the two pipelines with its load generator."""

    name: str
    served: Served
    load: Process
    rows: Callable[[], int]
    patience: float
    sent: int = 0
    sustained: list[float] = field(default_factory=list)
    top: list[Step] = field(default_factory=list)
    half: list[Step] = field(default_factory=list)
    busy: list[Step] = field(default_factory=list)

    def step(self, rate: float, seconds: float) -> Step:
        """One step of load, with what it cost and what else ran."""
        wait_for_calm(self.patience if rate else 0)
        watch = Watch(tree(os.getpid()))
        self.load.tell({"rate": rate, "seconds": seconds})
        found = self.load.hear()
        self.sent += int(found["sent"])
        found["cpu_us"] = watch.used(*(process.pid for process in self.served.webs)) / found["sent"] * 1e6
        found["foreign"] = watch.foreign_share()
        busy = "" if rate else " always busy"
        say(
            f"  {self.name} {number(found['rate'])}/s{busy}: p50 {found['p50_ms']:.1f} p99 {found['p99_ms']:.1f} ms, "
            f"{found['cpu_us']:.0f} us, {found['delivered']} of {found['sent']}, others {found['foreign']:.2f}"
        )
        return found

    def climb(self, size: Size) -> None:
        """Find the highest rate that is carried; later rounds begin near the last one."""
        rate = self.sustained[-1] * 0.75 if self.sustained else size.first_rate
        grow, best, top = (1.12 if self.sustained else 1.5), 0.0, None
        while rate <= size.most_rate:
            found = self._carried(rate, size)
            if found is not None:
                best, top, rate = rate, found, rate * grow
            elif best and grow > 1.2:
                grow, rate = 1.12, best * 1.12
            elif best or rate < size.first_rate / 4:
                break
            else:
                rate *= 0.7
        if top is not None:
            self.sustained.append(best)
            self.top.append(top)

    def _carried(self, rate: float, size: Size) -> Step | None:
        """The step if all arrived in time. A failed one is repeated, disturbed or not, before it counts."""
        for _ in range(size.tries):
            found = self.step(rate, size.seconds)
            if found["delivered"] == found["sent"] and found["p99_ms"] < size.p99_ms:
                return found
        return None


def on_sqlite(size: Size = Size()) -> list[Figure]:
    """The embedded product: one process."""
    with tempfile.TemporaryDirectory(prefix="onethread-bench-") as folder:
        home = Path(folder)
        with _sides(f"sqlite:///{home}/hub.db", f"sqlite:///{home}/bare.db", "", home, 1, size) as sides:
            return _compare("SQLite", sides, size, 0.5)


def on_postgres(size: Size = Size(), servers: Servers | None = None) -> list[Figure]:
    """The grown product: two web processes and a worker on PostgreSQL and Redis."""
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="onethread-bench-")))
        running = servers or stack.enter_context(running_servers(durable=True))
        urls = [running.postgres.url(running.postgres.create_database()) for _ in range(2)]
        with _sides(urls[0], urls[1], running.redis.url, home, 2, size) as sides:
            return _compare("PostgreSQL + Redis, 2 web", sides, size, 0.3)


@contextmanager
def _sides(url: str, bare_url: str, redis_url: str, home: Path, webs: int, size: Size) -> Iterator[tuple[Side, Side]]:
    bank = seed_bank(url, customers=size.customers, per_agent=size.per_agent, per_queue=size.per_queue)
    bare.make_table(bare_url)
    with ExitStack() as stack:
        bare_served = stack.enter_context(bare_processes(bare_url, redis_url, home, webs=webs))
        served = stack.enter_context(hub_processes(url, redis_url, home, webs=webs))
        loads = [stack.enter_context(Process("bench.load", log=home / f"load-{side}.log")) for side in "ab"]
        loads[0].tell(_bare_plan(bare_served.ports, size))
        loads[1].tell(_plan(served.ports, bank))
        for load in loads:
            load.hear()
        yield (
            Side("bare", bare_served, loads[0], lambda: _count(bare_url, BARE), size.patience),
            Side("ours", served, loads[1], lambda: _count(url, OURS), size.patience),
        )


def _plan(ports: list[int], bank: Bank) -> dict[str, Any]:
    """Customers and agents take the processes in turn, so that with two every other pair crosses."""
    webs = len(ports)
    return {
        "senders": [
            [ports[at % webs], "/customer", {"token": token, "key": demo.WIDGET_KEY}]
            for at, token in enumerate(bank.visitors)
        ],
        "receivers": [
            [ports[at % webs], "/agent", {"token": token}, logs] for at, (token, logs) in enumerate(bank.agents)
        ],
    }


def _bare_plan(ports: list[int], size: Size) -> dict[str, Any]:
    webs, groups = len(ports), range(0, size.customers, size.per_agent)
    return {
        "senders": [[ports[at % webs], "/bare", {"pair": at}] for at in range(size.customers)],
        "receivers": [
            [ports[at % webs], "/bare", {"hears": list(range(first, first + size.per_agent))}, []]
            for at, first in enumerate(groups)
        ],
    }


def _count(url: str, query: str) -> int:
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1))
    with engine.connect() as connection:
        found = connection.execute(text(query)).scalar_one()
    engine.dispose()
    return int(found)


def _compare(engine: str, sides: tuple[Side, Side], size: Size, target: float) -> list[Figure]:
    """Warm up, climb in turns, then half of each side's own rate in turns; nothing may be lost on the way."""
    say(f"pipeline on {engine}")
    for side in sides:
        side.step(size.first_rate / 2, size.seconds)
    for _ in range(size.rounds):
        for side in sides:
            side.climb(size)
    for side in sides:
        if not side.sustained:
            raise AssertionError(f"{side.name} carried nothing in time; is the machine busy with something else?")
    for _ in range(size.rounds):
        for side in sides:
            side.half.append(side.step(median(side.sustained) / 2, size.half_seconds))
    for _ in range(size.turns):
        for side in sides:
            side.busy.append(side.step(0, size.turn_seconds))
    for side in sides:
        stored = side.rows()
        if stored != side.sent:
            raise AssertionError(f"{side.name}: {side.sent} messages were sent, {stored} are stored")
    return _figures(engine, *sides, target)


def _figures(engine: str, bare_side: Side, ours: Side, target: float) -> list[Figure]:
    def of(side: Side, name: str) -> list[float]:
        return [step[name] for step in side.half]

    def top(side: Side) -> float:
        return median([step["cpu_us"] for step in side.top])

    cost = f"CPU of the web at the top {top(ours):.0f} us a message, bare {top(bare_side):.0f}"
    half = f"p50 {median(of(ours, 'p50_ms')):.1f} ms, bare {median(of(bare_side, 'p50_ms')):.1f}"

    def cpu(side: Side) -> float:
        return median([step["cpu_us"] for step in side.busy])

    return [
        Figure(
            f"messages when always busy, {engine}",
            "/s",
            [step["rate"] for step in ours.busy],
            [step["rate"] for step in bare_side.busy],
            target,
            is_at_least=True,
            ceiling_name="bare",
            note=f"CPU of the web {cpu(ours):.0f} us a message, bare {cpu(bare_side):.0f}",
        ),
        Figure(
            f"messages carried, {engine}",
            "/s",
            ours.sustained,
            bare_side.sustained,
            target,
            is_at_least=True,
            ceiling_name="bare",
            note=cost,
        ),
        Figure(
            f"p99 at half load, {engine}",
            "ms",
            of(ours, "p99_ms"),
            of(bare_side, "p99_ms"),
            5,
            ceiling_name="bare",
            note=half,
        ),
    ]
