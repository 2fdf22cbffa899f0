"""Waiting until a hub has nothing more to do, and what every run looks at afterwards."""

import asyncio
import time
from collections import Counter

from sqlalchemy import text

from tests.torture import checkers
from tests.torture.history import Event
from tests.torture.report import Report, spread
from tests.torture.stored import Stored, engine_of
from tests.torture.world import World

_OPEN = (
    "SELECT (SELECT count(*) FROM outbox) + (SELECT count(*) FROM delivery"
    " WHERE state = 'queued' AND channel <> 'webchat')"
)
RESTART_SECONDS = 3.0  # of the process itself: what others do on the same machine is not its fault


async def calm(world: World, within: float = 120.0) -> None:
    """Wait until no to-do and no send is waiting."""
    engine = engine_of(world.database_url)

    def waiting() -> int:
        with engine.connect() as connection:
            return int(connection.execute(text(_OPEN)).scalar_one())

    deadline = time.monotonic() + within
    while left := await asyncio.to_thread(waiting):
        if time.monotonic() > deadline:
            raise AssertionError(f"{left} to-dos and sends are left after {within} s")
        await asyncio.sleep(0.1)


def judge(report: Report, world: World, events: list[Event], stored: Stored, patience: float) -> None:
    """What must hold after any run: messages, logs, the rest, no orphans, quick restarts, calm logs."""
    report.faults += checkers.check_messages(events, stored)
    report.faults += checkers.check_logs(stored)
    report.faults += checkers.check_rest(stored)
    restarts = [each for server in world.servers for each in server.starts[1:]]
    work = [each for server in world.servers for each in server.start_cpu[1:]]
    report.faults += [f"a restart took {each:.2f} s of work" for each in work if each > RESTART_SECONDS * patience]
    report.faults += [f"{name} outlived its killed parent" for each in world.processes for name in each.orphans()]
    report.faults += [f"log: {line}" for line in world.problems()]
    counts = Counter(each["event"] for each in events)
    report.figures |= {
        "sent": f"{counts['sent']} requests, {counts['unanswered']} of them unanswered, {counts['refused']} refused",
        "acknowledged": f"{len(checkers.ledger(events))} different messages",
        "stored": f"{len(stored.entries)} entries on {len(stored.counters)} logs",
        "kills": sum(each.kills for each in world.processes),
        "restart to ready": spread(restarts),
        "of it the process's own work": spread(work),
    }


def committed_unanswered(events: list[Event]) -> int:
    """Messages that a killed process had committed but not acknowledged: the window the keys are for."""
    unanswered: set[str] = set()
    found = 0
    known: set[str] = set()
    for event in events:
        if event["event"] == "unanswered" and "id" in event:
            unanswered.add(event["id"])
        elif event["event"] == "acknowledged" and event["id"] not in known:
            known.add(event["id"])
            found += event.get("result") == "repeated" and event["id"] in unanswered
    return found
