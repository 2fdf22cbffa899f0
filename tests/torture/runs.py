"""The runs by name, as `python -m tests.torture` and the suite call them."""

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from tests.torture.chains import chains
from tests.torture.chaos import chaos
from tests.torture.races import races
from tests.torture.report import Report
from tests.torture.sizes import SIZES, Size
from tests.torture.storms import webhook_storm, widget_storm

Run = Callable[[Size, Path, str, str], Coroutine[Any, Any, Report]]


async def r1(size: Size, home: Path, _database_url: str = "", _redis_url: str = "") -> Report:
    """Webhooks on SQLite, one process, killed."""
    return await webhook_storm("r1-webhook", SIZES[size].storm, home)


async def r1_widget(size: Size, home: Path, _database_url: str = "", _redis_url: str = "") -> Report:
    """The widget's socket on SQLite, one process, killed."""
    return await widget_storm("r1-widget", SIZES[size].widgets, home)


async def r2(size: Size, home: Path, database_url: str, redis_url: str) -> Report:
    """Webhooks on PostgreSQL and Redis, two web processes and a worker, killed in turn."""
    return await webhook_storm("r2-webhook", SIZES[size].storm_grown, home, database_url, redis_url)


async def r2_widget(size: Size, home: Path, database_url: str, redis_url: str) -> Report:
    """The widget's socket on PostgreSQL and Redis, killed in turn."""
    return await widget_storm("r2-widget", SIZES[size].widgets, home, database_url, redis_url)


async def r8(size: Size, home: Path, _database_url: str = "", _redis_url: str = "") -> Report:
    """Agents race on SQLite."""
    return await races("r8-sqlite", SIZES[size].races, home)


async def r8_grown(size: Size, home: Path, database_url: str, redis_url: str) -> Report:
    """Agents race on PostgreSQL, over two web processes."""
    return await races("r8-postgres", SIZES[size].races, home, database_url, redis_url)


async def r9(size: Size, home: Path, _database_url: str = "", _redis_url: str = "") -> Report:
    """Connections fail on SQLite."""
    return await chaos("r9", SIZES[size].chaos, home)


async def r19(size: Size, home: Path, _database_url: str = "", _redis_url: str = "") -> Report:
    """Handoff chains on SQLite, killed at each step."""
    return await chains("r19", SIZES[size].chains, home)


RUNS: dict[str, list[Run]] = {
    "r1": [r1, r1_widget],
    "r2": [r2, r2_widget],
    "r8": [r8, r8_grown],
    "r9": [r9],
    "r19": [r19],
}
GROWN = (r2, r2_widget, r8_grown)
