"""From a webhook to an agent and back to the provider over real HTTP, and what becomes of each delivery."""

import dataclasses
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import select, update

from channels.loopback import Loopback
from hub import delivery, replay
from hub.models import ChannelAccount, Delivery, RawInbound
from hub.models.base import table
from hub.ports import Account, Inbound, InboundMessage, WireRequest
from hub.store import Tx
from tests.channels.loopback.provider import LoopbackProvider, running_provider
from tests.support.site import LOOPBACK_SECRET, Site

HOOK = "/hooks/loopback/loopback"


@dataclasses.dataclass
class Channel:
    """A site whose loopback account sends to a provider."""

    site: Site
    provider: LoopbackProvider

    async def hears(self, *events: Mapping[str, Any]) -> httpx.Response:
        """The provider calls the webhook."""
        body = json.dumps(events).encode()
        carrier = await self.site.client()
        return await carrier.post(HOOK, content=body, headers=self.site.signed(body))

    async def conversation(self, who: str = "amy") -> str:
        """A customer has written and an agent has taken the conversation."""
        await self.hears({"type": "message", "id": "m1", "from": "loopback:lin", "text": "a person, please"})
        await self.site.house.settles()
        await self.sends()
        self.provider.taken.clear()
        agent = await self.site.by_token(who)
        listed = (await agent.get("/api/v1/conversations?view=queue")).json()["items"]
        taken = await agent.post(f"/api/v1/conversations/{listed[0]['id']}/take")
        assert taken.status_code == 200, taken.text
        return str(listed[0]["id"])

    async def replies(self, conversation_id: str, text: str, who: str = "amy") -> dict[str, Any]:
        """The agent answers; gives the delivery as the agent's screen has it."""
        agent = await self.site.by_token(who)
        answer = await agent.post(
            f"/api/v1/conversations/{conversation_id}/replies", json={"text": text, "client_key": text}
        )
        assert answer.status_code == 201, answer.text
        return dict(answer.json()["deliveries"][0])

    async def sends(self) -> None:
        """Attempt everything that is due now."""
        while await self.site.hub.sender.turn():
            pass

    async def state(self, delivery_id: str) -> str:
        """What the agent's screen says of a delivery."""
        row = await self.site.hub.store.read(lambda tx: delivery.get(tx, delivery_id))
        agent = await self.site.by_token("amy")
        entry = (await agent.get(f"/api/v1/entries/{row.entry_id}")).json()
        assert entry["deliveries"][0]["state"] == row.state
        return str(row.state)


@pytest_asyncio.fixture
async def channel(site: Site) -> AsyncIterator[Channel]:
    """The demo bank, once for each engine, with a provider behind its loopback account."""
    async with running_provider(LOOPBACK_SECRET) as provider:
        account = table(ChannelAccount)
        settings = dict(site.bank.loopback.settings) | dict(provider.settings)

        def point(tx: Tx) -> None:
            tx.do(update(account).where(account.c.id == site.bank.loopback.id).values(settings=settings))

        await site.hub.store.write(point)
        yield Channel(site, provider)


async def test_a_reply_reaches_the_provider_and_its_receipts_move_it_forward_only(channel: Channel) -> None:
    made = await channel.replies(await channel.conversation(), "Of course. 当然可以。")

    states = [await channel.state(made["id"])]
    await channel.sends()
    states.append(await channel.state(made["id"]))
    for state in ("delivered", "sent", "read", "delivered", "failed"):
        answer = await channel.hears(
            {"type": "receipt", "id": f"r-{len(states)}", "delivery_id": made["id"], "state": state}
        )
        assert answer.json()["results"][0]["result"] == "taken"
        states.append(await channel.state(made["id"]))

    assert states == ["queued", "sent", "delivered", "delivered", "read", "read", "read"]
    assert [(sent["to"], sent["text"]) for sent in channel.provider.taken] == [
        ("loopback:lin", "Of course. 当然可以。")
    ]
    assert channel.provider.taken[0]["delivery_id"] == made["id"]


