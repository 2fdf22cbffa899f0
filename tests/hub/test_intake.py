"""One door: what arrives is on the timeline once, in the conversation it belongs to, or refused whole."""

import asyncio

import pytest
from sqlalchemy import func, select

from hub import access, conversations, identity, intake, languages, links, replies, timeline
from hub.errors import Conflict, ConversationResolved, Invalid, NotFound, NotOwner, TooLarge
from hub.models import Address, Conversation, Customer, Entry, Outbox
from hub.models.base import table
from hub.ports import AddressValue, CallEvent, InboundMessage
from tests.support.house import SECRET_KEY, House

AT_ONCE = 20


async def _count(house: House, model: type) -> int:
    return int((await house.rows(select(func.count()).select_from(table(model))))[0][0])


async def test_a_repeated_webhook_changes_nothing(house: House) -> None:
    sender = house.sender("ana")
    first = await sender.sends("Is my order late?", external_id="m1")
    before = (await house.conversation(first.conversation_id)).version

    again = await house.write(intake.accept, sender.arrival("Is my order late?", external_id="m1"))

    assert (again.entry, again.is_repeat) == (None, True)
    assert (await house.conversation(first.conversation_id)).version == before
    assert await house.said(first.conversation_id) == ["customer: Is my order late?"]


async def test_the_same_webhook_twenty_times_at_once_is_one_entry(house: House) -> None:
    stores = [house.store, house.another_store()]
    arrival = house.sender("ana").arrival("Once", external_id="m1")

    results = await asyncio.gather(
        *(stores[n % 2].write(lambda tx: intake.accept(tx, arrival)) for n in range(AT_ONCE))
    )

    assert [each.is_repeat for each in results].count(False) == 1
    assert (await _count(house, Entry), await _count(house, Customer), await _count(house, Outbox)) == (1, 1, 1)


async def test_the_same_client_key_twenty_times_at_once_is_one_entry_for_everybody(house: House) -> None:
    stores = [house.store, house.another_store()]
    browser = await house.visitor()
    arrival = browser.arrival("Once", client_key="k1")

    results = await asyncio.gather(
        *(stores[n % 2].write(lambda tx: intake.accept(tx, arrival)) for n in range(AT_ONCE))
    )

    assert [each.is_repeat for each in results].count(False) == 1
    assert len({each.entry.id for each in results if each.entry is not None}) == 1
    assert (await _count(house, Entry), await _count(house, Customer)) == (1, 1)


async def test_many_first_messages_of_one_visitor_at_once_are_one_customer_and_one_conversation(house: House) -> None:
    stores = [house.store, house.another_store()]
    browser = await house.visitor()
    arrivals = [browser.arrival(f"message {n}") for n in range(AT_ONCE)]

    await asyncio.gather(
        *(stores[n % 2].write(lambda tx, a=a: intake.accept(tx, a)) for n, a in enumerate(arrivals))  # type: ignore[misc]
    )

    assert await _count(house, Customer) == await _count(house, Conversation) == await _count(house, Address) == 1
    (row,) = await house.rows(select(table(Conversation)))
    assert sorted(await house.said(row.id)) == sorted(f"customer: message {n}" for n in range(AT_ONCE))
    assert row.unread == AT_ONCE


async def test_a_reply_with_the_same_key_is_written_once(house: House) -> None:
    (amy,) = await house.online("amy")
    _, conversation_id = await house.served_by("amy")

    entries = await asyncio.gather(*(amy.replies(conversation_id, "Hello", client_key="k1") for _ in range(AT_ONCE)))

    assert len({entry.id for entry in entries}) == 1
    assert (await house.said(conversation_id)).count("agent: Hello") == 1


async def test_a_key_that_names_another_message_is_refused(house: House) -> None:
    (amy,) = await house.online("amy")
    first, second = [(await house.served_by("amy"))[1] for _ in range(2)]
    await amy.replies(first, "Hello", client_key="k1")

    with pytest.raises(Conflict):
        await amy.replies(second, "Goodbye", client_key="k1")

    assert "agent: Goodbye" not in await house.said(second)


@pytest.mark.parametrize(
    ("text", "error"),
    [("", Invalid), (" \n\t", Invalid), ("a\x00b", Invalid), ("half \ud83d", Invalid), ("é" * 32_769, TooLarge)],
)
async def test_what_cannot_be_kept_is_refused_whole(house: House, text: str, error: type[Exception]) -> None:
    browser = await house.visitor()

    with pytest.raises(error):
        await browser.sends(text)

    assert await _count(house, Customer) == await _count(house, Entry) == 0


@pytest.mark.parametrize(
    "text",
    [
        "é" * 32_768,
        "مرحبا \u202eabc",
        "👩‍👩‍👧‍👦🏳️‍🌈",
        "<script>alert(1)</script>",
        "''; DROP TABLE entry; --",
        "%s :x {y}",
    ],
)
async def test_what_can_be_kept_is_kept_to_the_letter(house: House, text: str) -> None:
    browser = await house.visitor()

    taken = await browser.sends(text)

    assert taken.entry.body == {"text": text}
    assert (await house.read(timeline.get, taken.entry.id)).body == {"text": text}
    assert taken.conversation.last_text == text[:140]


async def test_files_of_others_and_too_many_files_are_refused(house: House) -> None:
    browser = await house.visitor()

    with pytest.raises(NotFound):
        await browser.sends("look", files=["att_nobody"])
    with pytest.raises(Invalid):
        await browser.sends("look", files=[f"att_{n}" for n in range(11)])

    assert await _count(house, Entry) == 0


