"""A flow is walked turn by turn, and whatever it cannot do goes to people."""

import pytest

from hub.flows.acts import AskFor, Choice, Close, Escalate, Form, FormField, Need, Note, Say, Switch
from hub.flows.engine import MAX_NODES_PER_TURN, consume, form, progress, start, stop, summary
from hub.flows.runs import AttachmentFact, InboundFact, RunState
from hub.flows.schema import Flow
from tests.hub.flows.samples import (
    TODAY,
    ask,
    choice,
    close,
    escalation,
    flow,
    hand_over,
    kinds,
    message,
    play,
    said,
    say,
    texts,
    values,
)


def test_a_flow_speaks_until_its_first_question() -> None:
    told = flow(hello=say("name", "Hi."), name=ask("name", "end"), end=close())

    step = start(told, "en", "ent_0")

    assert kinds(step.acts) == ["Note", "Say", "Say"]
    assert step.acts[1] == Say("Hi.", node="hello")
    assert step.acts[2] == Say("name?", ask=AskFor("text", "name", "name"), node="name")
    assert (step.run.node, step.run.state, step.run.origin) == ("name", "active", "ent_0")


def test_an_answer_is_kept_with_the_entry_it_came_from() -> None:
    told = flow(name=ask("name", "end"), end=close())

    step = play(told, "Amy")

    assert step.run.slots["name"].model_dump() == {
        "value": "Amy",
        "label": "Amy",
        "entry_id": "ent_1",
        "attachment_id": None,
    }
    note = step.acts[0]
    assert isinstance(note, Note)
    assert note.event == "flow_step"
    assert note.data["slots"] == {"name": {"value": "Amy", "label": "Amy", "entry_id": "ent_1"}}


def test_an_unusable_answer_is_asked_again_and_then_goes_to_people() -> None:
    told = flow(age=ask("age", "end", type="number", tries=2), end=close())

    once = play(told, "old")
    twice = play(told, "old", "very old")

    assert said(once) == ["age, please?"]
    assert once.run.tries == 1
    assert twice.run.state == "escalated"
    assert escalation(twice).code == "too_many_tries"
    assert "age" in escalation(twice).reason


def test_a_right_answer_forgives_the_wrong_ones() -> None:
    told = flow(age=ask("age", "size", type="number"), size=ask("size", "end", type="number"), end=close())

    step = play(told, "old", "very old", "80", "big", "very big")

    assert (step.run.state, step.run.node, step.run.tries) == ("active", "size", 2)


def test_who_cannot_answer_goes_on_where_the_flow_says() -> None:
    optional = flow(age=ask("age", "end", type="number", optional=True), end=close())
    elsewhere = flow(age=ask("age", "end", type="number", cannot="help"), end=close(), help=hand_over())
    needed = flow(age=ask("age", "end", type="number"), end=close())

    assert play(optional, "skip").run.state == "done"
    assert escalation(play(elsewhere, "I don't know")).queue == "cards"
    assert escalation(play(needed, "I don't know")).code == "cannot_answer"


def test_choices_lead_their_own_ways_and_switch_flows() -> None:
    told = flow(wish=choice("wish", card="other", bye="end"), other={"kind": "flow", "flow": "cards"}, end=close())

    first = start(told, "en")
    asked = first.acts[-1]
    assert isinstance(asked, Say)
    assert asked.choices == (Choice("card", "card"), Choice("bye", "bye"))

    assert play(told, "2").acts[-1] == Close("done")
    assert play(told, "card").acts[-1] == Switch("cards")
    assert play(told, "card").run.state == "done"


