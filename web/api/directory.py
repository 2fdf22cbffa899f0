"""Who and what there is: agents, queues, flows."""

from typing_extensions import TypedDict

from hub import bots, languages, queues, staff
from hub.flows.schema import text_in
from hub.store import Tx
from web import represent
from web.api.login import colleagues
from web.auth import StaffCall
from web.endpoint import Endpoints
from web.represent import shapes

routes = Endpoints("Directory", "staff")
ROUTES = (routes,)


class AgentList(TypedDict):
    """All agents."""

    items: list[shapes.AgentShort]
    next: str | None


class QueueList(TypedDict):
    """All queues."""

    items: list[shapes.Queue]
    next: str | None


class FlowShort(TypedDict):
    """A published bot flow."""

    id: str
    version: int
    title: str


class FlowList(TypedDict):
    """The newest version of each flow."""

    items: list[FlowShort]
    next: str | None


@routes.add("GET", "/api/v1/agents")
async def list_agents(call: StaffCall) -> AgentList:
    """Everybody who may log in, with their state."""
    return await call.hub.store.read(lambda tx: {"items": colleagues(tx), "next": None})


@routes.add("GET", "/api/v1/queues")
async def list_queues(call: StaffCall) -> QueueList:
    """All queues, so that anybody can hand over to any of them; names in the asker's language."""

    def read(tx: Tx) -> QueueList:
        locale = staff.get(tx, call.who.id).locale
        return {"items": [represent.queue(row, tx.now, locale) for row in queues.all_queues(tx)], "next": None}

    return await call.hub.store.read(read)


@routes.add("GET", "/api/v1/flows")
async def list_flows(call: StaffCall) -> FlowList:
    """The published bot flows; titles in the asker's language."""

    def read(tx: Tx) -> FlowList:
        language = languages.ui_language(staff.get(tx, call.who.id).locale) or "en"
        flows = bots.published(tx)
        items: list[FlowShort] = [
            {"id": flow.id, "version": flow.version, "title": text_in(flow.title, language)} for flow in flows
        ]
        return {"items": items, "next": None}

    return await call.hub.store.read(read)
