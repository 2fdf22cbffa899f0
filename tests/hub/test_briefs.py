"""Briefs: what the next person must know, read anew from the entries it points at."""

import pytest
from sqlalchemy import select

from hub import accounts, brief, conversations, handoff, replies, requests
from hub.clock import SECOND
from hub.errors import (
    Forbidden,
)
from hub.models import Entry, Handoff
from hub.models.base import table
from tests.support.house import House
from tests.support.truth import check

CARD = ("My card is misspelt", "ANA PERIERA", "ANA PEREIRA", "skip", "4021", "tomorrow")


async def _states(house: House, conversation_id: str) -> list[str]:
    return [entry.body["state"] for entry in await house.timeline(conversation_id, "handoff")]


async def test_the_time_between_the_painted_brief_and_the_answer_is_recorded(house: House) -> None:
    (amy,) = await house.online("amy")
    _, conversation_id = await house.waiting_for("cards")
    offer = await amy.offer()

    await house.write(handoff.painted, offer.id, amy.id)
    house.clock.advance(3)
    await house.write(handoff.painted, offer.id, amy.id)
    house.clock.advance(2)
    await amy.accepts()

    request = await house.read(handoff.get, offer.handoff_id)
    assert 5 * SECOND <= request.lead_us < 7 * SECOND
    (told,) = [e for e in await house.timeline(conversation_id, "handoff") if e.body["state"] == "accepted"]
    assert told.body["lead_ms"] == request.lead_us // 1000


async def test_only_the_receiver_acknowledges_the_brief_and_only_once(house: House) -> None:
    amy, mia = await house.online("amy", "mia")
    _, conversation_id = await house.waiting_for("cards")
    await amy.takes(conversation_id)
    handoff_id = (await house.conversation(conversation_id)).handoff_id

    with pytest.raises(Forbidden):
        await house.write(handoff.acknowledge, handoff_id, mia.actor)
    first = await house.write(handoff.acknowledge, handoff_id, amy.actor)
    again = await house.write(handoff.acknowledge, handoff_id, amy.actor)

    assert first.acknowledged_at == again.acknowledged_at is not None
    assert (await _states(house, conversation_id)).count("acknowledged") == 1


async def test_a_conversation_of_an_account_without_a_bot_waits_with_a_brief(house: House) -> None:
    plain = await house.write(
        accounts.add,
        channel="webchat",
        adapter="webchat",
        name="No bot",
        key="wk_plain",
        queue_id=house.bank.queues["cards"].id,
    )
    browser = await house.visitor(account=plain)
    taken = await browser.says("Hello?")
    (amy,) = await house.online("amy")

    offer = await amy.offer()

    shown = await house.read(
        lambda tx: brief.render(tx, handoff.get(tx, offer.handoff_id), conversations.get(tx, taken.conversation_id))
    )
    assert [line["text"] for line in shown["wants"]] == ["Hello?"]
    await house.read(check)


async def test_the_brief_of_each_stage_holds_everything_the_one_before_held(house: House) -> None:
    amy, ben = await house.online("amy", "ben")
    ana = await house.visitor()
    conversation_id = (await ana.says(*CARD)).conversation_id
    await amy.accepts()
    await amy.replies(conversation_id, "I am on it.")
    await house.write(replies.note, conversation_id, amy.actor, "Looks fine")
    await amy.transfers(conversation_id, "ben", reason="limit")
    await ben.accepts()
    await ben.transfers(conversation_id, "cards", reason="done")
    await house.settles()
    await amy.accepts()

    asked = await house.rows(select(table(Handoff)).order_by(table(Handoff).c.requested_at))
    shown = [
        await house.read(lambda tx, r=r: brief.render(tx, r, conversations.get(tx, conversation_id))) for r in asked
    ]
    given = [[line["text"] for line in each["given"]] for each in shown]
    assert given[0] == given[1] == given[2]
    assert "ANA PEREIRA" in given[0]
    assert [each["wants"][0]["text"] for each in shown] == [CARD[0]] * 3
    assert [len(each["tried"]) for each in shown] == [2, 3, 4]
    await house.read(check)


async def test_a_brief_reads_what_it_points_at(house: House) -> None:
    """Law 3: what is emptied later is empty in every brief, and the digest says that it changed."""
    (_amy,) = await house.online("amy")
    _ana, conversation_id = await house.waiting_for("cards", text="My number is 4021, a person please")
    request = await house.read(lambda tx: handoff.get(tx, conversations.get(tx, conversation_id).handoff_id))
    (said,) = await house.timeline(conversation_id, "message")

    entry = table(Entry)
    await house.store.write(lambda tx: tx.do(entry.update().where(entry.c.id == said.id).values(body={"text": ""})))

    shown = await house.read(lambda tx: brief.render(tx, request, conversations.get(tx, conversation_id)))
    assert [line["text"] for line in shown["wants"]] == [""]
    assert await house.read(brief.digest_now, request) != request.digest


async def test_requests_know_who_served_last(house: House) -> None:
    amy, ben = await house.online("amy", "ben")
    _, conversation_id = await house.served_by("amy")
    await amy.transfers(conversation_id, "ben")
    await ben.accepts()

    assert await house.read(requests.last_agent, conversation_id) == ben.id
