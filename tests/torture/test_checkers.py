"""The judges find the faults that were planted, and nothing where there are none."""

from dataclasses import replace
from typing import Any

import pytest

from tests.torture import checkers
from tests.torture.history import Event
from tests.torture.stored import Conversation, Entry, Stored

GOOD: list[Event] = [
    {"t": 1, "event": "sent", "id": "a"},
    {"t": 2, "event": "acknowledged", "id": "a"},
    {"t": 3, "event": "sent", "id": "b"},
    {"t": 4, "event": "unanswered", "id": "b"},
    {"t": 5, "event": "sent", "id": "b"},
    {"t": 6, "event": "acknowledged", "id": "b"},
    {"t": 7, "event": "sent", "id": "c"},
]


def entry(position: int, key: str = "", **values: Any) -> Entry:
    told = Entry(
        id=f"ent_{position}",
        log="cus_1",
        conversation="cnv_1",
        position=position,
        revision=position,
        ordered_at=position * 10,
        kind="message",
        direction="in",
        author_kind="customer",
        author_id="adr_1",
        audience="everyone",
        body={"text": f"text {position}"},
        client_key=None,
        external_id=key or None,
        address="alice",
    )
    return replace(told, **values)


def handoff(position: int, state: str, source: str, target: str, author: str) -> Entry:
    body = {"state": state, "from": _who(source), "to": _who(target)}
    return entry(position, kind="handoff", direction=None, author_kind=author, author_id=author, body=body)


def _who(name: str) -> dict[str, str]:
    return {"kind": "agent" if name in ("amy", "ben") else name, "id": name}


def said(position: int, who: str) -> Entry:
    return entry(position, direction="out", author_kind=_who(who)["kind"], author_id=who)


def store(*entries: Entry, **values: Any) -> Stored:
    conversations = [Conversation("cnv_1", "cus_1", "open", "agent", "amy")]
    counters = {"cus_1": max((each.revision for each in entries), default=0)}
    made = Stored(list(entries), conversations, counters, [], [], [], [])
    return replace(made, **values)


def test_a_good_run_has_no_faults() -> None:
    good = store(entry(1, "a"), entry(2, "b"))

    assert checkers.check_messages(GOOD, good) == []
    assert checkers.check_logs(good) == []
    assert checkers.check_rest(good) == []


def test_what_was_never_acknowledged_may_be_there_or_not() -> None:
    assert checkers.check_messages(GOOD, store(entry(1, "a"), entry(2, "b"), entry(3, "c"))) == []


@pytest.mark.parametrize(
    ("entries", "fault"),
    [
        ([entry(1, "a")], "lost: b"),
        ([entry(1, "a"), entry(2, "b"), entry(3, "b")], "doubled: b"),
        ([entry(1, "a"), entry(2, "b"), entry(3, "z")], "invented: z"),
        ([entry(1, "b"), entry(2, "a")], "order: a"),
    ],
)
def test_lost_doubled_invented_and_misplaced_messages_are_found(entries: list[Entry], fault: str) -> None:
    faults = checkers.check_messages(GOOD, store(*entries))

    assert len(faults) == 1
    assert faults[0].startswith(fault)


@pytest.mark.parametrize(
    "entries",
    [
        [entry(1), entry(3)],
        [entry(1), replace(entry(2), position=1)],
        [entry(1), entry(2, revision=1)],
        [entry(1), entry(2, ordered_at=5)],
    ],
)
def test_gaps_and_repeats_of_positions_are_found(entries: list[Entry]) -> None:
    assert len(checkers.check_logs(store(*entries))) >= 1


def test_a_counter_ahead_of_every_change_is_found() -> None:
    assert len(checkers.check_logs(store(entry(1), counters={"cus_1": 2}))) == 1


def test_a_revised_entry_is_no_gap() -> None:
    assert checkers.check_logs(store(entry(1, revision=2), entry(3))) == []


@pytest.mark.parametrize(
    "values",
    [
        {"integrity": "row 7 missing from index"},
        {"leftovers": {"dead letters": 1}},
        {"conversations": [Conversation(id, "cus_1", "open", "bot", "bot") for id in ("cnv_1", "cnv_2")]},
        {"conversations": [Conversation("cnv_1", "cus_1", "open", "agent", "")]},
        {"offers": [{"id": id, "conversation_id": "cnv_1", "state": "live"} for id in ("o1", "o2")]},
    ],
)
def test_what_is_left_broken_is_found(values: dict[str, Any]) -> None:
    assert len(checkers.check_rest(store(entry(1), **values))) == 1


