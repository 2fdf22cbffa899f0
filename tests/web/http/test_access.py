"""A6 and A11: nobody reaches what is not theirs, by any route, and nobody sets what is not theirs to set."""

from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import pytest_asyncio
from sqlmodel import SQLModel

from hub import attachments
from hub.ports import Actor
from tests.support.site import Site
from web.api import ENDPOINTS, conversations, customers, handoffs, inbox, links, login, tokens, widget
from web.endpoint import Body, Endpoint

BODIES: dict[type[Body], dict[str, Any]] = {
    login.Credentials: {"email": "amy@demo.example", "password": "wrong"},
    login.OwnChange: {"capacity": 3},
    inbox.ConversationChange: {"version": 1, "topic": "Mine now"},
    conversations.Reply: {"text": "Hello", "client_key": "k"},
    conversations.Note: {"text": "Hello", "client_key": "k"},
    conversations.ReadThrough: {"through": 2**60},
    conversations.Resolution: {"disposition": "solved"},
    conversations.Transfer: {"to": {"kind": "queue", "id": "cards"}, "reason": "mine"},
    handoffs.Nothing: {},
    handoffs.Refusal: {"reason": "no"},
    customers.CustomerChange: {"name": "Somebody else"},
    links.NewLink: {"campaign": "mine"},
    tokens.NewToken: {"name": "mine"},
    widget.Greeting: {"key": "wk_harbour_bank"},
    widget.Identification: {"token": "x", "jwt": "x"},
    widget.Reset: {"token": "x"},
}
FORBIDDEN = ("role", "inbox_id", "bcc", "verified", "account_id", "host", "owner", "owner_id", "author", "audience")
QUERIES = {"/api/v1/audit": {"object": "cus_x"}}
COMMON = ("/api/v1/links/{id}.svg", "/api/v1/links/{id}")  # links belong to the whole house
IGNORED = {"audit", "kept_reply", "agent_login", "api_token", "visitor"}
STAFF = [each for each in ENDPOINTS if each.door == "staff"]


@dataclass
class Risk:
    """What belongs to ben of the risk queue, and is none of amy's or pat's business."""

    site: Site
    ids: dict[str, str]

    def url(self, endpoint: Endpoint) -> str:
        return endpoint.path.replace("{id}", self.ids.get((*endpoint.path.split("/"), "")[3], "x"))

    async def ask(self, who: httpx.AsyncClient, endpoint: Endpoint, **more: Any) -> httpx.Response:
        body = {**BODIES[endpoint.body], **more} if endpoint.body is not None else None
        query = QUERIES.get(endpoint.path)
        return await who.request(endpoint.method, self.url(endpoint), json=body, params=query)

    async def contents(self) -> dict[str, list[Any]]:
        """Everything in the store but the notes of who looked."""

        def read(tx: Any) -> dict[str, list[Any]]:
            tables = [each for each in SQLModel.metadata.sorted_tables if each.name not in IGNORED]
            return {each.name: sorted(map(str, tx.all(each.select()))) for each in tables}

        return await self.site.hub.store.read(read)


@pytest_asyncio.fixture
async def risk(site: Site) -> Risk:
    """A conversation of ben's with a file, another that rings for him, a token and a link."""
    browser, owned = await site.served_by("ben", queue="risk")
    await site.house.agent("ben").replies(owned, "We blocked the card")
    await site.house.online("ben")
    await site.house.waiting_for("risk")
    offer = await site.house.agent("ben").offer()
    entry = (await site.house.timeline(owned, "message"))[-1]
    ben = await site.by_token("ben")
    token = (await ben.post("/api/v1/tokens", json={"name": "ben's"})).json()["id"]
    file = await site.hub.store.write(lambda tx: keep_file(tx, site))
    delivery = (await ben.get(f"/api/v1/entries/{entry.id}")).json()["deliveries"][0]["id"]
    ids = {
        "conversations": owned,
        "customers": entry.log_id,
        "entries": entry.id,
        "handoffs": offer.handoff_id,
        "offers": offer.id,
        "files": file,
        "tokens": token,
        "links": site.bank.links[0].id,
        "deliveries": delivery,
    }
    assert browser.token
    return Risk(site, ids)


