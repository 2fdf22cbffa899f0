"""Reading what comes in: sizes are checked before and while reading, JSON is read strictly."""

import json
import re
from collections.abc import AsyncIterator
from typing import Any, NoReturn, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import ClientDisconnect, Request

from hub.errors import Invalid, TooLarge, Unavailable, UnsupportedMedia

Model = TypeVar("Model", bound=BaseModel)

JSON_BYTES = 262_144  # a text of 64 kB may be spelt in several times as many bytes (\uXXXX)
TEXT_BYTES = 65_536
MAX_DEPTH = 16
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")  # PostgreSQL takes no NUL, UTF-8 no half pair


class UnknownMember(Invalid):
    """Something was sent that this door does not know: often an attempt to set what is not the sender's."""


async def read_bytes(request: Request, limit: int) -> bytes:
    """The whole body, of at most `limit` bytes. Raises: TooLarge."""
    return b"".join([part async for part in pieces(request, limit)])


async def pieces(request: Request, limit: int) -> AsyncIterator[bytes]:
    """The body as it comes; refused before reading when its announced length is over `limit`, else at it.

    Raises: TooLarge, Unavailable (the other end is gone).
    """
    told = request.headers.get("content-length", "")
    if told.isascii() and told.isdigit() and int(told[:18]) > limit:
        raise TooLarge(f"at most {limit} bytes are taken here", limit=limit)
    size = 0
    try:
        async for part in request.stream():
            size += len(part)
            if size > limit:
                raise TooLarge(f"at most {limit} bytes are taken here", limit=limit)
            yield part
    except ClientDisconnect as gone:
        raise Unavailable("the request ended before its body did") from gone


async def read_json_bytes(request: Request, limit: int = JSON_BYTES) -> bytes:
    """The bytes of a body that says it is JSON; for `parse_json`.

    Raises: UnsupportedMedia, TooLarge.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise UnsupportedMedia("send JSON with Content-Type: application/json")
    return await read_bytes(request, limit)


def parse_json(raw: bytes) -> Any:
    """UTF-8 JSON without NaN, repeated names, NUL, half surrogate pairs or deep nesting.

    Raises: Invalid.
    """
    try:
        value = json.loads(raw.decode(), parse_constant=_no_constant, object_pairs_hook=_members)
    except RecursionError as error:
        raise Invalid("the JSON is nested too deeply") from error
    except UnicodeDecodeError as error:
        raise Invalid("the body is not UTF-8") from error
    except ValueError as error:
        raise Invalid("the body is not JSON") from error
    check_storable(value)
    return value


def check_storable(value: Any, field: str = "", depth: int = 0) -> None:
    """Refuse texts no database and no peer could carry, and nesting deeper than anything of ours.

    Raises: Invalid, naming the field.
    """
    if depth > MAX_DEPTH:
        raise Invalid("the JSON is nested too deeply", field=field)
    if isinstance(value, str):
        if _UNSTORABLE.search(value):
            raise Invalid("a text holds a NUL or half of a surrogate pair", field=field)
    elif isinstance(value, dict):
        for name, member in value.items():
            check_storable(name, field, depth + 1)
            check_storable(member, f"{field}.{name}" if field else name, depth + 1)
    elif isinstance(value, list):
        for member in value:
            check_storable(member, field, depth + 1)


def shape(model: type[Model], value: Any) -> Model:
    """Outside data as a typed model. Unknown members are refused by the models themselves.

    Raises: Invalid, naming the first field that is wrong.
    """
    try:
        return model.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        if first["type"] == "extra_forbidden":
            raise UnknownMember(f"{field}: there is no such member here", field=field) from None
        raise Invalid(f"{field or 'the body'}: {first['msg']}", field=field) from None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Invalid("a name is given twice in one object")
    return members
