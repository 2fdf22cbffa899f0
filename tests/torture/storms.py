"""R1 and R2 from beginning to end, over the webhook and over the widget's socket."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from tests.channels.loopback.provider import running_provider
from tests.torture import checkers, history, settled, stored
from tests.torture.history import History
from tests.torture.report import Report, spread
from tests.torture.screen import Screen
from tests.torture.sizes import Storm, Widgets
from tests.torture.storm import Stormer, kill_at_random
from tests.torture.widget import Widget
from tests.torture.world import LOOPBACK_SECRET, World, make_world

SEED = 20261121


async def webhook_storm(
    name: str, size: Storm, home: Path, database_url: str = "", redis_url: str = "", seed: int = SEED
) -> Report:
    """R1 (alone on SQLite) or R2 (two web processes and a worker), with a bot that answers over the channel."""
    chance = random.Random(seed)
    async with running_provider(LOOPBACK_SECRET) as provider:
        outbound = str(provider.settings["outbound_url"])
        webs = 2 if redis_url else 1
        world = await make_world(home, database_url, redis_url, outbound_url=outbound, flow="welcome", webs=webs)
        report = Report(name, home / f"{name}.jsonl")
        await world.start()
        try:
            with History(report.history) as notes:
                stormer = Stormer(world, size, notes, chance)
                kills = kill_at_random(
                    world.processes, size.kills, notes, chance, lambda: stormer.answered, size.messages
                )
                screens = await _storm(stormer, kills, world, size, notes, chance)
                report.figures["memory"] = _memory(world)
        finally:
            await world.stop()
        facts, events = stored.load(world.database_url), history.read(report.history)
        settled.judge(report, world, events, facts, size.patience)
        report.faults += checkers.check_sends(provider.taken, facts)
        for screen in screens:
            _judge_screen(report, screen, facts)
        report.figures |= {
            "acknowledged within": spread([each * 1000 for each in stormer.seconds], "ms", 0),
            "committed, then killed before the answer": settled.committed_unanswered(events),
            "never acknowledged in the end": len(stormer.unacknowledged),
            "sent to the provider": f"{len(provider.taken)}, {_unknown(facts)} of unknown outcome",
            "repeated events before de-duplication": sum(each.repeats for each in screens),
        }
        return report


async def _storm(
    stormer: Stormer, kills: Awaitable[None], world: World, size: Storm, notes: History, chance: random.Random
) -> list[Screen]:
    """The storm, with an agent's screen per server watching some customers; gives the screens when all is calm."""
    screens = [Screen(agent, world.urls, notes, chance) for agent in world.house.agents]
    lives = [asyncio.ensure_future(screen.live()) for screen in screens]
    watching = asyncio.ensure_future(_watch_some(screens, world, size.watched))
    try:
        await stormer.run(kills)
        await settled.calm(world)
        await watching
        await screens_complete(screens, world)
    finally:
        for each in [*lives, watching]:
            each.cancel()
        await asyncio.gather(*lives, watching, return_exceptions=True)
    return screens


async def _watch_some(screens: Sequence[Screen], world: World, count: int) -> None:
    """Open the first customers as soon as they are there."""
    seen: list[str] = []
    while len(seen) < count:
        await asyncio.sleep(0.2)
        seen = await asyncio.to_thread(stored.logs, world.database_url, count)
        for screen in screens:
            for log in seen:
                if log not in screen.logs:
                    screen.watch(log)


async def screens_complete(screens: Sequence[Screen], world: World) -> None:
    """Wait until every screen has caught up with the counters, at most some seconds."""
    facts = await asyncio.to_thread(stored.load, world.database_url)
    newest = {log: max(each.revision for each in entries) for log, entries in facts.by_log().items()}
    for _ in range(200):
        if all(screen.cursors.get(log, 0) >= newest[log] for screen in screens for log in screen.logs):
            return
        await asyncio.sleep(0.05)


def _judge_screen(report: Report, screen: Screen, facts: stored.Stored) -> None:
    by_log = facts.by_log()
    for log in screen.logs:
        report.faults += checkers.check_view(f"the screen of {screen.agent.name}", screen.shown(log), by_log[log])


async def widget_storm(
    name: str, size: Widgets, home: Path, database_url: str = "", redis_url: str = "", seed: int = SEED
) -> Report:
    """The same over the widget's socket: each window has an outbox and waits for the ack of one before the next."""
    chance = random.Random(seed)
    world = await make_world(home, database_url, redis_url, flow="welcome", webs=2 if redis_url else 1)
    report = Report(name, home / f"{name}.jsonl")
    await world.start()
    try:
        with History(report.history) as notes:
            widgets = [Widget(world.urls, notes, chance) for _ in range(size.visitors)]
            for widget in widgets:
                await widget.open()
                for number in range(size.each):
                    widget.write(f"{widget.name} says {number}")
            total = size.visitors * size.each
            lives = [asyncio.ensure_future(widget.live()) for widget in widgets]

            def done() -> int:
                return total - sum(len(widget.outbox) for widget in widgets)

            try:
                await kill_at_random(world.processes, size.kills, notes, chance, done, total * 9 // 10)
                await until(lambda: done() == total, 300)
                await settled.calm(world)
                await windows_complete(widgets, world)
            finally:
                for each in lives:
                    each.cancel()
                await asyncio.gather(*lives, return_exceptions=True)
    finally:
        await world.stop()
    facts, events = stored.load(world.database_url), history.read(report.history)
    settled.judge(report, world, events, facts, size.patience)
    judge_windows(report, widgets, facts)
    return report


async def until(holds: Callable[[], bool], within: float) -> None:
    """Wait for a condition of a run."""
    async with asyncio.timeout(within):
        while not holds():
            await asyncio.sleep(0.05)


def visible(facts: stored.Stored, log: str) -> list[stored.Entry]:
    """What a customer may see of their log, in the order of their screen."""
    found = [each for each in facts.entries if each.log == log and each.audience == "everyone"]
    return sorted(found, key=lambda each: each.ordered_at)


async def windows_complete(widgets: Sequence[Widget], world: World, within: float = 20.0) -> None:
    """Wait until every window shows as much as there is."""
    facts = await asyncio.to_thread(stored.load, world.database_url)
    wanted = {id: len(visible(facts, log)) for id, log in _logs_of(facts).items()}

    def is_complete(widget: Widget) -> bool:
        entry = next((id for id in widget.entries if id in wanted), None)
        return entry is None or len(widget.entries) >= wanted[entry]

    try:
        await until(lambda: all(is_complete(widget) for widget in widgets), within)
    except TimeoutError:
        return  # the judge will say what is missing, and where


def _logs_of(facts: stored.Stored) -> dict[str, str]:
    return {entry.id: entry.log for entry in facts.entries}


def judge_windows(report: Report, widgets: Sequence[Widget], facts: stored.Stored) -> None:
    """Every window shows exactly what its customer may see; the order of writing is the order of storing."""
    logs = _logs_of(facts)
    for widget in widgets:
        log = next((logs[id] for id in widget.entries if id in logs), "")
        expected = visible(facts, log)
        report.faults += checkers.check_view(widget.name, widget.shown, expected)
    report.figures |= {
        "connect to complete": spread([each for widget in widgets for each in widget.gap_seconds]),
        "repeated events before de-duplication": sum(each.repeats for each in widgets),
    }


def _memory(world: World) -> str:
    return ", ".join(f"{each.log.stem} {each.memory_mb:.0f} MB" for each in world.processes)


def _unknown(facts: stored.Stored) -> int:
    return sum(1 for each in facts.deliveries if each["state"] in ("unknown", "sending"))
