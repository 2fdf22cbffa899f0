"""The linter finds what would leave a customer stuck, puzzled or alone."""

from pathlib import Path

import pytest

from hub.flows.lint import MAX_TEXT, lint, main
from hub.flows.schema import DEMO, Flow, load_all
from tests.hub.flows.samples import ask, choice, close, flow, hand_over, say, texts


def codes(told: Flow) -> list[tuple[str, str]]:
    return [(finding.code, finding.node) for finding in lint(told)]


def test_a_good_flow_has_no_findings() -> None:
    told = flow(
        hello=say("name"),
        name=ask("name", "pay"),
        pay=choice("pay", card="fork", other="help"),
        fork={
            "kind": "branch",
            "cases": [{"slot": "pay", "op": "equals", "value": "card", "next": "end"}],
            "otherwise": "help",
        },
        end=close(),
        help=hand_over(text=texts("One moment, {name}.")),
    )

    assert lint(told) == []


@pytest.mark.parametrize(
    ("node", "code"),
    [
        (ask("a", "help", text={"en": "Hi"}), "missing_text"),
        (ask("a", "help", text={**texts("Hi"), "zh-Hant": "  "}), "missing_text"),
        (ask("a", "help", text=texts("x" * (MAX_TEXT + 1))), "too_long"),
        (ask("a", "help", label=texts("x" * 41)), "too_long"),
        (ask("a", "gone", cannot="help"), "unknown_node"),
        (ask("a", "help", again={}), "no_again"),
        (ask("a", "help", sensitive=True), "no_mask"),
        (ask("a", "help", text=texts("Hi {b}")), "unknown_slot"),
        (ask("a", "help", type="choice"), "bad_options"),
        (ask("a", "help", type="number", min=5, max=1), "bad_bound"),
        (ask("a", "help", type="date", min="soon"), "bad_bound"),
        (ask("a", "help", type="photo", max=1), "bad_bound"),
        (choice("a", **dict.fromkeys("bcdefgh", "help")), "too_many_options"),
    ],
)
def test_a_bad_question_is_found(node: dict[str, object], code: str) -> None:
    assert set(codes(flow(a=node, help=hand_over()))) == {(code, "a")}


def test_options_are_distinct_and_lead_somewhere() -> None:
    twice = choice("a", b="help")
    twice["options"] = [{"value": "b", "label": texts("b"), "next": "help"}, {"value": "b", "label": texts("c")}]

    assert codes(flow(a=twice, help=hand_over())) == [("unknown_node", "a"), ("same_option", "a")]


def test_a_node_nothing_leads_to_is_found() -> None:
    assert codes(flow(a=hand_over(), lost=close())) == [("unreachable", "lost")]


def test_a_question_that_only_leads_back_is_a_dead_end() -> None:
    told = flow(a=choice("a", back="b", out="help"), b=ask("b", "b"), help=hand_over())

    assert codes(told) == [("dead_end", "b")]


def test_a_circle_without_a_question_is_found() -> None:
    told = flow(a=ask("a", "b", cannot="help"), b=say("c"), c=say("b"), help=hand_over())

    assert codes(told) == [("dead_end", "b"), ("endless_loop", "b"), ("dead_end", "c"), ("endless_loop", "c")]


def test_a_flow_without_a_person_is_found() -> None:
    assert codes(flow(a=ask("a", "end"), end=close())) == [("no_person", "")]


def test_a_start_that_does_not_exist_is_found() -> None:
    told = flow(a=hand_over()).model_copy(update={"start": "gone"})

    assert ("unknown_node", "") in codes(told)


@pytest.mark.parametrize(
    ("case", "code"),
    [
        ({"slot": "a", "op": "equals", "value": "c"}, "bad_case"),
        ({"slot": "a", "op": "in", "value": []}, "bad_case"),
        ({"slot": "a", "op": "less"}, "bad_case"),
        ({"slot": "z", "op": "exists"}, "unknown_slot"),
    ],
)
def test_a_condition_that_cannot_hold_is_found(case: dict[str, object], code: str) -> None:
    fork = {"kind": "branch", "cases": [{**case, "next": "help"}], "otherwise": "help"}

    assert codes(flow(a=choice("a", b="fork"), fork=fork, help=hand_over())) == [(code, "fork")]


def test_needs_come_from_slots_that_are_asked_for() -> None:
    needs = [{"tag": "when", "label": texts("When"), "slot": "when"}]

    assert codes(flow(a=hand_over(needs=needs))) == [("unknown_slot", "a")]


def test_a_flow_may_only_go_on_with_one_that_exists() -> None:
    told = flow(a=choice("a", b="other", c="help"), other={"kind": "flow", "flow": "gone"}, help=hand_over())

    assert lint(told) == []
    assert [finding.code for finding in lint(told, ["sample"])] == ["unknown_flow"]


def test_triggers_are_needed_in_every_language() -> None:
    told = flow(a=hand_over()).model_copy(update={"triggers": {"en": ("pay",)}})

    assert codes(told) == [("missing_text", ""), ("missing_text", "")]


def test_the_demo_flows_are_clean(capsys: pytest.CaptureFixture[str]) -> None:
    known = [told.id for told in load_all()]

    assert {told.id: lint(told, known) for told in load_all()} == {told: [] for told in known}
    assert main([]) == 0
    assert capsys.readouterr().out == ""


def test_findings_are_printed_and_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad, broken = tmp_path / "bad.json", tmp_path / "broken.json"
    bad.write_text(flow(a=ask("a", "end"), end=close()).model_dump_json(), encoding="utf-8")
    broken.write_text('{"id": "broken"', encoding="utf-8")

    assert main([str(bad)]) == 1
    assert capsys.readouterr().out == "bad.json: no_person: no way leads to a person\n"
    assert main([str(broken), str(tmp_path / "gone.json"), str(DEMO / "welcome.json")]) == 1
    assert capsys.readouterr().out.count("unreadable") == 2
