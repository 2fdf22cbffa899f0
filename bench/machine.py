"""What the figures were measured on, and who else used it meanwhile."""

import os
import platform
import sqlite3
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def describe() -> str:
    """The machine in a line."""
    named = (line for line in _lines("/proc/cpuinfo") if line.startswith("model name"))
    cpu = next(named, ":?").partition(":")[2].strip()
    memory = next((int(line.split()[1]) for line in _lines("/proc/meminfo") if line.startswith("MemTotal")), 0)
    return (
        f"{os.cpu_count()} cores of {cpu}, {memory / 2**20:.0f} GB, {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    )


def _lines(path: str) -> list[str]:
    return Path(path).read_text(encoding="utf-8").splitlines()


def cpu_seconds(pid: int) -> float:
    """Processor time that a process has used, its finished children included."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return sum(int(field) for field in fields[11:15]) / TICKS


def rss_kb(pid: int) -> int:
    """Resident memory of a process."""
    return next(int(line.split()[1]) for line in _lines(f"/proc/{pid}/status") if line.startswith("VmRSS"))


def tree(pid: int) -> list[int]:
    """A process and all below it."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text(encoding="utf-8").split():
            found += tree(int(child))
    return found


def _busy() -> float:
    """Seconds that all processors together have worked."""
    user, nice, system, _idle, _wait, irq, soft, steal = (int(n) for n in _lines("/proc/stat")[0].split()[1:9])
    return (user + nice + system + irq + soft + steal) / TICKS


@dataclass
class Watch:
    """Counts what a set of processes used in a span, and what everybody else used."""

    pids: list[int]

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        """Begin the span."""
        self._at, self._all, self._own = time.monotonic(), _busy(), self._used(self.pids)

    def _used(self, pids: Iterable[int]) -> dict[int, float]:
        return {pid: cpu_seconds(pid) for pid in pids if Path(f"/proc/{pid}").exists()}

    def used(self, *pids: int) -> float:
        """Seconds that these used in the span."""
        now = self._used(pids)
        return sum(now[pid] - self._own.get(pid, 0.0) for pid in now)

    def foreign_share(self) -> float:
        """How much of one core others used in the span."""
        span = max(time.monotonic() - self._at, 1e-9)
        mine = self.used(*self.pids) + 0.0
        return max(0.0, (_busy() - self._all - mine) / span)


def wait_for_calm(patience: float, *, quiet: float = 0.15, span: float = 0.4) -> None:
    """Return when others use less than this share of a core, or after so many seconds."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        watch = Watch(tree(os.getpid()))
        time.sleep(span)
        if watch.foreign_share() < quiet:
            return
