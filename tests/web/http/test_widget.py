"""A7 and the customer's HTTP door: anonymous visitors, links, and sites that vouch."""

import asyncio
import base64
import hmac
import json
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from sqlalchemy import select

from hub import accounts, demo, identity, visitors
from hub.models import Customer, Visitor
from hub.models.base import table
from tests.support.site import IDENTITY_SECRET, Site


def claims(site: Site, **changes: Any) -> dict[str, Any]:
    now = site.hub.clock.now() // 1_000_000
    good = {"sub": "customer-7", "aud": demo.WIDGET_KEY, "iat": now, "exp": now + 600, "jti": "1", "name": "Lin Wei"}
    return {name: value for name, value in {**good, **changes}.items() if value is not None}


def signed(site: Site, secret: str = IDENTITY_SECRET, **changes: Any) -> str:
    return jwt.encode({"alg": "HS256"}, claims(site, **changes), OctKey.import_key(secret))


async def identify(site: Site, token: str, word: str) -> Any:
    return await (await site.client()).post("/widget/identify", json={"token": token, "jwt": word})


async def test_a_browser_is_greeted_and_is_nobody_yet(site: Site) -> None:
    _, welcome = await site.visitor(language="zh-CN", page="https://bank.example/cards")

    config = welcome["config"]
    assert welcome["visitor"].startswith("vis_")
    assert config["name"] == "Harbour Bank"
    assert (config["locale"], config["brand"], config["pre_chat"]) == ("zh-Hans", "#1d5b4f", ["name"])
    assert config["greeting"] == demo.GREETING["zh-Hans"]
    assert {"flow", "label"} == set(config["suggestions"][0])
    assert config["hours"] == {"open": True, "text": "全天服务"}
    assert welcome["link"] is None
    assert await site.house.rows(select(table(Customer))) == []


async def test_a_browser_that_comes_back_is_the_same_visitor(site: Site) -> None:
    _, first = await site.visitor()

    _, again = await site.visitor(token=first["token"])

    assert (again["token"], again["visitor"]) == (first["token"], first["visitor"])
    kept = await site.house.rows(select(table(Visitor)))
    assert len(kept) == 1
    assert first["token"] not in str(kept)


async def test_fifty_tabs_at_once_with_one_token_are_one_visitor(site: Site) -> None:
    _, first = await site.visitor()

    opened = await asyncio.gather(*(site.visitor(token=first["token"]) for _ in range(50)))

    assert {welcome["visitor"] for _, welcome in opened} == {first["visitor"]}
    assert len(await site.house.rows(select(table(Visitor)))) == 1


@pytest.mark.parametrize("token", ["", "forged", "x" * 201, "\u0000", "é"])
async def test_a_forged_token_is_nobodys(site: Site, token: str) -> None:
    answer = await (await site.client()).post("/widget/session", json={"key": demo.WIDGET_KEY, "token": token})

    assert answer.status_code in (401, 422)
    assert "token" not in answer.json()


async def test_a_token_of_another_widget_is_refused(site: Site) -> None:
    other = await site.house.write(other_widget, site.bank)
    _, welcome = await site.visitor(key=other)

    answer = await (await site.client()).post(
        "/widget/session", json={"key": demo.WIDGET_KEY, "token": welcome["token"]}
    )

    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")


def other_widget(tx: Any, bank: demo.Demo) -> str:
    row = accounts.add(
        tx, channel="webchat", adapter="webchat", name="Other", key="wk_other", queue_id=bank.webchat.queue_id
    )
    return str(row.key)


