"""The servers under the application, bare: sockets, HTTP, and the memory collector. `bench` measures the same ones."""

import asyncio
import gc
import json
import logging
import socket
from collections.abc import Iterable
from typing import Any

import socketio
import uvicorn
from engineio import json as engine_json
from engineio.packet import MESSAGE
from engineio.packet import Packet as EnginePacket
from pydantic_core import from_json, to_json
from socketio.packet import BINARY_ACK, BINARY_EVENT, EVENT, Packet

from hub.errors import SettingsError
from hub.logs import get_logger

log = get_logger()

MAX_PACKET = 200_000
GRACE_SECONDS = 5
BINARY = (str(BINARY_EVENT), str(BINARY_ACK))


class _Json:
    """Pydantic's coder, four times as quick; what it refuses (half characters, say) is left to Engine.IO's own."""

    @staticmethod
    def loads(text: str) -> Any:
        """A value. Raises ValueError."""
        try:
            return from_json(text)
        except (ValueError, TypeError):
            return engine_json.loads(text)

    @staticmethod
    def dumps(value: object, **_spelling: object) -> str:
        """Compact JSON."""
        try:
            return to_json(value).decode()
        except ValueError:
            return json.dumps(value, separators=(",", ":"))


class TextPacket(Packet):  # type: ignore[misc]
    """We send no binary events, so nobody needs to look for bytes in everything that is sent."""

    uses_binary_events = False
    json = _Json


class SocketServer(socketio.AsyncServer):  # type: ignore[misc]
    """A Socket.IO server that can send one event to some sockets without a task for each."""

    async def tell(self, event: str, data: object, sids: Iterable[str], namespace: str) -> None:
        """Like `emit` to each of these sockets, encoded once; those that are gone are passed over."""
        text = f"{EVENT}{namespace},{_Json.dumps([event, data])}"
        packet = EnginePacket(MESSAGE, text)
        for sid in sids:
            connection = self.manager.eio_sid_from_sid(sid, namespace)
            if connection is not None:
                await self.eio.send_packet(connection, packet)

    async def _handle_eio_message(self, eio_sid: str, data: object) -> None:
        """Hang up on whoever does not speak our protocol: it is text, and it has no binary events.

        Engine.IO would log a traceback for every such packet, ten thousand a second (tests/web/live/test_doors.py).
        """
        try:
            if isinstance(data, bytes) or str(data).startswith(BINARY):
                raise ValueError("we have no binary events")
            await super()._handle_eio_message(eio_sid, data)
        except Exception as error:  # what comes over the wire must not fill the log; its sender is cut off
            if eio_sid in self.environ:
                log.warning("socket broke the protocol", error=type(error).__name__)
                await self.eio.disconnect(eio_sid)


def socket_server(origins: list[str], namespaces: list[str]) -> SocketServer:
    """A Socket.IO server with our limits."""
    return SocketServer(
        async_mode="asgi",
        serializer=TextPacket,
        cors_allowed_origins=origins,
        max_http_buffer_size=MAX_PACKET,
        ping_interval=20,
        ping_timeout=20,
        always_connect=False,
        namespaces=namespaces,
        logger=_quiet("socketio.server"),
        engineio_logger=_quiet("engineio.server"),
    )


def _quiet(name: str) -> logging.Logger:
    """Errors only, by way of our own log: without a logger of ours Engine.IO prints to standard error besides."""
    logger = logging.getLogger(name)
    logger.setLevel(logging.ERROR)
    return logger


def http_settings(app: Any, host: str, port: int) -> uvicorn.Config:
    """One HTTP server for an application; addresses and logs stay ours."""
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        ws="websockets-sansio",
        ws_max_size=MAX_PACKET,
        ws_per_message_deflate=False,
        ws_ping_interval=None,  # the sockets' own pings are enough
        timeout_graceful_shutdown=GRACE_SECONDS,
        h11_max_incomplete_event_size=64 * 1024,
    )


def open_door(host: str, port: int) -> socket.socket:
    """A listening socket. Raises SettingsError with one clear line when the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    door = socket.socket(family, socket.SOCK_STREAM)
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        door.bind((host, port))
    except OSError as error:
        door.close()
        raise SettingsError(f"cannot listen on {host}:{port} ({error.strerror}); set HUB_PORT to another") from error
    door.set_inheritable(True)
    return door


class Announced(uvicorn.Server):
    """A server on an open door that says when it listens."""

    def __init__(self, app: Any, door: socket.socket) -> None:
        super().__init__(http_settings(app, *door.getsockname()[:2]))
        self.listening = asyncio.Event()
        self._door = door

    async def serve_door(self) -> None:
        """Serve until told to stop."""
        await self.serve([self._door])

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then say so."""
        await super().startup(sockets)
        if self.started:
            self.listening.set()


def relax_collector() -> None:
    """What is loaded now stays: do not look through it again and again (docs/performance.md)."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
