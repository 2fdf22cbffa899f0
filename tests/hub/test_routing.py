"""Whom to ask: a pure choice with rules that hold for any house, and offers that follow it."""

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub import availability, conversations, handoff, queues
from hub.clock import SECOND
from hub.errors import Invalid, NotFound
from hub.models import QueueMember
from hub.models.base import table
from hub.routing import ASK_AGAIN_SECONDS, Candidate, Wanted, choose
from tests.support.house import House
from tests.support.truth import check

NOW = 1_000_000 * SECOND
TAGS = st.sampled_from(["en", "en-GB", "zh", "zh-Hans", "zh-Hant", "fr"])
SKILLS = st.frozensets(st.sampled_from(["cards", "risk", "on_call"]), max_size=3)
candidates = st.builds(
    Candidate,
    id=st.text("abcdefgh", min_size=1, max_size=3),
    load=st.integers(0, 5),
    capacity=st.integers(0, 5),
    skills=SKILLS,
    languages=st.frozensets(TAGS, max_size=3),
    idle_since=st.integers(0, NOW),
    asked_at=st.one_of(st.just(0), st.integers(NOW - 2 * ASK_AGAIN_SECONDS * SECOND, NOW)),
    is_ringing=st.booleans(),
)
houses = st.lists(candidates, max_size=8, unique_by=lambda each: each.id)
wishes = st.builds(Wanted, language=TAGS, skills=SKILLS, last_owner=st.text("abcdefgh", max_size=1))


def _may(wanted: Wanted, each: Candidate) -> bool:
    is_free = each.load < each.capacity and not each.is_ringing
    return is_free and wanted.skills <= each.skills and NOW - each.asked_at >= ASK_AGAIN_SECONDS * SECOND


def _speaks(wanted: Wanted, each: Candidate) -> bool:
    return wanted.language.split("-")[0] in {tag.split("-")[0] for tag in each.languages}


@given(wishes, houses)
def test_somebody_who_may_is_asked_if_and_only_if_there_is_one(wanted: Wanted, house: list[Candidate]) -> None:
    chosen = choose(wanted, house, NOW)

    able = {each.id for each in house if _may(wanted, each)}
    assert (chosen in able) if able else chosen is None


@given(wishes, houses)
def test_whoever_speaks_the_language_goes_first(wanted: Wanted, house: list[Candidate]) -> None:
    chosen = choose(wanted, house, NOW)

    speakers = {each.id for each in house if _may(wanted, each) and _speaks(wanted, each)}
    assert not speakers or chosen in speakers


@given(wishes, houses)
def test_among_those_the_last_owner_goes_first(wanted: Wanted, house: list[Candidate]) -> None:
    able = [each for each in house if _may(wanted, each)]
    best = [each for each in able if _speaks(wanted, each)] or able

    chosen = choose(wanted, house, NOW)

    assert wanted.last_owner not in {each.id for each in best} or chosen == wanted.last_owner


@given(wishes, houses, st.randoms(use_true_random=False))
def test_the_order_of_the_list_does_not_matter(wanted: Wanted, house: list[Candidate], chance: random.Random) -> None:
    shuffled = list(house)
    chance.shuffle(shuffled)

    assert choose(wanted, shuffled, NOW) == choose(wanted, house, NOW)


@given(wishes, houses)
def test_taking_more_work_never_makes_anybody_more_likely(wanted: Wanted, house: list[Candidate]) -> None:
    chosen = choose(wanted, house, NOW)
    busier = [replace(each, load=each.load + 1) if each.id != chosen else each for each in house]

    assert choose(wanted, busier, NOW) == chosen


@given(wishes, houses)
def test_who_has_waited_longest_for_work_goes_before_equals(wanted: Wanted, house: list[Candidate]) -> None:
    chosen = choose(wanted, house, NOW)
    if chosen is None:
        return
    (winner,) = [each for each in house if each.id == chosen]
    twin = replace(winner, id="zz" + winner.id, idle_since=winner.idle_since - 1)

    asked = choose(replace(wanted, last_owner=""), [winner, twin], NOW)

    assert asked == twin.id


async def test_a_chinese_customer_rings_at_somebody_who_speaks_it(house: House) -> None:
    amy, mia = await house.online("amy", "mia")
    for _ in range(2):
        browser = await house.visitor(language="zh-Hans")
        await browser.says("我要人工客服")

    assert (len(await amy.offers()), len(await mia.offers())) == (1, 1)
    assert (await mia.offer()).created_at < (await amy.offer()).created_at, "the first goes to who speaks it"


