"""Who may see what: staff by role, queue and part; visitors by their own address and by nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub import access, chores, identity, replies, visible, visitors
from hub.access import Viewer
from hub.errors import Forbidden, NotFound, Unauthenticated
from hub.models import Address, Agent, QueueMember
from hub.models.base import table
from hub.ports import AddressValue
from hub.store import Tx
from tests.support.house import Browser, House

_agent = table(Agent)


async def _viewer(house: House, who: str) -> Viewer:
    return await house.read(access.viewer, house.agent(who).id)


async def _may(house: House, who: str, conversation_id: str) -> bool:
    viewer = await _viewer(house, who)
    try:
        await house.read(access.conversation, viewer, conversation_id)
    except NotFound:
        return False
    return True


async def test_a_conversation_is_seen_by_its_queue_and_by_those_who_see_all(house: House) -> None:
    _, conversation_id = await house.waiting_for("cards")

    seen = [who for who in house.bank.agents if await _may(house, who, conversation_id)]

    assert seen == ["amy", "mia", "sue", "ada"]


async def test_an_owner_of_another_queue_sees_it_and_so_does_who_took_part(house: House) -> None:
    amy, ben = await house.online("amy", "ben")
    _, conversation_id = await house.served_by("amy")
    assert not await _may(house, "ben", conversation_id)

    await amy.transfers(conversation_id, "ben")
    await ben.accepts()
    owned = await _may(house, "ben", conversation_id)
    await ben.transfers(conversation_id, "cards")

    assert owned
    assert await _may(house, "ben", conversation_id), "whoever took part keeps sight of it"


async def test_a_partner_sees_what_was_given_to_them_and_no_queue(house: House) -> None:
    works = table(QueueMember)
    pat, cards = house.agent("pat"), house.bank.queues["cards"]
    await house.store.write(lambda tx: tx.do(works.insert().values(queue_id=cards.id, agent_id=pat.id)))
    amy, _ = await house.online("amy", "pat")
    _, hidden = await house.waiting_for("cards")
    _, given_over = await house.served_by("amy")
    await amy.transfers(given_over, "pat")
    await pat.accepts()

    assert (await _may(house, "pat", hidden), await _may(house, "pat", given_over)) == (False, True)


async def test_history_opens_with_see_history_and_shows_titles_only_without(house: House) -> None:
    browser, mine = await house.waiting_for("cards")
    letter = house.bank.links[1]
    other = (await browser.says("pay please", link=letter)).conversation_id
    customer_id = (await house.conversation(mine)).log_id
    rows = [await house.conversation(id) for id in (mine, other)]

    amy = await _viewer(house, "amy")
    open_to_her = await house.read(access.hidden_conversations, amy, rows)
    await house.store.write(lambda tx: tx.do(_agent.update().values(see_history=False)))
    strict = [await _viewer(house, who) for who in ("amy", "ben", "sue")]
    hidden = [await house.read(access.hidden_conversations, who, rows) for who in strict]

    assert open_to_her == frozenset()
    assert hidden == [frozenset({other}), frozenset({mine}), frozenset()]
    assert await house.read(access.may_see_customer, strict[0], customer_id)


async def test_a_customer_is_unknown_to_those_who_see_none_of_their_conversations(house: House) -> None:
    _, conversation_id = await house.waiting_for("cards")
    customer_id = (await house.conversation(conversation_id)).log_id

    await house.read(access.require_customer, await _viewer(house, "amy"), customer_id)
    for who in ("ben", "pat"):
        with pytest.raises(NotFound):
            await house.read(access.require_customer, await _viewer(house, who), customer_id)


async def test_a_disabled_agent_is_nobody(house: House) -> None:
    amy = house.agent("amy")
    await house.store.write(lambda tx: tx.do(_agent.update().where(_agent.c.id == amy.id).values(disabled_at=tx.now)))

    for agent_id in (amy.id, "agt_nobody"):
        with pytest.raises(Unauthenticated):
            await house.read(access.viewer, agent_id)


async def test_roles_and_owners_are_required_where_asked(house: House) -> None:
    await house.online("amy")
    _, conversation_id = await house.served_by("amy")
    row = await house.conversation(conversation_id)

    access.require_owner(await _viewer(house, "amy"), row)
    access.require_role(await _viewer(house, "sue"), access.SEES_ALL)
    with pytest.raises(Forbidden):
        access.require_owner(await _viewer(house, "mia"), row)
    with pytest.raises(Forbidden):
        access.require_role(await _viewer(house, "amy"), access.SEES_ALL)


async def test_every_change_of_owner_raises_the_epoch_of_the_log(house: House) -> None:
    (amy,) = await house.online("amy")
    _, conversation_id = await house.waiting_for("cards")
    log_id = (await house.conversation(conversation_id)).log_id
    epochs = [(await house.read(identity.customer, log_id)).epoch]

    for step in (
        lambda: amy.takes(conversation_id),
        lambda: amy.transfers(conversation_id, "risk"),
        lambda: house.write(chores.leave, amy.id),
    ):
        await step()
        epochs.append((await house.read(identity.customer, log_id)).epoch)

    assert epochs[0] < epochs[1] < epochs[2] == epochs[3]


# Visitors


async def _grant(house: House, browser: Browser) -> visitors.Grant:
    def read(tx: Tx) -> visitors.Grant:
        row = visitors.by_token(tx, browser.token)
        known = identity.resolve(tx, browser.address)
        visitors.settle(tx, row, known.id, known.customer_id)
        return visitors.grant(tx, visitors.by_token(tx, browser.token))

    return await house.store.write(read)


async def test_a_visitor_sees_own_conversations_without_notes_and_nobody_elses(house: House) -> None:
    (amy,) = await house.online("amy")
    browser, mine = await house.served_by("amy")
    _, theirs = await house.served_by("amy")
    await amy.replies(mine, "Hello")
    await house.write(replies.note, mine, amy.actor, "difficult person")
    grant = await _grant(house, browser)

    entries = await house.read(visible.page, grant)

    assert grant.conversation_ids == (mine,)
    assert theirs not in {e.conversation_id for e in entries}
    assert {e.audience for e in entries} == {"everyone"}
    assert {e.kind for e in entries} <= {"message", "status"}
    everything = await house.timeline(mine)
    assert [e.id for e in visible.only(everything, grant)] == [e.id for e in entries]
    assert [e.id for e in everything if access.may_read_entry(e, grant.conversation_ids, grant.address_id)] == [
        e.id for e in entries
    ]


async def test_two_addresses_of_one_customer_do_not_read_each_others_words(house: House) -> None:
    """Proof of one address never opens entries of another (law 4)."""
    browser = await house.visitor()
    taken = await browser.says("from the first")
    address = table(Address)
    log_id = taken.entry.log_id
    second = Browser(house, house.bank.loopback, AddressValue("loopback", "second"))
    await house.write(identity.resolve, second.address)
    await house.store.write(
        lambda tx: tx.do(address.update().where(address.c.value == "second").values(customer_id=log_id))
    )
    other = await second.says("from the second")

    grant = await _grant(house, browser)
    entries = await house.read(visible.page, grant)

    assert other.entry.log_id == log_id
    assert "from the second" not in [e.body.get("text") for e in entries]


async def test_a_revoked_token_is_worth_nothing_and_moves_the_epoch(house: House) -> None:
    browser = await house.visitor()
    await browser.says("hello")
    grant = await _grant(house, browser)
    before = (await house.read(identity.customer, str(grant.customer_id))).epoch

    await house.write(visitors.revoke, grant.visitor_id)

    with pytest.raises(Unauthenticated):
        await house.read(visitors.by_token, browser.token)
    assert (await house.read(identity.customer, str(grant.customer_id))).epoch == before + 1


async def test_a_visitor_who_wrote_nothing_sees_nothing(house: House) -> None:
    browser = await house.visitor()

    grant = await house.read(lambda tx: visitors.grant(tx, visitors.by_token(tx, browser.token)))

    assert (grant.customer_id, grant.conversation_ids) == (None, ())
    assert await house.read(visible.page, grant) == []


@given(st.sampled_from(["everyone", "staff"]), st.booleans(), st.sampled_from(["customer", "agent"]), st.booleans())
def test_an_entry_is_read_by_grant_audience_and_author_together(
    audience: str, is_granted: bool, author: str, is_own: bool
) -> None:
    class Entry:
        conversation_id = "cnv"
        author_kind = author
        address_id = "mine" if is_own else "theirs"

    Entry.audience = audience  # type: ignore[attr-defined]

    may = access.may_read_entry(Entry, ("cnv",) if is_granted else (), "mine")

    assert may == (audience == "everyone" and is_granted and (author == "agent" or is_own))
