"""Who may listen: access that changes ends what was heard, live as by REST."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from sqlalchemy import delete, update

from hub.clock import DAY
from hub.models import Agent, Conversation, QueueMember
from hub.models.base import table
from hub.store import Tx
from tests.support.house import empty_file, sqlite_house_url
from tests.support.waiting import eventually
from tests.web.live.inside import Inside, running_inside
from tests.web.live.screens import AgentScreen, CustomerScreen, Json

__all__ = ["empty_file", "sqlite_house_url"]
_agent, _works, _cnv = table(Agent), table(QueueMember), table(Conversation)


@pytest_asyncio.fixture
async def inside(sqlite_house_url: str, tmp_path: Path) -> AsyncIterator[Inside]:
    """A bank in this process."""
    async with running_inside(sqlite_house_url, tmp_path / "home") as opened:
        yield opened


async def waiting_customer(inside: Inside, agent: AgentScreen) -> tuple[CustomerScreen, str]:
    """Somebody waits in the general queue and this agent looks on; gives the window and the log."""
    customer = await inside.customer("I want to talk to a person")
    await eventually(lambda: customer.conversation and customer.conversation["with"]["kind"] == "queue")
    found = await eventually(lambda: _of(agent, customer))
    assert isinstance(found, dict)
    assert (await agent.watch(found["log"]))["ok"]
    return customer, str(found["log"])


def _of(agent: AgentScreen, customer: CustomerScreen) -> Json | None:
    assert customer.conversation is not None
    return agent.conversations.get(customer.conversation["id"])


async def hears_nothing(agent: AgentScreen, customer: CustomerScreen, log_id: str, witness: AgentScreen) -> None:
    """The customer writes; a witness hears it, this agent does not."""
    agent.told.clear()
    assert (await witness.watch(log_id))["ok"]
    said = await customer.says("a secret")
    await eventually(lambda: said["id"] in witness.logs[log_id])
    assert "a secret" not in str(agent.told)


async def test_an_agent_who_loses_the_queue_hears_no_more(inside: Inside) -> None:
    amy, sue = await inside.agent("amy"), await inside.agent("sue")
    customer, log_id = await waiting_customer(inside, amy)

    def leave(tx: Tx) -> None:
        tx.do(delete(_works).where(_works.c.agent_id == amy.me["id"]))
        tx.hint("agent", amy.me["id"])

    await inside.hub.store.write(leave)
    await eventually(lambda: amy.named("inbox_stale") and amy.named("resync"))

    await hears_nothing(amy, customer, log_id, sue)
    refused = await amy.ask("watch", customer_id=log_id)
    assert refused["error"]["code"] == "not_found"


async def test_a_supervisor_who_becomes_an_agent_of_no_queue_hears_no_more(inside: Inside) -> None:
    sue, ada = await inside.agent("sue"), await inside.agent("ada")
    customer, log_id = await waiting_customer(inside, sue)

    def demote(tx: Tx) -> None:
        tx.do(update(_agent).where(_agent.c.id == sue.me["id"]).values(role="agent"))
        tx.hint("agent", sue.me["id"])

    await inside.hub.store.write(demote)
    await eventually(lambda: sue.named("resync"))

    await hears_nothing(sue, customer, log_id, ada)


async def test_a_conversation_that_moves_on_takes_its_listeners_away(inside: Inside) -> None:
    mia, amy, sue = await inside.agent("mia"), await inside.agent("amy"), await inside.agent("sue")
    customer, log_id = await waiting_customer(inside, mia)
    one = _of(mia, customer)
    assert one is not None

    risk = inside.bank.queues["risk"].id
    await sue.do("POST", f"/conversations/{one['id']}/handoffs", to={"kind": "queue", "id": risk}, reason="risk")
    await eventually(lambda: one["id"] not in mia.listed and mia.named("resync"))

    await hears_nothing(mia, customer, log_id, sue)
    assert amy.me["name"] not in str(customer.shown())


async def test_without_sight_of_history_other_conversations_are_titles_only(inside: Inside) -> None:
    await inside.hub.store.write(
        lambda tx: tx.do(update(_agent).where(_agent.c.id == inside.bank.agents["ben"].id).values(see_history=False))
    )
    ben, sue = await inside.agent("ben"), await inside.agent("sue")
    customer, log_id = await waiting_customer(inside, sue)
    first = customer.conversation
    assert first is not None
    risk = inside.bank.queues["risk"].id
    await sue.do("POST", f"/conversations/{first['id']}/handoffs", to={"kind": "queue", "id": risk}, reason="risk")
    await sue.do("POST", f"/conversations/{first['id']}/resolve", disposition="solved")
    long_ago = inside.hub.clock.now() - 7 * DAY
    await inside.hub.store.write(
        lambda tx: tx.do(update(_cnv).where(_cnv.c.id == first["id"]).values(updated_at=long_ago))
    )
    said = await customer.says("a secret of the other conversation")
    assert said["conversation_id"] != first["id"]

    assert (await ben.watch(log_id))["ok"]
    more = await customer.says("another secret of the other conversation")
    note = await sue.do("POST", f"/conversations/{first['id']}/notes", text="for risk")
    await eventually(lambda: note["id"] in ben.logs[log_id])

    assert said["id"] not in ben.logs[log_id]
    assert more["id"] not in ben.logs[log_id]
    assert "secret" not in str(ben.told)
    page = await ben.get(f"/customers/{log_id}/timeline")
    assert "secret" not in str(page)
    titles = {one["id"]: one for one in page["conversations"]}
    assert titles[said["conversation_id"]]["last"] is None
    assert (await ben.http.get(f"/api/v1/entries/{said['id']}")).status_code == 404
    assert ben.conversations[said["conversation_id"]]["last"] is None


async def test_a_revoked_visitor_is_shown_the_door(inside: Inside) -> None:
    customer = await inside.customer("hello")

    assert (await customer.http.post("/widget/reset", json={"token": customer.token})).status_code == 204

    await eventually(lambda: customer.named("session_over"))
    await eventually(lambda: not customer.socket.connected)


async def test_a_hint_that_is_lost_is_healed_by_looking(inside: Inside) -> None:
    amy = await inside.agent("amy")
    customer, log_id = await waiting_customer(inside, amy)
    one = _of(amy, customer)
    assert one is not None
    inside.hub.store.on_hints = lambda hints: None  # committed, and nobody is told

    said = await customer.says("does anybody hear me?")
    await amy.do("PATCH", "/me", state="online")
    await inside.hub.outbox.turn()

    await eventually(lambda: said["id"] in amy.logs[log_id], within=4)
    await eventually(lambda: amy.offers, within=6)
    await amy.do("POST", f"/offers/{next(iter(amy.offers))}/accept")
    await eventually(lambda: customer.conversation and customer.conversation["with"]["kind"] == "agent", within=6)
    await eventually(lambda: not amy.offers, within=4)
    await eventually(lambda: amy.conversations[one["id"]]["owner"]["id"] == amy.me["id"], within=4)