async def test_a_receipt_by_the_providers_own_id_is_understood(channel: Channel) -> None:
    made = await channel.replies(await channel.conversation(), "hello")
    await channel.sends()
    row = await channel.site.hub.store.read(lambda tx: delivery.get(tx, made["id"]))

    await channel.hears({"type": "receipt", "id": "r1", "provider_id": row.provider_id, "state": "delivered"})

    assert await channel.state(made["id"]) == "delivered"


async def test_a_receipt_may_come_before_our_own_send_has_ended(channel: Channel) -> None:
    made = await channel.replies(await channel.conversation(), "hello")
    claimed = await channel.site.hub.store.write(lambda tx: delivery.claim(tx, 1, 15))

    await channel.hears({"type": "receipt", "id": "r1", "delivery_id": made["id"], "state": "delivered"})

    assert [row.id for row in claimed] == [made["id"]]
    assert await channel.state(made["id"]) == "delivered"


async def test_a_refused_message_fails_for_good_and_says_why(channel: Channel) -> None:
    made = await channel.replies(await _quiet(channel), "hello")
    await channel.provider.misbehave("unknown address")

    await channel.sends()

    row = await channel.site.hub.store.read(lambda tx: delivery.get(tx, made["id"]))
    assert (row.state, "404" in row.reason, channel.provider.taken) == ("failed", True, [])


async def test_a_reply_with_a_file_fails_visibly_where_the_channel_carries_none(channel: Channel) -> None:
    conversation_id = await _quiet(channel)
    agent = await channel.site.by_token("amy")
    letter = await agent.post(
        "/api/v1/files", content=b"%PDF-1.7", headers={"Content-Type": "application/pdf", "X-File-Name": "letter.pdf"}
    )
    body = {"text": "your letter", "attachments": [letter.json()["id"]], "client_key": "with a file"}
    answer = await agent.post(f"/api/v1/conversations/{conversation_id}/replies", json=body)

    await channel.sends()

    delivery_id = answer.json()["deliveries"][0]["id"]
    row = await channel.site.hub.store.read(lambda tx: delivery.get(tx, delivery_id))
    assert (row.state, "files" in row.reason, channel.provider.taken) == ("failed", True, [])


async def test_a_provider_that_asks_to_wait_is_tried_again_when_it_said(channel: Channel) -> None:
    made = await channel.replies(await _quiet(channel), "hello")
    await channel.provider.misbehave("too many")

    await channel.sends()
    states = [await channel.state(made["id"])]
    channel.site.hub.clock.advance(6)
    await channel.sends()
    states.append(await channel.state(made["id"]))
    channel.site.hub.clock.advance(2)
    await channel.sends()
    states.append(await channel.state(made["id"]))

    assert states == ["queued", "queued", "sent"]
    assert channel.provider.texts() == ["hello"]


async def test_a_provider_that_is_not_there_is_tried_again(channel: Channel) -> None:
    made = await channel.replies(await _quiet(channel), "hello")
    await channel.provider.misbehave("not there")
    await channel.sends()
    assert await channel.state(made["id"]) == "queued"

    await channel.provider.misbehave("")
    channel.site.hub.clock.advance(10)
    await channel.sends()

    assert (await channel.state(made["id"]), channel.provider.texts()) == ("sent", ["hello"])


@pytest.mark.parametrize("fault", ["cut", "half", "crashed", "garbage"])
async def test_a_send_whose_end_nobody_knows_is_unknown_and_never_repeated_by_a_program(
    channel: Channel, fault: str
) -> None:
    conversation_id = await _quiet(channel)
    made = await channel.replies(conversation_id, "hello")
    await channel.provider.misbehave(fault)

    await channel.sends()
    channel.site.hub.clock.advance(3600)
    await channel.sends()
    later = await channel.replies(conversation_id, "are you there?")
    await channel.sends()

    assert await channel.state(made["id"]) == "unknown"
    assert channel.provider.texts().count("hello") <= 1
    assert await channel.state(later["id"]) == "sent", "what is unknown holds up nothing"


