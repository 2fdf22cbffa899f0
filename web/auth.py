"""Who asks: log-ins by cookie, tokens for programs, tokens of browsers; and where a request comes from.

A cookie alone never changes anything: writes also prove by a CSRF token that the console sent them, and
an `Origin` that is not ours is refused. Bearer tokens are sent by programs on purpose and need neither.
"""

import hmac
import ipaddress
from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

from hub import access, staff, visitors
from hub.clock import SECOND
from hub.errors import Forbidden, NotFound, RateLimited, Unauthenticated
from hub.runtime import Hub
from hub.settings import Settings
from hub.store import Tx
from hub.store.hot import Row
from web.endpoint import Endpoint
from web.problems import CsrfFailed, OriginRefused

_MAX_TOKEN = 200
_MAX_ID = 100


@dataclass(frozen=True, slots=True)
class Call:
    """A request that passed the door, from the address `ip`."""

    hub: Hub
    request: Request
    ip: str

    def path(self, name: str) -> str:
        """A part of the address: `call.path("id")`. Raises NotFound for what can name nothing of ours."""
        part = str(self.request.path_params[name])
        if len(part) > _MAX_ID or not part.isascii() or not part.isprintable():
            raise NotFound("no such thing")
        return part

    @property
    def present(self) -> Container[str]:
        """Customers who have a chat open now; the live part knows."""
        found: Container[str] = self.request.app.state.present
        return found


@dataclass(frozen=True, slots=True)
class StaffCall(Call):
    """A request of an agent, or of a program that acts as one."""

    who: access.Viewer
    login: Row | None

    @property
    def csrf(self) -> str:
        """What the console must send along with writes; empty for programs."""
        return str(self.login.csrf) if self.login is not None else ""


@dataclass(frozen=True, slots=True)
class VisitorCall(Call):
    """A request of a browser that opened the widget."""

    visitor: Row


async def staff_call(hub: Hub, request: Request, endpoint: Endpoint) -> StaffCall:
    """Let an agent in.

    Raises: Unauthenticated, Forbidden, CsrfFailed, OriginRefused, RateLimited.
    """
    bearer, cookie = bearer_of(request.headers), request.cookies.get(cookie_name(hub.settings), "")

    def look(tx: Tx) -> tuple[access.Viewer, Row | None]:
        if bearer:
            return access.viewer(tx, staff.by_token(tx, bearer).agent_id), None
        login = staff.by_login(tx, cookie)
        return access.viewer(tx, login.agent_id), login

    if not bearer and not 0 < len(cookie) <= _MAX_TOKEN:
        raise Unauthenticated("log in first")
    who, login = await hub.store.read(look)
    if login is not None and endpoint.is_write:
        check_origin(hub.settings, request)
        check_csrf(login, request)
    if who.role not in endpoint.roles:
        raise Forbidden("your role does not allow this")
    await take(hub, endpoint, who.id)
    if login is not None and staff.needs_seeing(login, hub.clock.now()):
        login_id = login.id
        await hub.store.write(lambda tx: staff.saw_login(tx, login_id))
    return StaffCall(hub, request, client_ip(hub.settings, request), who, login)


async def visitor_call(hub: Hub, request: Request, endpoint: Endpoint) -> VisitorCall:
    """Let a browser in. Raises: Unauthenticated, OriginRefused, RateLimited."""
    token = bearer_of(request.headers)
    if not token:
        raise Unauthenticated("this chat has no token")
    if endpoint.is_write:
        check_origin(hub.settings, request)
    visitor = await hub.store.read(lambda tx: visitors.by_token(tx, token))
    await take(hub, endpoint, visitor.id)
    return VisitorCall(hub, request, client_ip(hub.settings, request), visitor)


async def public_call(hub: Hub, request: Request, endpoint: Endpoint) -> Call:
    """Let anybody in, slowly. Raises: OriginRefused, RateLimited."""
    if endpoint.is_write:
        check_origin(hub.settings, request)
    ip = client_ip(hub.settings, request)
    await take(hub, endpoint, network_of(ip))
    return Call(hub, request, ip)