async def test_a_call_is_refused_where_none_are_taken(house: House) -> None:
    with pytest.raises(Invalid):
        await house.write(intake.take_inbound, house.bank.loopback, CallEvent("c1", "c1", "ringing"))


async def test_a_parsed_message_is_taken_and_its_repeat_says_so(house: House) -> None:
    inbound = InboundMessage("m1", AddressValue("loopback", "ana"), "Hello there", sender_name="Ana")

    first = await house.store.write(intake.taking(house.bank.loopback, inbound))
    again = await house.store.write(intake.taking(house.bank.loopback, inbound))

    assert (first.result, again.result) == ("taken", "repeated")
    (customer,) = await house.rows(select(table(Customer)))
    assert customer.name == "Ana"


# Identity


async def test_typing_somebodys_address_shows_and_captures_nothing(house: House) -> None:
    """Law 4: a claim is a note about a customer; it leads nowhere, whoever types it."""
    victim = house.sender("victim")
    theirs = await victim.says("my secret")
    thief = await house.visitor()
    await thief.says("hello")
    thief_row = await house.read(identity.resolve, thief.address)

    for scheme in ("loopback", "tel", "mailto"):
        await house.write(identity.claim, thief_row.customer_id, AddressValue(scheme, "victim"), source="typed")
    after = await victim.says("still me?")

    granted = await house.read(lambda tx: access.grants(tx, thief_row.id))
    assert theirs.conversation_id not in granted
    assert after.conversation_id == theirs.conversation_id
    assert (await house.read(identity.resolve, victim.address)).customer_id == theirs.entry.log_id
    assert thief_row.customer_id != theirs.entry.log_id
    assert [c.value for c in await house.read(identity.claims, thief_row.customer_id)] == ["victim"] * 3
    assert await house.read(identity.claims, theirs.entry.log_id) == []


async def test_a_claim_is_kept_once_and_a_customer_cannot_leave_too_many(house: House) -> None:
    browser = await house.visitor()
    await browser.says("hello")
    customer_id = (await house.read(identity.resolve, browser.address)).customer_id
    first = await house.write(identity.claim, customer_id, AddressValue("tel", "+15550100"), source="typed")
    again = await house.write(identity.claim, customer_id, AddressValue("tel", "+15550100"), source="typed")
    assert first == again

    with pytest.raises(Invalid):
        for number in range(identity.MAX_CLAIMS):
            await house.write(identity.claim, customer_id, AddressValue("tel", f"+1555020{number}"), source="typed")

    assert len(await house.read(identity.claims, customer_id)) == identity.MAX_CLAIMS


async def test_the_language_is_the_customers_own_and_changes_after_two_clear_messages(house: House) -> None:
    browser = await house.visitor(language="en")

    spoken = [
        (await browser.says(text)).conversation.language
        for text in (
            "我的信用卡有问题，怎么办？",
            "ok",
            "Could you please help me with this?",
            "I need it by tomorrow, thank you",
        )
    ]

    assert spoken[0] == "zh-Hans"
    assert spoken[-1] == "en"
    assert languages.ui_language(spoken[1]) == "zh-Hans"


# Replies


async def test_only_the_owner_writes_to_the_customer_and_only_while_it_is_open(house: House) -> None:
    amy, mia = await house.online("amy", "mia")
    _, conversation_id = await house.served_by("amy")

    with pytest.raises(NotOwner):
        await mia.replies(conversation_id, "Hello")
    await house.write(replies.note, conversation_id, mia.actor, "I know this one")
    await amy.resolves(conversation_id)
    with pytest.raises(ConversationResolved):
        await amy.replies(conversation_id, "Hello")

    notes = await house.timeline(conversation_id, "note")
    assert [(n.audience, n.body["text"]) for n in notes] == [("staff", "I know this one")]


async def test_the_owner_has_read_as_far_as_they_say_and_never_back(house: House) -> None:
    (amy,) = await house.online("amy")
    browser, conversation_id = await house.served_by("amy")
    first = await browser.says("one")
    second = await browser.says("two")

    part = await house.write(conversations.mark_read, conversation_id, amy.id, first.entry.ordered_at)
    rest = await house.write(conversations.mark_read, conversation_id, amy.id, second.entry.ordered_at)
    back = await house.write(conversations.mark_read, conversation_id, amy.id, first.entry.ordered_at)

    assert part.unread > 0
    assert (rest.unread, rest.read_through) == (0, second.entry.ordered_at)
    assert back.read_through == rest.read_through


async def test_resolving_needs_a_disposition_that_exists_and_the_version_that_was_seen(house: House) -> None:
    (amy,) = await house.online("amy")
    _, conversation_id = await house.served_by("amy")
    row = await house.conversation(conversation_id)

    with pytest.raises(Invalid):
        await amy.resolves(conversation_id, "whatever")
    with pytest.raises(Conflict):
        await house.write(conversations.resolve, conversation_id, amy.actor, version=row.version - 1)
    done = await amy.resolves(conversation_id, "card_replaced")

    assert (done.status, done.disposition_id is not None, done.open_key) == ("resolved", True, None)


# Links


async def test_forged_unknown_and_revoked_codes_open_nothing_alike(house: House) -> None:
    letter = house.bank.links[0]
    opened = await house.read(links.open_code, SECRET_KEY, letter.code.lower())
    assert opened.id == letter.id
    await house.write(links.revoke, letter.id)

    for code in (letter.code, "AAAAAAAA" + letter.code[8:], letter.code[:-1] + "A", "", "x" * 300, "ÄÖÜ"):
        with pytest.raises(NotFound):
            await house.read(links.open_code, SECRET_KEY, code)
    with pytest.raises(NotFound):
        await house.read(links.open_code, "another key of the same length!!!!!", letter.code)
