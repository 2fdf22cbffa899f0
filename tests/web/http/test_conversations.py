"""A conversation's life over REST: listed, taken, replied to, handed over, resolved, reopened."""

import asyncio
from typing import Any

import pytest
from pydantic import TypeAdapter

from tests.support.site import Site
from web.represent import shapes


def conforms(shape: Any, value: Any) -> None:
    """The value has exactly the members and types that the OpenAPI document promises."""
    TypeAdapter(shape).validate_python(value, strict=True)
    assert set(value) == set(shape.__annotations__) | set(getattr(shape, "__required_keys__", ()))


async def test_resources_are_as_documented(site: Site) -> None:
    _, conversation_id = await site.served_by("amy")
    amy = await site.by_token("amy")
    await amy.post(f"/api/v1/conversations/{conversation_id}/replies", json={"text": "Hello", "client_key": "k1"})

    conversation = (await amy.get(f"/api/v1/conversations/{conversation_id}")).json()
    timeline = (await amy.get(f"/api/v1/customers/{conversation['log']}/timeline")).json()

    conforms(shapes.Conversation, conversation)
    conforms(shapes.Customer, (await amy.get(f"/api/v1/customers/{conversation['log']}")).json())
    conforms(shapes.Agent, (await amy.get("/api/v1/me")).json()["agent"])
    for queue in (await amy.get("/api/v1/queues")).json()["items"]:
        conforms(shapes.Queue, queue)
    for agent in (await amy.get("/api/v1/agents")).json()["items"]:
        conforms(shapes.AgentShort, agent)
    assert {entry["kind"] for entry in timeline["items"]} >= {"message", "status", "handoff"}
    for entry in timeline["items"]:
        conforms(shapes.Entry, entry)
    assert timeline["conversations"] == [conversation]


async def test_an_agent_replies_and_the_same_key_writes_once(site: Site) -> None:
    browser, conversation_id = await site.served_by("amy")
    amy = await site.by_token("amy")
    reply = {"text": "I can help you.", "client_key": "key-1", "channel": "chat", "attachments": []}

    first = await amy.post(f"/api/v1/conversations/{conversation_id}/replies", json=reply)
    again = await amy.post(f"/api/v1/conversations/{conversation_id}/replies", json=reply)

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert first.json()["deliveries"][0]["state"] == "queued"
    assert (await site.house.said(conversation_id))[-1] == "agent: I can help you."
    assert first.json()["body"]["text"] not in (await site.house.said(conversation_id))[:-1]
    assert browser.token


async def test_only_the_owner_writes_to_the_customer(site: Site) -> None:
    _, conversation_id = await site.served_by("amy")

    for who, status in (("mia", 409), ("sue", 409), ("ben", 404)):
        answer = await (await site.by_token(who)).post(
            f"/api/v1/conversations/{conversation_id}/replies", json={"text": "Me too"}
        )

        assert answer.status_code == status, who
        assert answer.json()["code"] == ("not_owner" if status == 409 else "not_found")


async def test_a_reply_meant_for_another_channel_is_refused(site: Site) -> None:
    _, conversation_id = await site.served_by("amy")

    answer = await (await site.by_token("amy")).post(
        f"/api/v1/conversations/{conversation_id}/replies", json={"text": "By text", "channel": "sms"}
    )

    assert (answer.status_code, answer.json()["field"]) == (422, "channel")


async def test_lists_show_what_is_mine_and_what_waits(site: Site) -> None:
    _, mine = await site.served_by("amy")
    _, waiting = await site.house.waiting_for("cards")
    _, elsewhere = await site.house.waiting_for("risk")
    amy, sue = await site.by_token("amy"), await site.by_token("sue")

    async def listed(who: Any, view: str) -> list[str]:
        answer = (await who.get("/api/v1/conversations", params={"view": view})).json()
        assert answer["next"] is None
        return [each["id"] for each in answer["items"]]

    assert await listed(amy, "mine") == [mine]
    assert await listed(amy, "queue") == [waiting]
    assert set(await listed(amy, "all")) == {mine, waiting}
    assert await listed(sue, "mine") == []
    assert set(await listed(sue, "queue")) == {waiting, elsewhere}
    assert set(await listed(sue, "all")) == {mine, waiting, elsewhere}
    counts = (await amy.get("/api/v1/conversations")).json()["counts"]
    assert counts == {"mine": 1, "queue": 1}
    assert (await amy.get("/api/v1/conversations", params={"view": "queue", "queue": "que_x"})).status_code == 404