def test_sending_twice_and_calling_sent_what_was_not_are_found() -> None:
    deliveries = [{"id": id, "channel": "loopback", "state": "sent"} for id in ("d1", "d2")]
    taken = [{"delivery_id": "d1"}, {"delivery_id": "d1"}, {"delivery_id": "d9"}]

    faults = checkers.check_sends(taken, store(deliveries=deliveries))

    assert [fault.partition(" ")[0] for fault in faults] == ["sent", "sent,", "d2"]
    assert checkers.check_sends(taken[:1], store(deliveries=deliveries[:1])) == []


def test_a_screen_with_gaps_repeats_strangers_other_order_or_other_words_is_found() -> None:
    stored = [entry(1), entry(2)]
    one, two = ({"id": each.id, "body": each.body} for each in stored)

    assert checkers.check_view("s", [one, two], stored) == []
    assert checkers.check_view("s", [one], stored) == ["s does not show ent_2"]
    assert checkers.check_view("s", [one, one, two], stored) == ["s shows ent_1 2 times"]
    assert checkers.check_view("s", [two, one], stored) == ["s shows another order than the database has"]
    assert checkers.check_view("s", [one, two, {"id": "x", "body": {}}], stored) == ["s shows x, which is not there"]
    assert checkers.check_view("s", [one, two | {"body": {"text": "?"}}], stored) == ["s shows ent_2 with other words"]


RACE: list[Event] = [
    {"event": "answered", "conversation": "cnv_1", "agent": "amy", "won": True, "code": "", "winner": "amy"},
    {
        "event": "answered",
        "conversation": "cnv_1",
        "agent": "ben",
        "won": False,
        "code": "already_accepted",
        "winner": "amy",
        "seconds": 0.1,
    },
]
NOTED = {"object_id": "cnv_1", "action": "take", "actor_id": "amy"}
ACCEPTED = handoff(1, "accepted", "queue", "amy", "amy")


def test_a_fair_race_has_no_faults() -> None:
    assert checkers.check_races(RACE, store(ACCEPTED, audit=[NOTED])) == []


@pytest.mark.parametrize(
    ("changes", "entries", "audit"),
    [
        ({"won": True}, [ACCEPTED], [NOTED]),
        ({"code": "offer_over"}, [ACCEPTED], [NOTED]),
        ({"winner": "ben"}, [ACCEPTED], [NOTED]),
        ({"seconds": 1.5}, [ACCEPTED], [NOTED]),
        ({}, [], [NOTED]),
        ({}, [ACCEPTED, replace(ACCEPTED, id="ent_9")], [NOTED]),
        ({}, [ACCEPTED], []),
        ({}, [ACCEPTED], [NOTED, NOTED | {"actor_id": "ben"}]),
    ],
)
def test_an_unfair_race_is_found(changes: dict[str, Any], entries: list[Entry], audit: list[Any]) -> None:
    history = [RACE[0], RACE[1] | changes]

    assert len(checkers.check_races(history, store(*entries, audit=audit))) == 1


def test_a_race_without_a_winner_is_found() -> None:
    assert checkers.check_races(RACE[1:], store(ACCEPTED)) == ["cnv_1 has 0 winners"]


CHAIN = [
    said(1, "bot"),
    handoff(2, "requested", "bot", "queue", "bot"),
    handoff(3, "accepted", "bot", "queue", "amy"),
    said(4, "amy"),
    handoff(5, "requested", "amy", "ben", "amy"),
    said(6, "amy"),
    handoff(7, "accepted", "amy", "ben", "ben"),
    said(8, "ben"),
]


def chain(*entries: Entry) -> Stored:
    owned = [each if each.author_id not in ("amy", "ben") else replace(each, author_kind="agent") for each in entries]
    return store(*owned)


def test_a_good_chain_has_no_faults() -> None:
    assert checkers.check_chain("cnv_1", chain(*CHAIN)) == []


@pytest.mark.parametrize(
    "extra",
    [
        replace(said(35, "bot"), position=35, ordered_at=35),
        replace(said(35, "ben"), ordered_at=35),
        replace(said(75, "amy"), ordered_at=75),
        replace(handoff(75, "requested", "amy", "queue", "amy"), ordered_at=75),
    ],
)
def test_a_talking_bot_a_second_owner_and_a_stranger_handing_over_are_found(extra: Entry) -> None:
    assert len(checkers.check_chain("cnv_1", chain(*CHAIN, extra))) >= 1
