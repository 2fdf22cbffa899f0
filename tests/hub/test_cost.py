"""What a message costs: a handful of statements, all hot, whatever the length of the history."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import event

from hub import bots, brief, conversations, handoff, intake, replies, timeline
from hub.store import Tx
from tests.support.house import House

Work = Callable[[Tx], object]


async def _statements(house: House, work: Work) -> tuple[list[str], list[str]]:
    """The statements of one write: (all that ran, those that went through SQLAlchemy)."""
    ran: list[str] = []
    cold: list[str] = []
    engine: Any = house.store._engine  # type: ignore[attr-defined]

    def note(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        cold.append(statement)

    def watched(tx: Tx) -> None:
        if house.store.engine_name == "sqlite":
            tx.connection.connection.driver_connection.set_trace_callback(ran.append)  # type: ignore[union-attr]
        try:
            work(tx)
        finally:
            if house.store.engine_name == "sqlite":
                tx.connection.connection.driver_connection.set_trace_callback(None)  # type: ignore[union-attr]

    event.listen(engine, "before_cursor_execute", note)
    try:
        await house.store.write(watched)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return ran, cold


async def test_taking_a_message_in_for_an_agent_is_a_handful_of_hot_statements(house: House) -> None:
    await house.online("amy")
    browser, _ = await house.served_by("amy")
    await browser.says("warm")
    arrival = browser.arrival("My card is still misspelt")

    ran, cold = await _statements(house, lambda tx: intake.accept(tx, arrival))

    assert cold == []
    assert len(ran) <= 7, "\n".join(ran)


async def test_a_webhook_message_is_as_cheap(house: House) -> None:
    (amy,) = await house.online("amy")
    sender = house.sender()
    taken = await sender.says("I want a person")
    await amy.takes(taken.conversation_id)
    arrival = sender.arrival("My card is still misspelt")

    ran, cold = await _statements(house, lambda tx: intake.accept(tx, arrival))

    assert cold == []
    assert len(ran) <= 7, "\n".join(ran)


async def test_a_reply_is_a_handful_of_hot_statements(house: House) -> None:
    (amy,) = await house.online("amy")
    _, conversation_id = await house.served_by("amy")

    ran, cold = await _statements(
        house, lambda tx: replies.reply(tx, conversation_id, amy.actor, "Hello", client_key="k1")
    )

    assert cold == []
    assert len(ran) <= 6, "\n".join(ran)


async def test_handing_over_offering_and_accepting_stay_hot(house: House) -> None:
    amy, _ = await house.online("amy", "mia")
    _, conversation_id = await house.served_by("amy")

    def transfer(tx: Tx) -> None:
        queue = house.bank.queues["cards"]
        handoff.to_queue(tx, conversations.hold_open(tx, conversation_id), amy.actor, queue.id)

    ran, cold = await _statements(house, transfer)
    assert cold == []
    assert len(ran) <= 30, "\n".join(ran)
    await house.settles()
    offers = [(who, offer) for who in (amy, house.agent("mia")) for offer in await who.offers()]
    ((who, offer),) = offers

    ran, cold = await _statements(house, lambda tx: handoff.accept(tx, offer.id, who.actor))

    assert cold == []
    assert len(ran) <= 20, "\n".join(ran)


async def test_a_turn_of_the_bot_is_hot(house: House) -> None:
    browser = await house.visitor()
    taken = await browser.says("My card is misspelt")
    await browser.sends("ANA PERIERA")

    ran, cold = await _statements(house, lambda tx: bots.turn(tx, taken.conversation_id, {}))

    assert cold == []
    assert len(ran) <= 15, "\n".join(ran)


@pytest.mark.parametrize("length", [0, 3_000])
async def test_a_long_history_costs_no_more_statements_nor_rows(house: House, length: int) -> None:
    (amy,) = await house.online("amy")
    _, conversation_id = await house.served_by("amy")
    row = await house.conversation(conversation_id)

    def fill(tx: Tx) -> None:
        for number in range(500):
            timeline.append(
                tx, row.log_id, conversation_id, "note", {"text": str(number)}, author=amy.actor, audience="staff"
            )

    for _ in range(length // 500):
        await house.store.write(fill)
    request = await amy.transfers(conversation_id, "cards")
    shown = await house.read(lambda tx: brief.render(tx, request, conversations.get(tx, conversation_id)))
    entries = await house.read(brief.read, conversation_id)

    assert len(entries) <= brief.WINDOW
    assert len(await house.read(timeline.page, row.log_id)) <= 50
    assert shown["handoff_id"] == request.id