async def test_a_link_is_counted_once_per_browser_and_tells_its_campaign(site: Site) -> None:
    link = site.bank.links[0]
    _, first = await site.visitor(link=link.code)
    await site.visitor(link=link.code, token=first["token"])
    await site.visitor(link=link.code)

    sue = await site.by_token("sue")
    shown = {each["id"]: each for each in (await sue.get("/api/v1/links")).json()["items"]}[link.id]
    assert first["link"] == {"campaign": "card-letter", "language": ""}
    assert shown["opens"] == 2
    assert shown["url"] == f"http://hub.test/q/{link.code}"
    for code in ("AAAAAAAAAAAAAA", link.code[:-1] + ("A" if link.code[-1] != "A" else "B"), "é" * 8):
        answer = await (await site.client()).post("/widget/session", json={"key": demo.WIDGET_KEY, "link": code})
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_a_supervisor_makes_a_link_and_its_qr_code(site: Site) -> None:
    sue, amy = await site.by_token("sue"), await site.by_token("amy")
    wanted = {
        "campaign": "poster",
        "label": "海报",
        "queue": site.bank.queues["cards"].id,
        "language": "zh-Hans",
        "flow": "card-misspelt",
        "claimed": {"name": "<b>Lin</b>"},
    }

    made = await sue.post("/api/v1/links", json=wanted)
    picture = await amy.get(made.json()["svg_url"])
    refused = await amy.post("/api/v1/links", json=wanted)
    gone = await sue.delete(f"/api/v1/links/{made.json()['id']}")

    assert made.status_code == 201
    assert made.json()["claimed"] == {"name": "<b>Lin</b>"}
    assert picture.headers["content-type"] == "image/svg+xml"
    assert "sandbox" in picture.headers["content-security-policy"]
    assert b"<svg" in picture.content
    assert b"script" not in picture.content
    assert (refused.status_code, gone.status_code) == (403, 204)
    assert (await (await site.client()).get(f"/q/{made.json()['code']}")).status_code == 404
    for wrong in ({"queue": "que_x"}, {"flow": "no-such"}, {"claimed": {"a": "x" * 5000}}, {"claimed": {"a": 1}}):
        assert (await sue.post("/api/v1/links", json={**wanted, **wrong})).status_code in (404, 422), wrong


async def test_a_site_vouches_and_the_browser_becomes_that_person(site: Site) -> None:
    _, welcome = await site.visitor()

    answer = await identify(site, welcome["token"], signed(site))
    again = await identify(site, answer.json()["token"], signed(site))

    assert answer.status_code == 200
    assert answer.json()["token"] != welcome["token"]
    assert again.json() == answer.json()
    row = await site.house.read(visitors.by_token, answer.json()["token"])
    assert (row.scheme, row.value) == ("user", f"{demo.WIDGET_KEY}:customer-7")
    assert (await site.house.read(identity.customer, row.customer_id)).name == "Lin Wei"
    old = await (await site.client()).post("/widget/session", json={"key": demo.WIDGET_KEY, "token": welcome["token"]})
    assert old.status_code == 401


async def test_two_browsers_of_one_person_are_one_customer_and_another_person_is_not(site: Site) -> None:
    async def customer_of(subject: str) -> str:
        _, welcome = await site.visitor()
        answer = (await identify(site, welcome["token"], signed(site, sub=subject))).json()
        return str((await site.house.read(visitors.by_token, answer["token"])).customer_id)

    assert await customer_of("customer-7") == await customer_of("customer-7")
    assert await customer_of("customer-7") != await customer_of("customer-8")


async def test_a_name_that_staff_corrected_is_not_overwritten(site: Site) -> None:
    _, welcome = await site.visitor()
    token = (await identify(site, welcome["token"], signed(site))).json()["token"]
    customer_id = (await site.house.read(visitors.by_token, token)).customer_id
    sue = await site.by_token("sue")
    await sue.patch(f"/api/v1/customers/{customer_id}", json={"name": "Lin Wei (verified)"})

    _, other = await site.visitor()
    await identify(site, other["token"], signed(site, name="Mallory"))

    assert (await site.house.read(identity.customer, customer_id)).name == "Lin Wei (verified)"