async def test_a_skill_the_queue_asks_for_is_needed(house: House) -> None:
    vip = await house.write(queues.add, "vip", {"en": "VIP"}, skills=("on_call",))
    amy, ben = await house.online("amy", "ben")
    works = table(QueueMember)
    for each in (amy, ben):
        await house.store.write(
            lambda tx, e=each: tx.do(works.insert().values(queue_id=vip.id, agent_id=e.id))  # type: ignore[misc]
        )
    _, conversation_id = await house.waiting_for("insurance")
    await house.store.write(
        lambda tx: handoff.to_queue(tx, conversations.hold_open(tx, conversation_id), amy.actor, vip.id)
    )
    await house.settles()

    assert (len(await amy.offers()), len(await ben.offers())) == (0, 1)


async def test_the_load_is_shared_and_nobody_rings_twice_at_once(house: House) -> None:
    amy, mia = await house.online("amy", "mia")
    for _ in range(4):
        await house.waiting_for("cards")

    assert (len(await amy.offers()), len(await mia.offers())) == (1, 1)
    for _ in range(2):
        for each in (amy, mia):
            await each.accepts()
            await house.settles()
    assert (await amy.load(), await mia.load()) == (2, 2)
    await house.read(check)


async def test_the_last_owner_is_asked_first_again(house: House) -> None:
    amy, mia = await house.online("amy", "mia")
    _, conversation_id = await house.served_by("mia")
    for _ in range(2):
        await house.served_by("mia")
    await mia.transfers(conversation_id, "cards")
    await house.settles()

    assert [o.conversation_id for o in await mia.offers()] == [conversation_id]
    assert await amy.offers() == []


async def test_who_is_away_offline_or_unseen_is_not_asked(house: House) -> None:
    amy, mia = house.agent("amy"), house.agent("mia")
    await amy.goes("away")
    await mia.goes("online", seconds=40)
    house.clock.advance(41)

    await house.waiting_for("cards")
    early = await amy.offers() + await mia.offers()
    await house.write(availability.renew, [mia.id])
    await house.settles()

    assert early == []
    assert len(await mia.offers()) == 1, "seen again, asked again"


async def test_a_state_and_a_capacity_must_make_sense(house: House) -> None:
    amy = house.agent("amy")
    with pytest.raises(Invalid):
        await house.write(availability.set_state, amy.id, "asleep")
    with pytest.raises(NotFound):
        await house.write(availability.set_state, "agt_nobody", "online")
    for capacity in (-1, 51):
        with pytest.raises(Invalid):
            await house.write(availability.set_capacity, amy.id, capacity)


async def test_the_line_knows_its_places(house: House) -> None:
    waiting = [(await house.waiting_for("cards"))[1] for _ in range(3)]

    rows = [await house.conversation(conversation_id) for conversation_id in waiting]

    assert [await house.read(queues.place, row) for row in rows] == [1, 2, 3]


HOURS = {
    "zone": "Asia/Hong_Kong",
    "weekly": {"mon": [["09:00", "12:00"], ["13:00", "18:00"]], "fri": [["22:00", "24:00"]]},
}
MONDAY = 1_795_395_600 * SECOND  # 2026-11-23T09:00 in Hong Kong


@pytest.mark.parametrize(
    ("hours_later", "is_open", "opens_in"),
    [
        (0, True, None),
        (2.99, True, None),
        (3, False, 1),
        (4, True, None),
        (9, False, 100),
        (-1, False, 1),
        (109.5, True, None),
    ],
)
def test_a_queue_keeps_its_hours_in_its_zone(hours_later: float, is_open: bool, opens_in: float | None) -> None:
    at = MONDAY + int(hours_later * 3600) * SECOND

    assert queues.is_open(HOURS, at) is is_open
    opens = queues.opens_at(HOURS, at)
    assert (opens is None) if opens_in is None else opens == at + int(opens_in * 3600) * SECOND


def test_without_hours_a_queue_is_always_open_and_with_none_in_a_week_never() -> None:
    assert queues.is_open({}, NOW)
    assert queues.opens_at({"zone": "UTC", "weekly": {"mon": []}}, NOW) is None
