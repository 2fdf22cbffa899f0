"""What every answer carries, and how bad requests are refused."""

import json
from typing import Any

import httpx
import pytest

from tests.support.site import BASE, Site
from web.bodies import JSON_BYTES

NOTES = "/api/v1/conversations/{}/notes"


async def test_every_answer_carries_the_safe_headers(sqlite_site: Site) -> None:
    asker = await sqlite_site.client()

    for path in ("/healthz", "/api/v1/me", "/no/such/path", "/api/openapi.json", "/console", "/widget.js"):
        answer = await asker.get(path)

        assert answer.headers["x-content-type-options"] == "nosniff", path
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "microphone=()" in answer.headers["permissions-policy"]
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert "strict-transport-security" not in answer.headers


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/v1/nothing", 404, "not_found"),
        ("GET", "/no/such/page", 404, "not_found"),
        ("PUT", "/api/v1/me", 405, "method_not_allowed"),
        ("DELETE", "/healthz", 405, "method_not_allowed"),
        ("GET", "/api/v1/me", 401, "unauthenticated"),
    ],
)
async def test_refusals_are_problem_documents(
    sqlite_site: Site, method: str, path: str, status: int, code: str
) -> None:
    answer = await (await sqlite_site.client()).request(method, path)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert (told["type"], told["status"], told["code"]) == ("about:blank", status, code)
    assert told["title"]
    assert told["detail"]


async def test_an_unforeseen_error_tells_nothing_of_itself(sqlite_site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(_fn: object) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(sqlite_site.hub.store, "read", broken)

    answer = await (await sqlite_site.by_token("amy")).get("/api/v1/me")

    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert "secret detail" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("content", "media_type", "status", "code"),
    [
        (b'{"text": "hi"', "application/json", 422, "invalid"),
        (b'{"text": "hi"}', "text/plain", 415, "unsupported_media"),
        (b"text=hi", "application/x-www-form-urlencoded", 415, "unsupported_media"),
        (b'{"text": "a\\u0000b"}', "application/json", 422, "invalid"),
        (b'{"text": "\\ud83d"}', "application/json", 422, "invalid"),
        (b'{"text": NaN}', "application/json", 422, "invalid"),
        (b'{"text": 5}', "application/json", 422, "invalid"),
        (b'{"text": ["hi"]}', "application/json", 422, "invalid"),
        (b'{"text": null}', "application/json", 422, "invalid"),
        (b'["text"]', "application/json", 422, "invalid"),
        (b'"text"', "application/json", 422, "invalid"),
        (b"null", "application/json", 422, "invalid"),
        (b"{}", "application/json", 422, "invalid"),
        (b"", "application/json", 422, "invalid"),
        (b'{"text": "   "}', "application/json", 422, "invalid"),
        (b"[" * 100_000, "application/json", 422, "invalid"),
        (b'{"text": "' + b"x" * JSON_BYTES + b'"}', "application/json", 413, "too_large"),
        (b'{"text": "' + b"x" * 65_537 + b'"}', "application/json", 413, "too_large"),
        (b'{"text": "' + "李".encode() * 21_846 + b'"}', "application/json", 413, "too_large"),
    ],
)
async def test_a_body_that_is_wrong_is_refused_and_writes_nothing(
    sqlite_site: Site, content: bytes, media_type: str, status: int, code: str
) -> None:
    _, conversation_id = await sqlite_site.served_by("amy")
    amy = await sqlite_site.by_token("amy")
    before = len(await sqlite_site.house.timeline(conversation_id))

    answer = await amy.post(NOTES.format(conversation_id), content=content, headers={"Content-Type": media_type})

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert len(await sqlite_site.house.timeline(conversation_id)) == before


