"""QR codes and links into the chat."""

import io
from typing import Literal

import segno
from pydantic import Field
from starlette.responses import Response
from typing_extensions import TypedDict

from hub import audit, links, queues, visitors
from hub.errors import Invalid, NotFound
from hub.store import Tx
from hub.store.hot import Row
from web.auth import StaffCall
from web.endpoint import SUPERVISORS, Body, Endpoints, Query
from web.queries import first_widget, flow_slugs
from web.represent import shapes
from web.represent.staff import moment

routes = Endpoints("Links", "staff")
ROUTES = (routes,)
MAX_CLAIMED = 20


class LinkQuery(Query):
    """A page of links, newest first."""

    after: str | None = Field(None, max_length=60)
    limit: int = Field(50, ge=1, le=100)


class NewLink(Body):
    """What a link carries. All of it is public; what it claims of a customer proves nothing."""

    campaign: str = Field(min_length=1, max_length=100)
    label: str = Field("", max_length=200)
    queue: str | None = Field(None, max_length=60)
    language: Literal["", "en", "zh-Hans", "zh-Hant"] = ""
    flow: str = Field("", max_length=60)
    claimed: dict[str, str] = Field(default_factory=dict, max_length=MAX_CLAIMED)
    widget: str | None = Field(None, max_length=100, description="The key of the widget; without it the first one.")


class LinkPage(TypedDict):
    """A page of links."""

    items: list[shapes.Link]
    next: str | None


@routes.add("GET", "/api/v1/links")
async def list_links(call: StaffCall, query: LinkQuery) -> LinkPage:
    """List links, newest first."""

    def read(tx: Tx) -> LinkPage:
        rows = links.listing(tx, before=query.after or "", limit=query.limit + 1)
        page = rows[: query.limit]
        is_more = len(rows) > query.limit
        return {"items": [_link(call, row) for row in page], "next": page[-1].id if is_more else None}

    return await call.hub.store.read(read)


@routes.add("POST", "/api/v1/links", roles=SUPERVISORS, status=201, errors=(NotFound,))
async def create_link(call: StaffCall, body: NewLink) -> shapes.Link:
    """Make a link and its QR code."""
    secret_key = call.hub.settings.secret_key

    def write(tx: Tx) -> shapes.Link:
        account = visitors.account_by_key(tx, body.widget) if body.widget is not None else first_widget(tx)
        if body.flow and body.flow not in flow_slugs(tx):
            raise Invalid("no such flow", field="flow")
        row = links.create(
            tx,
            secret_key,
            account=account,
            campaign=body.campaign,
            label=body.label,
            queue_id=queues.get(tx, body.queue).id if body.queue else None,
            flow=body.flow,
            language=body.language,
            claimed=dict(body.claimed),
            by=call.who.id,
        )
        audit.note(tx, call.who.actor, "create", "link", row.id)
        return _link(call, row)

    return await call.hub.store.write(write)


@routes.add("GET", "/api/v1/links/{id}.svg", gives="image/svg+xml")
async def link_svg(call: StaffCall) -> Response:
    """The QR code of a link, as a picture that can be printed at any size."""
    row = await call.hub.store.read(lambda tx: links.get(tx, call.path("id")))
    picture = io.BytesIO()
    segno.make(_url(call, row), error="m", micro=False).save(picture, kind="svg", scale=8, border=4, xmldecl=True)
    headers = {
        "Content-Security-Policy": "default-src 'none'; style-src 'none'; sandbox",
        "Content-Disposition": f'inline; filename="{row.id}.svg"',
        "Cache-Control": "private, max-age=3600",
    }
    return Response(picture.getvalue(), headers=headers, media_type="image/svg+xml")


@routes.add("DELETE", "/api/v1/links/{id}", roles=SUPERVISORS, status=204)
async def revoke_link(call: StaffCall) -> None:
    """The link opens nothing any more."""

    def write(tx: Tx) -> None:
        row = links.get(tx, call.path("id"))
        links.revoke(tx, row.id)
        audit.note(tx, call.who.actor, "revoke", "link", row.id)

    await call.hub.store.write(write)


def _url(call: StaffCall, row: Row) -> str:
    return f"{call.hub.settings.base_url}/q/{row.code}"


def _link(call: StaffCall, row: Row) -> shapes.Link:
    return {
        "id": row.id,
        "code": row.code,
        "url": _url(call, row),
        "svg_url": f"/api/v1/links/{row.id}.svg",
        "campaign": row.campaign,
        "queue": row.queue_id,
        "language": row.language,
        "claimed": row.claimed,
        "label": row.label,
        "opens": row.opens,
        "created_at": moment(row.created_at) or "",
    }
