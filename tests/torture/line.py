"""A Socket.IO connection that a test may cut at any moment; it never reconnects by itself."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import socketio
from socketio.exceptions import SocketIOError

Handler = Callable[[dict[str, Any]], None]
ACK_SECONDS = 10.0


class Cut(Exception):
    """The connection ended, or no ack came in time: nobody knows whether the event was taken."""


class Line:
    """One connection to one namespace."""

    def __init__(self, namespace: str, handlers: Mapping[str, Handler]) -> None:
        """Prepare a connection whose events go to `handlers`."""
        self._namespace = namespace
        self._client = socketio.AsyncClient(reconnection=False, logger=False, engineio_logger=False)
        self._ended = asyncio.Event()
        self._client.on("disconnect", self._note_end, namespace=namespace)
        for event, handler in handlers.items():
            self._client.on(event, handler, namespace=namespace)

    @property
    def is_up(self) -> bool:
        """Whether the connection stands."""
        return bool(not self._ended.is_set() and self._client.connected and self._namespace in self._client.namespaces)

    async def connect(self, url: str, auth: Mapping[str, str]) -> None:
        """Connect. Raises Cut."""
        try:
            await self._client.connect(
                url, auth=dict(auth), namespaces=[self._namespace], transports=["websocket"], wait_timeout=5
            )
        except (SocketIOError, OSError, TimeoutError) as error:
            await self.close()
            raise Cut(str(error)) from error

    async def call(self, event: str, data: Mapping[str, Any], seconds: float = ACK_SECONDS) -> dict[str, Any]:
        """Send an event and give its ack. Raises Cut."""
        if not self.is_up:
            raise Cut("not connected")
        asked = asyncio.ensure_future(self._client.call(event, dict(data), namespace=self._namespace, timeout=seconds))
        ended = asyncio.ensure_future(self._ended.wait())
        try:
            await asyncio.wait({asked, ended}, return_when=asyncio.FIRST_COMPLETED)
            if not asked.done():
                raise Cut("the connection ended")
            return dict(asked.result())
        except (SocketIOError, OSError, TimeoutError) as error:
            raise Cut(str(error)) from error
        finally:
            for each in (asked, ended):
                each.cancel()
            await asyncio.gather(asked, ended, return_exceptions=True)

    def _note_end(self, *_reason: object) -> None:
        self._ended.set()

    async def close(self) -> None:
        """Say goodbye."""
        await self._client.disconnect()
        await self._client.shutdown()

    def cut(self) -> None:
        """Lose the connection without a word, as a phone in a tunnel does."""
        ws = self._client.eio.ws
        if ws is not None and ws._response.connection is not None:
            transport = ws._response.connection.transport
            if transport is not None:
                transport.abort()
