"""Agents who vanish or leave: what they had goes to the head of its queue."""

from hub import availability, chores, handoff, queues
from hub.ports import SYSTEM
from tests.support.house import House
from tests.support.truth import check


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


async def test_giving_back_what_nobody_owns_changes_nothing(house: House) -> None:
    _, conversation_id = await house.waiting_for("cards")
    before = await house.conversation(conversation_id)

    await house.write(handoff.give_back, conversation_id, SYSTEM, "owner_left")

    assert (await house.conversation(conversation_id)).version == before.version
