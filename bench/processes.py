"""Starting and ending the processes that are measured, and talking to the load generator."""

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.support.ports import free_ports, wait_until_listening
from tests.support.waiting import wait_until

ROOT = Path(__file__).resolve().parent.parent
BARE_SETTINGS = ("PATH", "HOME", "LANG", "LC_ALL", "SSL_CERT_FILE", "TMPDIR")


class Process:
    """A Python module of ours that runs until the block ends."""

    def __init__(self, module: str, *arguments: str, log: Path, environ: Mapping[str, str] | None = None) -> None:
        clean = {name: os.environ[name] for name in BARE_SETTINGS if name in os.environ}
        self._log = log
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                cwd=ROOT,
                env={**clean, **(environ or {})},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE if module == "bench.load" else output,
                stderr=output,
            )

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """True; raises RuntimeError with what it said when it is gone."""
        self.check()
        return True

    def check(self) -> None:
        """Raises RuntimeError with what it said when it is gone."""
        if self._process.poll() is not None:
            raise RuntimeError(f"a measured process ended: {self._log.read_text(errors='replace')[-3000:]}")

    def tell(self, line: dict[str, Any]) -> None:
        """One line of JSON to its input."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(line).encode() + b"\n")
        self._process.stdin.flush()

    def hear(self) -> dict[str, Any]:
        """One line of JSON of its output."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self._process.wait()
            self.check()
        return dict(json.loads(line))

    def __enter__(self) -> "Process":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(15)
            except subprocess.TimeoutExpired:
                self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()


@contextmanager
def hub_processes(url: str, redis_url: str, home: Path, *, webs: int, limits: int = 100_000) -> Iterator["Served"]:
    """`serve` alone, or `serve --web` several times beside one `work`."""
    ports = free_ports(webs)
    common = {
        "HUB_HOME": str(home),
        "HUB_DATABASE_URL": url,
        "HUB_REDIS_URL": redis_url,
        "HUB_LIMITS": str(limits),
        "HUB_LOG_LEVEL": "warning",
    }
    with ExitStack() as stack:
        started = []
        for port in ports:
            arguments = ["serve"] if webs == 1 else ["serve", "--web"]
            environ = {**common, "HUB_PORT": str(port)}
            process = Process("hub", *arguments, log=home / f"web-{port}.log", environ=environ)
            started.append(stack.enter_context(process))
        others = []
        if webs > 1:
            others.append(stack.enter_context(Process("hub", "work", log=home / "work.log", environ=common)))
        for process, port in zip(started, ports, strict=True):
            wait_until(lambda process=process, port=port: _is_ready(process, port), within=30)  # type: ignore[misc]
        yield Served(ports, started, others)


@contextmanager
def bare_processes(url: str, redis_url: str, home: Path, *, webs: int) -> Iterator["Served"]:
    """The bare pipeline in as many processes."""
    ports = free_ports(webs)
    with ExitStack() as stack:
        started = []
        for port in ports:
            arguments = ["--port", str(port), "--database-url", url, "--redis-url", redis_url]
            process = Process("bench.bare", *arguments, log=home / f"bare-{port}.log")
            started.append(stack.enter_context(process))
        for port in ports:
            wait_until_listening(port)
        yield Served(ports, started, [])


class Served:
    """Running servers: their ports, the web processes, and those beside them."""

    def __init__(self, ports: list[int], webs: list[Process], others: list[Process]) -> None:
        self.ports = ports
        self.webs = webs
        self.others = others

    @property
    def pids(self) -> list[int]:
        """All of them."""
        return [process.pid for process in (*self.webs, *self.others)]


def _is_ready(process: Process, port: int) -> bool:
    process.check()
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
