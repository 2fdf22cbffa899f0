"""The send queue and the ledger: in order per address, forward only, never twice without a person."""

import asyncio
import itertools

import pytest
from sqlalchemy import select

from hub import conversations, delivery, identity, replies
from hub.errors import Conflict
from hub.models import Delivery
from hub.models.base import table
from hub.ports import SYSTEM, Receipt, Sent
from hub.store import Tx
from hub.store.hot import Row
from tests.support.house import Browser, House, Staff

_dlv = table(Delivery)
SEND_SECONDS = 15.0


async def _served(house: House) -> tuple[Staff, Browser, str]:
    """Amy serves somebody who came over the webhook."""
    (amy,) = await house.online("amy")
    sender = house.sender()
    taken = await sender.says("I want a person")
    await amy.takes(taken.conversation_id)
    await house.settles()
    return amy, sender, taken.conversation_id


async def _of(house: House, entry: Row) -> Row:
    (row,) = await house.rows(select(_dlv).where(_dlv.c.entry_id == entry.id))
    return row


async def _claim(house: House, limit: int = 16) -> list[Row]:
    return await house.write(delivery.claim, limit, SEND_SECONDS)


async def test_replies_to_one_address_leave_one_after_another(house: House) -> None:
    amy, _, conversation_id = await _served(house)
    said = [await amy.replies(conversation_id, f"{n}") for n in range(3)]
    order = []

    for _ in range(3):
        (row,) = await _claim(house)
        order.append(row.entry_id)
        assert await _claim(house) == []
        await house.write(delivery.settle_sent, row.id, row.attempt, Sent(f"p-{row.id}"))

    assert order == [entry.id for entry in said]
    assert await _claim(house) == []


async def test_a_stuck_address_starves_no_other(house: House) -> None:
    amy, _, stuck = await _served(house)
    for n in range(40):
        await amy.replies(stuck, f"{n}")
    (first,) = await _claim(house)
    await house.write(delivery.settle_again, first.id, first.attempt, 600, "busy")
    other = house.sender()
    taken = await other.says("I want a person")
    await amy.takes(taken.conversation_id)
    reply = await amy.replies(taken.conversation_id, "Hello")

    (claimed,) = await _claim(house, 4)

    assert claimed.entry_id == reply.id


async def test_two_senders_never_hold_the_same_delivery(house: House) -> None:
    for _ in range(12):
        taken = await house.sender().says("I want a person")
        await house.write(_say, taken.conversation_id)
    other = house.another_store()

    claims = await asyncio.gather(
        *(store.write(lambda tx: delivery.claim(tx, 3, SEND_SECONDS)) for store in (house.store, other) * 4)
    )

    ids = [row.id for claimed in claims for row in claimed]
    assert len(ids) == len(set(ids)) == 12


def _say(tx: Tx, conversation_id: str) -> None:
    replies.say(tx, conversations.hold(tx, conversation_id), SYSTEM, {"text": "Hello"})


async def test_what_was_surely_not_taken_is_tried_again_later_then_fails(house: House) -> None:
    amy, _, conversation_id = await _served(house)
    entry = await amy.replies(conversation_id, "Hello")

    for attempt in range(1, delivery.MAX_ATTEMPTS + 1):
        (row,) = await _claim(house)
        assert row.attempt == attempt
        await house.write(delivery.settle_again, row.id, attempt, 30, "busy")
        assert await _claim(house) == []
        house.clock.advance(31)

    row = await _of(house, entry)
    assert (row.state, row.reason) == ("failed", "busy")
    assert [state for state, _ in row.history] == ["queued", *["sending", "queued"] * 7, "sending", "failed"]


async def test_a_sender_that_dies_leaves_unknown_which_blocks_nobody_and_is_not_repeated(house: House) -> None:
    amy, _, conversation_id = await _served(house)
    entry = await amy.replies(conversation_id, "first")
    await _claim(house)
    house.clock.advance(SEND_SECONDS + delivery.SLACK_SECONDS + 1)

    assert await house.write(delivery.give_up_lost) == 1
    second = await amy.replies(conversation_id, "second")
    (claimed,) = await _claim(house)

    assert (await _of(house, entry)).state == "unknown"
    assert claimed.entry_id == second.id


async def test_only_a_person_sends_again_and_only_what_needs_it(house: House) -> None:
    amy, _, conversation_id = await _served(house)
    entry = await amy.replies(conversation_id, "first")
    row = await _of(house, entry)
    with pytest.raises(Conflict):
        await house.write(delivery.send_again, row.id)
    (claimed,) = await _claim(house)
    await house.write(delivery.settle_unknown, claimed.id, 1, "no answer in time")

    await house.write(delivery.send_again, row.id)
    (again,) = await _claim(house)

    assert (again.id, again.attempt) == (row.id, 2)


async def test_a_late_end_of_an_old_attempt_changes_nothing(house: House) -> None:
    amy, _, conversation_id = await _served(house)
    entry = await amy.replies(conversation_id, "first")
    (first,) = await _claim(house)
    await house.write(delivery.settle_again, first.id, 1, 0, "busy")
    await _claim(house)

    await house.write(delivery.settle_failed, first.id, 1, "late")
    await house.write(delivery.settle_unknown, first.id, 1, "late")
    await house.write(delivery.settle_again, first.id, 1, 0, "late")

    assert ((await _of(house, entry)).state, (await _of(house, entry)).attempt) == ("sending", 2)