@pytest.mark.parametrize("view", ["queue", "all"])
async def test_pages_follow_each_other_without_gap_or_repeat(site: Site, view: str) -> None:
    made = {(await site.house.waiting_for("cards" if n % 2 else "general"))[1] for n in range(7)}
    amy = await site.by_token("amy")

    found: list[str] = []
    after: str | None = None
    for _ in range(5):
        params = {"view": view, "limit": "2", **({"after": after} if after else {})}
        page = (await amy.get("/api/v1/conversations", params=params)).json()
        found += [each["id"] for each in page["items"]]
        after = page["next"]
        if after is None:
            break

    assert len(found) == 7
    assert set(found) == made


async def test_the_timeline_is_read_by_pages_and_by_changes(site: Site) -> None:
    browser, conversation_id = await site.served_by("amy")
    for number in range(6):
        await browser.says(f"message {number}")
    amy = await site.by_token("amy")
    log = (await site.house.conversation(conversation_id)).log_id
    url = f"/api/v1/customers/{log}/timeline"
    everything = (await amy.get(url, params={"limit": "200"})).json()

    newest = (await amy.get(url, params={"limit": "4"})).json()
    older = (await amy.get(url, params={"limit": "200", "before": newest["previous"]})).json()
    crawled = (await amy.get(url, params={"after": f"{log}:0", "limit": "3"})).json()
    unchanged = (await amy.get(url, params={"changes": newest["cursor"]})).json()
    await browser.says("one more")
    changed = (await amy.get(url, params={"changes": newest["cursor"]})).json()

    assert older["items"] + newest["items"] == everything["items"]
    assert everything["previous"] is None
    assert crawled["items"] == everything["items"][:3]
    assert crawled["next"] == f"{log}:3"
    assert (unchanged["items"], unchanged["cursor"]) == ([], newest["cursor"])
    assert [each["body"].get("text") for each in changed["items"]] == ["one more"]
    assert changed["cursor"] == f"{log}:{changed['items'][-1]['revision']}"
    for wrong in ({"after": "cus_x:3"}, {"changes": f"{log}:x"}, {"before": "7"}, {"after": f"{log}:1", "before": log}):
        assert (await amy.get(url, params=wrong)).status_code == 422, wrong


async def test_a_conversation_is_handed_over_accepted_acknowledged_and_resolved(site: Site) -> None:
    _, conversation_id = await site.served_by("amy")
    await site.house.online("ben")
    amy, ben = await site.by_token("amy"), await site.by_token("ben")
    ben_id = site.bank.agents["ben"].id

    asked = await amy.post(
        f"/api/v1/conversations/{conversation_id}/handoffs",
        json={"to": {"kind": "agent", "id": ben_id}, "reason": "Looks like fraud", "summary": "Two charges."},
    )
    offers = (await ben.get("/api/v1/offers")).json()["items"]
    brief = (await ben.get(f"/api/v1/handoffs/{asked.json()['id']}/brief")).json()
    painted = await ben.post(f"/api/v1/offers/{offers[0]['id']}/painted", json={})
    accepted = await ben.post(f"/api/v1/offers/{offers[0]['id']}/accept")
    acknowledged = await ben.post(f"/api/v1/handoffs/{asked.json()['id']}/acknowledge")
    resolved = await ben.post(
        f"/api/v1/conversations/{conversation_id}/resolve",
        json={"disposition": "solved", "note": "Card blocked", "version": accepted.json()["version"] + 1},
    )
    reopened = await ben.post(f"/api/v1/conversations/{conversation_id}/reopen")

    assert asked.status_code == 201
    conforms(shapes.Handoff, asked.json())
    conforms(shapes.Offer, offers[0])
    conforms(shapes.Brief, brief)
    assert offers[0]["brief"] == brief
    assert (brief["reason"], brief["summary"]) == ("Looks like fraud", "Two charges.")
    assert painted.status_code == 204
    assert accepted.json()["owner"] == {"kind": "agent", "id": ben_id, "name": "Ben Okafor"}
    assert acknowledged.json()["state"] == "accepted"
    assert resolved.json()["status"] == "resolved", resolved.text
    assert resolved.json()["disposition"]
    assert reopened.json()["status"] == "open"
    texts = [entry.body["text"] for entry in await site.house.timeline(conversation_id, "note")]
    assert texts == ["Card blocked"]


