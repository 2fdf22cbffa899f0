"""What comes in: JSON to facts. All events of a request are good, or the request is kept unread.

Members that we do not know are passed over: whoever sends may learn new words before we do.
"""

import base64
import binascii
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn, cast

from hub.errors import PayloadUnreadable
from hub.ports import AddressValue, Inbound, InboundFile, InboundMessage, Outcome, Receipt, WireResponse

MAX_TEXT = 65_536  # bytes of UTF-8, as everywhere in the hub
MAX_EVENTS = 100
MAX_FILES = 10
MAX_FILE_BYTES = 10 * 1024 * 1024
MAX_SHORT = 200
STATES = ("sent", "delivered", "read", "failed")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def parse(body: bytes) -> list[Inbound]:
    """The facts of a request, in its order. Raises PayloadUnreadable, saying where."""
    try:
        document = json.loads(body.decode(), parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise PayloadUnreadable("the body is not JSON in UTF-8") from error
    events = document if isinstance(document, list) else [document]
    if not 1 <= len(events) <= MAX_EVENTS:
        raise PayloadUnreadable(f"a request holds 1 to {MAX_EVENTS} events")
    return [_event(event, f"event {number}") for number, event in enumerate(events, 1)]


def respond(outcomes: Sequence[Outcome]) -> WireResponse:
    """`{"results": [{"id", "result"}]}`."""
    results = [{"id": outcome.external_id, "result": outcome.result} for outcome in outcomes]
    body = json.dumps({"results": results}, separators=(",", ":")).encode()
    return WireResponse(200, body, "application/json")


def _event(event: object, where: str) -> Inbound:
    if not isinstance(event, dict):
        raise PayloadUnreadable(f"{where} is not an object")
    if event.get("type") == "message":
        return _message(event, where)
    if event.get("type") == "receipt":
        return _receipt(event, where)
    raise PayloadUnreadable(f"{where}: type is message or receipt")


def _message(event: dict[str, Any], where: str) -> InboundMessage:
    text = _text(event, where, "text", MAX_TEXT)
    files = _files(event.get("files", []), where)
    if not text.strip() and not files:
        raise PayloadUnreadable(f"{where}: a message needs a text or a file")
    return InboundMessage(
        external_id=_id(event, where),
        sender=_sender(event, where),
        text=text,
        sender_name=_text(event, where, "name", MAX_SHORT).strip(),
        files=files,
        at=_moment(event.get("at"), where),
    )


def _receipt(event: dict[str, Any], where: str) -> Receipt:
    state, delivery_id = event.get("state"), _text(event, where, "delivery_id", MAX_SHORT)
    provider_id = _text(event, where, "provider_id", MAX_SHORT)
    if state not in STATES:
        raise PayloadUnreadable(f"{where}: state is one of {', '.join(STATES)}")
    if not delivery_id and not provider_id:
        raise PayloadUnreadable(f"{where}: a receipt names its delivery_id or its provider_id")
    reason = _text(event, where, "reason", 4 * MAX_SHORT)
    return Receipt(_id(event, where), cast(Any, state), provider_id, delivery_id, reason)


def _id(event: dict[str, Any], where: str) -> str:
    value = _text(event, where, "id", MAX_SHORT)
    if not value:
        raise PayloadUnreadable(f"{where}: id is needed, unique within the account")
    return value


def _sender(event: dict[str, Any], where: str) -> AddressValue:
    """`loopback:alice`; letters of either case are the same person."""
    scheme, _, value = _text(event, where, "from", MAX_SHORT).strip().casefold().partition(":")
    if scheme != "loopback" or not value or not value.isprintable() or " " in value:
        raise PayloadUnreadable(f"{where}: from is loopback: and a name without spaces")
    return AddressValue(scheme, value)


def _text(event: dict[str, Any], where: str, name: str, max_bytes: int) -> str:
    """A string that every store can carry: no NUL, no half of a surrogate pair."""
    value = event.get(name, "")
    if not isinstance(value, str):
        raise PayloadUnreadable(f"{where}: {name} is not a string")
    try:
        size = len(value.encode())
    except UnicodeEncodeError as error:
        raise PayloadUnreadable(f"{where}: {name} holds half a character") from error
    if "\x00" in value or size > max_bytes:
        raise PayloadUnreadable(f"{where}: {name} holds a NUL or more than {max_bytes} bytes")
    return value


def _moment(value: object, where: str) -> int | None:
    """RFC 3339 to microseconds since 1970."""
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
        if moment is not None and moment.tzinfo is not None and moment > _EPOCH:
            return (moment - _EPOCH) // timedelta(microseconds=1)
    except ValueError as error:
        raise PayloadUnreadable(f"{where}: at is a time as in RFC 3339") from error
    raise PayloadUnreadable(f"{where}: at is a time since 1970 as in RFC 3339, with its offset")


def _files(values: object, where: str) -> tuple[InboundFile, ...]:
    if not isinstance(values, list) or len(values) > MAX_FILES:
        raise PayloadUnreadable(f"{where}: files is a list of at most {MAX_FILES}")
    return tuple(_file(value, f"{where}, file {number}") for number, value in enumerate(values, 1))


def _file(value: object, where: str) -> InboundFile:
    if not isinstance(value, dict):
        raise PayloadUnreadable(f"{where} is not an object")
    try:
        data = base64.b64decode(_text(value, where, "data_base64", MAX_FILE_BYTES * 4 // 3 + 4), validate=True)
    except binascii.Error as error:
        raise PayloadUnreadable(f"{where}: data_base64 is not base 64") from error
    if not data or len(data) > MAX_FILE_BYTES:
        raise PayloadUnreadable(f"{where} is empty or larger than {MAX_FILE_BYTES // 1024 // 1024} MB")
    name = _text(value, where, "name", MAX_SHORT) or "file"
    return InboundFile(name, _text(value, where, "media_type", MAX_SHORT) or "application/octet-stream", data)


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)
