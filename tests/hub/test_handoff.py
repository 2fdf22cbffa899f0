"""Changing hands: asked with a brief, offered, accepted by exactly one; nobody is ever between chairs."""

import pytest
from sqlalchemy import select

from hub import accounts, availability, brief, chores, conversations, handoff, queues, replies, requests
from hub.clock import SECOND
from hub.errors import (
    AlreadyAccepted,
    CapacityReached,
    Conflict,
    ConversationResolved,
    Forbidden,
    Invalid,
    NotFound,
    OfferOver,
)
from hub.models import Entry, Handoff
from hub.models.base import table
from hub.ports import SYSTEM
from tests.support.house import House
from tests.support.truth import check

CARD = ("My card is misspelt", "ANA PERIERA", "ANA PEREIRA", "skip", "4021", "tomorrow")


async def _states(house: House, conversation_id: str) -> list[str]:
    return [entry.body["state"] for entry in await house.timeline(conversation_id, "handoff")]


async def _codes(house: House, conversation_id: str) -> list[str]:
    return [entry.body["code"] for entry in await house.timeline(conversation_id, "status")]


async def test_a_queue_owns_at_once_and_an_agent_by_accepting(house: House) -> None:
    (amy,) = await house.online("amy")
    _, conversation_id = await house.waiting_for("cards")

    before = await house.conversation(conversation_id)
    after = await amy.accepts()

    assert (before.owner_kind, before.owner_id) == ("queue", house.bank.queues["cards"].id)
    assert (after.owner_kind, after.owner_id, after.waiting_since) == ("agent", amy.id, None)
    assert await amy.load() == 1
    assert (await _codes(house, conversation_id))[-1] == "agent_joined"
    await house.read(check)


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


async def test_who_declines_is_followed_by_the_next_and_asked_again_after_a_minute(house: House) -> None:
    amy, mia = await house.online("amy", "mia")
    _, conversation_id = await house.waiting_for("cards")
    first, second = (amy, mia) if await amy.offers() else (mia, amy)

    await first.declines()
    asked_next = await second.offers()
    await second.declines()
    nobody = await first.offers() + await second.offers()
    await house.passes(61)

    assert [o.conversation_id for o in asked_next] == [conversation_id]
    assert nobody == []
    assert len(await first.offers() + await second.offers()) == 1
    await house.read(check)


async def test_an_offer_without_an_answer_goes_to_the_next_agent(house: House) -> None:
    amy, mia = await house.online("amy", "mia")
    await house.waiting_for("cards")
    first, second = (amy, mia) if await amy.offers() else (mia, amy)
    offer = await first.offer()

    await house.passes(31)

    assert (await house.read(handoff.get_offer, offer.id)).state == "expired"
    assert len(await second.offers()) == 1
    with pytest.raises(OfferOver):
        await house.write(handoff.accept, offer.id, first.actor)
    await house.read(check)


async def test_an_offer_is_over_at_its_time_even_before_the_timer_rings(house: House) -> None:
    (amy,) = await house.online("amy")
    await house.waiting_for("cards")
    offer = await amy.offer()

    house.clock.advance(31)

    with pytest.raises(OfferOver):
        await house.write(handoff.accept, offer.id, amy.actor)


async def test_accepting_twice_is_accepting_once(house: House) -> None:
    (amy,) = await house.online("amy")
    _, conversation_id = await house.waiting_for("cards")
    offer = await amy.offer()

    first = await house.write(handoff.accept, offer.id, amy.actor)
    again = await house.write(handoff.accept, offer.id, amy.actor)

    assert first.version == again.version
    assert (await _states(house, conversation_id)).count("accepted") == 1


async def test_who_is_late_hears_who_won(house: House) -> None:
    amy, mia = await house.online("amy", "mia")
    _, conversation_id = await house.waiting_for("cards")
    asked, other = (amy, mia) if await amy.offers() else (mia, amy)
    offer = await asked.offer()

    await other.takes(conversation_id)

    with pytest.raises(AlreadyAccepted) as lost:
        await house.write(handoff.accept, offer.id, asked.actor)
    assert lost.value.details["winner"] == {"id": other.id, "name": other.row.name}
    with pytest.raises(AlreadyAccepted):
        await asked.takes(conversation_id)
    assert (await house.read(handoff.get_offer, offer.id)).state == "withdrawn"


async def test_somebody_elses_offer_is_no_offer(house: House) -> None:
    amy, mia = await house.online("amy", "mia")
    await house.waiting_for("cards")
    asked, other = (amy, mia) if await amy.offers() else (mia, amy)
    offer = await asked.offer()

    with pytest.raises(NotFound):
        await house.write(handoff.accept, offer.id, other.actor)
    with pytest.raises(NotFound):
        await house.write(handoff.decline, offer.id, other.actor)