def unsigned(site: Site, header: dict[str, Any]) -> str:
    def part(value: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    return f"{part(header)}.{part(claims(site))}."


async def test_no_forged_word_of_a_site_is_believed(site: Site) -> None:
    now = site.hub.clock.now() // 1_000_000
    good = signed(site)
    rsa = RSAKey.generate_key(2048, private=True)
    confused = unsigned(site, {"alg": "HS256"})[:-1]
    mark = hmac.digest(rsa.as_pem(private=False), confused.encode(), "sha256")
    forged = {
        "empty": "",
        "no token": "x",
        "unsigned": unsigned(site, {"alg": "none"}),
        "Unsigned": unsigned(site, {"alg": "None"}),
        "no algorithm": unsigned(site, {}),
        "list as algorithm": unsigned(site, {"alg": ["HS256"]}),
        "other secret": signed(site, "some other secret of at least 32 bytes"),
        "cut": good[:-2],
        "other claims": ".".join([good.split(".")[0], unsigned(site, {}).split(".")[1], good.split(".")[2]]),
        "RS256": jwt.encode({"alg": "RS256"}, claims(site), rsa),
        "HS512": jwt.encode(
            {"alg": "HS512"}, claims(site), OctKey.import_key(IDENTITY_SECRET * 2), algorithms=["HS512"]
        ),
        "signed with a public key": f"{confused}.{base64.urlsafe_b64encode(mark).rstrip(b'=').decode()}",
        "expired": signed(site, iat=now - 900, exp=now - 300),
        "for ever": signed(site, exp=now + 86_400),
        "no end": signed(site, exp=None),
        "no beginning": signed(site, iat=None),
        "from the future": signed(site, iat=now + 300, exp=now + 600),
        "text as end": signed(site, exp=str(now + 600)),
        "true as end": signed(site, exp=True),
        "another widget": signed(site, aud="wk_other"),
        "no widget": signed(site, aud=None),
        "nobody": signed(site, sub=None),
        "blank": signed(site, sub="  "),
        "number": signed(site, sub=7),
        "control characters": signed(site, sub="customer-7\u0000"),
        "long": signed(site, sub="x" * 201),
        "name as object": signed(site, name={"first": "Lin"}),
        "text": "é.é.é",
        "huge": "a" * 8000,
    }
    _, welcome = await site.visitor()

    for why, word in forged.items():
        answer = await identify(site, welcome["token"], word)

        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated"), why
        assert answer.json()["detail"] == "the site's token is not good", why
    assert await site.house.rows(select(table(Customer))) == []


async def test_an_account_without_a_secret_believes_nobody(site: Site) -> None:
    key = await site.house.write(other_widget, site.bank)
    _, welcome = await site.visitor(key=key)

    answer = await identify(site, welcome["token"], signed(site, "x" * 32, aud=key))

    assert answer.status_code == 401


async def test_a_claim_of_being_verified_is_refused(site: Site) -> None:
    asker = await site.client()

    for extra in ({"verified": True}, {"customer_id": "cus_x"}, {"hmac_verified": True}, {"email": "a@example.org"}):
        greeted = await asker.post("/widget/session", json={"key": demo.WIDGET_KEY, **extra})
        vouched = await asker.post("/widget/identify", json={"token": "x", "jwt": "x", **extra})

        assert (greeted.status_code, vouched.status_code) == (422, 422), extra


async def test_after_a_reset_the_token_opens_nothing(site: Site) -> None:
    browser, welcome = await site.visitor()

    answer = await browser.post("/widget/reset", json={"token": welcome["token"]})

    assert answer.status_code == 204
    assert (await browser.get("/widget/files/att_x")).status_code == 401
    assert (await browser.post("/widget/reset", json={"token": welcome["token"]})).status_code == 401


async def test_the_widgets_door_is_for_our_own_frame(site: Site) -> None:
    stranger = await site.client(headers={"Origin": "https://bank.example"})

    answer = await stranger.post("/widget/session", json={"key": demo.WIDGET_KEY})

    assert (answer.status_code, answer.json()["code"]) == (403, "origin_refused")


async def test_new_visitors_of_one_network_are_limited(sqlite_site: Site) -> None:
    asker, neighbour = await sqlite_site.client(), await sqlite_site.client(ip="198.51.100.7")

    answers = [await asker.post("/widget/session", json={"key": demo.WIDGET_KEY}) for _ in range(601)]

    assert answers[-2].status_code == 200
    assert (answers[-1].status_code, answers[-1].json()["code"]) == (429, "rate_limited")
    back = await asker.post("/widget/session", json={"key": demo.WIDGET_KEY, "token": answers[0].json()["token"]})
    assert back.status_code == 200
    assert (await neighbour.post("/widget/session", json={"key": demo.WIDGET_KEY})).status_code == 200
