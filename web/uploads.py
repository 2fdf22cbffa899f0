"""Files over HTTP: taken as raw bytes, inspected elsewhere, given back so that nothing of them ever runs."""

import asyncio
import hashlib
import re
import tempfile
from collections.abc import AsyncIterator
from urllib.parse import quote, unquote, urlsplit

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from hub import attachments
from hub.clock import SECOND
from hub.errors import Invalid, NotFound
from hub.ports import Actor
from hub.runtime import Hub
from hub.store.hot import Row
from web import bodies, problems
from web.headers import FILE_CSP

IN_MEMORY = 256 * 1024
AT_ONCE = 3  # uploads looked at, and so in memory, at the same time
REDIRECT_SECONDS = 60
PURPOSE = "file"
SHOWN_INLINE = frozenset({"image/png", "image/jpeg", "image/webp", "image/gif"})
_ODD = re.compile(r"[^A-Za-z0-9._ -]+")


async def receive(hub: Hub, request: Request, owner: Actor, *, max_bytes: int) -> Row:
    """Take one upload and keep it for `owner` until it is sent with a message.

    The media type is what the bytes say, the name is for people only; what is no file for us is refused.

    Raises: TooLarge, UnsupportedMedia, Invalid, RateLimited.
    """
    name = file_name(request)
    slots: asyncio.Semaphore = request.app.state.upload_slots
    with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as spool:
        async for part in bodies.pieces(request, max_bytes):
            await asyncio.to_thread(spool.write, part)
        spool.seek(0)
        async with slots:  # a slow line holds no memory, only what is being looked at does
            facts = await hub.files.inspect(name, await asyncio.to_thread(spool.read), max_bytes=max_bytes)
            digest = await asyncio.to_thread(lambda: hashlib.sha256(facts.data).hexdigest())
            blob = await hub.blobs.put(facts.data)
    return await hub.store.write(lambda tx: attachments.keep(tx, owner, facts, blob=blob, sha256=digest))


def file_name(request: Request) -> str:
    """What the sender calls the file. Raises Invalid."""
    try:
        name = unquote(request.headers.get("x-file-name", ""), errors="strict")
    except UnicodeDecodeError as error:
        raise Invalid("X-File-Name is percent-encoded UTF-8", field="X-File-Name") from error
    bodies.check_storable(name, "X-File-Name")
    return name or "file"


async def send(hub: Hub, row: Row) -> Response:
    """Give a file to somebody who may have it: from here, or by way of the files' own origin."""
    if not hub.settings.files_url:
        return await served(hub, row)
    ends = hub.clock.now() // SECOND + REDIRECT_SECONDS
    signed = hub.sealer.sign(PURPOSE, f"{row.id}:{ends}")
    return RedirectResponse(f"{hub.settings.files_url}/f/{signed}", 302, {"Cache-Control": "no-store"})


async def served(hub: Hub, row: Row) -> Response:
    """The file itself: pictures that we made ourselves in place, everything else as a download."""
    pieces = hub.blobs.stream(row.blob)
    first = await anext(pieces, b"")  # a missing file is an error now, not in the middle of the answer
    is_inline = bool(row.inline) and row.media_type in SHOWN_INLINE
    kind = "inline" if is_inline else "attachment"
    headers = {
        "Content-Security-Policy": FILE_CSP,
        "Content-Disposition": f"{kind}; {disposition_name(row.name)}",
        "Content-Length": str(row.bytes),
        "Cache-Control": "private, max-age=31536000, immutable",
        "Vary": "Cookie, Authorization",
    }
    media_type = row.media_type if is_inline else "application/octet-stream"
    return StreamingResponse(_joined(first, pieces), headers=headers, media_type=media_type)


def route(hub: Hub) -> Route:
    """`/f/{signed}`: the door of the files' own origin, opened for a minute by whoever may have the file."""

    async def give(request: Request) -> Response:
        value = hub.sealer.check(PURPOSE, request.path_params["signed"]) or ""
        file_id, _, ends = value.partition(":")
        if not hub.settings.files_url or not ends or int(ends) < hub.clock.now() // SECOND:
            raise NotFound("this address has ended; open the file again")
        row = await hub.store.read(lambda tx: attachments.get(tx, file_id))
        answer = await served(hub, row)
        answer.headers["Access-Control-Allow-Origin"] = hub.settings.base_url
        answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        answer.headers["Cache-Control"] = "private, max-age=60"
        return answer

    return Route("/f/{signed}", give, name="file")


class FilesOrigin:
    """On the files' own origin there are files and nothing else: no console, no API, no sockets."""

    def __init__(self, app: ASGIApp, *, files_url: str) -> None:
        self.app = app
        self.host = urlsplit(files_url).netloc

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse what does not belong on the origin that was asked."""
        if self.host and scope["type"] in ("http", "websocket"):
            is_files_host = Headers(scope=scope).get("host", "").lower() == self.host
            if is_files_host != scope["path"].startswith("/f/"):
                refusal = problems.problem(NotFound("no such page on this origin"))
                await (refusal(scope, receive, send) if scope["type"] == "http" else send({"type": "websocket.close"}))
                return
        await self.app(scope, receive, send)


def disposition_name(name: str) -> str:
    """A file name for the Content-Disposition header (RFC 6266, RFC 8187), safe for old and new readers."""
    plain = _ODD.sub("_", name).strip(". ")[:100] or "file"
    return f"filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


async def _joined(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in rest:
        yield piece