async def test_nobody_serves_more_than_agreed(house: House) -> None:
    (amy,) = await house.online("amy")
    await house.write(availability.set_capacity, amy.id, 1)
    waiting = [(await house.waiting_for("cards"))[1] for _ in range(3)]
    await amy.accepts()
    await house.settles()

    assert await amy.offers() == []
    with pytest.raises(CapacityReached):
        await amy.takes(waiting[2])
    await house.read(check)


async def test_whoever_is_free_again_is_asked_at_once(house: House) -> None:
    (amy,) = await house.online("amy")
    await house.write(availability.set_capacity, amy.id, 1)
    first, second = [(await house.waiting_for("cards"))[1] for _ in range(2)]
    await amy.accepts()
    await house.settles()

    await amy.resolves(first)
    await house.settles()

    assert (await amy.offer()).conversation_id == second


async def test_after_one_answer_the_next_in_line_rings_even_in_another_queue(house: House) -> None:
    (amy,) = await house.online("amy")
    cards, general = (await house.waiting_for("cards"))[1], (await house.waiting_for("general"))[1]
    rung = [(await amy.offer()).conversation_id]

    await amy.accepts()
    await house.settles()
    rung.append((await amy.offer()).conversation_id)
    await amy.declines()

    assert rung == [cards, general]
    await house.read(check)


async def test_a_transfer_to_an_agent_leaves_it_with_the_owner_until_accepted(house: House) -> None:
    amy, ben = await house.online("amy", "ben")
    _, conversation_id = await house.served_by("amy")

    request = await amy.transfers(conversation_id, "ben", reason="fraud?", summary="Asks about a charge")
    between = await house.conversation(conversation_id)
    shown = await house.read(lambda tx: brief.render(tx, request, conversations.get(tx, conversation_id)))
    await ben.accepts()
    after = await house.conversation(conversation_id)

    assert (between.owner_id, after.owner_id) == (amy.id, ben.id)
    assert (shown["reason"], shown["summary"]) == ("fraud?", "Asks about a charge")
    assert (await amy.load(), await ben.load()) == (0, 1)
    await house.read(check)


@pytest.mark.parametrize("how", ["declines", "expires", "cancels"])
async def test_a_transfer_that_nobody_takes_stays_with_its_owner(house: House, how: str) -> None:
    amy, ben = await house.online("amy", "ben")
    _, conversation_id = await house.served_by("amy")
    request = await amy.transfers(conversation_id, "ben")

    if how == "declines":
        await ben.declines()
    elif how == "expires":
        await house.passes(46)
    else:
        await house.write(handoff.cancel, request.id, amy.actor)

    row = await house.conversation(conversation_id)
    assert (row.owner_id, row.handoff_id) == (amy.id, None)
    assert (await _states(house, conversation_id))[-1] == {
        "declines": "declined",
        "expires": "expired",
        "cancels": "cancelled",
    }[how]
    assert await ben.offers() == []
    await house.read(check)


@pytest.mark.parametrize("how", ["declines", "cancels"])
async def test_a_transfer_out_of_a_queue_that_nobody_takes_goes_back_in_line(house: House, how: str) -> None:
    (ben,) = await house.online("ben")
    sue = house.agent("sue")
    _, conversation_id = await house.waiting_for("cards")
    since = (await house.conversation(conversation_id)).waiting_since
    request = await sue.transfers(conversation_id, "ben")

    if how == "declines":
        await ben.declines()
    else:
        await house.write(handoff.cancel, request.id, sue.actor)
    (amy,) = await house.online("amy")

    assert (await amy.offer()).conversation_id == conversation_id
    assert (await house.conversation(conversation_id)).waiting_since == since
    await house.read(check)


async def test_whoever_rang_before_a_transfer_out_of_the_queue_rings_again_after_it(house: House) -> None:
    amy, ben = await house.online("amy", "ben")
    _, conversation_id = await house.waiting_for("cards")
    assert await amy.offers()

    await house.agent("sue").transfers(conversation_id, "ben")
    await house.settles()
    between = await amy.offers()
    await ben.declines()

    assert between == []
    assert (await amy.offer()).conversation_id == conversation_id
    await house.read(check)


async def test_a_transfer_needs_somebody_else_who_is_there(house: House) -> None:
    amy, _ = await house.online("amy", "ben")
    _, conversation_id = await house.served_by("amy")

    with pytest.raises(Invalid):
        await amy.transfers(conversation_id, "amy")
    with pytest.raises(Conflict):
        await amy.transfers(conversation_id, "mia")


