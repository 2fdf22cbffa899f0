"""`Idempotency-Key`: sent twice, done once, answered twice."""

import asyncio

import pytest
from sqlalchemy import update

from hub.models import KeptReply
from hub.models.base import table
from tests.support.site import Site


async def test_a_repeat_is_answered_again_and_done_once(site: Site) -> None:
    _, conversation_id = await site.served_by("amy")
    amy = await site.by_token("amy")
    url, key = f"/api/v1/conversations/{conversation_id}/notes", {"Idempotency-Key": "order-7"}

    first = await amy.post(url, json={"text": "Called back"}, headers=key)
    again = await amy.post(url, json={"text": "Called back"}, headers=key)

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert again.headers["idempotency-replayed"] == "true"
    assert len(await site.house.timeline(conversation_id, "note")) == 1


async def test_of_repeats_at_once_one_is_done(site: Site) -> None:
    _, conversation_id = await site.served_by("amy")
    amy = await site.by_token("amy")
    url, key = f"/api/v1/conversations/{conversation_id}/notes", {"Idempotency-Key": "order-7"}

    answers = await asyncio.gather(*(amy.post(url, json={"text": "Once"}, headers=key) for _ in range(20)))

    assert {answer.status_code for answer in answers} <= {201, 409}
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} <= {"idempotency_running"}
    assert len(await site.house.timeline(conversation_id, "note")) == 1


async def test_a_key_is_for_one_request_of_one_asker(site: Site) -> None:
    _, conversation_id = await site.served_by("amy")
    amy, mia = await site.by_token("amy"), await site.by_token("mia")
    url, key = f"/api/v1/conversations/{conversation_id}/notes", {"Idempotency-Key": "order-7"}
    await amy.post(url, json={"text": "One"}, headers=key)

    other_text = await amy.post(url, json={"text": "Two"}, headers=key)
    other_asker = await mia.post(url, json={"text": "Two"}, headers=key)

    assert (other_text.status_code, other_text.json()["code"]) == (422, "idempotency_mismatch")
    assert other_asker.status_code == 201


async def test_a_refused_request_leaves_its_key_free(site: Site) -> None:
    _, conversation_id = await site.served_by("amy")
    amy = await site.by_token("amy")
    url, key = f"/api/v1/conversations/{conversation_id}/resolve", {"Idempotency-Key": "order-7"}

    refused = await amy.post(url, json={"disposition": "no such"}, headers=key)
    done = await amy.post(url, json={"disposition": "solved"}, headers=key)

    assert (refused.status_code, done.status_code) == (422, 200)


async def test_a_request_whose_end_was_lost_is_not_risked_again(site: Site) -> None:
    _, conversation_id = await site.served_by("amy")
    amy = await site.by_token("amy")
    url, key = f"/api/v1/conversations/{conversation_id}/notes", {"Idempotency-Key": "order-7"}
    await amy.post(url, json={"text": "Once"}, headers=key)
    await site.hub.store.write(lambda tx: tx.do(update(table(KeptReply)).values(status=0, body="")))

    again = await amy.post(url, json={"text": "Once"}, headers=key)

    assert (again.status_code, again.json()["code"]) == (409, "idempotency_running")
    site.hub.clock.advance(86_401)
    assert (await amy.post(url, json={"text": "Once"}, headers=key)).status_code == 201


@pytest.mark.parametrize("key", ["", "x" * 201, "a b", "é"])
async def test_a_key_that_is_none_is_refused(site: Site, key: str) -> None:
    amy = await site.by_token("amy")

    answer = await amy.post("/api/v1/offers/ofr_x/accept", headers={b"Idempotency-Key": key.encode("latin-1")})

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


async def test_the_secret_of_a_token_is_never_kept(site: Site) -> None:
    amy = await site.by_token("amy")

    made = await amy.post("/api/v1/tokens", json={"name": "x"}, headers={"Idempotency-Key": "k"})

    kept = await site.house.rows(table(KeptReply).select())
    assert made.status_code == 201
    assert made.json()["token"] not in str(kept)
