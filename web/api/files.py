"""Files of staff: up before a message, down for whoever may read the entry."""

from starlette.responses import Response

from hub import attachments, audit, timeline
from hub.errors import Invalid, NotFound, TooLarge, UnsupportedMedia
from hub.files import AGENT_BYTES
from hub.store import Tx
from hub.store.hot import Row
from web import represent, uploads
from web.api.customers import readable
from web.auth import StaffCall
from web.endpoint import UPLOADS, Endpoints
from web.represent import shapes

routes = Endpoints("Files", "staff")
ROUTES = (routes,)


@routes.add(
    "POST",
    "/api/v1/files",
    rate=UPLOADS,
    status=201,
    takes="*/*",
    errors=(Invalid, TooLarge, UnsupportedMedia),
)
async def upload(call: StaffCall) -> shapes.Attachment:
    """Upload a file, to be sent with a reply.

    The body is the file itself. Its kind is found by looking, pictures are made anew, at most 25 MB.
    """
    return represent.attachment(await uploads.receive(call.hub, call.request, call.who.actor, max_bytes=AGENT_BYTES))


@routes.add("GET", "/api/v1/files/{id}", gives="*/*")
async def download(call: StaffCall) -> Response:
    """The file, for whoever may read the entry it hangs on; an unsent one for its uploader only."""

    def look(tx: Tx) -> Row:
        row = attachments.get(tx, call.path("id"))
        if row.entry_id is None:
            if row.owner_id != call.who.id:
                raise NotFound("no such file")
            return row
        readable(tx, call.who, timeline.get(tx, row.entry_id))
        audit.note(tx, call.who.actor, "read_file", "attachment", row.id)
        return row

    return await uploads.send(call.hub, await call.hub.store.write(look))
