"""Transfers: to a queue at once, to an agent by accepting; what nobody takes stays or waits again."""

import pytest

from hub import brief, conversations, handoff
from hub.errors import (
    Conflict,
    Invalid,
)
from tests.support.house import House
from tests.support.truth import check


async def _states(house: House, conversation_id: str) -> list[str]:
    return [entry.body["state"] for entry in await house.timeline(conversation_id, "handoff")]


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


async def test_a_second_transfer_replaces_the_first(house: House) -> None:
    amy, ben, mia = await house.online("amy", "ben", "mia")
    _, conversation_id = await house.served_by("amy")

    first = await amy.transfers(conversation_id, "ben")
    await amy.transfers(conversation_id, "mia")

    assert await ben.offers() == []
    assert (await house.read(handoff.get, first.id)).state == "cancelled"
    assert (await mia.accepts()).owner_id == mia.id
    await house.read(check)
