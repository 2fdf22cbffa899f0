"""A killed process leaves leases behind; whoever starts on a file that only one process works on takes over."""

from sqlalchemy import select, update

from hub import chores
from hub.clock import SECOND
from hub.models import Delivery, OutboxKey, Timer
from hub.models.base import table
from hub.store import Tx
from tests.support.house import House


def _die_with_everything_in_hand(tx: Tx) -> None:
    """All lines, timers and sends are leased by a process that is gone."""
    until = tx.now + 60 * SECOND
    tx.do(update(table(OutboxKey)).values(lease_until=until))
    tx.do(update(table(Timer)).values(lease_until=until))
    tx.do(update(table(Delivery)).where(table(Delivery).c.channel == "loopback").values(state="sending", attempt=1))
    tx.do(update(table(Delivery)).where(table(Delivery).c.state == "sending").values(lease_until=until))


async def _killed(house: House) -> str:
    """A customer of the webhook got an answer that was being sent, and the bot had not answered the next message."""
    sender = house.sender()
    taken = await sender.says("hello")
    assert taken.conversation is not None
    await sender.sends("and my card?")
    await house.store.write(_die_with_everything_in_hand)
    return str(taken.conversation.id)


async def test_work_of_a_killed_process_goes_on_at_once_where_one_process_works(house: House) -> None:
    conversation_id = await _killed(house)
    before = len(await house.said(conversation_id))

    await house.write(chores.start)
    await house.settles()

    went_on = len(await house.said(conversation_id)) > before
    assert went_on == (house.store.engine_name == "sqlite")


async def test_a_send_of_a_killed_process_becomes_unknown_with_the_next_sweep(house: House) -> None:
    await _killed(house)

    await house.write(chores.start)
    await house.passes(chores.SWEEP_SECONDS + 1)

    states = {row.state for row in await house.rows(select(table(Delivery)).where(table(Delivery).c.attempt == 1))}
    assert states == ({"unknown"} if house.store.engine_name == "sqlite" else {"sending"})


async def test_leases_of_others_stand_until_they_run_out(house: House) -> None:
    conversation_id = await _killed(house)
    before = len(await house.said(conversation_id))

    await house.passes(61)

    assert len(await house.said(conversation_id)) > before
