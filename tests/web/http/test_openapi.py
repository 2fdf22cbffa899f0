"""The OpenAPI document is valid, complete, and says what can go wrong."""

import re
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import validate
from starlette.routing import Route

from tests.support.site import Site
from web import openapi
from web.api import ENDPOINTS
from web.endpoint import Endpoint

UNDOCUMENTED = {  # pages, assets and operators' doors: for browsers and machines, described in docs/
    "front",
    "console",
    "widget",
    "embed",
    "link",
    "assets",
    "openapi",
    "hooks",
    "file",
    "healthz",
    "readyz",
    "metrics",
}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return openapi.document(ENDPOINTS, "https://hub.example.org")


def test_the_document_is_valid(document: dict[str, Any]) -> None:
    validate(document)


async def test_every_route_that_is_served_is_described(sqlite_site: Site, document: dict[str, Any]) -> None:
    served = {
        (method, re.sub(r"\{(\w+):\w+\}", r"{\1}", route.path))
        for route in sqlite_site.app.routes
        if isinstance(route, Route) and route.name not in UNDOCUMENTED
        for method in (route.methods or set()) - {"HEAD"}
    }

    described = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    assert served == described


async def test_the_document_is_served_as_it_is_made(sqlite_site: Site) -> None:
    answer = await (await sqlite_site.client()).get("/api/openapi.json")

    assert answer.json() == openapi.document(ENDPOINTS, "http://hub.test")


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda each: f"{each.method} {each.path}")
def test_every_route_says_what_it_does_and_how_it_refuses(endpoint: Endpoint, document: dict[str, Any]) -> None:
    operation = document["paths"][openapi.path_of(endpoint)][endpoint.method.lower()]

    assert len(operation["summary"]) > 8
    assert operation["responses"][str(endpoint.status)]
    assert {str(error.status) for error in openapi.errors_of(endpoint)} <= set(operation["responses"])
    for status, answer in operation["responses"].items():
        assert answer["description"]
        if int(status) >= 400:
            assert "application/problem+json" in answer["content"]


async def test_every_other_door_is_explained(sqlite_site: Site) -> None:
    page = (Path(__file__).parents[3] / "docs" / "http.md").read_text("utf-8")

    for route in sqlite_site.app.routes:
        if isinstance(route, Route) and route.name in UNDOCUMENTED:
            assert f"`{route.path}`" in page, route.path


def test_operations_have_names_of_their_own(document: dict[str, Any]) -> None:
    names = [each["operationId"] for methods in document["paths"].values() for each in methods.values()]

    assert len(names) == len(set(names))


def test_every_schema_is_used_and_every_member_of_ours_is_closed(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]

    for endpoint in ENDPOINTS:
        if endpoint.body is not None:
            assert schemas[endpoint.body.__name__]["additionalProperties"] is False, endpoint.body
