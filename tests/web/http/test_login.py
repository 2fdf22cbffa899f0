"""Log-ins: cookies, CSRF, origins, limits, tokens."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import update

from hub import demo
from hub.models import Agent
from hub.models.base import table
from tests.support.site import PASSWORD, Site, open_site

LOGIN = "/api/v1/login"


async def test_a_log_in_gives_a_cookie_that_scripts_cannot_read(site: Site) -> None:
    console = await site.client()

    answer = await console.post(LOGIN, json={"email": "Amy@Demo.Example ", "password": PASSWORD})

    assert answer.status_code == 200
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("hub_session=")
    assert {"HttpOnly", "SameSite=lax", "Path=/", "Max-Age=43200"} <= {part.strip() for part in cookie.split(";")}
    assert (await console.get("/api/v1/me")).json()["csrf"] == answer.json()["csrf"]


async def test_a_wrong_password_and_an_unknown_email_are_answered_alike(site: Site) -> None:
    asker = await site.client()

    wrong = await asker.post(LOGIN, json={"email": demo.email("amy"), "password": "wrong"})
    unknown = await asker.post(LOGIN, json={"email": "nobody@demo.example", "password": "wrong"})

    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json() == unknown.json()
    assert "set-cookie" not in wrong.headers


async def test_an_agent_without_a_password_cannot_log_in(site: Site) -> None:
    await site.hub.store.write(lambda tx: tx.do(update(table(Agent)).values(password_hash="")))
    asker = await site.client()

    for password in ("", "nobody has this password"):
        answer = await asker.post(LOGIN, json={"email": demo.email("amy"), "password": password})

        assert answer.status_code == 401


async def test_of_fifty_tries_at_once_exactly_five_are_looked_at(site: Site) -> None:
    asker = await site.client()
    wrong = {"email": demo.email("amy"), "password": "wrong"}

    answers = await asyncio.gather(*(asker.post(LOGIN, json=wrong) for _ in range(50)))

    assert sorted(answer.status_code for answer in answers) == [401] * 5 + [429] * 45
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert int(refused.headers["retry-after"]) == refused.json()["retry_after"] > 0
    right = await asker.post(LOGIN, json={"email": demo.email("amy"), "password": PASSWORD})
    assert right.status_code == 429


async def test_the_limit_is_per_account_and_address_and_is_over_after_a_while(site: Site) -> None:
    near, far = await site.client(ip="192.0.2.1"), await site.client(ip="198.51.100.7")
    for _ in range(6):
        await near.post(LOGIN, json={"email": demo.email("amy"), "password": "wrong"})

    other_account = await near.post(LOGIN, json={"email": demo.email("ben"), "password": PASSWORD})
    other_address = await far.post(LOGIN, json={"email": demo.email("amy"), "password": PASSWORD})
    site.hub.clock.advance(901)
    later = await near.post(LOGIN, json={"email": demo.email("amy"), "password": PASSWORD})

    assert [other_account.status_code, other_address.status_code, later.status_code] == [200, 200, 200]


async def test_a_forged_forwarded_header_is_no_way_around_the_limit(site: Site) -> None:
    asker = await site.client()

    answers = [
        await asker.post(
            LOGIN,
            json={"email": demo.email("amy"), "password": "wrong"},
            headers={"X-Forwarded-For": f"203.0.113.{n}", "CF-Connecting-IP": f"203.0.113.{n}"},
        )
        for n in range(6)
    ]

    assert [answer.status_code for answer in answers] == [401] * 5 + [429]


async def test_a_write_needs_the_csrf_token_and_our_origin(site: Site) -> None:
    console = await site.logged_in("amy")
    token = console.headers["X-CSRF-Token"]

    async def away(**headers: str) -> tuple[int, str]:
        answer = await console.patch("/api/v1/me", json={"state": "away"}, headers=headers)
        return answer.status_code, answer.json().get("code", "")

    assert await away(**{"X-CSRF-Token": ""}) == (403, "csrf_failed")
    assert await away(**{"X-CSRF-Token": token[:-1] + "x"}) == (403, "csrf_failed")
    assert await away(Origin="https://evil.example") == (403, "origin_refused")
    assert await away(Origin="null") == (403, "origin_refused")
    assert await away(Origin="http://[broken") == (403, "origin_refused")
    del console.headers["Origin"]
    assert await away(**{"Sec-Fetch-Site": "cross-site"}) == (403, "origin_refused")
    assert await away() == (200, "")


async def test_another_site_can_log_nobody_in(site: Site) -> None:
    asker = await site.client(headers={"Origin": "https://evil.example"})

    answer = await asker.post(LOGIN, json={"email": demo.email("amy"), "password": PASSWORD})

    assert (answer.status_code, answer.json()["code"]) == (403, "origin_refused")


async def test_logging_in_again_ends_the_log_in_before(site: Site) -> None:
    console = await site.logged_in("amy")
    before = console.cookies["hub_session"]

    await console.post(LOGIN, json={"email": demo.email("amy"), "password": PASSWORD})

    assert console.cookies["hub_session"] != before
    old = await site.client(headers={"Cookie": f"hub_session={before}"})
    assert (await old.get("/api/v1/me")).status_code == 401


async def test_logging_out_ends_it_on_the_server(site: Site) -> None:
    console = await site.logged_in("amy")
    token = console.cookies["hub_session"]

    answer = await console.post("/api/v1/logout")

    assert answer.status_code == 204
    thief = await site.client(headers={"Cookie": f"hub_session={token}"})
    assert (await thief.get("/api/v1/me")).json()["code"] == "unauthenticated"


@pytest.mark.parametrize(("pauses", "status"), [([3590] * 3, 200), ([3601], 401), ([3000] * 15, 401)])
async def test_a_log_in_ends_when_idle_for_an_hour_and_after_twelve(site: Site, pauses: list[int], status: int) -> None:
    console = await site.logged_in("amy")

    answer = None
    for pause in pauses:
        site.hub.clock.advance(pause)
        answer = await console.get("/api/v1/me")

    assert answer is not None
    assert answer.status_code == status


@pytest.mark.parametrize(
    "authorization",
    ["Bearer", "Bearer ", "Basic YW15OmFteQ==", "Bearer hub_forged", "Bearer " + "x" * 5000, "bearer \x7f"],
)
async def test_a_forged_token_opens_nothing(sqlite_site: Site, authorization: str) -> None:
    asker = await sqlite_site.client(headers={"Authorization": authorization})

    answer = await asker.get("/api/v1/me")

    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_a_token_is_shown_once_and_can_be_revoked(site: Site) -> None:
    console = await site.logged_in("amy")

    made = (await console.post("/api/v1/tokens", json={"name": "my script"})).json()
    script = await site.client(headers={"Authorization": f"Bearer {made['token']}"})

    assert (await script.get("/api/v1/me")).json()["agent"]["email"] == demo.email("amy")
    listed = (await console.get("/api/v1/tokens")).json()["items"]
    assert all("token" not in each for each in listed)
    assert (await console.delete(f"/api/v1/tokens/{made['id']}")).status_code == 204
    assert (await script.get("/api/v1/me")).status_code == 401


async def test_a_visitors_token_is_none_of_an_agent_and_the_other_way_round(site: Site) -> None:
    browser, _ = await site.visitor()
    amy = await site.by_token("amy")

    assert (await browser.get("/api/v1/me")).status_code == 401
    assert (await amy.get("/widget/files/att_x")).status_code == 401


async def test_with_https_the_cookie_is_bound_to_the_host(sqlite_house_url: str, tmp_path: Path) -> None:
    async with open_site(sqlite_house_url, tmp_path / "home", HUB_BASE_URL="https://chat.example.org") as secure:
        asker = await secure.client()

        answer = await asker.post(LOGIN, json={"email": demo.email("amy"), "password": PASSWORD})

        assert answer.headers["set-cookie"].startswith("__Host-hub_session=")
        assert "Secure" in answer.headers["set-cookie"]
        assert answer.headers["strict-transport-security"].startswith("max-age=")


async def test_my_own_settings_can_be_changed_and_nothing_else_of_me(site: Site) -> None:
    console = await site.logged_in("amy")

    changed = await console.patch(
        "/api/v1/me", json={"state": "online", "locale": "zh-Hant", "settings": {"theme": "dark"}, "capacity": 7}
    )
    refused = await console.patch("/api/v1/me", json={"role": "admin"})

    agent = changed.json()["agent"]
    assert (agent["state"], agent["locale"], agent["settings"], agent["capacity"]) == (
        "online",
        "zh-Hant",
        {"theme": "dark"},
        7,
    )
    assert (refused.status_code, refused.json()["field"]) == (422, "role")
    assert (await console.get("/api/v1/me")).json()["queues"][0]["name"] in ("信用卡", "綜合")