async def test_a_change_on_an_old_version_is_told_the_new_one(site: Site) -> None:
    browser, conversation_id = await site.served_by("amy")
    amy = await site.by_token("amy")
    seen = (await amy.get(f"/api/v1/conversations/{conversation_id}")).json()["version"]
    changed = await amy.patch(f"/api/v1/conversations/{conversation_id}", json={"version": seen, "topic": "Card"})
    await browser.says("and another thing")

    late = await amy.patch(f"/api/v1/conversations/{conversation_id}", json={"version": seen, "topic": "Loan"})

    assert changed.json()["topic"] == "Card"
    assert (late.status_code, late.json()["code"]) == (409, "conflict")
    assert late.json()["version"] == (await site.house.conversation(conversation_id)).version


async def test_of_fifty_takers_at_once_exactly_one_wins(site: Site) -> None:
    _, conversation_id = await site.house.waiting_for("cards")
    amy, mia = await site.by_token("amy"), await site.by_token("mia")

    answers = await asyncio.gather(
        *((amy if n % 2 else mia).post(f"/api/v1/conversations/{conversation_id}/take") for n in range(50))
    )

    owner = (await site.house.conversation(conversation_id)).owner_id
    for number, answer in enumerate(answers):
        is_winner = owner == site.bank.agents["amy" if number % 2 else "mia"].id
        assert answer.status_code == (200 if is_winner else 409)
        if not is_winner:
            assert answer.json()["code"] == "already_accepted"
            assert answer.json()["winner"]["id"] == owner
    accepted = await site.house.timeline(conversation_id, "handoff")
    assert [entry.body["state"] for entry in accepted].count("accepted") == 1
    assert await site.house.agent("amy").load() + await site.house.agent("mia").load() == 1


async def test_of_fifty_acceptances_of_one_offer_one_counts(site: Site) -> None:
    await site.house.online("amy")
    _, conversation_id = await site.house.waiting_for("cards")
    offer = await site.house.agent("amy").offer()
    amy = await site.by_token("amy")

    answers = await asyncio.gather(*(amy.post(f"/api/v1/offers/{offer.id}/accept") for _ in range(50)))

    assert {answer.status_code for answer in answers} == {200}
    handoffs = await site.house.timeline(conversation_id, "handoff")
    assert [entry.body["state"] for entry in handoffs].count("accepted") == 1
    assert await site.house.agent("amy").load() == 1


async def test_what_staff_look_at_and_change_is_in_the_audit(site: Site) -> None:
    _, conversation_id = await site.served_by("amy")
    amy, sue = await site.by_token("amy"), await site.by_token("sue")
    log = (await site.house.conversation(conversation_id)).log_id
    await amy.get(f"/api/v1/customers/{log}/timeline")
    await amy.patch(f"/api/v1/customers/{log}", json={"name": "Lin Wei", "tier": "gold"})

    lines = (await sue.get("/api/v1/audit", params={"object": log})).json()["items"]

    assert [line["action"] for line in lines] == ["change", "read_timeline"]
    assert lines[0]["details"] == {"fields": ["name", "tier"]}
    assert {line["actor"]["id"] for line in lines} == {site.bank.agents["amy"].id}
    assert "Lin Wei" not in str(lines)
    assert (await amy.get("/api/v1/audit", params={"object": log})).status_code == 403


async def test_customers_are_found_by_address_and_name_by_those_who_may_know_of_them(site: Site) -> None:
    sender = site.house.sender("lin.wei")
    taken = await sender.says("Is my card ready?")
    assert taken.conversation is not None
    log = taken.conversation.log_id
    sue, ben = await site.by_token("sue"), await site.by_token("ben")
    await sue.patch(f"/api/v1/customers/{log}", json={"name": "Lin Wei 林伟 100%_\\"})

    async def found(who: Any, **params: str) -> list[str]:
        return [each["id"] for each in (await who.get("/api/v1/customers", params=params)).json()["items"]]

    assert await found(sue, address="loopback:lin.wei") == [log]
    assert await found(sue, q="lin wei") == [log]
    assert await found(sue, q="林伟") == [log]
    assert await found(sue, q="%_\\") == [log]
    assert await found(sue, q="%") == [log]
    assert await found(sue, q="_x") == []
    assert await found(ben, address="loopback:lin.wei") == []
    assert await found(ben, q="lin") == []
    assert await found(ben) == []
    assert await found(sue, address="visitor:vis_x") == []
