"""The demo bank, its people and how they come in: seeded, logged in, vouched for, audited."""

from dataclasses import dataclass

import pytest
from sqlalchemy import select

from hub import accounts, attachments, audit, availability, chores, demo, links, queues, staff, visitors
from hub.clock import DAY, HOUR, MINUTE
from hub.errors import Conflict, Invalid, NotFound, RateLimited, Unauthenticated
from hub.models import AgentLogin, Attachment, InboundKey, KeptReply, Link, Timer, Visitor
from hub.models.base import table
from hub.ports import Actor, AddressValue
from tests.support.house import SECRET_KEY, House


async def test_the_demo_bank_has_its_people_queues_links_and_flows(house: House) -> None:
    assert await house.read(demo.is_seeded)
    assert {who: row.role for who, row in house.bank.agents.items()} == {
        "amy": "agent",
        "ben": "agent",
        "mia": "agent",
        "sue": "supervisor",
        "ada": "admin",
        "pat": "partner",
    }
    assert house.bank.agents["mia"].languages == ["zh", "en"]
    assert [queues.name(q, "zh-Hans") for q in await house.read(queues.all_queues)] == [
        "信用卡",
        "综合",
        "保险",
        "风险",
    ]
    assert [queues.name(q, "fr") for q in await house.read(queues.all_queues)] == [
        "Cards",
        "General",
        "Insurance",
        "Risk",
    ]
    assert next(d.slug for d in await house.read(staff.dispositions)) == "solved"
    assert [each.campaign for each in await house.read(links.listing)] == ["branch-poster", "card-letter"]
    for who, token in house.bank.tokens.items():
        assert (await house.read(staff.by_token, token)).agent_id == house.bank.agents[who].id


async def test_agents_have_one_address_each_and_a_role_that_exists(house: House) -> None:
    new = {"email": " Zoe@Demo.example ", "name": "Zoe", "role": "agent", "password_hash": "x"}
    zoe = await house.write(staff.add, **new)

    found = await house.read(staff.by_email, "zoe@demo.example")
    assert found is not None
    assert found.id == zoe.id
    with pytest.raises(Conflict):
        await house.write(staff.add, **new)
    for wrong in ({"role": "king"}, {"email": "nobody"}):
        with pytest.raises(Invalid):
            await house.write(staff.add, **{**new, **wrong})


async def test_a_log_in_lives_while_it_is_used_and_not_for_ever(house: House) -> None:
    token, _ = await house.write(staff.log_in, house.agent("amy").id)
    login = await house.read(staff.by_login, token)

    house.clock.offset += 50 * MINUTE
    needs = staff.needs_seeing(login, house.clock.now())
    await house.write(staff.saw_login, login.id)
    house.clock.offset += 50 * MINUTE
    still = await house.read(staff.by_login, token)
    house.clock.offset += 61 * MINUTE

    assert needs
    assert still.id == login.id
    with pytest.raises(Unauthenticated):
        await house.read(staff.by_login, token)
    fresh, _ = await house.write(staff.log_in, house.agent("amy").id)
    for _ in range(13):
        house.clock.offset += 55 * MINUTE
        await house.write(staff.saw_login, (await house.rows(select(table(AgentLogin))))[-1].id)
    house.clock.offset += HOUR
    with pytest.raises(Unauthenticated):
        await house.read(staff.by_login, fresh)


async def test_what_was_logged_out_or_revoked_is_worth_nothing(house: House) -> None:
    amy = house.agent("amy")
    cookie, _ = await house.write(staff.log_in, amy.id)
    row, token = await house.write(staff.make_token, amy.id, "script")

    assert await house.write(staff.log_out, cookie) == amy.id
    assert await house.write(staff.log_out, cookie) is None
    with pytest.raises(NotFound):
        await house.write(staff.revoke_token, house.agent("ben").id, row.id)
    await house.write(staff.revoke_token, amy.id, row.id)

    with pytest.raises(Unauthenticated):
        await house.read(staff.by_login, cookie)
    with pytest.raises(Unauthenticated):
        await house.read(staff.by_token, token)
    assert row.id not in {each.id for each in await house.read(staff.tokens, amy.id)}


async def test_tokens_and_log_ins_are_kept_as_hashes(house: House) -> None:
    cookie, csrf = await house.write(staff.log_in, house.agent("amy").id)
    browser = await house.visitor()

    (login,) = await house.rows(select(table(AgentLogin)))
    (visitor,) = await house.rows(select(table(Visitor)))
    assert cookie not in str(login)
    assert browser.token not in str(visitor)
    assert login.csrf == csrf


async def test_a_browser_becomes_somebody_with_its_first_message_or_when_its_site_vouches(house: House) -> None:
    nobody = await house.visitor()
    row, token = await house.write(
        visitors.open_visitor, house.bank.webchat, locale="en", address=AddressValue("user", "42")
    )
    again, _ = await house.write(
        visitors.open_visitor, house.bank.webchat, locale="en", address=AddressValue("user", "42")
    )

    assert (await house.read(visitors.by_token, nobody.token)).customer_id is None
    assert row.customer_id == again.customer_id is not None
    assert (await house.read(visitors.by_token, token)).address_id == row.address_id
    with pytest.raises(Unauthenticated):
        await house.read(visitors.by_token, "made up")


