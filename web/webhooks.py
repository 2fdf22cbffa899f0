"""What carriers call: verify, parse, take in, answer. Nobody hears "2xx" before the store has committed."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hub import inbound
from hub.errors import NotFound
from hub.ports import ChannelAdapter, Outcome, WireRequest
from hub.runtime import Hub
from hub.sending import account_of
from hub.store import Tx
from hub.store.hot import Row
from web import auth, bodies
from web.queries import account_for_hook

MAX_BYTES = 16 * 1024 * 1024
PER_ACCOUNT, PER_SECONDS = 6000, 60


class Webhooks:
    """The doors of all channel accounts: `/hooks/{channel}/{account}`, and below it what an adapter likes."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub

    def routes(self) -> list[Route]:
        """Where the doors are."""
        methods = ["GET", "POST"]
        return [
            Route("/hooks/{channel}/{account}", self.take, methods=methods, name="hooks"),
            Route("/hooks/{channel}/{account}/{rest:path}", self.take, methods=methods, name="hooks"),
        ]

    async def take(self, request: Request) -> Response:
        """Take one request of a provider.

        403 for a wrong signature, 404 for an account we do not have, 503 while the database is away. What
        is genuine but cannot be read is kept raw, alarmed about and answered 2xx; `hub replay` feeds it again.
        """
        hub = self.hub
        row = await hub.store.read(lambda tx: _account(tx, request))
        adapter = hub.adapters.get(row.adapter)
        if adapter is None:
            raise NotFound("no such account")
        await auth.limit(hub, f"hooks:{row.id}", hub.settings.scaled(PER_ACCOUNT), PER_SECONDS)
        wire = await self._wire(request)
        account = account_of(row, hub.sealer)
        adapter.verify(account, wire)
        outcomes = await inbound.take(hub, adapter, row, account, wire)
        return _answer(adapter, outcomes)

    async def _wire(self, request: Request) -> WireRequest:
        query = f"?{request.url.query}" if request.url.query else ""
        return WireRequest(
            method=request.method,
            url=f"{self.hub.settings.base_url}{request.url.path}{query}",
            headers=dict(request.headers.items()),
            body=await bodies.read_bytes(request, MAX_BYTES),
            received_at=self.hub.clock.now(),
        )


def _account(tx: Tx, request: Request) -> Row:
    row = account_for_hook(tx, request.path_params["channel"], request.path_params["account"])
    if row is None:
        raise NotFound("no such account")
    return row


def _answer(adapter: ChannelAdapter, outcomes: Sequence[Outcome]) -> Response:
    said = adapter.respond(outcomes)
    return Response(said.body, said.status, media_type=said.media_type)
