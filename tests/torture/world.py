"""A hub to torture: a home, a database with a small house in it, and real processes that can be killed."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import psutil

from hub import accounts, bots, queues, staff
from hub.clock import Clock
from hub.flows import schema
from hub.sealing import Sealer
from hub.store import Tx, open_store
from tests.support.ports import free_ports
from tests.support.process import GuardedProcess
from tests.torture import stored

ROOT = Path(__file__).resolve().parents[2]
SECRET_KEY = "the torture tests' own key, 32 characters and more"
LOOPBACK_SECRET = "torture-loopback-secret"
WEBHOOK, WIDGET = "loopback", "wk_torture"
READY_WITHIN = 60.0


@dataclass(frozen=True)
class Agent:
    """Somebody who works here, and the token of their programs."""

    id: str
    name: str
    token: str

    @property
    def headers(self) -> Mapping[str, str]:
        """What their requests carry."""
        return {"Authorization": f"Bearer {self.token}"}


@dataclass
class House:
    """What was seeded."""

    queue_id: str
    agents: list[Agent]


@dataclass
class Server:
    """One process of the hub: `serve`, `serve --web` or `work`."""

    command: tuple[str, ...]
    environment: Mapping[str, str]
    port: int
    log: Path
    kills: int = 0
    starts: list[float] = field(default_factory=list)
    start_cpu: list[float] = field(default_factory=list)
    _process: GuardedProcess | None = None
    _children: list[psutil.Process] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where it listens; nothing for a worker."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def is_web(self) -> bool:
        """Whether it listens."""
        return self.command[0] == "serve"

    async def start(self) -> float:
        """Start, wait until it is ready, and give the seconds that took."""
        begun = time.monotonic()
        variables = [f"{name}={value}" for name, value in self.environment.items()]
        command = ["env", *variables, sys.executable, "-m", "hub", *self.command]
        self._process = await asyncio.to_thread(GuardedProcess, command, log=self.log, home=self.log.parent / "none")
        while self.is_web and not await self._is_ready():
            if time.monotonic() > begun + READY_WITHIN or not self._process.is_running:
                raise RuntimeError(f"the hub did not start; its log ends with:\n{self.log.read_text()[-3000:]}")
            await asyncio.sleep(0.02)
        self.starts.append(time.monotonic() - begun)
        times = psutil.Process(self._process.pid).cpu_times()
        self.start_cpu.append(times.user + times.system)
        return self.starts[-1]

    async def kill(self) -> None:
        """End it as a power cut would, at once."""
        assert self._process is not None
        self._children += psutil.Process(self._process.pid).children(recursive=True)
        os.kill(self._process.pid, signal.SIGKILL)
        await asyncio.to_thread(self._process.stop)  # nothing is left to stop: this waits for its end
        self.kills += 1

    async def stop(self) -> None:
        """End it cleanly."""
        if self._process is not None:
            await asyncio.to_thread(self._process.stop)
            self._process = None

    def orphans(self) -> list[str]:
        """Children of killed processes that live on."""
        return [each.name() for each in self._children if each.is_running() and each.status() != psutil.STATUS_ZOMBIE]

    @property
    def memory_mb(self) -> float:
        """Resident memory of the process now."""
        assert self._process is not None
        return float(psutil.Process(self._process.pid).memory_info().rss) / 2**20

    async def _is_ready(self) -> bool:
        try:
            async with aiohttp.ClientSession() as http, http.get(f"{self.url}/readyz") as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False


@dataclass
class World:
    """A house with its processes. `servers` listen; `workers` do to-dos and send."""

    home: Path
    database_url: str
    house: House
    servers: list[Server]
    workers: list[Server]

    @property
    def processes(self) -> list[Server]:
        """All that can be killed."""
        return [*self.servers, *self.workers]

    @property
    def urls(self) -> list[str]:
        """Where to reach it."""
        return [each.url for each in self.servers]

    async def start(self) -> None:
        """Start everything."""
        for each in self.processes:
            await each.start()
        begun = time.monotonic()
        while not await asyncio.to_thread(stored.is_worked_on, self.database_url):
            if time.monotonic() > begun + READY_WITHIN:
                raise RuntimeError("nobody does the work")
            await asyncio.sleep(0.05)

    async def stop(self) -> None:
        """Stop everything cleanly."""
        for each in self.processes:
            await each.stop()

    def problems(self) -> list[str]:
        """Lines of the logs that no run should have: tracebacks and buried to-dos."""
        bad = ("Traceback", "to-do buried", "turn failed", "passing on failed", "sweep failed")
        lines = [line for each in self.processes for line in each.log.read_text(errors="replace").splitlines()]
        return [line[:300] for line in lines if any(word in line for word in bad)]


async def make_world(
    home: Path,
    database_url: str = "",
    redis_url: str = "",
    *,
    agents: int = 2,
    outbound_url: str = "",
    flow: str = "",
    webs: int = 1,
    offer_seconds: int = 30,
) -> World:
    """A migrated database with one queue, agents, a widget and a loopback account; nothing runs yet.

    With `redis_url` there are `webs` processes that only serve, and one that only works.
    """
    home.mkdir(parents=True, exist_ok=True)
    database_url = database_url or f"sqlite:///{home / 'hub.db'}"
    ports = free_ports(webs)
    environment = _environment(home, database_url, redis_url, ports[0])
    subprocess.run([sys.executable, "-m", "hub", "migrate"], env=os.environ | environment, cwd=ROOT, check=True)
    house = await _furnish(database_url, agents, outbound_url, flow, offer_seconds)
    command = ("serve", "--web") if redis_url else ("serve",)
    servers = [
        Server(command, environment | {"HUB_PORT": str(port)}, port, home / f"web{number}.log")
        for number, port in enumerate(ports)
    ]
    workers = [Server(("work",), environment, 0, home / "work.log")] if redis_url else []
    for each in [*servers, *workers]:
        each.log.touch()
    return World(home, database_url, house, servers, workers)


def _environment(home: Path, database_url: str, redis_url: str, port: int) -> dict[str, str]:
    return {
        "PYTHONPATH": str(ROOT),
        "HUB_HOME": str(home),
        "HUB_DATABASE_URL": database_url,
        "HUB_REDIS_URL": redis_url,
        "HUB_SECRET_KEY": SECRET_KEY,
        "HUB_PORT": str(port),
        "HUB_BASE_URL": f"http://127.0.0.1:{port}",
        "HUB_LIMITS": "1000",
        "HUB_LOG_LEVEL": "warning",
    }


async def _furnish(database_url: str, agents: int, outbound_url: str, flow: str, offer_seconds: int) -> House:
    store = open_store(database_url, Clock())
    sealed = Sealer(SECRET_KEY).seal(LOOPBACK_SECRET)
    flows = schema.load_all()

    def furnish(tx: Tx) -> House:
        queue = queues.add(tx, "desk", {"en": "Desk"}, offer_seconds=offer_seconds)
        for each in flows:
            bots.publish(tx, each)
        common: dict[str, Any] = {"queue_id": queue.id, "flow": flow, "name": "Torture"}
        accounts.add(tx, channel="webchat", adapter="webchat", key=WIDGET, **common)
        accounts.add(
            tx,
            channel="loopback",
            adapter="loopback",
            key=WEBHOOK,
            sealed_secret=sealed,
            settings={"outbound_url": outbound_url},
            **common,
        )
        return House(queue.id, [_agent(tx, number, queue.id) for number in range(agents)])

    try:
        return await store.write(furnish)
    finally:
        await store.close()


def _agent(tx: Tx, number: int, queue_id: str) -> Agent:
    row = staff.add(
        tx,
        email=f"agent{number}@example.org",
        name=f"Agent {number}",
        role="agent",
        password_hash="no password",
        queue_ids=(queue_id,),
        capacity=50,
    )
    return Agent(row.id, row.name, staff.make_token(tx, row.id, "torture")[1])
