"""What carriers call: signed, taken once, kept when unreadable, never answered before the commit."""

import asyncio
import base64
import json
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from hub.errors import Unavailable
from hub.models import Attachment, Customer, Entry, RawInbound
from hub.models.base import table
from tests.support.site import Site

HOOK = "/hooks/loopback/loopback"


def event(text: str = "Is my card ready?", **more: Any) -> dict[str, Any]:
    return {"type": "message", "id": "m1", "from": "loopback:lin", "text": text, **more}


async def call(site: Site, body: Any, url: str = HOOK, **headers: str) -> httpx.Response:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    carrier = await site.client()
    return await carrier.post(url, content=raw, headers={**site.signed(raw), **headers})


async def texts(site: Site) -> list[str]:
    rows = await site.house.rows(select(table(Entry)).where(table(Entry).c.direction == "in"))
    return [row.body["text"] for row in rows]


async def test_a_message_is_committed_before_the_carrier_hears_yes(site: Site) -> None:
    answer = await call(site, event())

    assert (answer.status_code, answer.json()) == (200, {"results": [{"id": "m1", "result": "taken"}]})
    assert await texts(site) == ["Is my card ready?"]


async def test_the_same_message_a_hundred_times_at_once_is_one(site: Site) -> None:
    answers = await asyncio.gather(*(call(site, event()) for _ in range(100)))

    results = [answer.json()["results"][0]["result"] for answer in answers]
    assert {answer.status_code for answer in answers} == {200}
    assert sorted(results) == ["repeated"] * 99 + ["taken"]
    assert await texts(site) == ["Is my card ready?"]


@pytest.mark.parametrize(
    "headers",
    [
        {"webhook-signature": "v1,AAAA"},
        {"webhook-signature": ""},
        {"webhook-id": "msg_2"},
        {"webhook-timestamp": "1"},
        {"webhook-timestamp": "nonsense"},
    ],
)
async def test_a_wrong_signature_is_refused_and_nothing_is_kept(sqlite_site: Site, headers: dict[str, str]) -> None:
    answer = await call(sqlite_site, event(), **headers)

    assert (answer.status_code, answer.json()["code"]) == (403, "signature_invalid")
    assert await sqlite_site.house.rows(select(table(RawInbound))) == []
    assert await texts(sqlite_site) == []


async def test_an_unsigned_request_is_refused(site: Site) -> None:
    answer = await (await site.client()).post(HOOK, json=event())

    assert answer.status_code == 403


@pytest.mark.parametrize("url", ["/hooks/loopback/other", "/hooks/sms/loopback", "/hooks/webchat/wk_harbour_bank"])
async def test_an_account_that_is_not_there_is_not_found(site: Site, url: str) -> None:
    answer = await call(site, event(), url)

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    "body", [b"not json", b'{"type": "unknown"}', b"[]", json.dumps(event("a\0b")).encode(), b"\xff\xfe"]
)
async def test_what_is_genuine_but_unreadable_is_kept_and_answered_yes(site: Site, body: bytes) -> None:
    answer = await call(site, body)

    kept = await site.house.rows(select(table(RawInbound)))
    assert (answer.status_code, answer.json()["results"][0]["result"]) == (200, "kept")
    assert [(bytes(row.body), row.state, bool(row.error)) for row in kept] == [(body, "kept", True)]
    assert kept[0].url == f"http://hub.test{HOOK}"
    assert await texts(site) == []


async def test_files_come_along_once_and_a_broken_picture_is_still_the_customers(site: Site) -> None:
    broken = base64.b64encode(b"\x89PNG\r\n\x1a\nbroken").decode()
    letter = base64.b64encode(b"%PDF-1.7").decode()
    files = [
        {"name": "card.png", "media_type": "image/png", "data_base64": broken},
        {"name": "../letter.pdf", "media_type": "text/html", "data_base64": letter},
    ]

    answers = [await call(site, event("", files=files)) for _ in range(2)]

    rows = await site.house.rows(select(table(Attachment)).order_by(table(Attachment).c.id))
    assert [answer.json()["results"][0]["result"] for answer in answers] == ["taken", "repeated"]
    assert [(row.name, row.media_type, row.inline) for row in rows] == [
        ("card.png", "application/octet-stream", False),
        ("letter.pdf", "application/pdf", False),
    ]
    assert all(row.entry_id and row.log_id for row in rows)
    assert len([path for path in (site.hub.settings.home / "blobs").rglob("*") if path.is_file()]) == 2


async def test_while_the_database_is_away_nobody_hears_yes(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(_fn: object) -> None:
        raise Unavailable("the database does not answer")

    monkeypatch.setattr(site.hub.store, "write", away)

    answer = await call(site, event())

    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")


async def test_a_request_over_the_limit_is_refused_unread(site: Site) -> None:
    carrier = await site.client()

    answer = await carrier.post(HOOK, content=b"x", headers={"Content-Length": str(2**40)})

    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


async def test_a_typed_address_of_somebody_else_shows_and_captures_nothing(site: Site) -> None:
    await call(site, event())

    await call(site, event("I am loopback:lin", id="m2", **{"from": "loopback:mallory"}))

    assert len(await site.house.rows(select(table(Customer)))) == 2
