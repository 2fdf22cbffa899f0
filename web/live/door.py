"""What both namespaces share: clear acks for every event, and a limit to how fast they come."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import socketio
from socketio import exceptions

from hub.errors import HubError, Invalid, RateLimited
from hub.logs import get_logger
from hub.runtime import Hub
from web.live.sockets import AgentSocket, CustomerSocket

log = get_logger()

MAX_DEPTH = 8
Ack = dict[str, Any]
Socket = AgentSocket | CustomerSocket


class Door(socketio.AsyncNamespace):  # type: ignore[misc]  # the package has no types
    """A namespace whose events are methods `do_<event>(socket, data) -> ack fields`."""

    def __init__(self, namespace: str, hub: Hub) -> None:
        super().__init__(namespace)
        self.hub = hub

    async def trigger_event(self, event: str, *args: Any) -> Any:
        """Run one event; whatever goes wrong is answered in the ack, never with a traceback."""
        if event == "connect":
            return await self._connect(*args)
        if event == "disconnect":
            return await self.on_gone(str(args[0]))
        sid, data = str(args[0]), args[1] if len(args) > 1 else {}
        socket = self.socket_of(sid)
        work: Callable[..., Awaitable[Ack | None]] | None = getattr(self, f"do_{event}", None)
        if socket is None:
            return refusal("unauthenticated", "connect first")
        if not socket.bucket.take():
            await self.disconnect(sid)
            return refusal("rate_limited", "too many events")
        if work is None or not event.isidentifier():
            return refusal("not_found", "no such event")
        return await answer(work, socket, data)

    async def _connect(self, sid: str, environ: dict[str, Any], auth: Any = None) -> None:
        try:
            await self.on_arrival(sid, environ, auth if isinstance(auth, dict) else {})
        except HubError as error:
            raise exceptions.ConnectionRefusedError({"code": error.code, "detail": error.message}) from error
        if not self.is_there(sid):
            await self.on_gone(sid)
            raise exceptions.ConnectionRefusedError({"code": "gone", "detail": "you left before you were in"})

    def is_there(self, sid: str) -> bool:
        """Whether the connection behind a socket still stands.

        The library tells of no farewell while a socket is being let in (5.18), so we have to look ourselves.
        """
        return self.server.manager.eio_sid_from_sid(sid, self.namespace) in self.server.environ

    async def part_from_the_gone(self, sids: Iterable[str]) -> None:
        """Forget sockets whose connection has ended without our being told."""
        for sid in sids:
            if not self.is_there(sid):
                await self.on_gone(sid)
                await self.server.disconnect(sid, namespace=self.namespace)

    async def on_arrival(self, sid: str, environ: dict[str, Any], auth: dict[str, Any]) -> None:
        """Let the socket in. Raises HubError to refuse it."""
        raise NotImplementedError

    async def on_gone(self, sid: str) -> None:
        """The socket has closed."""
        raise NotImplementedError

    def socket_of(self, sid: str) -> Socket | None:
        """What is known of a socket that was let in."""
        raise NotImplementedError

    async def limit(self, key: str, count: int, seconds: int) -> None:
        """Raises RateLimited when `key` was used `count` times within the last `seconds`."""
        retry_after = await self.hub.bus.take(key, count, seconds)
        if retry_after:
            raise RateLimited("too many requests, wait a little", retry_after=retry_after)


async def answer(work: Callable[..., Awaitable[Ack | None]], socket: Socket, data: Any) -> Ack:
    """The ack of an event: its fields with `ok`, or the error."""
    try:
        check(data)
        return {"ok": True, **(await work(socket, data) or {})}
    except HubError as error:
        return refusal(error.code, error.message, **error.details)
    except Exception:  # a bug in one event must not take the socket down; it is logged and answered
        log.exception("socket event failed")
        return refusal("internal", "this did not work; nothing was stored")


def refusal(code: str, detail: str, **details: object) -> Ack:
    """An error ack."""
    return {"ok": False, "error": {"code": code, "detail": detail, **details}}


def check(data: Any, depth: int = 0) -> None:
    """Refuse what no event carries: bytes, deep nests, anything but an object on top."""
    if depth == 0 and not isinstance(data, dict):
        raise Invalid("an event carries one object")
    if depth > MAX_DEPTH or isinstance(data, bytes):
        raise Invalid("this event is too deep or holds bytes")
    if isinstance(data, dict):
        for name, value in data.items():
            if not isinstance(name, str):
                raise Invalid("names are text")
            check(value, depth + 1)
    elif isinstance(data, list):
        for value in data:
            check(value, depth + 1)


def text(data: dict[str, Any], name: str, *, limit: int, default: str | None = None) -> str:
    """A text field. Raises Invalid when it is missing, no text or too long."""
    value = default if data.get(name) is None else data[name]
    if not isinstance(value, str) or len(value) > limit:
        raise Invalid(f"{name} is a text of at most {limit} characters", field=name)
    return value


def number(data: dict[str, Any], name: str) -> int | None:
    """A whole number up to 2^53, or None. Raises Invalid."""
    value = data.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**53:
        raise Invalid(f"{name} is a whole number", field=name)
    return value


def flag(data: dict[str, Any], name: str) -> bool:
    """True or false. Raises Invalid."""
    value = data.get(name)
    if not isinstance(value, bool):
        raise Invalid(f"{name} is true or false", field=name)
    return value


def ids(data: dict[str, Any], name: str) -> tuple[str, ...]:
    """A short list of ids. Raises Invalid."""
    value = data.get(name) or []
    if not isinstance(value, list) or len(value) > 20 or not all(isinstance(v, str) and len(v) < 64 for v in value):
        raise Invalid(f"{name} is a list of ids", field=name)
    return tuple(value)


def texts(data: dict[str, Any], name: str) -> dict[str, str]:
    """A small object of texts. Raises Invalid."""
    value = data.get(name) or {}
    fits = isinstance(value, dict) and len(value) <= 20
    if not fits or not all(isinstance(v, str) and len(v) <= 500 and len(k) <= 64 for k, v in value.items()):
        raise Invalid(f"{name} is an object of short texts", field=name)
    return dict(value)
