"""The product as it is run: the demo on SQLite, or PostgreSQL and Redis with two web processes and a worker.

Both are processes of their own behind guards, with a home of their own on ports that are free.
"""

import asyncio
import json
import os
import random
import secrets
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from hub import demo, passwords
from hub.clock import Clock
from hub.sealing import Sealer
from hub.store import Store, Tx, open_store
from tests.support.ports import free_ports, is_listening
from tests.support.process import GuardedProcess
from tests.support.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60.0
PASSWORD = "a password that is only used in tests"
SECRET_KEY = "a key that is only used in tests, 32+"
LOG_TROUBLE = ("Traceback", "to-do buried", "failed")


@dataclass
class RunningHub:
    """Processes of one hub. `urls` are its web processes, `facts` is what a ready file says."""

    home: Path
    database_url: str
    urls: list[str]
    facts: Mapping[str, Any]
    processes: list[GuardedProcess] = field(default_factory=list)

    @property
    def url(self) -> str:
        """The first web process."""
        return self.urls[0]

    @property
    def other_url(self) -> str:
        """Another web process, or the same when there is only one."""
        return self.urls[-1]

    def login(self, who: str) -> Mapping[str, str]:
        """Email, password and token of a demo person."""
        return next(each for each in self.facts["agents"] if each["email"] == demo.email(who))

    def token(self, who: str) -> str:
        """The API token of a demo person."""
        return self.login(who)["api_token"]

    def link(self, number: int = 0, *, url: str = "") -> str:
        """What a QR code of the demo opens: 0 is the card's letter, 1 the poster in Chinese."""
        code = str(self.facts["links"][number]).rpartition("/")[2]
        return f"{url or self.url}/q/{code}"

    def store(self) -> Store:
        """The same database, for what only an administrator's tool could do."""
        return open_store(self.database_url, Clock())

    def trouble(self) -> list[str]:
        """Lines of the logs that no run should have."""
        lines = [line for log in self.home.parent.glob("*.log") for line in log.read_text("utf-8").splitlines()]
        return [line[:400] for line in lines if any(word in line for word in LOG_TROUBLE)]


@contextmanager
def running_demo(home: Path) -> Iterator[RunningHub]:
    """`python -m hub demo` with its own home, on SQLite: one process that does everything."""
    port = _two_ports()
    ready = home.with_suffix(".json")
    environment = {"HUB_HOME": str(home), "HUB_PORT": str(port), "HUB_LIMITS": "100"}
    with _started(environment, ["demo", "--ready", str(ready)], home.with_suffix(".log")) as process:
        wait_until(lambda: ready.exists() or _must_run(process, home.with_suffix(".log")), within=START_SECONDS)
        facts = json.loads(ready.read_text("utf-8"))
        url = f"http://127.0.0.1:{port}"
        yield RunningHub(home, f"sqlite:///{home / 'hub.db'}", [url], facts, [process])


@contextmanager
def running_grown(home: Path, database_url: str, redis_url: str) -> Iterator[RunningHub]:
    """Two `serve --web` and one `work` over an empty PostgreSQL database and a Redis."""
    home.mkdir(parents=True, exist_ok=True)
    ports = free_ports(2)
    common = {
        "HUB_HOME": str(home),
        "HUB_DATABASE_URL": database_url,
        "HUB_REDIS_URL": redis_url,
        "HUB_SECRET_KEY": SECRET_KEY,
        "HUB_LIMITS": "100",
    }
    _migrate(common)
    urls = [f"http://127.0.0.1:{port}" for port in ports]
    facts = asyncio.run(_seed(database_url, urls[0]))
    with ExitStack() as stack:
        processes = []
        for url, port in zip(urls, ports, strict=True):
            log = home.with_suffix(f".web{port}.log")
            variables = common | {"HUB_PORT": str(port), "HUB_BASE_URL": url}
            processes.append(stack.enter_context(_started(variables, ["serve", "--web"], log)))
            wait_until(lambda: _is_ready(url) or _must_run(processes[-1], log), within=START_SECONDS)  # noqa: B023
        processes.append(stack.enter_context(_started(common, ["work"], home.with_suffix(".work.log"))))
        yield RunningHub(home, database_url, urls, facts, processes)


@contextmanager
def _started(variables: Mapping[str, str], arguments: list[str], log: Path) -> Iterator[GuardedProcess]:
    log.parent.mkdir(parents=True, exist_ok=True)
    log.touch()
    pairs = [f"{name}={value}" for name, value in _environment(variables).items()]
    process = GuardedProcess(
        ["env", *pairs, sys.executable, "-m", "hub", *arguments], log=log, home=Path(variables["HUB_HOME"])
    )
    try:
        yield process
    finally:
        process.stop()


def _environment(variables: Mapping[str, str]) -> dict[str, str]:
    path = os.pathsep.join([*filter(None, [os.environ.get("PYTHONPATH")]), str(ROOT)])
    return {"PYTHONPATH": path, "HUB_LOG_LEVEL": "warning", **variables}


def _migrate(variables: Mapping[str, str]) -> None:
    command = [sys.executable, "-m", "hub", "migrate"]
    subprocess.run(command, env=os.environ | _environment(variables), cwd=ROOT, check=True)


async def _seed(database_url: str, base_url: str) -> dict[str, Any]:
    """The demo bank, and the facts that the demo's ready file would tell."""
    sealer, secret = Sealer(SECRET_KEY), secrets.token_hex(16)
    hashed = await asyncio.to_thread(passwords.hash_password, PASSWORD)
    store = open_store(database_url, Clock())

    def seed(tx: Tx) -> demo.Demo:
        return demo.seed(
            tx,
            secret_key=SECRET_KEY,
            password_hashes=dict.fromkeys(demo.PEOPLE, hashed),
            widget_secret=sealer.seal(secret),
            loopback_secret=sealer.seal(secret),
        )

    try:
        made = await store.write(seed)
    finally:
        await store.close()
    agents = [
        {"email": demo.email(who), "password": PASSWORD, "role": person.role, "api_token": made.tokens[who]}
        for who, person in demo.PEOPLE.items()
    ]
    return {
        "base_url": base_url,
        "agents": agents,
        "links": [f"{base_url}/q/{link.code}" for link in made.links],
        "channels": {"webchat": {"widget_key": demo.WIDGET_KEY, "identity_secret": secret}},
    }


def _two_ports() -> int:
    """A port that is free together with the next one, where the demo shows the bank's own page.

    Below the ports that connections get by themselves, so that none of them takes it before the demo does.
    """
    while True:
        port = 2 * random.randrange(10_000, 16_000)
        if not is_listening(port) and not is_listening(port + 1):
            return port


def _is_ready(url: str) -> bool:
    try:
        with urlopen(f"{url}/readyz", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _must_run(process: GuardedProcess, log: Path) -> bool:
    """Not yet; an error when it never will."""
    if process.is_running:
        return False
    told = log.read_text("utf-8", errors="replace")[-3000:] if log.is_file() else ""
    raise RuntimeError(f"the hub ended at its start: {told}")
