"""Changing hands: asked with a brief, offered, accepted by exactly one; nobody is ever between chairs."""

import pytest

from hub import availability, handoff
from hub.errors import (
    AlreadyAccepted,
    CapacityReached,
    Conflict,
    ConversationResolved,
    Forbidden,
    NotFound,
    OfferOver,
)
from tests.support.house import House
from tests.support.truth import check


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


async def test_the_customer_is_told_honestly_whether_somebody_is_there(house: House) -> None:
    _, nobody = await house.waiting_for("general")
    await house.online("amy")
    _, somebody = await house.waiting_for("general")

    assert await _codes(house, nobody) == ["nobody_there"]
    assert await _codes(house, somebody) == ["queued"]
