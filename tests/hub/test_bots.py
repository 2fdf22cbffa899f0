"""The bot: one turn per message, exactly once, silent from the moment of handoff, never a dead end."""

import asyncio

import pytest
from sqlalchemy import select

from hub import availability, bots, brief, conversations, handoff, wishes
from hub.clock import MINUTE, SECOND
from hub.flows import schema
from hub.models import Flow, FlowRun
from hub.models.base import table
from hub.ports import AddressValue
from hub.store import Tx
from tests.support.house import Browser, House

_run, _flow = table(FlowRun), table(Flow)
HALF = ("My card is misspelt", "ANA PERIERA", "ANA PEREIRA")


async def _runs(house: House, conversation_id: str) -> list[tuple[str, str]]:
    rows = await house.rows(select(_run).where(_run.c.conversation_id == conversation_id).order_by(_run.c.started_at))
    return [(row.flow, row.state) for row in rows]


async def _brief(house: House, conversation_id: str) -> dict[str, object]:
    def read(tx: Tx) -> dict[str, object]:
        row = conversations.get(tx, conversation_id)
        return brief.render(tx, handoff.get(tx, row.handoff_id), row)

    return await house.store.read(read)


async def test_each_message_is_answered_once_and_in_order(house: House) -> None:
    browser = await house.visitor()

    taken = await browser.says(*HALF)

    said = await house.said(taken.conversation_id)
    assert [line.partition(":")[0] for line in said] == ["customer", "bot", "bot", "customer", "bot", "customer", "bot"]
    assert [e.body["event"] for e in await house.timeline(taken.conversation_id, "bot")] == [
        "flow_started",
        "flow_step",
        "flow_step",
    ]


async def test_messages_sent_in_a_burst_are_consumed_one_by_one(house: House) -> None:
    browser = await house.visitor()
    taken = [await browser.sends(text) for text in (*HALF, "skip", "4021")][-1]

    await house.settles()

    (row,) = await house.rows(select(_run).where(_run.c.conversation_id == taken.conversation_id))
    slots = {slot["name"]: slot["value"] for slot in row.run["view"]["slots"]}
    assert slots == {"printed_name": "ANA PERIERA", "correct_name": "ANA PEREIRA", "card_last_four": "4021"}
    assert len(await house.said(taken.conversation_id)) == 5 + 6


async def test_two_workers_give_one_answer(house: House) -> None:
    browser = await house.visitor()
    taken = await browser.sends("My card is misspelt")
    other = house.another_store()

    await asyncio.gather(
        house.write(bots.turn, taken.conversation_id, {}),
        *(other.write(lambda tx: bots.turn(tx, taken.conversation_id, {})) for _ in range(4)),
    )
    await house.settles()

    assert len(await house.said(taken.conversation_id)) == 3


@pytest.mark.parametrize("text", ["I want to talk to a person", "人工客服", "轉真人"])
async def test_asking_for_a_person_in_the_middle_of_a_flow_keeps_what_was_given(house: House, text: str) -> None:
    assert wishes.wants_person(text)
    browser = await house.visitor()
    await browser.says(*HALF)

    taken = await browser.sends(text)
    shown = await _brief(house, taken.conversation_id)
    await house.settles()
    await browser.says("4021")

    assert taken.conversation.owner_kind == "queue"
    assert [line["text"] for line in shown["given"]] == ["ANA PERIERA", "ANA PEREIRA"]  # type: ignore[attr-defined]
    assert shown["flow"]["state"] == "abandoned"  # type: ignore[index]
    assert shown["reason"] == "asked_for_person"
    assert (await house.said(taken.conversation_id))[-1] == "customer: 4021", "the bot has fallen silent"
    assert await _runs(house, taken.conversation_id) == [("card-misspelt", "abandoned")]


async def test_a_turn_that_was_due_when_the_handoff_came_says_nothing(house: House) -> None:
    (amy,) = await house.online("amy")
    browser = await house.visitor()
    taken = await browser.says(*HALF)
    before = await house.said(taken.conversation_id)

    await browser.sends("skip")
    await amy.takes(taken.conversation_id)
    await house.settles()

    assert await house.said(taken.conversation_id) == [*before, "customer: skip"]
    assert await _runs(house, taken.conversation_id) == [("card-misspelt", "abandoned")]


async def test_bot_and_handoff_at_once_never_let_the_bot_speak_after_it(house: House) -> None:
    (amy,) = await house.online("amy")
    await house.write(availability.set_capacity, amy.id, 50)
    other = house.another_store()
    for _ in range(15):
        browser = await house.visitor()
        taken = await browser.says("My card is misspelt")
        await browser.sends("ANA")

        await asyncio.gather(
            amy.takes(taken.conversation_id),
            other.write(lambda tx, it=taken.conversation_id: bots.turn(tx, it, {})),  # type: ignore[misc]
        )

        entries = await house.timeline(taken.conversation_id)
        at = max(e.position for e in entries if e.kind == "handoff" and e.body["state"] == "accepted")
        assert not [e for e in entries if e.position > at and e.kind == "message" and e.author_kind == "bot"]