@pytest.mark.parametrize(
    ("case", "answer", "holds"),
    [
        ({"op": "equals", "value": "ok"}, "ok", True),
        ({"op": "equals", "value": 5}, "5.0", True),
        ({"op": "equals", "value": 5}, "six", False),
        ({"op": "in", "value": ["a", "b"]}, "b", True),
        ({"op": "in", "value": ["a", "b"]}, "c", False),
        ({"op": "exists"}, "x", True),
        ({"op": "more", "value": 100}, "250", True),
        ({"op": "more", "value": 100}, "30", False),
        ({"op": "less", "value": 100}, "30", True),
        ({"op": "less", "value": 100}, "many", False),
        ({"op": "less", "value": "2026-12-01"}, "2026-11-30", True),
        ({"op": "more", "value": "2026-12-01"}, "2026-11-30", False),
        ({"op": "more"}, "30", False),
    ],
)
def test_a_branch_follows_the_first_case_that_holds(case: dict[str, object], answer: str, holds: bool) -> None:
    cases = [{"slot": "it", "next": "yes", **case}]
    told = flow(
        it=ask("it", "fork"),
        fork={"kind": "branch", "cases": cases, "otherwise": "no"},
        yes={"kind": "close", "code": "yes"},
        no={"kind": "close", "code": "no"},
    )

    assert play(told, answer).acts[-1] == Close("yes" if holds else "no")


def test_a_branch_on_an_empty_slot_goes_otherwise() -> None:
    cases = [{"slot": "it", "op": op, "value": "x", "next": "yes"} for op in ("equals", "exists", "less")]
    told = flow(fork={"kind": "branch", "cases": cases, "otherwise": "it"}, it=ask("it", "yes"), yes=close())

    assert start(told, "en").run.node == "it"


def test_a_hand_over_tells_people_all_that_is_known() -> None:
    needs = [
        {"tag": "card_misprint", "label": texts("New card"), "slot": "name"},
        {"tag": "angry", "label": texts("Angry")},
        {"tag": "needed_by", "label": texts("Needed by"), "slot": "when"},
    ]
    told = flow(
        name=ask("name", "when"),
        when=ask("when", "help", type="date", optional=True),
        help=hand_over(needs=needs, reason=texts("{name} needs a card"), text=texts("One moment, {name}.")),
    )

    step = play(told, "Amy", "skip")

    assert kinds(step.acts) == ["Say", "Note", "Form", "Escalate"]
    assert said(step) == ["One moment, Amy."]
    assert step.acts[2] == Form("Sample", (FormField("name", "name", "Amy", "ent_1"),))
    assert step.acts[3] == Escalate(
        reason="Amy needs a card",
        summary="Sample — name: Amy",
        needs=(Need("card_misprint", "New card", "ent_1", "Amy"), Need("angry", "Angry", "ent_0")),
        queue="cards",
    )


def test_a_value_is_never_read_as_a_template() -> None:
    told = flow(a=ask("a", "b"), b=ask("b", "end"), end={"kind": "close", "text": texts("{a} {b} {none} {a.b}")})

    step = play(told, "{b} {a.__class__}", "x")

    assert said(step) == ["{b} {a.__class__} x — {a.b}"]


def test_a_sensitive_value_is_masked_wherever_it_goes() -> None:
    told = flow(
        card=ask("card", "end", type="digits", digits=8, sensitive=True, mask=4),
        end={"kind": "close", "text": texts("Noted: {card}")},
    )

    step = play(told, "1234 5678")

    assert values(step.run) == {"card": "••••5678"}
    assert said(step) == ["Noted: ••••5678"]
    assert "1234" not in repr(step)


def test_a_photo_is_kept_with_its_attachment() -> None:
    told = flow(photo=ask("photo", "end", type="photo"), end=close())

    step = play(told, message("", photo="att_9"))

    assert step.run.slots["photo"].attachment_id == "att_9"
    assert step.acts[-2] == Form("Sample", (FormField("photo", "photo", "photo", "ent_1", "att_9"),))


