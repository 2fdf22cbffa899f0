"""What goes out: one signed POST, its answer mapped to what the hub may conclude from it."""

import functools
import ipaddress
import json
import ssl
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from channels.loopback import inbound, signing
from hub.errors import AddressRejected, OutcomeUnknown, ProviderUnavailable, Unsupported
from hub.ports import Account, OutboundMessage, Sent

TIMEOUT = httpx.Timeout(10.0, connect=5.0)
MAX_ANSWER = 65_536
MAX_WAIT_SECONDS = 3600.0
REJECTED = frozenset({400, 404, 410, 422})


async def send(message: OutboundMessage, key: str) -> Sent:
    """Make one attempt.

    Raises:
        Unsupported: the text is too long, or the account names no address that we may write to.
        AddressRejected: 400, 404, 410 or 422.
        ProviderUnavailable: surely not taken: not connected, a redirect, another 4xx, 429 or 503.
        OutcomeUnknown: it may have been taken: 5xx, no answer, or an answer that cannot be read.
    """
    if len(message.text.encode()) > inbound.MAX_TEXT:
        raise Unsupported(f"a message holds at most {inbound.MAX_TEXT} bytes", capability="max_text")
    url = _url(message.account)
    body = _body(message)
    headers = signing.headers(message.account.secret, key, int(time.time()), body)
    headers |= {"Content-Type": "application/json", "Idempotency-Key": key}
    status, retry_after, answer = await _post(url, headers, body)
    return _conclude(status, retry_after, answer)


async def _post(url: httpx.URL, headers: dict[str, str], body: bytes) -> tuple[int, str, bytes]:
    verify = _certificates() if url.scheme == "https" else False
    try:
        async with (
            httpx.AsyncClient(timeout=TIMEOUT, verify=verify, follow_redirects=False, trust_env=False) as client,
            client.stream("POST", url, content=body, headers=headers) as response,
        ):
            answer = b""
            async for part in response.aiter_bytes():
                answer += part
                if len(answer) > MAX_ANSWER:
                    break
            return response.status_code, response.headers.get("retry-after", ""), answer
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
        raise ProviderUnavailable("nobody answers at the account's outbound_url") from error
    except (httpx.TransportError, httpx.DecodingError) as error:
        raise OutcomeUnknown(f"the connection ended without an answer ({type(error).__name__})") from error


def _conclude(status: int, retry_after: str, answer: bytes) -> Sent:
    if 200 <= status < 300:
        return Sent(_provider_id(answer))
    if status in REJECTED:
        raise AddressRejected(f"the provider refused the address or the message ({status})")
    if status in (429, 503):
        raise ProviderUnavailable(f"the provider asks us to wait ({status})", retry_after=_seconds(retry_after))
    if status >= 500:
        raise OutcomeUnknown(f"the provider failed after it had the message ({status})")
    raise ProviderUnavailable(f"the provider did not take the message ({status}); check the account's settings")


def _provider_id(answer: bytes) -> str:
    try:
        provider_id: object = json.loads(answer)["provider_id"]
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise OutcomeUnknown("the provider took something, but its answer cannot be read") from error
    if not isinstance(provider_id, str) or not 0 < len(provider_id) <= inbound.MAX_SHORT:
        raise OutcomeUnknown("the provider took something, but named no provider_id")
    return provider_id


def _body(message: OutboundMessage) -> bytes:
    fields = {
        "type": "message",
        "delivery_id": message.delivery_id,
        "to": str(message.to),
        "text": message.text,
        "language": message.language,
    }
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()


def _url(account: Account) -> httpx.URL:
    """The account's address: on this machine, or on a host that its settings name."""
    try:
        url = httpx.URL(str(account.settings.get("outbound_url") or ""))
    except httpx.InvalidURL as error:
        raise Unsupported("the account's outbound_url is no address", capability="send") from error
    if url.scheme not in ("http", "https") or not url.host or url.userinfo:
        raise Unsupported("the account has no outbound_url to send to", capability="send")
    if not _is_this_machine(url.host) and url.host not in _hosts(account.settings.get("hosts")):
        raise Unsupported("outbound_url leads to a host that the account's `hosts` does not name", capability="send")
    return url


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _hosts(named: Any) -> Iterable[str]:
    return [str(host).lower() for host in named] if isinstance(named, list | tuple) else []


def _seconds(retry_after: str) -> float | None:
    """`Retry-After` as seconds from now; it comes as seconds or as a date (RFC 9110, 10.2.3)."""
    if retry_after.isascii() and retry_after.isdecimal() and len(retry_after) < 10:
        return min(float(retry_after), MAX_WAIT_SECONDS)
    try:
        moment = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    wait = (moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
    return min(max(wait, 0.0), MAX_WAIT_SECONDS)


@functools.cache
def _certificates() -> ssl.SSLContext:
    """The machine's trusted certificates, loaded once: that takes longer than a send."""
    return ssl.create_default_context()