def keep_file(tx: Any, site: Site) -> str:
    """An upload of ben's that he has not sent yet."""

    class Facts:
        name, media_type, data, width, height, inline = "a.pdf", "application/pdf", b"x", None, None, False

    owner = Actor("agent", site.bank.agents["ben"].id, "")
    return str(attachments.keep(tx, owner, Facts(), blob="00" * 20, sha256="x").id)


@pytest.mark.parametrize("who", ["amy", "pat"])
async def test_no_route_leads_to_what_is_somebody_elses(risk: Risk, who: str) -> None:
    asker = await risk.site.by_token(who)
    before = await risk.contents()

    for endpoint in STAFF:
        if "{id}" not in endpoint.path or endpoint.path in COMMON:
            continue
        answer = await risk.ask(asker, endpoint)

        role = risk.site.bank.agents[who].role
        expected = (404,) if role in endpoint.roles else (403,)
        assert answer.status_code in expected, (endpoint.method, endpoint.path, answer.text)
    assert await risk.contents() == before


@pytest.mark.parametrize("who", ["amy", "pat"])
async def test_no_list_shows_what_is_somebody_elses(risk: Risk, who: str) -> None:
    asker = await risk.site.by_token(who)
    shared = {risk.ids["links"]}

    for endpoint in STAFF:
        if endpoint.method != "GET" or "{id}" in endpoint.path:
            continue
        answer = await risk.ask(asker, endpoint)

        assert answer.status_code in (200, 403), (endpoint.path, answer.text)
        for thing in set(risk.ids.values()) - shared:
            assert thing not in answer.text, (endpoint.path, thing)
    for view in ("mine", "queue", "all"):
        for extra in ({}, {"q": "a"}, {"status": "resolved"}):
            listed = await asker.get("/api/v1/conversations", params={"view": view, **extra})
            assert listed.json()["items"] == []


async def test_without_a_log_in_every_staff_route_is_shut(risk: Risk) -> None:
    nobody = await risk.site.client()
    browser, _ = await risk.site.visitor()
    before = await risk.contents()

    for asker in (nobody, browser):
        for endpoint in STAFF:
            answer = await risk.ask(asker, endpoint)

            assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated"), endpoint.path
    assert await risk.contents() == before


async def test_roles_are_kept_on_every_route(risk: Risk) -> None:
    for who in ("amy", "sue", "ada", "pat"):
        asker, role = await risk.site.by_token(who), risk.site.bank.agents[who].role

        for endpoint in STAFF:
            if role in endpoint.roles:
                continue
            answer = await risk.ask(asker, endpoint)

            assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), (who, endpoint.path)


async def test_the_owner_and_a_supervisor_do_reach_it(risk: Risk) -> None:
    for who in ("ben", "sue"):
        asker = await risk.site.by_token(who)

        for resource in ("conversations", "customers", "entries"):
            answer = await asker.get(f"/api/v1/{resource}/{risk.ids[resource]}")

            assert answer.status_code == 200, (who, resource)


async def test_no_body_sets_what_is_not_the_senders_to_set(risk: Risk) -> None:
    ben, ada = await risk.site.by_token("ben"), await risk.site.by_token("ada")
    before = await risk.contents()

    for endpoint in (each for each in ENDPOINTS if each.body is not None):
        asker = ben if "agent" in endpoint.roles or endpoint.door != "staff" else ada
        for name in FORBIDDEN:
            answer = await risk.ask(asker, endpoint, **{name: "admin"})

            assert (answer.status_code, answer.json()["code"]) == (422, "invalid"), (endpoint.path, answer.text)
            assert answer.json()["field"] == name
    assert await risk.contents() == before


async def test_an_attempt_to_set_more_is_in_the_audit(risk: Risk) -> None:
    ben, sue = await risk.site.by_token("ben"), await risk.site.by_token("sue")

    await ben.patch("/api/v1/me", json={"role": "admin"})

    lines = (await sue.get("/api/v1/audit", params={"object": "login.change_me"})).json()["items"]
    assert [(line["action"], line["actor"]["id"]) for line in lines] == [
        ("refused_member", risk.site.bank.agents["ben"].id)
    ]


def test_every_body_is_tried() -> None:
    assert {each.body for each in ENDPOINTS if each.body is not None} == set(BODIES)
