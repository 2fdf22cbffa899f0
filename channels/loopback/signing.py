"""Signatures by the Standard Webhooks scheme, version 1 (symmetric), for both directions.

Source: the specification of standardwebhooks.com, sections "Webhook metadata" and "Signature scheme".
"""

import base64
import binascii
import hashlib
import hmac
import re

from hub.errors import SignatureInvalid
from hub.ports import WireRequest

TOLERANCE_SECONDS = 300
_ID = re.compile(r"[A-Za-z0-9_\-]{1,200}")
_PREFIX = "whsec_"


def sign(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """The value of `webhook-signature`: `v1,` and base 64 of HMAC-SHA-256. `timestamp` is in seconds."""
    signed = b".".join([message_id.encode(), str(timestamp).encode(), body])
    return "v1," + base64.b64encode(hmac.digest(_key(secret), signed, hashlib.sha256)).decode()


def headers(secret: str, message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The three headers that a signed request carries."""
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": sign(secret, message_id, timestamp, body),
    }


def check(secret: str, request: WireRequest) -> None:
    """Refuse a request that was not signed with this secret within five minutes of its arrival.

    Several signatures may stand in the header, with spaces between, while a secret is changed.

    Raises: SignatureInvalid.
    """
    if not secret:
        raise SignatureInvalid("this account has no secret; enter one before anybody can write to it")
    message_id = request.headers.get("webhook-id", "")
    offered = request.headers.get("webhook-signature", "")
    # A full stop in the id could be moved over the border to the timestamp and keep the signature.
    if not _ID.fullmatch(message_id) or not offered:
        raise SignatureInvalid("the headers webhook-id (letters, digits, - and _) and webhook-signature are needed")
    expected = sign(secret, message_id, _timestamp(request), request.body).encode()
    # Every candidate is compared, so that the time taken does not tell which one was near.
    matches = [hmac.compare_digest(expected, each.encode("utf-8", "replace")) for each in offered.split(" ")[:10]]
    if not any(matches):
        raise SignatureInvalid("the signature does not fit the body, the id and the secret")


def _timestamp(request: WireRequest) -> int:
    text = request.headers.get("webhook-timestamp", "")
    if not (text.isascii() and text.isdecimal() and len(text) <= 12):
        raise SignatureInvalid("the header webhook-timestamp holds whole seconds since 1970")
    sent = int(text)
    if str(sent) != text or abs(request.received_at / 1_000_000 - sent) > TOLERANCE_SECONDS:
        raise SignatureInvalid(f"the request was signed more than {TOLERANCE_SECONDS // 60} minutes ago or ahead")
    return sent


def _key(secret: str) -> bytes:
    """`whsec_` and base 64, as the specification writes secrets; anything else is taken as it stands."""
    if secret.startswith(_PREFIX):
        try:
            return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
        except (binascii.Error, ValueError):
            return secret.encode()
    return secret.encode()