async def test_a_receipt_settles_what_was_unknown(channel: Channel) -> None:
    made = await channel.replies(await _quiet(channel), "hello")
    await channel.provider.misbehave("cut")
    await channel.sends()

    await channel.hears({"type": "receipt", "id": "r1", "delivery_id": made["id"], "state": "delivered"})

    assert await channel.state(made["id"]) == "delivered"


async def test_another_accounts_receipt_moves_nothing(channel: Channel) -> None:
    made = await channel.replies(await _quiet(channel), "hello")
    await channel.sends()

    await channel.hears({"type": "receipt", "id": "r1", "delivery_id": made["id"] + "x", "state": "failed"})

    assert await channel.state(made["id"]) == "sent"


class Newer(Loopback):
    """The adapter after somebody has taught it what it could not read."""

    def parse(self, account: Account, request: WireRequest) -> Sequence[Inbound]:
        """`letter` is a message now."""
        events = json.loads(request.body)
        known = [InboundMessage(e["id"], _sender(e), e["text"]) for e in events if e["type"] == "letter"]
        return known or super().parse(account, request)


def _sender(event: Mapping[str, Any]) -> Any:
    return Loopback().parse(_ANY, _wire({**event, "type": "message"}))[0].sender  # type: ignore[union-attr]


_ANY = Account("acc", "loopback", "loopback", "", "")


def _wire(event: Mapping[str, Any]) -> WireRequest:
    return WireRequest("POST", "", {}, json.dumps(event).encode(), 0)


async def test_what_could_not_be_read_is_fed_again_once_it_can(channel: Channel) -> None:
    letter = {"type": "letter", "id": "l1", "from": "loopback:lin", "text": "dear bank"}
    answers = [await channel.hears(letter) for _ in range(2)]
    hub = channel.site.hub
    before = await replay.replay(hub)
    newer = dataclasses.replace(hub, adapters={"loopback": Newer()})

    done = [await replay.replay(newer) for _ in range(2)]

    kept = await channel.site.house.rows(select(table(RawInbound)))
    assert [answer.json()["results"][0]["result"] for answer in answers] == ["kept", "kept"]
    assert (before.taken, before.still_unreadable) == (0, 2)
    assert [(each.taken, each.still_unreadable) for each in done] == [(2, 0), (0, 0)]
    assert {row.state for row in kept} == {"replayed"}
    agent = await channel.site.by_token("sue")
    found = (await agent.get("/api/v1/customers?address=loopback:lin")).json()["items"]
    timeline = (await agent.get(f"/api/v1/customers/{found[0]['id']}/timeline")).json()["items"]
    assert [entry["body"]["text"] for entry in timeline if entry["direction"] == "in"] == ["dear bank"]


async def test_one_kept_request_can_be_fed_alone(channel: Channel) -> None:
    for number in range(2):
        await channel.hears({"type": "letter", "id": f"l{number}", "from": "loopback:lin", "text": "dear bank"})
    kept = await channel.site.house.rows(select(table(RawInbound)).order_by(table(RawInbound).c.id))
    newer = dataclasses.replace(channel.site.hub, adapters={"loopback": Newer()})

    done = await replay.replay(newer, kept[1].id)

    states = {row.id: row.state for row in await channel.site.house.rows(select(table(RawInbound)))}
    assert (done.taken, states) == (1, {kept[0].id: "kept", kept[1].id: "replayed"})


async def _quiet(channel: Channel) -> str:
    """A conversation that an agent serves, with nothing left to send."""
    await channel.provider.misbehave("")
    conversation_id = await channel.conversation()
    await channel.sends()
    channel.provider.taken.clear()
    left = await channel.site.house.rows(select(table(Delivery)).where(table(Delivery).c.state == "queued"))
    assert not left
    return conversation_id