async def test_a_flow_that_was_left_shows_what_was_given_and_goes_on_when_the_customer_does(house: House) -> None:
    browser = await house.visitor()
    taken = await browser.says(*HALF)

    await house.passes(15 * 60 + 1)
    left = await house.timeline(taken.conversation_id, "bot", "form")
    again = await browser.says("hello, me again")

    assert await _runs(house, taken.conversation_id) == [("card-misspelt", "abandoned"), ("welcome", "active")]
    assert left[-2].body["event"] == "flow_abandoned"
    assert [field["value"] for field in left[-1].body["fields"]] == ["ANA PERIERA", "ANA PEREIRA"]
    assert again.conversation.owner_kind == "bot"


async def test_a_flow_is_not_left_while_the_customer_writes(house: House) -> None:
    browser = await house.visitor()
    taken = await browser.says(HALF[0])
    for text in ("ANA", "ANA P", "skip"):
        await house.passes(14 * MINUTE // SECOND)
        await browser.says(text)

    assert await _runs(house, taken.conversation_id) == [("card-misspelt", "active")]


async def test_a_new_version_does_not_change_a_running_conversation(house: House) -> None:
    running = await house.visitor()
    taken = await running.says("My card is misspelt")
    (old,) = [f for f in schema.load_all() if f.id == "card-misspelt"]
    data = old.model_dump(mode="json") | {"version": 2}
    data["nodes"]["correct"]["text"]["en"] = "And the right one?"
    await house.write(bots.publish, schema.Flow.model_validate(data))

    await running.says("ANA")
    fresh = await (await house.visitor()).says("My card is misspelt", "ANA")

    assert (await house.said(taken.conversation_id))[-1] == "bot: How should the name be written?"
    assert (await house.said(fresh.conversation_id))[-1] == "bot: And the right one?"


async def test_a_published_version_stays_as_it_is(house: House) -> None:
    (flow,) = [f for f in schema.load_all() if f.id == "welcome"]
    changed = schema.Flow.model_validate(flow.model_dump(mode="json") | {"title": {"en": "Changed"}})

    await house.write(bots.publish, changed)

    assert [f.title["en"] for f in await house.read(bots.published) if f.id == "welcome"] == ["Welcome"]


async def test_a_flow_may_go_on_with_another_and_close(house: House) -> None:
    browser = await house.visitor()

    taken = await browser.says("hello", "Pay my premium", "12345678", "250", "my card", "yes")

    assert await _runs(house, taken.conversation_id) == [("welcome", "done"), ("pay-premium", "done")]
    row = await house.conversation(taken.conversation_id)
    assert (row.status, row.resolved_by, row.topic) == ("resolved", "bot", "Pay my premium")


async def test_a_flow_that_gives_up_hands_over_with_reason_summary_and_needs(house: House) -> None:
    browser = await house.visitor()

    taken = await browser.says("Pay my premium", "blue", "green", "red")

    shown = await _brief(house, taken.conversation_id)
    assert (await house.conversation(taken.conversation_id)).owner_kind == "queue"
    assert "Policy number" in str(shown["reason"])
    assert shown["flow"]["state"] == "escalated"  # type: ignore[index]


async def test_a_house_without_flows_hands_over_at_once(house: House) -> None:
    await house.store.write(lambda tx: tx.do(_flow.delete()))

    taken = await (await house.visitor()).says("hello")

    row = await house.conversation(taken.conversation_id)
    assert row.owner_kind == "queue"
    assert [e.body["reason"] for e in await house.timeline(row.id, "handoff")] == ["no_flow"]


async def test_a_bot_that_keeps_failing_hands_over_within_seconds(house: House) -> None:
    browser = await house.visitor()
    taken = await browser.says("My card is misspelt")
    await house.store.write(lambda tx: tx.do(_flow.update().values(data={"not": "a flow"})))

    await browser.sends("ANA")
    for _ in range(4):
        while await house.outbox.turn():
            pass
        house.clock.advance(3)

    row = await house.conversation(taken.conversation_id)
    assert row.owner_kind == "queue"
    assert [e.body["reason"] for e in await house.timeline(row.id, "handoff")] == ["bot_failed"]


async def test_the_bot_speaks_the_customers_language_by_its_name_there(house: House) -> None:
    browser = await house.visitor(language="en")

    taken = await browser.says("我的卡印错了名字")

    answers = [e for e in await house.timeline(taken.conversation_id, "message") if e.author_kind == "bot"]
    assert {e.author_name for e in answers} == {"海港银行机器人"}
    assert "卡上现在印的是什么名字？" in answers[-1].body["text"]


async def test_answers_picked_on_the_screen_count_like_typed_ones(house: House) -> None:
    browser = await house.visitor()
    await browser.says("hello")

    taken = await browser.says("My card is misspelt", answers={"wish": "card"})

    assert await _runs(house, taken.conversation_id) == [("welcome", "done"), ("card-misspelt", "active")]


async def test_what_the_bot_collects_is_masked_where_it_must_be_and_only_staff_see_its_notes(house: House) -> None:
    browser = await house.visitor()

    taken = await browser.says("Pay my premium", "12345678")

    notes = await house.timeline(taken.conversation_id, "bot", "form")
    assert {e.audience for e in notes} == {"staff"}
    assert "12345678" not in str([e.body for e in notes])
    assert "5678" in str([e.body for e in notes])


async def test_a_webhook_customer_is_answered_through_the_send_queue(house: House) -> None:
    sender = Browser(house, house.bank.loopback, AddressValue("loopback", "bot-friend"))

    taken = await sender.says("My card is misspelt")

    assert all(
        e.deliveries == 1 for e in await house.timeline(taken.conversation_id, "message") if e.direction == "out"
    )