async def take(hub: Hub, endpoint: Endpoint, asker: str) -> None:
    """Use one of the asker's permits for routes of this class. Raises RateLimited."""
    rate = endpoint.rate
    if rate is not None:
        await limit(hub, f"{rate.name}:{asker}", hub.settings.scaled(rate.limit), rate.seconds)


async def limit(hub: Hub, key: str, count: int, seconds: int) -> None:
    """Raises RateLimited when `key` was used `count` times within the last `seconds`."""
    retry_after = await hub.bus.take(key, count, seconds)
    if retry_after:
        raise RateLimited("too many requests, wait a little", retry_after=retry_after)


def bearer_of(headers: Mapping[str, str]) -> str:
    """The token of an `Authorization: Bearer` header, or empty. Raises Unauthenticated for nonsense."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if not scheme:
        return ""
    if scheme.lower() != "bearer" or not token.isascii() or not 0 < len(token) <= _MAX_TOKEN:
        raise Unauthenticated("send Authorization: Bearer and a token")
    return token


def cookie_name(settings: Settings) -> str:
    """With https the prefix binds the cookie to this host, this path and this scheme."""
    return "__Host-hub_session" if is_https(settings) else "hub_session"


def is_https(settings: Settings) -> bool:
    """Whether browsers reach us encrypted."""
    return settings.base_url.startswith("https://")


def set_cookie(settings: Settings, response: Response, token: str) -> None:
    """Give the browser its log-in; scripts cannot read it, other sites cannot send it with writes."""
    response.set_cookie(
        cookie_name(settings),
        token,
        max_age=staff.ABSOLUTE // SECOND,
        path="/",
        secure=is_https(settings),
        httponly=True,
        samesite="lax",
    )


def drop_cookie(settings: Settings, response: Response) -> None:
    """Take the log-in away from the browser."""
    name = cookie_name(settings)
    response.delete_cookie(name, path="/", secure=is_https(settings), httponly=True, samesite="lax")


def check_csrf(login: Row, request: HTTPConnection) -> None:
    """Raises CsrfFailed unless the request carries this log-in's token."""
    sent = request.headers.get("x-csrf-token", "")
    if not hmac.compare_digest(sent.encode(), str(login.csrf).encode()):
        raise CsrfFailed("the X-CSRF-Token header is missing or wrong; GET /api/v1/me tells it")


def check_origin(settings: Settings, connection: HTTPConnection) -> None:
    """Raises OriginRefused when a browser says that a page of another site sent this."""
    origin = connection.headers.get("origin")
    if origin is None:
        if connection.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            raise OriginRefused("this door is for our own pages")
        return
    own = {urlsplit(settings.base_url).netloc, connection.headers.get("host", "").lower()}
    parts = _origin_parts(origin)
    if parts is None or parts not in own:
        raise OriginRefused("this door is for our own pages")


def client_ip(settings: Settings, connection: HTTPConnection) -> str:
    """The asker's address; `X-Forwarded-For` counts only as far as our own proxies wrote it."""
    peer = connection.client.host if connection.client else ""
    hops = [hop.strip() for hop in ",".join(connection.headers.getlist("x-forwarded-for")).split(",")]
    while hops and _is_trusted(settings, peer):
        hop = hops.pop()
        if _parsed(hop) is None:
            break
        peer = hop
    return peer


def network_of(ip: str) -> str:
    """What one household or company has: an IPv4 address or an IPv6 /48."""
    address = _parsed(ip)
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 48), strict=False).network_address)
    return ip


def _is_trusted(settings: Settings, ip: str) -> bool:
    address = _parsed(ip)
    return address is not None and any(address in network for network in settings.trusted_proxies)


def _parsed(ip: str) -> Any:
    try:
        return ipaddress.ip_address(ip)
    except ValueError:
        return None


def _origin_parts(origin: str) -> str | None:
    try:
        parts = urlsplit(origin)
    except ValueError:
        return None
    return parts.netloc.lower() if parts.scheme in ("http", "https") else None
