"""A route of the API, declared once: what it takes, who may call it, what it answers, what can go wrong.

The served route, the checks at its door and its page in the OpenAPI document all come from the declaration.
"""

import inspect
import re
import typing
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import Response

from hub.errors import HubError, Invalid
from web import bodies

Door = Literal["staff", "visitor", "public"]
Role = Literal["agent", "supervisor", "admin", "partner"]
Handler = Callable[..., Awaitable[Any]]

STAFF: frozenset[Role] = frozenset({"agent", "supervisor", "admin"})
ANYBODY: frozenset[Role] = STAFF | {"partner"}
SUPERVISORS: frozenset[Role] = frozenset({"supervisor", "admin"})
ADMINS: frozenset[Role] = frozenset({"admin"})


class Body(BaseModel):
    """A JSON body. Members that are not declared are refused, so nobody sets what is not theirs to set."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class Query(BaseModel):
    """The part of the address after `?`; unknown names are refused as in bodies."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `limit` requests of one asker to routes of this class within `seconds`."""

    name: str
    limit: int
    seconds: int


READS = Rate("reads", 1200, 60)
WRITES = Rate("writes", 300, 60)
UPLOADS = Rate("uploads", 120, 3600)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One route. `takes` and `gives` name media types other than JSON; the answer of a secret one is never kept."""

    method: str
    path: str
    tag: str
    handler: Handler
    door: Door
    roles: frozenset[Role]
    rate: Rate | None
    status: int
    errors: tuple[type[HubError], ...]
    takes: str
    gives: str
    is_secret: bool
    body: type[Body] | None
    query: type[Query] | None
    answer: Any

    @property
    def summary(self) -> str:
        """The first line of the handler's docstring."""
        return (inspect.getdoc(self.handler) or "").partition("\n")[0].rstrip(".")

    @property
    def description(self) -> str:
        """The rest of the handler's docstring."""
        return (inspect.getdoc(self.handler) or "").partition("\n")[2].strip()

    @property
    def is_write(self) -> bool:
        """Whether it changes something: then the cookie alone is not enough, and keys keep repeats away."""
        return self.method not in ("GET", "HEAD")

    @property
    def keeps_replies(self) -> bool:
        """Whether an `Idempotency-Key` is honoured: the answer of a repeat is the first one's."""
        return self.is_write and self.door == "staff" and not self.takes and not self.is_secret

    @property
    def names(self) -> list[str]:
        """Names in the path: `id`."""
        return re.findall(r"\{(\w+)(?::\w+)?\}", self.path)

    async def arguments(self, request: Request) -> tuple[dict[str, Any], bytes]:
        """What the handler is called with beside the caller, checked, and the bytes it was read from.

        Raises: Invalid, TooLarge, UnsupportedMedia.
        """
        found: dict[str, Any] = {}
        if self.query is not None:
            found["query"] = bodies.shape(self.query, _query(request))
        if self.body is None:
            return found, b""
        raw = await bodies.read_json_bytes(request)
        found["body"] = bodies.shape(self.body, bodies.parse_json(raw))
        return found, raw


@dataclass(slots=True)
class Endpoints:
    """The routes of one module, in the order of their declaration."""

    tag: str
    door: Door
    all: list[Endpoint] = field(default_factory=list)

    def add(
        self,
        method: str,
        path: str,
        *,
        roles: frozenset[Role] = STAFF,
        rate: Rate | None = None,
        status: int = 200,
        errors: tuple[type[HubError], ...] = (),
        takes: str = "",
        gives: str = "",
        is_secret: bool = False,
    ) -> Callable[[Handler], Handler]:
        """Declare the function below as a route. `body`, `query` and the answer come from its annotations."""

        def declare(handler: Handler) -> Handler:
            hints = typing.get_type_hints(handler)
            default = WRITES if method != "GET" else READS
            answer = hints.get("return")
            self.all.append(
                Endpoint(
                    method=method,
                    path=path,
                    tag=self.tag,
                    handler=handler,
                    door=self.door,
                    roles=roles if self.door == "staff" else frozenset(),
                    rate=rate or default,
                    status=status,
                    errors=errors,
                    takes=takes,
                    gives=gives,
                    is_secret=is_secret,
                    body=hints.get("body"),
                    query=hints.get("query"),
                    answer=None if answer in (type(None), Response) else answer,
                )
            )
            return handler

        return declare


def _query(request: Request) -> Mapping[str, str]:
    pairs = request.query_params.multi_items()
    values = dict(pairs)
    if len(values) != len(pairs):
        raise Invalid("a name is given twice in the address")
    bodies.check_storable(values)
    return values