async def test_an_answered_request_cannot_be_taken_back_nor_can_a_queues(house: House) -> None:
    amy, ben = await house.online("amy", "ben")
    _, conversation_id = await house.served_by("amy")
    request = await amy.transfers(conversation_id, "ben")
    with pytest.raises(Forbidden):
        await house.write(handoff.cancel, request.id, ben.actor)
    await ben.accepts()

    with pytest.raises(Conflict):
        await house.write(handoff.cancel, request.id, amy.actor)
    to_queue = await ben.transfers(conversation_id, "risk")
    with pytest.raises(Conflict):
        await house.write(handoff.cancel, to_queue.id, ben.actor)


async def test_a_second_transfer_replaces_the_first(house: House) -> None:
    amy, ben, mia = await house.online("amy", "ben", "mia")
    _, conversation_id = await house.served_by("amy")

    first = await amy.transfers(conversation_id, "ben")
    await amy.transfers(conversation_id, "mia")

    assert await ben.offers() == []
    assert (await house.read(handoff.get, first.id)).state == "cancelled"
    assert (await mia.accepts()).owner_id == mia.id
    await house.read(check)


async def test_resolving_silences_offers_and_ends_requests(house: House) -> None:
    amy, ben = await house.online("amy", "ben")
    _, conversation_id = await house.served_by("amy")
    request = await amy.transfers(conversation_id, "ben")
    offer = await ben.offer()

    await amy.resolves(conversation_id)
    await house.settles()

    assert await ben.offers() == []
    assert (await house.read(handoff.get, request.id)).state == "cancelled"
    with pytest.raises(Conflict):
        await house.write(handoff.accept, offer.id, ben.actor)
    with pytest.raises(ConversationResolved):
        await ben.takes(conversation_id)
    with pytest.raises(ConversationResolved):
        await amy.resolves(conversation_id)
    await house.read(check)


async def test_a_vanished_agent_keeps_it_a_minute_then_it_heads_the_queue(house: House) -> None:
    amy = house.agent("amy")
    await amy.goes("online", seconds=40)
    _browser, conversation_id = await house.served_by("amy")
    await house.write(chores.start)
    for _ in range(2):
        await house.waiting_for("cards")
    house.clock.advance(-30)
    _, older = await house.waiting_for("cards")
    house.clock.advance(30)

    await house.passes(55)
    early = (await house.conversation(conversation_id)).owner_id
    await house.passes(10)
    await house.passes(6)

    row = await house.conversation(conversation_id)
    line = await house.read(queues.line, house.bank.queues["cards"].id)
    assert early == amy.id
    assert (row.owner_kind, row.owner_id) == ("queue", house.bank.queues["cards"].id)
    assert line[0].id == conversation_id
    assert older in [each.id for each in line]
    assert (await house.read(availability.get, amy.id)).state == "offline"
    assert "owner_vanished" in [e.body["reason"] for e in await house.timeline(conversation_id, "handoff")]
    await house.read(check)


async def test_an_agent_who_is_seen_again_in_time_loses_nothing(house: House) -> None:
    amy = house.agent("amy")
    await amy.goes("online", seconds=40)
    _, conversation_id = await house.served_by("amy")
    await house.write(chores.start)

    await house.passes(50)
    await house.write(availability.renew, [amy.id])
    await house.passes(30)

    assert (await house.conversation(conversation_id)).owner_id == amy.id


async def test_an_agent_who_leaves_hands_everything_back_and_rings_no_more(house: House) -> None:
    (amy,) = await house.online("amy")
    served = [(await house.served_by("amy"))[1] for _ in range(3)]
    _, ringing = await house.waiting_for("cards")
    assert await amy.offers()

    await house.write(chores.leave, amy.id)
    await house.settles()

    assert await amy.offers() == []
    assert {(await house.conversation(id)).owner_kind for id in [*served, ringing]} == {"queue"}
    assert await amy.load() == 0
    (mia,) = await house.online("mia")
    assert len(await mia.offers()) == 1
    await house.read(check)


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


async def test_the_customer_is_told_honestly_whether_somebody_is_there(house: House) -> None:
    _, nobody = await house.waiting_for("general")
    await house.online("amy")
    _, somebody = await house.waiting_for("general")

    assert await _codes(house, nobody) == ["nobody_there"]
    assert await _codes(house, somebody) == ["queued"]


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


async def test_giving_back_what_nobody_owns_changes_nothing(house: House) -> None:
    _, conversation_id = await house.waiting_for("cards")
    before = await house.conversation(conversation_id)

    await house.write(handoff.give_back, conversation_id, SYSTEM, "owner_left")

    assert (await house.conversation(conversation_id)).version == before.version
