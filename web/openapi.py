"""The OpenAPI 3.1 document, made from the declarations that serve: it cannot miss a route or an error."""

import re
import typing
from collections.abc import Iterable, Sequence
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import models_json_schema

from hub.errors import Forbidden, HubError, Invalid, NotFound, RateLimited, TooLarge, Unauthenticated, UnsupportedMedia
from web.endpoint import Endpoint
from web.problems import CsrfFailed, IdempotencyMismatch, IdempotencyRunning, OriginRefused

VERSION = "1"
_REF = "#/components/schemas/{model}"
_ABOUT = (
    "Everything the console does, for programs. Times are RFC 3339 in UTC. Lists take `after` and `limit` and answer "
    "`items` and `next`. Errors are RFC 9457 problem documents whose `code` is stable. Writes of staff take an "
    "`Idempotency-Key`: the same request sent again within a day is answered again and done once."
)
_SECURITY: dict[str, list[dict[str, list[str]]]] = {
    "staff": [{"token": []}, {"cookie": []}],
    "visitor": [{"visitor": []}],
    "public": [{}],
}


def document(endpoints: Sequence[Endpoint], base_url: str) -> dict[str, Any]:
    """The whole document."""
    schemas = _schemas(endpoints)
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in endpoints:
        paths.setdefault(path_of(endpoint), {})[endpoint.method.lower()] = _operation(endpoint)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Onethread",
            "version": VERSION,
            "description": _ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": base_url}],
        "tags": [{"name": tag} for tag in dict.fromkeys(endpoint.tag for endpoint in endpoints)],
        "paths": paths,
        "components": {
            "schemas": {**schemas, "Problem": _PROBLEM},
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "A token made in the console."},
                "cookie": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": "hub_session",
                    "description": "The console's log-in; writes also need the header X-CSRF-Token.",
                },
                "visitor": {"type": "http", "scheme": "bearer", "description": "From POST /widget/session."},
            },
        },
    }


def path_of(endpoint: Endpoint) -> str:
    """The path as OpenAPI spells it."""
    return re.sub(r"\{(\w+):\w+\}", r"{\1}", endpoint.path)


def errors_of(endpoint: Endpoint) -> list[type[HubError]]:
    """Everything this route may refuse with: what it declares and what its door does."""
    found: list[type[HubError]] = [RateLimited]
    if endpoint.door != "public":
        found.append(Unauthenticated)
    if endpoint.door == "staff":
        found.append(Forbidden)
    if endpoint.names:
        found.append(NotFound)
    if endpoint.query is not None:
        found.append(Invalid)
    if endpoint.body is not None:
        found += [Invalid, TooLarge, UnsupportedMedia]
    if endpoint.is_write:
        found.append(OriginRefused)
    if endpoint.is_write and endpoint.door == "staff":
        found.append(CsrfFailed)
    if endpoint.keeps_replies:
        found += [Invalid, IdempotencyMismatch, IdempotencyRunning]
    return list(dict.fromkeys([*found, *endpoint.errors]))


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": f"{endpoint.handler.__module__.rpartition('.')[2]}_{endpoint.handler.__name__}",
        "tags": [endpoint.tag],
        "summary": endpoint.summary,
        "security": _SECURITY[endpoint.door],
        "parameters": _parameters(endpoint),
        "responses": {str(endpoint.status): _success(endpoint), **_failures(endpoint)},
    }
    if endpoint.description:
        operation["description"] = endpoint.description
    if endpoint.door == "staff":
        operation["x-roles"] = sorted(endpoint.roles)
    if endpoint.body is not None:
        operation["requestBody"] = {"required": True, "content": _content("application/json", _ref(endpoint.body))}
    elif endpoint.takes:
        schema = {"type": "string", "format": "binary"}
        operation["requestBody"] = {"required": True, "content": _content(endpoint.takes, schema)}
    return operation


def _parameters(endpoint: Endpoint) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in endpoint.names
    ]
    if endpoint.query is not None:
        schema = endpoint.query.model_json_schema()
        required = schema.get("required", [])
        for name, member in schema["properties"].items():
            about = {"description": member.pop("description")} if "description" in member else {}
            found.append({"name": name, "in": "query", "required": name in required, **about, "schema": member})
    if endpoint.keeps_replies:
        key = {"type": "string", "minLength": 1, "maxLength": 200}
        found.append({"name": "Idempotency-Key", "in": "header", "required": False, "schema": key})
    if endpoint.takes:
        named = {"type": "string", "description": "The name of the file, percent-encoded UTF-8."}
        found.append({"name": "X-File-Name", "in": "header", "required": False, "schema": named})
    return found


def _success(endpoint: Endpoint) -> dict[str, Any]:
    answer: dict[str, Any] = {"description": HTTPStatus(endpoint.status).phrase}
    if endpoint.gives:
        answer["content"] = _content(endpoint.gives, {"type": "string", "format": "binary"})
    elif endpoint.answer is not None:
        answer["content"] = _content("application/json", _ref(endpoint.answer))
    return answer


def _failures(endpoint: Endpoint) -> dict[str, Any]:
    by_status: dict[int, list[type[HubError]]] = {}
    for error in errors_of(endpoint):
        by_status.setdefault(error.status, []).append(error)
    return {str(status): _failure(by_status[status]) for status in sorted(by_status)}


def _failure(errors: Iterable[type[HubError]]) -> dict[str, Any]:
    lines = {error.code: (error.__doc__ or "").partition("\n")[0] for error in errors}
    schema = {
        "allOf": [
            {"$ref": _REF.format(model="Problem")},
            {"type": "object", "properties": {"code": {"enum": sorted(lines)}}},
        ]
    }
    about = "\n".join(f"`{code}`: {line}" for code, line in lines.items())
    return {"description": about, "content": _content("application/problem+json", schema)}


def _content(media_type: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {media_type: {"schema": schema}}


def _ref(shape: Any) -> dict[str, Any]:
    return {"$ref": _REF.format(model=shape.__name__)}


def _schemas(endpoints: Iterable[Endpoint]) -> dict[str, Any]:
    """Schemas of all bodies and answers, each by its name."""
    bodies = list(dict.fromkeys(each.body for each in endpoints if each.body is not None))
    modes: list[tuple[type[BaseModel], typing.Literal["validation", "serialization"]]]
    modes = [(body, "validation") for body in bodies]
    _, found = models_json_schema(modes, ref_template=_REF)
    schemas: dict[str, Any] = dict(found.get("$defs", {}))
    for answer in dict.fromkeys(each.answer for each in endpoints if each.answer is not None):
        schema = TypeAdapter(answer).json_schema(ref_template=_REF, mode="serialization")
        schemas.update(schema.pop("$defs", {}))
        if "$ref" not in schema:
            schemas[answer.__name__] = schema
    return dict(sorted(schemas.items()))


_PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "RFC 9457. `code` is for programs, `detail` for people; ids of what it is about stand beside.",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "field": {"type": "string"},
        "retry_after": {"type": "integer"},
    },
}
