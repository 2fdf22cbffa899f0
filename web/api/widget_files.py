"""Files of customers: up before a message, down from their own conversations."""

from starlette.responses import Response

from hub import access, attachments, timeline
from hub.errors import Invalid, NotFound, TooLarge, UnsupportedMedia
from hub.files import CUSTOMER_BYTES
from hub.ports import Actor
from hub.store import Tx
from hub.store.hot import Row
from web import represent, uploads
from web.auth import VisitorCall
from web.endpoint import Endpoints, Rate
from web.represent import shapes

routes = Endpoints("Widget", "visitor")
ROUTES = (routes,)
VISITOR_UPLOADS = Rate("visitor-uploads", 30, 3600)
VISITOR_DOWNLOADS = Rate("visitor-downloads", 600, 600)


@routes.add(
    "POST",
    "/widget/files",
    rate=VISITOR_UPLOADS,
    status=201,
    takes="*/*",
    errors=(Invalid, TooLarge, UnsupportedMedia),
)
async def upload(call: VisitorCall) -> shapes.CustomerAttachment:
    """Upload a file, to be sent with a message.

    The body is the file itself. Its kind is found by looking, pictures are made anew, at most 10 MB.
    """
    owner = Actor("customer", call.visitor.id, "")
    return represent.customer_attachment(await uploads.receive(call.hub, call.request, owner, max_bytes=CUSTOMER_BYTES))


@routes.add("GET", "/widget/files/{id}", rate=VISITOR_DOWNLOADS, gives="*/*")
async def download(call: VisitorCall) -> Response:
    """A file of the customer's own conversations."""

    def look(tx: Tx) -> Row:
        row = attachments.get(tx, call.path("id"))
        if row.entry_id is None:
            is_theirs = row.owner_id == call.visitor.id
        else:
            granted = access.grants(tx, call.visitor.address_id)
            is_theirs = access.may_read_entry(timeline.get(tx, row.entry_id), granted, call.visitor.address_id)
        if not is_theirs:
            raise NotFound("no such file")
        return row

    return await uploads.send(call.hub, await call.hub.store.read(look))