async def test_a_widget_is_found_by_its_key_and_a_link_by_its_visitor(house: House) -> None:
    letter = house.bank.links[0]
    browser = await house.visitor()
    row = await house.read(visitors.by_token, browser.token)

    await house.write(visitors.set_link, row.id, letter.id)
    linked = await house.read(visitors.by_token, browser.token)

    assert (await house.read(visitors.account_by_key, demo.WIDGET_KEY)).id == house.bank.webchat.id
    found = await house.read(visitors.link_of, linked)
    assert found is not None
    assert found.id == letter.id
    await house.write(links.revoke, letter.id)
    assert await house.read(visitors.link_of, linked) is None
    with pytest.raises(NotFound):
        await house.read(visitors.account_by_key, demo.LOOPBACK_KEY)


async def test_a_link_counts_who_came_and_carries_no_more_than_it_should(house: House) -> None:
    made = await house.write(
        links.create, SECRET_KEY, account=house.bank.webchat, campaign="x", claimed={"name": "Ana"}
    )

    for _ in range(3):
        await house.write(links.count_open, made.id)

    assert (await house.read(links.get, made.id)).opens == 3
    assert (await house.read(links.open_code, SECRET_KEY, made.code)).claimed == {"name": "Ana"}
    with pytest.raises(Invalid):
        await house.write(
            links.create, SECRET_KEY, account=house.bank.webchat, campaign="x", claimed={"note": "é" * 2100}
        )
    assert len(await house.rows(select(table(Link)))) == 3


async def test_what_was_done_is_on_record_newest_first(house: House) -> None:
    amy = house.agent("amy")
    for action in ("read", "resolve"):
        await house.write(audit.note, amy.actor, action, "conversation", "cnv_1", handoff="hnd_1")

    noted = await house.read(audit.of, "cnv_1")

    assert [(row.action, row.actor_id, row.details) for row in noted] == [
        ("resolve", amy.id, {"handoff": "hnd_1"}),
        ("read", amy.id, {"handoff": "hnd_1"}),
    ]
    assert await house.read(audit.of, "cnv_1", before=noted[-1].id) == []


@dataclass(frozen=True)
class Facts:
    """An inspected upload."""

    name: str = "card.png"
    media_type: str = "image/png"
    data: bytes = b"png"
    width: int | None = 1
    height: int | None = 1
    inline: bool = True


async def test_an_upload_hangs_on_one_message_of_whoever_uploaded_it(house: House) -> None:
    (amy,) = await house.online("amy")
    _, conversation_id = await house.served_by("amy")
    kept = await house.write(attachments.keep, amy.actor, Facts(), blob="b1", sha256="00")

    entry = await amy.replies(conversation_id, "", files=[kept.id])

    assert (entry.files, (await house.conversation(conversation_id)).last_text) == (1, "📎")
    assert [f.id for f in (await house.read(attachments.of_entries, [entry.id]))[entry.id]] == [kept.id]
    found = await house.read(attachments.get, kept.id)
    assert (found.entry_id, found.conversation_id, found.inline) == (entry.id, conversation_id, True)
    with pytest.raises(NotFound):
        await amy.replies(conversation_id, "again", files=[kept.id])
    theirs = await house.write(attachments.keep, Actor("customer", "adr_x", ""), Facts(), blob="b2", sha256="00")
    with pytest.raises(NotFound):
        await amy.replies(conversation_id, "theirs", files=[theirs.id])


async def test_nobody_leaves_more_uploads_lying_about_than_agreed(house: House) -> None:
    amy = house.agent("amy")
    for number in range(attachments.MAX_LOOSE):
        await house.write(attachments.keep, amy.actor, Facts(), blob=f"b{number}", sha256="00")

    with pytest.raises(RateLimited):
        await house.write(attachments.keep, amy.actor, Facts(), blob="one more", sha256="00")

    await house.write(attachments.keep, house.agent("ben").actor, Facts(), blob="bens", sha256="00")
    assert len(await house.rows(select(table(Attachment)))) == attachments.MAX_LOOSE + 1


async def test_what_is_kept_for_a_while_goes_and_what_is_young_stays(house: House) -> None:
    await house.sender("ana").says("hello", external_id="old")
    replies = table(KeptReply)
    await house.store.write(
        lambda tx: tx.do(replies.insert().values(actor_id="a", key="k", request_hash="h", created_at=tx.now))
    )
    house.clock.offset += 399 * DAY
    await house.write(chores.purge)
    young = len(await house.rows(select(table(InboundKey))))
    house.clock.offset += 2 * DAY

    await house.write(chores.purge)

    assert young == 1
    assert await house.rows(select(table(InboundKey))) == []
    assert await house.rows(select(replies)) == []


async def test_chores_come_round_for_ever(house: House) -> None:
    await house.write(chores.start)

    for _ in range(5):
        await house.passes(chores.SWEEP_SECONDS + 1)

    timers = table(Timer)
    due = await house.rows(select(timers.c.key).where(timers.c.topic == "sweep").order_by(timers.c.key))
    assert [row.key for row in due] == ["agents", "deliveries", "purge"]


async def test_an_account_is_added_with_its_settings(house: House) -> None:
    queue = house.bank.queues["cards"]
    made = await house.write(
        accounts.add, channel="webchat", adapter="webchat", name="Shop", key="wk_shop", queue_id=queue.id
    )

    assert (await house.read(visitors.account, made.id)).settings == {}
    with pytest.raises(NotFound):
        await house.read(visitors.account, "acc_nobody")


async def test_who_is_there_is_counted(house: House) -> None:
    await house.online("amy", "mia")

    assert await house.read(availability.count_online) == 2
