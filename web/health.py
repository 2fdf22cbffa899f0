"""Is it alive, can it serve, how is it doing: for supervisors, balancers and Prometheus."""

import asyncio
from functools import cache
from typing import Any

from sqlalchemy import inspect, text
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from hub.clock import SECOND
from hub.errors import HubError
from hub.runtime import Hub
from hub.store import Tx
from web import metrics
from web.assets import WEB

STALE_SECONDS = 30
_FRESH = {"Cache-Control": "no-store"}


def routes(hub: Hub, meters: metrics.Meters) -> list[Route]:
    """The three doors of whoever keeps the hub running."""

    async def healthz(request: Request) -> Response:
        return JSONResponse({"status": "ok"}, headers=_FRESH)

    async def readyz(request: Request) -> Response:
        found = await checks(hub)
        is_ready = all(value == "ok" for value in found.values())
        body = {"status": "ok" if is_ready else "not ready", "checks": found}
        return JSONResponse(body, 200 if is_ready else 503, _FRESH)

    async def figures(request: Request) -> Response:
        page = meters.text(await hub.store.read(metrics.figures))
        return Response(page, headers={**_FRESH, "Content-Type": metrics.MEDIA_TYPE})

    return [
        Route("/healthz", healthz, name="healthz"),
        Route("/readyz", readyz, name="readyz"),
        Route("/metrics", figures, name="metrics"),
    ]


async def checks(hub: Hub) -> dict[str, str]:
    """What serving needs, each `ok` or what is wrong with it."""
    try:
        version = await hub.store.read(_schema_version)
    except HubError as error:
        return {"database": error.message, "migrations": "unknown", "outbox": outbox_state(hub)}
    head = await asyncio.to_thread(newest_migration)
    migrations = "ok" if version == head else f"the store is at {version}, this program needs {head}"
    return {"database": "ok", "migrations": migrations, "outbox": outbox_state(hub)}


def outbox_state(hub: Hub) -> str:
    """Whether to-dos are looked at in this process, if that is its task."""
    age = (hub.clock.now() - hub.outbox.last_turn_at) / SECOND
    return "ok" if age < STALE_SECONDS or not hub.works else "the outbox has not looked for a while"


@cache
def newest_migration() -> str | None:
    """The schema this program was written for."""
    from alembic.config import Config  # a quarter of a second: only where it is asked for
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(WEB.parent / "migrations"))
    return ScriptDirectory.from_config(config).get_current_head()


def _schema_version(tx: Tx) -> Any:
    if not inspect(tx.connection).has_table("alembic_version"):
        return None
    row = tx.first(text("SELECT version_num FROM alembic_version"))
    return row[0] if row else None
