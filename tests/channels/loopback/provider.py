"""The other end of the loopback channel: a real HTTP server that takes messages, fails on order, sends receipts."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from channels.loopback import signing
from hub.clock import SECOND, Clock
from hub.errors import SignatureInvalid
from hub.ports import WireRequest

_ANSWERS = {
    "bad request": "400 Bad Request",
    "unknown address": "404 Not Found",
    "gone": "410 Gone",
    "not deliverable": "422 Unprocessable Content",
    "login refused": "401 Unauthorized",
    "conflict": "409 Conflict",
    "too many": "429 Too Many Requests\r\nRetry-After: 7",
    "closed for now": "503 Service Unavailable\r\nRetry-After: 120",
    "crashed": "500 Internal Server Error",
    "bad gateway": "502 Bad Gateway",
    "moved": "302 Found\r\nLocation: http://169.254.169.254/latest/",
}


@dataclass
class LoopbackProvider:
    """Takes what is signed with `secret`. `taken` has the bodies, newest last, by the order of arrival."""

    secret: str
    port: int = 0
    taken: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    _faults: list[str] = field(default_factory=list)
    _server: asyncio.Server | None = None

    @property
    def settings(self) -> Mapping[str, object]:
        """Settings of an account that sends here."""
        return {"outbound_url": f"http://127.0.0.1:{self.port}/messages"}

    def texts(self) -> list[str]:
        """The texts taken so far."""
        return [str(each["text"]) for each in self.taken]

    async def misbehave(self, how: str) -> None:
        """Fail the next request: an answer of `_ANSWERS`, `cut`, `half`, `no id`, `garbage` or `not there`."""
        await self.open()
        self._faults = [how] if how else []
        if how == "not there":
            await self.close()

    async def open(self) -> None:
        """Listen, on the same port as before."""
        if self._server is None:
            self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
            self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Stop listening: whoever connects now is refused."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
            self._server = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            writer.write(await self._answer(reader))
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader) -> bytes:
        request = await _read(reader)
        how = self._faults.pop(0) if self._faults else ""
        if how in _ANSWERS:
            return _response(_ANSWERS[how], b"")
        try:
            signing.check(self.secret, request)
        except SignatureInvalid as error:
            return _response("401 Unauthorized", str(error).encode())
        self.taken.append(json.loads(request.body))
        self.keys.append(request.headers["idempotency-key"])
        answer = json.dumps({"provider_id": f"p{len(self.taken)}"}).encode()
        if how == "half":
            return _response("200 OK", answer)[:-5]
        bodies = {"cut": b"", "no id": _response("200 OK", b"{}"), "garbage": _response("200 OK", b"<html>")}
        return bodies.get(how, _response("200 OK", answer))


async def _read(reader: asyncio.StreamReader) -> WireRequest:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in head[1:] if line)
    headers = {name.lower(): value.strip() for name, _, value in pairs}
    body = await reader.readexactly(int(headers["content-length"]))
    return WireRequest("POST", "", headers, body, Clock().now())


def _response(status: str, body: bytes) -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body


def signed(secret: str, message_id: str, events: object) -> tuple[bytes, dict[str, str]]:
    """A request to the hub's webhook: body and headers, signed now."""
    body = json.dumps(events, ensure_ascii=False).encode()
    headers = signing.headers(secret, message_id, Clock().now() // SECOND, body)
    return body, headers | {"Content-Type": "application/json"}


@asynccontextmanager
async def running_provider(secret: str) -> AsyncIterator[LoopbackProvider]:
    """A provider for as long as the block lasts."""
    provider = LoopbackProvider(secret)
    await provider.open()
    try:
        yield provider
    finally:
        await provider.close()