def test_a_photo_sent_before_it_is_asked_for_is_not_asked_for_again() -> None:
    told = flow(name=ask("name", "photo"), photo=ask("photo", "end", type="photo"), end=close())

    early = play(told, message("", photo="att_1"))
    step = consume(told, early.run, message("Amy", "ent_2"))

    assert (said(early), early.run.tries) == (["name?"], 0)
    assert step.run.state == "done"
    assert values(step.run) == {"name": "Amy", "photo": "att_1"}
    assert step.run.slots["photo"].entry_id == "ent_1"


def test_a_photo_beside_an_answer_is_kept_too() -> None:
    told = flow(name=ask("name", "photo"), photo=ask("photo", "end", type="photo"), end=close())

    assert values(play(told, message("Amy", photo="att_1")).run) == {"name": "Amy", "photo": "att_1"}


def test_a_file_that_is_no_picture_is_no_photo() -> None:
    told = flow(photo=ask("photo", "end", type="photo"), end=close())
    paper = InboundFact("ent_1", "", TODAY, (AttachmentFact("att_1", "application/pdf"),))

    assert said(play(told, paper)) == ["photo, please?"]


def test_a_flow_without_end_stops_at_its_bound() -> None:
    told = flow(a=say("b"), b=say("a"))

    step = start(told, "en")

    assert escalation(step).code == "too_long"
    assert len(said(step)) == MAX_NODES_PER_TURN + 1


def test_a_broken_flow_goes_to_people() -> None:
    told = flow(a=ask("a", "nowhere"))

    assert escalation(play(told, "x")).code == "broken_flow"
    assert escalation(consume(told, play(told).run.model_copy(update={"node": "gone"}), message("x"))).code == (
        "broken_flow"
    )


def test_a_run_is_only_fed_with_its_own_version() -> None:
    old = flow(a=ask("a", "end"), end=close())
    new = old.model_copy(update={"version": 2})

    step = consume(new, start(old, "en").run, message("x"))

    assert escalation(step).code == "wrong_version"


def test_a_run_that_is_over_stays_as_it_is() -> None:
    told = flow(a=ask("a", "end"), end=close())
    done = play(told, "x").run

    assert consume(told, done, message("y")).run == done
    assert consume(told, done, message("y")).acts == ()
    assert stop(told, done).acts == ()


def test_an_abandoned_run_shows_what_was_given() -> None:
    told = flow(name=ask("name", "age"), age=ask("age", "end", type="number"), end=close())

    step = stop(told, play(told, "Amy").run)

    assert step.run.state == "closed"
    assert kinds(step.acts) == ["Note", "Form"]
    assert progress(told, step.run) == (1, 2)


def test_a_stored_run_comes_back_as_it_was() -> None:
    told = flow(name=ask("name", "age"), age=ask("age", "end", type="number"), end=close())
    run = play(told, message("Amy", photo="att_1"), "old").run

    assert RunState.model_validate_json(run.model_dump_json()) == run
    assert RunState.model_validate(run.model_dump(mode="json")) == run


def test_the_card_can_be_shown_in_the_readers_language() -> None:
    pick: dict[str, object] = choice("pay", card="when")
    pick["options"] = [{"value": "card", "label": {"en": "Card", "zh-Hans": "卡"}, "next": "when"}]
    pick["label"] = {"en": "Pay with", "zh-Hans": "付款方式"}
    told: Flow = flow(pay=pick, when=ask("when", "end", type="date"), end=close())
    run = play(told, "1", "23 Nov").run

    assert [field.value for field in form(told, run).fields] == ["Card", "23 November 2026"]
    assert [field.value for field in form(told, run, "zh-Hans").fields] == ["卡", "2026年11月23日"]
    assert summary(told, run, "zh-Hans") == "Sample — 付款方式：卡；when：2026年11月23日"


def test_a_missing_language_falls_back_to_its_neighbour() -> None:
    greeting = {"kind": "say", "text": {"en": "Hi", "zh-Hant": "您好"}, "next": "end"}
    told = flow(hello=greeting, end={"kind": "close"})

    assert said(start(told, "zh-Hans")) == ["您好"]
