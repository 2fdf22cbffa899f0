"""How much memory a hub takes: idle, its whole tree, and each connected chat window."""

import asyncio
import json
import tempfile
import time
import urllib.request
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.machine import rss_kb, tree
from bench.processes import Process, hub_processes
from bench.seeding import Bank, seed_bank
from bench.table import Figure, say
from bench.wire import Wire, connect
from hub import demo
from tests.support.ports import free_port
from tests.support.waiting import wait_until

WEB_MB, TREE_MB, WIDGET_KB = 200, 350, 60
PAGES = ("/console", "/widget.js", "/healthz")


@dataclass(frozen=True)
class Size:
    """How many chat windows are opened, and how many of them are written to."""

    widgets: int = 2_000
    heard: int = 50


TINY = Size(widgets=30, heard=5)


def memory(size: Size = Size()) -> list[Figure]:
    """The demo as a newcomer starts it, then one web process with many chat windows."""
    return [*_demo(), *asyncio.run(_widgets(size))]


def _demo() -> list[Figure]:
    say("memory of the demo")
    with tempfile.TemporaryDirectory(prefix="onethread-bench-") as folder, ExitStack() as stack:
        home, port = Path(folder) / "demo", free_port()
        ready = Path(folder) / "ready.json"
        environ = {"HUB_HOME": str(home), "HUB_PORT": str(port), "HUB_LOG_LEVEL": "warning"}
        arguments = ["demo", "--ready", str(ready)]
        process = stack.enter_context(Process("hub", *arguments, log=Path(folder) / "log", environ=environ))
        wait_until(lambda: process.is_running and ready.exists(), within=60)
        base = json.loads(ready.read_text())["base_url"]
        for page in PAGES:
            with urllib.request.urlopen(base + page, timeout=10) as answer:
                answer.read()
        time.sleep(2)
        web = rss_kb(process.pid) / 1024
        whole = sum(rss_kb(pid) for pid in tree(process.pid)) / 1024
    return [
        Figure("idle web process, demo", "MB", [web], [WEB_MB], 1, ceiling_name="MB allowed"),
        Figure("whole tree of it", "MB", [whole], [TREE_MB], 1, ceiling_name="MB allowed"),
    ]


async def _widgets(size: Size) -> list[Figure]:
    say(f"memory of {size.widgets} chat windows")
    with tempfile.TemporaryDirectory(prefix="onethread-bench-") as folder, ExitStack() as stack:
        home = Path(folder)
        url = f"sqlite:///{home}/hub.db"
        bank = await asyncio.to_thread(_bank, url, size)
        served = await asyncio.to_thread(stack.enter_context, hub_processes(url, "", home, webs=1))
        pid, port = served.webs[0].pid, served.ports[0]
        warm = await _open(port, bank.visitors[: size.heard])
        before = rss_kb(pid)
        began = time.perf_counter()
        windows = await _open(port, bank.visitors[size.heard :])
        opened = len(windows) / (time.perf_counter() - began)
        await asyncio.sleep(2)
        each = (rss_kb(pid) - before) / len(windows)
        heard = await _heard(port, bank, [*warm, *windows], size.heard)
        say(f"  {each:.1f} kB a window, {opened:.0f} opened a second, {heard} of {size.heard} heard at once")
        for wire, _ in [*warm, *windows]:
            wire.close()
    named = f"each of {size.widgets:,} chat windows on one process"
    note = f"{opened:.0f} opened a second"
    return [
        Figure(named, "kB", [each], [WIDGET_KB], 1, ceiling_name="kB allowed", note=note),
        Figure(
            "of them, heard an agent's message", "", [heard], [size.heard], 1, is_at_least=True, ceiling_name="sent"
        ),
    ]


def _bank(url: str, size: Size) -> Bank:
    return seed_bank(url, customers=size.widgets + size.heard, per_agent=40, per_queue=1)


async def _open(port: int, tokens: list[str]) -> list[tuple[Wire, list[bytes]]]:
    """Windows as the widget opens them: connect, then fetch what is there. Each with the events it got."""
    opened = []
    for token in tokens:
        got: list[bytes] = []
        wire = await connect(port, "/customer", {"token": token, "key": demo.WIDGET_KEY}, got.append)
        answer = await wire.ask("sync", {"after": None})
        assert answer["ok"], answer
        opened.append((wire, got))
    return opened


async def _heard(port: int, bank: Bank, windows: list[tuple[Wire, list[bytes]]], count: int) -> int:
    """Agents answer so many of the customers; how many of their windows hear it within ten seconds?"""
    asked: list[Any] = []
    listeners = []
    for number in [len(windows) * each // count for each in range(count)]:
        token = bank.agents[number // 40][0]
        wire = await connect(port, "/agent", {"token": token}, lambda event: None)
        body = {
            "conversation_id": bank.conversations[number],
            "text": "heard-by-all",
            "client_key": f"memory-{number}",
        }
        asked.append(await wire.ask("reply", body))
        wire.close()
        listeners.append(windows[number][1])
    assert all(answer["ok"] for answer in asked), asked
    for _ in range(1000):
        if all(any(b"heard-by-all" in event for event in got) for got in listeners):
            break
        await asyncio.sleep(0.01)
    return sum(any(b"heard-by-all" in event for event in got) for got in listeners)