async def test_a_text_of_exactly_64_kb_is_carried(site: Site) -> None:
    _, conversation_id = await site.served_by("amy")
    amy = await site.by_token("amy")
    text = "李" * 21_845 + "x"

    answer = await amy.post(NOTES.format(conversation_id), json={"text": text})

    assert answer.status_code == 201
    assert (await amy.get(f"/api/v1/entries/{answer.json()['id']}")).json()["body"]["text"] == text


@pytest.mark.parametrize(
    "text",
    ["\u202eevil\u202c", "مرحبا بالعالم", "👩\u200d👧\u200d👦 🇭🇰", "𠮷野家", "<script>alert(1)</script>", "a\r\nb\tc"],
)
async def test_a_text_comes_back_as_it_was_written(site: Site, text: str) -> None:
    _, conversation_id = await site.served_by("amy")
    amy = await site.by_token("amy")

    written = (await amy.post(NOTES.format(conversation_id), json={"text": text})).json()

    assert written["body"]["text"] == text
    assert (await amy.get(f"/api/v1/entries/{written['id']}")).json() == written


async def test_a_body_without_an_announced_length_is_cut_off_at_the_limit(site: Site) -> None:
    async def endless() -> Any:
        for _ in range(1000):
            yield b"x" * 65_536

    amy = await site.by_token("amy")

    answer = await amy.post(NOTES.format("cnv_x"), content=endless(), headers={"Content-Type": "application/json"})

    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize("path", ["%00", "..%2F..", "%F0%9F%92%A9", "x" * 300, "'; DROP TABLE entry; --", "%ff"])
async def test_an_id_that_can_be_none_is_not_found(site: Site, path: str) -> None:
    amy = await site.by_token("amy")

    for resource in ("conversations", "customers", "entries", "files"):
        answer = await amy.get(f"/api/v1/{resource}/{path}")

        assert answer.status_code == 404, (resource, path)
        assert answer.json()["code"] == "not_found"


@pytest.mark.parametrize(
    "query",
    [
        "?limit=0",
        "?limit=1000",
        "?limit=ten",
        "?view=everything",
        "?unknown=1",
        "?limit=5&limit=6",
        "?after=nonsense",
        "?after=%00",
        "?q=%00",
        "?after=99999999999999999999999.cnv_x",
    ],
)
async def test_a_query_that_is_wrong_is_refused(site: Site, query: str) -> None:
    answer = await (await site.by_token("amy")).get(f"/api/v1/conversations{query}")

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


async def test_requests_of_one_asker_are_limited(sqlite_site: Site) -> None:
    amy, ben = await sqlite_site.by_token("amy"), await sqlite_site.by_token("ben")

    answers = [await amy.post("/api/v1/conversations/cnv_x/reopen") for _ in range(301)]

    assert [answers[0].status_code, answers[-1].status_code] == [404, 429]
    assert answers[-1].json()["code"] == "rate_limited"
    assert (await ben.post("/api/v1/conversations/cnv_x/reopen")).status_code == 404


async def test_health_tells_whether_it_lives_and_whether_it_can_serve(site: Site) -> None:
    asker = await site.client()

    assert (await asker.get("/healthz")).json() == {"status": "ok"}
    ready = await asker.get("/readyz")
    assert set(ready.json()["checks"]) == {"database", "migrations", "outbox"}


async def test_figures_are_prometheus_text_and_hold_no_ids(site: Site) -> None:
    await site.served_by("amy")
    asker = await site.client()
    await asker.get("/q/SECRETCODE")

    page = await asker.get("/metrics")

    assert page.headers["content-type"].startswith("text/plain")
    assert 'hub_queue_waiting{queue="cards"}' in page.text
    assert "hub_todo_oldest_seconds" in page.text
    assert 'hub_http_requests_total{endpoint="link",status="404"} 1.0' in page.text
    assert "SECRETCODE" not in page.text


async def test_an_answer_is_what_the_document_says(site: Site) -> None:
    answer: httpx.Response = await (await site.client()).get("/api/openapi.json")

    assert json.loads(answer.text)["servers"] == [{"url": BASE}]
