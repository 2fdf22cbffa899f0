"""Attack case A12: fifty at once, on one process and on two; one winner, limits that hold exactly, nothing doubled."""

import asyncio
from collections import Counter
from typing import Any

import httpx

from hub import demo
from tests.support.running import RunningHub
from tests.support.waiting import eventually
from tests.web.live.screens import CustomerScreen
from tests.web.live.story import WITHIN, Story

HANDS = 50
TRIES = 5


async def at_once(hub: RunningHub, path: str, body: dict[str, Any], tokens: list[str]) -> list[httpx.Response]:
    """Fifty requests at the same moment, spread over tokens and processes."""
    limits = httpx.Limits(max_connections=HANDS)
    async with httpx.AsyncClient(timeout=60, limits=limits) as http:

        def ask(number: int) -> Any:
            headers = {"Authorization": f"Bearer {tokens[number % len(tokens)]}"} if tokens else {}
            return http.post(f"{hub.urls[number % len(hub.urls)]}{path}", json=body, headers=headers)

        return list(await asyncio.gather(*(ask(number) for number in range(HANDS))))


async def test_one_of_fifty_takes_it(story: Story) -> None:
    one = await story.waiting()
    amy, mia = await story.agent("amy"), await story.agent("mia")

    answers = await at_once(story.hub, f"/api/v1/conversations/{one['id']}/take", {}, [amy.token, mia.token])

    owners = {answer.json()["owner"]["id"] for answer in answers if answer.status_code == 200}
    assert len(owners) == 1
    for answer in answers:
        assert answer.status_code in (200, 409)
        if answer.status_code == 409:
            assert {answer.json()["winner"]["id"]} == owners
    assert await accepted(story, one["log"]) == 1


async def test_an_offer_is_accepted_once_however_often(story: Story) -> None:
    offer = await story.offered()
    amy = await story.agent("amy")

    answers = await at_once(story.hub, f"/api/v1/offers/{offer['id']}/accept", {}, [amy.token])

    assert {answer.status_code for answer in answers} == {200}
    assert await accepted(story, offer["conversation"]["log"]) == 1
    me = await amy.get("/me")
    assert me["agent"]["load"] == 1


async def accepted(story: Story, log_id: str) -> int:
    """How often a handover was accepted, by the timeline."""
    amy = await story.agent("amy")
    page = await amy.get(f"/customers/{log_id}/timeline", limit=200)
    bodies = [entry["body"] for entry in page["items"] if entry["kind"] == "handoff"]
    return sum(body["state"] == "accepted" for body in bodies)


async def test_fifty_guesses_of_a_password_are_five(running: RunningHub) -> None:
    body = {"email": demo.email("pat"), "password": "a guess"}

    answers = await at_once(running, "/api/v1/login", body, [])

    assert Counter(answer.status_code for answer in answers) == {401: TRIES, 429: HANDS - TRIES}


async def test_fifty_openings_are_fifty_visitors_and_counted_once_each(running: RunningHub, story: Story) -> None:
    code = running.link().rpartition("/")[2]
    ada = await story.agent("ada")
    before = await opens(ada, code)

    answers = await at_once(running, "/widget/session", {"key": demo.WIDGET_KEY, "link": code}, [])

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["visitor"] for answer in answers}) == HANDS
    assert await opens(ada, code) == before + HANDS


async def opens(ada: Any, code: str) -> int:
    """How often a link was opened."""
    items = (await ada.get("/links"))["items"]
    return next(int(each["opens"]) for each in items if each["code"] == code)


async def test_fifty_first_messages_open_one_conversation(running: RunningHub) -> None:
    first = await CustomerScreen(running.url).open()
    windows = [CustomerScreen(running.urls[number % len(running.urls)]) for number in range(10)]
    await asyncio.gather(*(window.open(token=first.token) for window in windows))

    def say(number: int) -> Any:
        # five keys, each sent ten times
        return windows[number % 10].ask("message", client_key=f"first-{number // 10:08}", text=f"{number // 10}")

    answers = await asyncio.gather(*(say(number) for number in range(HANDS)))

    assert all(answer["ok"] for answer in answers), answers
    assert len({answer["entry"]["conversation_id"] for answer in answers}) == 1
    assert len({answer["entry"]["id"] for answer in answers}) == 5
    await eventually(lambda: all(len(own(window)) == 5 for window in windows), within=WITHIN)
    for window in [first, *windows]:
        await window.close()


def own(window: CustomerScreen) -> list[Any]:
    """What the customer said, as this window shows it."""
    return [entry for entry in window.entries.values() if entry["direction"] == "in"]
