"""Sending over a real connection to a pretend provider: each end of an attempt, and the queue as a whole."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from sqlalchemy import select

from channels.loopback import Loopback
from hub.models import ChannelAccount, Delivery
from hub.models.base import table
from hub.sealing import Sealer
from hub.sending import Sender, degrade
from tests.channels.loopback.provider import LoopbackProvider, running_provider
from tests.support.house import SECRET_KEY, House
from tests.support.waiting import eventually

SECRET = "whsec_bG9vcGJhY2stZXhhbS1zZWNyZXQtMzItYnl0ZXMhIQ=="
_account, _dlv = table(ChannelAccount), table(Delivery)


@pytest_asyncio.fixture
async def provider(house: House) -> AsyncIterator[LoopbackProvider]:
    """The other side of the demo bank's loopback account."""
    async with running_provider(SECRET) as running:
        sealed = Sealer(SECRET_KEY).seal(SECRET)
        settings = {**house.bank.loopback.settings, **running.settings}
        await house.store.write(lambda tx: tx.do(_account.update().values(secret=sealed, settings=settings)))
        yield running


def _sender(house: House) -> Sender:
    return Sender(house.store, {"loopback": Loopback()}, Sealer(SECRET_KEY))


async def _states(house: House) -> list[str]:
    rows = await house.rows(select(_dlv.c.state).where(_dlv.c.channel == "loopback").order_by(_dlv.c.ordered_at))
    return [row.state for row in rows]


async def _asks(house: House, *senders: str) -> None:
    for name in senders:
        await house.sender(name).says("My card is misspelt")


async def test_what_the_bot_says_arrives_in_order_with_the_delivery_as_key(
    house: House, provider: LoopbackProvider
) -> None:
    await _asks(house, "ana")

    while await _sender(house).turn():
        pass

    assert [text[:9] for text in provider.texts()] == ["I am sorr", "Which nam"]
    assert await _states(house) == ["sent", "sent"]
    assert len(set(provider.keys)) == 2


@pytest.mark.parametrize(
    ("fault", "state", "taken"),
    [
        ("not there", "queued", 0),
        ("closed for now", "queued", 0),
        ("crashed", "unknown", 0),
        ("cut", "unknown", 1),
        ("half", "unknown", 1),
        ("garbage", "unknown", 1),
    ],
)
async def test_each_fault_ends_where_it_must_and_is_sent_at_most_once(
    house: House, provider: LoopbackProvider, fault: str, state: str, taken: int
) -> None:
    await house.sender("ana").says("Hello")
    await provider.misbehave(fault)

    await _sender(house).turn()

    assert await _states(house) == [state]
    assert len(provider.taken) == taken


async def test_an_unknown_end_does_not_hold_up_what_follows(house: House, provider: LoopbackProvider) -> None:
    await _asks(house, "ana")
    await provider.misbehave("cut")

    while await _sender(house).turn():
        pass

    assert await _states(house) == ["unknown", "sent"]


async def test_a_channel_that_is_not_installed_fails_clearly(house: House) -> None:
    await house.sender("ana").says("Hello")

    await Sender(house.store, {}, Sealer(SECRET_KEY)).turn()

    (row,) = await house.rows(select(_dlv.c.state, _dlv.c.reason).where(_dlv.c.channel == "loopback"))
    assert row == ("failed", "no channel named loopback is installed")


async def test_a_running_sender_sends_what_comes_and_a_hanging_one_holds_up_nobody(
    house: House, provider: LoopbackProvider
) -> None:
    hung: list[asyncio.StreamWriter] = []

    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        hung.append(writer)

    black_hole = await asyncio.start_server(hang, "127.0.0.1", 0)
    port = black_hole.sockets[0].getsockname()[1]
    working = {**house.bank.loopback.settings, **provider.settings}
    hanging = {**working, "outbound_url": f"http://127.0.0.1:{port}/"}
    await house.store.write(lambda tx: tx.do(_account.update().values(settings=hanging)))
    await house.sender("stuck").says("Hello")
    sender = _sender(house)
    house.store.on_hints = lambda hints: sender.wake() if any(h.kind == "delivery" for h in hints) else None
    sender.start()
    await eventually(lambda: hung)

    await house.store.write(lambda tx: tx.do(_account.update().values(settings=working)))
    await house.sender("free").says("Hello")

    async def has_gone() -> bool:
        return await _states(house) == ["sending", "sent"]

    await eventually(has_gone)
    await sender.stop()

    assert len(provider.taken) == 1
    for writer in hung:
        writer.close()
    black_hole.close()


def test_choices_become_a_numbered_list_where_there_are_no_buttons() -> None:
    body = {"text": "Which?", "choices": [{"value": "a", "label": "Card"}, {"value": "b", "label": "Other"}]}

    assert degrade(body, has_choices=False) == "Which?\n1. Card\n2. Other"
    assert degrade(body, has_choices=True) == "Which?"
