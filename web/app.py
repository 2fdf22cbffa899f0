"""The application: every door of the hub over HTTP, and the place where the sockets are put in."""

import asyncio
from collections.abc import Sequence
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Match, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from hub import audit
from hub.errors import HubError
from hub.ports import Actor
from hub.runtime import Hub
from web import auth, bodies, health, idempotency, metrics, openapi, problems, uploads
from web.api import ENDPOINTS
from web.assets import Assets
from web.endpoint import Endpoint
from web.headers import SafeHeaders
from web.live import Live
from web.pages import Pages
from web.webhooks import Webhooks

SOCKETS = "/socket.io"
PASSWORDS_AT_ONCE = 2  # each takes 64 MB and a core for a moment


def build_app(hub: Hub, live: Live | None = None) -> Starlette:
    """The whole web side of one hub, with the sockets of this process if it has some."""
    meters = metrics.Meters()
    hub.listen(meters.count_hints)
    pages = Pages(hub, Assets())
    routes: list[BaseRoute] = [
        *([Sockets(live.asgi)] if live is not None else []),
        *(api_route(hub, endpoint) for endpoint in ENDPOINTS),
        Route("/api/openapi.json", _description(hub), name="openapi"),
        *Webhooks(hub).routes(),
        uploads.route(hub),
        *health.routes(hub, meters),
        *pages.routes(),
    ]
    app = Starlette(
        routes=routes,
        middleware=[
            Middleware(metrics.Measure, meters=meters),
            Middleware(SafeHeaders, is_https=auth.is_https(hub.settings)),
            Middleware(problems.Catch),
            Middleware(uploads.FilesOrigin, files_url=hub.settings.files_url),
        ],
        exception_handlers={HubError: problems.on_hub_error, HTTPException: problems.on_http_error},
    )
    app.router.redirect_slashes = False
    app.state.hub = hub
    app.state.meters = meters
    app.state.present = frozenset() if live is None else live.presence
    if live is not None:
        _count_sockets(meters, live)
    app.state.password_slots = asyncio.Semaphore(PASSWORDS_AT_ONCE)
    app.state.upload_slots = asyncio.Semaphore(uploads.AT_ONCE)
    return app


def _count_sockets(meters: metrics.Meters, live: Live) -> None:
    meters.sockets.labels("/agent").set_function(lambda: len(live.registry.agents))
    meters.sockets.labels("/customer").set_function(lambda: len(live.registry.customers))


class Sockets(BaseRoute):
    """Hands everything below `/socket.io` to the live part, web sockets and polling alike."""

    name = "sockets"

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """By path only."""
        is_here = scope["type"] in ("http", "websocket") and scope["path"].startswith(SOCKETS)
        return (Match.FULL, {}) if is_here else (Match.NONE, {})

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on as it is."""
        await self.app(scope, receive, send)


def api_route(hub: Hub, endpoint: Endpoint) -> Route:
    """The served side of a declaration: door, body, handler, answer."""

    name = f"{endpoint.handler.__module__.rpartition('.')[2]}.{endpoint.handler.__name__}"

    async def serve(request: Request) -> Response:
        call = await _let_in(hub, endpoint, request)
        try:
            arguments, raw = await endpoint.arguments(request)
        except bodies.UnknownMember:
            if isinstance(call, auth.StaffCall):
                await _note_refusal(hub, call.who.actor, name)
            raise

        async def work() -> Response:
            return _answer(endpoint, await endpoint.handler(call, **arguments))

        key = idempotency.key_of(request) if endpoint.keeps_replies else None
        if key is None or not isinstance(call, auth.StaffCall):
            return await work()
        return await idempotency.once(hub.store, call.who.id, key, request, raw, work)

    return Route(endpoint.path, serve, methods=[endpoint.method], name=name)


async def _note_refusal(hub: Hub, who: Actor, route: str) -> None:
    await hub.store.write(lambda tx: audit.note(tx, who, "refused_member", "route", route))


async def _let_in(hub: Hub, endpoint: Endpoint, request: Request) -> auth.Call:
    if endpoint.door == "staff":
        return await auth.staff_call(hub, request, endpoint)
    if endpoint.door == "visitor":
        return await auth.visitor_call(hub, request, endpoint)
    return await auth.public_call(hub, request, endpoint)


def _answer(endpoint: Endpoint, value: Any) -> Response:
    if isinstance(value, Response):
        return value
    if value is None:
        return Response(status_code=204, headers={"Cache-Control": "no-store"})
    return JSONResponse(value, endpoint.status, {"Cache-Control": "no-store"})


def _description(hub: Hub, endpoints: Sequence[Endpoint] = ENDPOINTS) -> Any:
    document = openapi.document(endpoints, hub.settings.base_url)

    async def describe(request: Request) -> Response:
        return JSONResponse(document, headers={"Cache-Control": "public, max-age=300"})

    return describe
