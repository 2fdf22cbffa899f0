"""A light Socket.IO client: its own framing on a bare transport, so that the load costs little of the machine.

Only what the benchmarks need: web socket transport, text frames, one namespace a connection
(Engine.IO protocol 4, Socket.IO protocol 5, RFC 6455).
"""

import asyncio
import base64
import json
import os
import struct
from collections.abc import Callable
from typing import Any

_NO_MASK = b"\0\0\0\0"  # a mask of zeros leaves the text as it is: allowed, and free


class Refused(Exception):
    """The server did not let us in."""


class Wire(asyncio.Protocol):
    """One connection. `on_event` gets the packet after `42/namespace,`, `on_ack` the one after `43/namespace,`."""

    def __init__(
        self,
        host: str,
        namespace: str,
        auth: dict[str, Any],
        on_event: Callable[[bytes], None],
        on_ack: Callable[[bytes], None] | None = None,
    ) -> None:
        self._host = host
        self._auth = auth
        self._on_event = on_event
        self._on_ack = on_ack
        self._skip = len(namespace) + 3
        self._namespace = namespace.encode()
        self._buffer = b""
        self._upgraded = False
        self.is_open = True
        self._transport: Any = None
        self._waiting: dict[bytes, asyncio.Future[Any]] = {}
        self._asked = 0
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        key = base64.b64encode(os.urandom(16)).decode()
        self._transport.write(
            f"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: {self._host}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_open = False
        if not self.ready.done():
            self.ready.set_exception(Refused("the connection was closed"))

    def data_received(self, data: bytes) -> None:
        data = self._buffer + data if self._buffer else data
        if not self._upgraded:
            head, found, data = data.partition(b"\r\n\r\n")
            if not found:
                self._buffer = head
                return
            if b" 101 " not in head.partition(b"\r\n")[0]:
                self._fail(head.decode(errors="replace"))
                return
            self._upgraded = True
        self._buffer = self._frames(data)

    def _frames(self, data: bytes) -> bytes:
        """Handle every whole frame; give the rest. Servers neither mask nor split."""
        at, size = 0, len(data)
        while size - at >= 2:
            length, start = data[at + 1], at + 2
            if length == 126:
                if size - at < 4:
                    break
                length, start = int.from_bytes(data[at + 2 : at + 4]), at + 4
            elif length == 127:
                if size - at < 10:
                    break
                length, start = int.from_bytes(data[at + 2 : at + 10]), at + 10
            end = start + length
            if end > size:
                break
            if data[at] == 0x81:
                self._text(data[start:end])
            elif data[at] == 0x89:
                self._transport.write(bytes((0x8A, 0x80 | length)) + _NO_MASK + data[start:end])
            at = end
        return data[at:]

    def _text(self, text: bytes) -> None:
        kind = text[:2]
        if kind == b"42":
            self._on_event(text[self._skip :])
        elif kind == b"43":
            self._acked(text[self._skip :])
        elif kind[:1] == b"2":
            self.send(b"3")
        elif kind[:1] == b"0":
            self.send(b"40" + self._namespace + b"," + json.dumps(self._auth).encode())
        elif kind == b"40":
            self.ready.set_result(None)
        elif kind == b"44":
            self._fail(text.decode())

    def _acked(self, rest: bytes) -> None:
        number, _, body = rest.partition(b"[")
        waiting = self._waiting.pop(number, None)
        if waiting is not None:
            waiting.set_result(json.loads(body[:-1]))
        elif self._on_ack is not None:
            self._on_ack(rest)

    def _fail(self, why: str) -> None:
        if not self.ready.done():
            self.ready.set_exception(Refused(why))

    def send(self, text: bytes) -> None:
        """One text frame."""
        if not self.is_open:
            raise Refused("the server has closed the connection")
        size = len(text)
        head = bytes((0x81, 0x80 | size)) if size < 126 else b"\x81\xfe" + struct.pack("!H", size)
        self._transport.write(head + _NO_MASK + text)

    def event(self, number: int, body: bytes) -> None:
        """Send an event as JSON text (`["message",{…}]`) and ask for an ack with this number."""
        self.send(b"42%b,%d%b" % (self._namespace, number, body))

    async def ask(self, event: str, data: dict[str, Any]) -> Any:
        """Send an event and wait for its ack."""
        self._asked += 1
        number = b"9%08d" % self._asked
        waiting = self._waiting[number] = asyncio.get_running_loop().create_future()
        self.event(int(number), json.dumps([event, data]).encode())
        return await waiting

    def close(self) -> None:
        """Hang up."""
        self._transport.close()


async def connect(
    port: int,
    namespace: str,
    auth: dict[str, Any],
    on_event: Callable[[bytes], None],
    on_ack: Callable[[bytes], None] | None = None,
) -> Wire:
    """Connect and wait until the namespace lets us in. Raises Refused."""
    loop = asyncio.get_running_loop()
    host = f"127.0.0.1:{port}"
    _, wire = await loop.create_connection(lambda: Wire(host, namespace, auth, on_event, on_ack), "127.0.0.1", port)
    await wire.ready
    return wire