async def test_a_late_sent_of_the_same_attempt_beats_unknown(house: House) -> None:
    amy, _, conversation_id = await _served(house)
    entry = await amy.replies(conversation_id, "first")
    (row,) = await _claim(house)
    await house.write(delivery.settle_unknown, row.id, 1, "no answer in time")

    await house.write(delivery.settle_sent, row.id, 1, Sent("p1"))

    assert ((await _of(house, entry)).state, (await _of(house, entry)).provider_id) == ("sent", "p1")


async def test_receipts_in_any_order_and_doubled_end_at_the_furthest(house: House) -> None:
    amy, _, conversation_id = await _served(house)
    for order in itertools.permutations(("sent", "delivered", "read")):
        entry = await amy.replies(conversation_id, "-".join(order))
        (row,) = await _claim(house)
        ranks = []

        for state in (*order, *order):
            receipt = Receipt(f"r{state}", state, delivery_id=row.id)  # type: ignore[arg-type]
            await house.write(delivery.receive, house.bank.loopback.id, receipt)
            ranks.append(delivery.RANK[(await _of(house, entry)).state])
        await house.write(delivery.settle_sent, row.id, 1, Sent("late"))

        assert ranks == sorted(ranks)
        assert (await _of(house, entry)).state == "read"


async def test_a_receipt_is_found_by_the_providers_id_only_on_its_own_account(house: House) -> None:
    amy, _, conversation_id = await _served(house)
    entry = await amy.replies(conversation_id, "Hello")
    (row,) = await _claim(house)
    await house.write(delivery.settle_sent, row.id, 1, Sent("p1"))
    receipt = Receipt("r1", "delivered", provider_id="p1")

    elsewhere = await house.write(delivery.receive, house.bank.webchat.id, receipt)
    unknown = await house.write(delivery.receive, house.bank.loopback.id, Receipt("r2", "read", provider_id="p9"))
    nameless = await house.write(delivery.receive, house.bank.loopback.id, Receipt("r3", "read"))
    here = await house.write(delivery.receive, house.bank.loopback.id, receipt)

    assert (elsewhere, unknown, nameless, here) == (False, False, False, True)
    assert (await _of(house, entry)).state == "delivered"


async def test_every_step_makes_screens_fetch_the_entry_again(house: House) -> None:
    amy, _, conversation_id = await _served(house)
    entry = await amy.replies(conversation_id, "Hello")
    (row,) = await _claim(house)
    revisions = [entry.revision]

    await house.write(delivery.settle_sent, row.id, 1, Sent("p1"))
    for state in ("delivered", "read"):
        revisions.append((await house.timeline(conversation_id, "message"))[-1].revision)
        await house.write(
            delivery.receive,
            house.bank.loopback.id,
            Receipt(state, state, delivery_id=row.id),
        )
    revisions.append((await house.timeline(conversation_id, "message"))[-1].revision)

    assert revisions == sorted(set(revisions))


async def test_a_browser_acknowledges_what_it_has_shown_and_what_was_seen(house: House) -> None:
    (amy,) = await house.online("amy")
    browser, conversation_id = await house.served_by("amy")
    entries = [await amy.replies(conversation_id, f"{n}") for n in range(3)]
    address_id = (await house.read(identity.resolve, browser.address)).id

    async def states() -> list[str]:
        return [(await _of(house, entry)).state for entry in entries]

    await house.write(delivery.acknowledge, address_id, entries[1].ordered_at, None)
    shown = await states()
    await house.write(delivery.acknowledge, address_id, entries[2].ordered_at, entries[0].ordered_at)
    seen = await states()
    again = await house.write(delivery.acknowledge, address_id, entries[1].ordered_at, entries[0].ordered_at)

    assert shown == ["delivered", "delivered", "queued"]
    assert seen == ["read", "delivered", "delivered"]
    assert again == 0


async def test_many_shown_but_unseen_messages_do_not_hide_new_ones(house: House) -> None:
    (amy,) = await house.online("amy")
    browser, conversation_id = await house.served_by("amy")
    address_id = (await house.read(identity.resolve, browser.address)).id
    for _ in range(210):
        entry = await amy.replies(conversation_id, "hm")
        if entry.position % 50 == 0:
            await house.write(delivery.acknowledge, address_id, entry.ordered_at, None)
    last = await amy.replies(conversation_id, "the last")

    for _ in range(2):
        await house.write(delivery.acknowledge, address_id, last.ordered_at, None)

    assert (await _of(house, last)).state == "delivered"


async def test_the_ledger_counts_what_is_not_finished(house: House) -> None:
    amy, _, conversation_id = await _served(house)
    await amy.replies(conversation_id, "one")
    await amy.replies(conversation_id, "two")
    (row,) = await _claim(house)
    await house.write(delivery.settle_unknown, row.id, 1, "no answer in time")

    assert await house.read(delivery.count_by_state) == {"queued": 1, "unknown": 1}
    (found,) = await house.read(delivery.in_state, "unknown")
    assert (found[0].id, found[1].id) == (row.id, house.bank.loopback.id)
