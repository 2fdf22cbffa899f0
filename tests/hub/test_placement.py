"""Placement: which conversation a message belongs to, and who has it when it opens again."""

import pytest

from hub import conversations
from hub.clock import HOUR
from tests.support.house import House


async def test_messages_go_to_the_open_conversation(house: House) -> None:
    browser = await house.visitor()

    ids = {(await browser.says(text)).conversation_id for text in ("hello", "anybody?", "I want a person", "please")}

    assert len(ids) == 1


async def test_a_message_within_three_days_opens_it_again_for_whoever_served_it(house: House) -> None:
    (amy,) = await house.online("amy")
    browser, conversation_id = await house.served_by("amy")
    await amy.resolves(conversation_id)
    house.clock.offset += 71 * HOUR
    await amy.goes("online")

    taken = await browser.says("One more thing")

    assert taken.conversation_id == conversation_id
    assert (taken.conversation.status, taken.conversation.owner_id) == ("open", amy.id)
    assert await amy.load() == 1


@pytest.mark.parametrize("why", ["away", "full"])
async def test_if_they_are_not_free_the_queue_has_it_and_asks_with_a_brief(house: House, why: str) -> None:
    (amy,) = await house.online("amy")
    browser, conversation_id = await house.served_by("amy")
    await amy.resolves(conversation_id)
    if why == "away":
        await amy.goes("away")
    else:
        for _ in range(4):
            await house.served_by("amy")

    taken = await browser.says("One more thing")
    (mia,) = await house.online("mia")

    assert (taken.conversation_id, taken.conversation.owner_kind) == (conversation_id, "queue")
    assert (await mia.offer()).conversation_id == conversation_id


async def test_after_three_days_a_new_conversation_begins_on_the_same_timeline(house: House) -> None:
    (amy,) = await house.online("amy")
    browser, conversation_id = await house.served_by("amy")
    await amy.resolves(conversation_id)
    house.clock.offset += 73 * HOUR

    taken = await browser.says("hello again")

    assert taken.conversation_id != conversation_id
    assert taken.entry.log_id == (await house.conversation(conversation_id)).log_id


async def test_a_conversation_that_the_bot_ended_goes_back_to_the_bot(house: House) -> None:
    browser = await house.visitor()
    answers = ("Pay my premium", "12345678", "250", "bank account", "yes")
    first = await browser.says(*answers)
    assert (await house.conversation(first.conversation_id)).status == "resolved"

    taken = await browser.says("My card is misspelt")

    assert (taken.conversation_id, taken.conversation.owner_kind) == (first.conversation_id, "bot")
    assert "Which name is printed" in (await house.said(first.conversation_id))[-1]


async def test_a_link_opens_a_conversation_of_its_own_in_its_queue_language_and_flow(house: House) -> None:
    letter, poster = house.bank.links
    browser = await house.visitor()
    plain = await browser.says("hello")

    by_letter = await browser.says("it is about my card", link=letter)
    again = await browser.says("hm", link=letter)
    scanned = await (await house.visitor()).says("hi", link=poster)

    assert by_letter.conversation_id != plain.conversation_id
    assert again.conversation_id == by_letter.conversation_id
    assert by_letter.conversation.queue_id == house.bank.queues["cards"].id
    assert scanned.conversation.queue_id == house.bank.queues["insurance"].id
    (opened,) = await house.timeline(by_letter.conversation_id, "system")
    assert opened.body == {
        "code": "link_opened",
        "params": {"campaign": "card-letter", "label": "Letter with the new card", "claimed": {}},
    }
    assert opened.audience == "staff"
    assert "five short questions" in (await house.said(by_letter.conversation_id))[1]


async def test_a_link_conversation_that_was_resolved_is_found_again_by_its_link(house: House) -> None:
    letter = house.bank.links[0]
    (amy,) = await house.online("amy")
    browser = await house.visitor()
    first = await browser.says("a person please", link=letter)
    await amy.takes(first.conversation_id)
    await amy.resolves(first.conversation_id)

    again = await browser.says("still wrong", link=letter)
    more = await browser.says("and another thing", link=letter)

    assert {again.conversation_id, more.conversation_id} == {first.conversation_id}


async def test_two_conversations_may_be_open_and_the_one_on_the_screen_gets_the_message(house: House) -> None:
    letter = house.bank.links[0]
    browser = await house.visitor()
    plain = await browser.says("hello")
    await browser.says("card", link=letter)

    shown = await browser.says("hello again", conversation_id=plain.conversation_id)

    assert shown.conversation_id == plain.conversation_id


async def test_somebody_elses_conversation_is_not_entered_by_naming_it(house: House) -> None:
    theirs = await (await house.visitor()).says("my secret")
    other = await house.visitor()

    taken = await other.says("let me in", conversation_id=theirs.conversation_id)

    assert taken.conversation_id != theirs.conversation_id
    assert "customer: let me in" not in await house.said(theirs.conversation_id)


async def test_a_reopened_conversation_does_not_collide_with_one_opened_meanwhile(house: House) -> None:
    (amy,) = await house.online("amy")
    browser, first = await house.served_by("amy")
    await amy.resolves(first)
    house.clock.offset += 73 * HOUR
    await amy.goes("online")
    second = (await browser.says("hello again")).conversation_id

    await house.write(conversations.reopen, first, amy.actor, amy.actor)

    assert {(await house.conversation(id)).status for id in (first, second)} == {"open"}
